/* SPDX-License-Identifier: MIT */
/*
 * The layout of i386 addresses: 3 GiB of user space, then the direct map of
 * physical memory (896 MiB; with --check address 768 MiB and then the shadow),
 * then the vmap window.  The last 4 MiB stay free.
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#define PAGE_SHIFT	12
#ifdef CHECK_ADDRESS
#define KSTACK_SHIFT	14		/* red zones of variables */
#else
#define KSTACK_SHIFT	13
#endif
#define KSTACK_HOLE	0
#define ARCH_ACTIVATE_FLUSHES 1

#ifdef CHECK_ADDRESS
#define DIRECT_END	0xf0000000
#define SHADOW_START	DIRECT_END	/* shadow of KERNEL_OFFSET and up:
					   128 MiB */
#else
#define DIRECT_END	0xf8000000
#endif
/* Physical address at which further CPUs start, in real mode. */
#define TRAMPOLINE	0x1000

#ifndef __ASSEMBLER__
#include <lt/page_ops.h>

#define DIRECT_MAX	(DIRECT_END - KERNEL_OFFSET + 0ul)	/* physical */
#define VMAP_BASE	0xf8000000ul
#define VMAP_END	0xffc00000ul

#define USER_TOP	0xc0000000ul
#define STACK_TOP	USER_TOP
#define MMAP_MIN_ADDR	0x10000ul
#define ELF_DYN_BASE	0x56555000ul
#endif

#endif
