/* SPDX-License-Identifier: MIT */
/*
 * The layout of addresses, as the row of arch/machines.tbl implies it; the port
 * corrects what differs.
 */
#ifndef ARCH_PAGE_H
#define ARCH_PAGE_H

#define PAGE_SHIFT	12
#define KSTACK_SHIFT	14
#define KSTACK_HOLE	0
#define ARCH_ACTIVATE_FLUSHES 1

#ifndef __ASSEMBLER__
#include <lt/page_ops.h>

#define DIRECT_MAX	@direct@ul
#define VMAP_BASE	@vmap_base@ul
#define VMAP_END	@vmap_end@ul

#define USER_TOP	@user_top@ul
#define STACK_TOP	USER_TOP
#define MMAP_MIN_ADDR	0x10000ul
#define ELF_DYN_BASE	@dyn_base@ul	/* two thirds up */
#endif

#endif
