/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own integer types.  A user address is an integer and never a
 * pointer, so that C code cannot dereference one by accident: only the
 * functions of <mm/uaccess.h> reach user memory.
 */
#ifndef LT_TYPES_H
#define LT_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef uint8_t u8;
typedef uint16_t u16;
typedef unsigned int u32;	/* u32 is no uint32_t, which may be a long */
typedef uint64_t u64;
typedef int16_t s16;
typedef int s32;
typedef int64_t s64;

typedef unsigned long vaddr_t;	/* a kernel virtual address as a number */
typedef unsigned long uaddr_t;	/* a user virtual address */
/*
 * A physical address in bytes; wider if a port's compiler flags say so (PAE).
 */
#ifdef ARCH_WIDE_PADDR
typedef u64 paddr_t;
#else
typedef unsigned long paddr_t;
#endif
typedef unsigned long pfn_t;	/* a physical frame number */
typedef s64 loff_t;		/* a file offset, bytes */
typedef u64 ktime_t;		/* nanoseconds of arch_clock() */
#define NSEC_PER_SEC	1000000000ull
#define NSEC_PER_USEC	1000ull
#define KTIME_NEVER	(~0ull)
typedef u64 sigmask_t;		/* bit n-1 stands for signal n */

#endif
