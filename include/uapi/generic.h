/* SPDX-License-Identifier: MIT */
/*
 * Linux's layouts that the machines with generic system calls share: the stat of
 * asm-generic/stat.h, and the signal frame around the machine's own context.  A
 * port's <arch/uabi.h> includes this header behind its struct uabi_sigcontext.
 */
#ifndef UAPI_GENERIC_H
#define UAPI_GENERIC_H

#include <lt/types.h>

typedef u32 uabi_core_id_t;		/* user ids in core files */

/* newfstatat(2), fstat(2). */
struct uabi_stat {
	u64 st_dev, st_ino;
	u32 st_mode, st_nlink, st_uid, st_gid;
	u64 st_rdev, pad1;
	s64 st_size;
	s32 st_blksize, pad2;
	s64 st_blocks;
	s64 st_atime;
	u64 st_atime_nsec;
	s64 st_mtime;
	u64 st_mtime_nsec;
	s64 st_ctime;
	u64 st_ctime_nsec;
	u32 unused[2];
};

/* Fill members that only this machine has, after the generic code. */
static inline void uabi_stat_finish(struct uabi_stat *st)
{
}

struct uabi_stack {
	u64 ss_sp;
	s32 ss_flags, pad;
	u64 ss_size;
};

/*
 * The beginning of struct uabi_ucontext.  Behind it is room for larger masks,
 * which the kernel neither writes nor reads.
 */
struct uabi_ucontext_head {
	u64 uc_flags, uc_link;
	struct uabi_stack uc_stack;
	u64 uc_sigmask;
};

struct uabi_ucontext {
	struct uabi_ucontext_head head;
	u8 unused[1024 / 8 - 8];
	struct uabi_sigcontext uc_mcontext;
};

/* The stack contents when a handler starts. */
struct uabi_sigframe {
	u8 info[128];
	struct uabi_ucontext uc;
};

/* Its beginning, which these machines write in the same way. */
struct uabi_sigframe_head {
	u8 info[128];
	struct uabi_ucontext_head uc;
};

_Static_assert(sizeof(struct uabi_stat) == 128, "stat of the ABI");

#endif
