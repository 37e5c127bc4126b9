/* SPDX-License-Identifier: MIT */
/*
 * Linux's structures that differ between machines, in their riscv32 form.  The
 * float area of a signal frame is zero: programs have no float registers.
 */
#ifndef ARCH_UABI_H
#define ARCH_UABI_H

#include <arch/trap.h>
#include <lt/types.h>

typedef u32 uabi_core_id_t;		/* user ids in core files */

#define ARCH_SA_RESTORER 0		/* sigaction(2) carries none */

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

static inline void uabi_stat_finish(struct uabi_stat *st)
{
}

struct uabi_stack {
	u32 ss_sp;
	s32 ss_flags;
	u32 ss_size;
};

struct uabi_ucontext {
	u32 uc_flags, uc_link;
	struct uabi_stack uc_stack;
	u32 pad;
	u64 uc_sigmask;
	u8 unused[1024 / 8 - 8];
	struct {
		u32 regs[REG_COUNT];
		u32 f[129];
		u32 reserved;		/* must be 0 */
		u32 magic, size;	/* 0: no further state follows */
	} uc_mcontext __attribute__((aligned(16)));
};

/* The stack contents when a handler starts. */
struct uabi_sigframe {
	u8 info[128];
	struct uabi_ucontext uc;
};

_Static_assert(sizeof(struct uabi_sigframe) == 128 + 160 + 128 + 528,
	       "rt_sigframe of the ABI");

#endif
