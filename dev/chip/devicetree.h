/* SPDX-License-Identifier: MIT */
/* What the device tree of every machine says in the same way. */
#ifndef DEV_CHIP_DEVICETREE_H
#define DEV_CHIP_DEVICETREE_H

#include <lib/fdt.h>
#include <lt/types.h>

/*
 * Read the tree at dtb: memory, reserved memory, the initrd, the command line
 * and the firmware's random bytes go to boot_info; fn gets all other nodes,
 * parents first.  Refuses to boot without a whole tree, or if the kernel does
 * not lie in memory.
 * Context: before kernel_main().
 */
void devicetree_read(paddr_t dtb,
		     int (*fn)(const struct fdt_node *node, void *arg),
		     void *arg);
/* Refuse to boot unless the tree has named what the machine cannot do without. */
void devicetree_need(bool there, const char *what);

#endif
