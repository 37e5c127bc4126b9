/* SPDX-License-Identifier: MIT */
/*
 * The layout of addresses: two halves of 39 bits, each with a root of its own.
 * The upper half is the kernel's: 256 GiB of physical memory mapped one to one,
 * then the vmap window.
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#define PAGE_SHIFT	12
#ifdef CHECK_ADDRESS
#define KSTACK_SHIFT	15		/* red zones of variables */
#define KSTACK_HOLE	0
#define SHADOW_START	0xffffffe000000000 /* shadow of KERNEL_OFFSET and up */
#else
#define KSTACK_SHIFT	14
#define KSTACK_HOLE	4096		/* bytes left unmapped at a stack's
					   lower end */
#endif
#define ARCH_ACTIVATE_FLUSHES 0
#define ARCH_TLB_RANGE

#ifndef __ASSEMBLER__
#include <lt/page_ops.h>

#define DIRECT_MAX	0x4000000000ul		/* physical: 256 GiB */
#define VMAP_BASE	0xffffffc000000000ul
#define VMAP_END	0xffffffc100000000ul	/* 4 GiB: 131072 stacks */

#define USER_TOP	0x7ffffff000ul		/* 512 GiB less a page */
#define STACK_TOP	USER_TOP
#define MMAP_MIN_ADDR	0x10000ul
#define ELF_DYN_BASE	0x5555555000ul		/* two thirds up */
/*
 * TCR_TBI0: the top byte of a pointer is ignored, and is a tag.  Bit 55 says in
 * which half an address lies.
 */
#define ARCH_UNTAGGED(at)	((at) >> 55 & 1 ? (at) : (at) & ~(0xfful << 56))
#endif

#endif
