/* SPDX-License-Identifier: MIT */
/*
 * The layout of Sv39 addresses.  The kernel half starts at index 256 of the
 * root: 128 GiB of physical memory mapped one to one, then the vmap window.
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#define PAGE_SHIFT	12
#ifdef CHECK_ADDRESS
#define KSTACK_SHIFT	15		/* red zones of variables */
#define KSTACK_HOLE	0
#define SHADOW_START	0xfffffff000000000 /* shadow of KERNEL_OFFSET and up */
#else
#define KSTACK_SHIFT	14
#define KSTACK_HOLE	4096		/* bytes left unmapped at a stack's
					   lower end: 12 of 16 KiB are enough
					   (tools/stack.py) */
#endif
#define ARCH_ACTIVATE_FLUSHES 0

#ifndef __ASSEMBLER__
#include <lt/page_ops.h>

#define DIRECT_MAX	0x2000000000ul		/* physical: 128 GiB */
#define VMAP_BASE	0xffffffe000000000ul
#define VMAP_END	0xffffffe100000000ul	/* 4 GiB: 131072 stacks */

#define USER_TOP	0x3ffffff000ul		/* 256 GiB less a page */
#define STACK_TOP	USER_TOP
#define MMAP_MIN_ADDR	0x10000ul
#define ELF_DYN_BASE	0x2aaaaaa000ul		/* two thirds up */
#endif

#endif
