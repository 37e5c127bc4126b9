/* SPDX-License-Identifier: MIT */
/*
 * The layout of the machine that lives in a host process: its memory is one
 * array, so the direct map is that array.
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#define PAGE_SHIFT	12
#define ARCH_ACTIVATE_FLUSHES 0
#define KSTACK_SHIFT	14
#define KSTACK_HOLE	0

extern unsigned long host_offset;	/* host address of physical address 0 */
#define KERNEL_OFFSET	host_offset

#ifdef HOST_TWO_LEVELS
#define DIRECT_MAX	0x38000000ul
#define VMAP_BASE	0xf8000000ul
#define VMAP_END	0xffc00000ul
#define USER_TOP	0xc0000000ul
#define ELF_DYN_BASE	0x56555000ul
#else
#define DIRECT_MAX	0x2000000000ul
#define VMAP_BASE	0xffffffe000000000ul
#define VMAP_END	0xffffffe040000000ul
#define USER_TOP	0x3ffffff000ul
#define ELF_DYN_BASE	0x2aaaaaa000ul
#endif
#define STACK_TOP	USER_TOP
#define MMAP_MIN_ADDR	0x10000ul

#include <lt/page_ops.h>

#endif
