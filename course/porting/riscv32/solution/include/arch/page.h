/* SPDX-License-Identifier: MIT */
/*
 * The layout of Sv32 addresses: user space is the lower half; the kernel sees
 * physical memory at its own address, and behind it the vmap window.
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#define PAGE_SHIFT	12
#define KSTACK_SHIFT	14
#define KSTACK_HOLE	0
#define ARCH_ACTIVATE_FLUSHES 0
#define DIRECT_MAX	0xb8000000

#ifndef __ASSEMBLER__
#include <lt/page_ops.h>

#define VMAP_BASE	0xb8000000ul
#define VMAP_END	0xffc00000ul

#define USER_TOP	0x7ffff000ul
#define STACK_TOP	USER_TOP
#define MMAP_MIN_ADDR	0x10000ul
#define ELF_DYN_BASE	0x55555000ul	/* two thirds up */
#endif

#endif
