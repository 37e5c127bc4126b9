/* SPDX-License-Identifier: MIT */
/* The vmap window, shared by kmap.c (devices) and kstack.c (stacks). */
#ifndef MM_TABLES_KMAP_INTERNAL_H
#define MM_TABLES_KMAP_INTERNAL_H

#include <lt/types.h>

extern vaddr_t kmap_device_low;		/* devices are mapped from here up */
vaddr_t kstack_area_end(void);		/* all stacks lie below */

#endif
