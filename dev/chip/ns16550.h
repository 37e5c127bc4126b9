/* SPDX-License-Identifier: MIT */
/*
 * Access to the registers of a 16550: a port's meson.build names
 * ns16550_mmio.c or ns16550_port.c.
 */
#ifndef DEV_CHIP_NS16550_H
#define DEV_CHIP_NS16550_H

#include <lt/types.h>

/*
 * Read or write register r (0-7).  Without a chip, reads return 0 and writes do
 * nothing.
 */
u8 ns16550_read(unsigned r);
void ns16550_write(unsigned r, u8 v);

#endif
