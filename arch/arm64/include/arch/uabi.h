/* SPDX-License-Identifier: MIT */
/*
 * Linux's layouts that differ between machines, in their arm64 form: the
 * generic stat of asm-generic/stat.h and the signal context of asm/sigcontext.h
 * and asm/ucontext.h.
 */
#ifndef ARCH_UABI_H
#define ARCH_UABI_H

#include <arch/trap.h>
#include <lt/types.h>

typedef u32 uabi_core_id_t;		/* user ids in core files */

#define ARCH_SA_RESTORER 1	/* sigaction(2) has a restorer */

#define MINSIGSTKSZ	5120		/* for sigaltstack(2) */

/* open(2): the flags that have other values elsewhere. */
#define O_DIRECTORY	00040000
#define O_NOFOLLOW	00100000
#define O_DIRECT	00200000
#define O_LARGEFILE	00400000

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

/* A record of the signal frame's last part; the last one has magic 0. */
struct uabi_record {
	u32 magic, size;
};

#define UABI_FPSIMD_MAGIC 0x46508001
#define UABI_ESR_MAGIC	0x45535201

struct uabi_fpsimd {
	struct uabi_record head;
	u32 fpsr, fpcr;
	u64 v[32][2];
};

struct uabi_esr {			/* of a fault */
	struct uabi_record head;
	u64 esr;
};

struct uabi_sigcontext {
	u64 fault_address;
	u64 regs[REG_COUNT], sp, pc, pstate;
	u8 records[4096] __attribute__((aligned(16)));
};

struct uabi_ucontext {
	u64 uc_flags, uc_link;
	struct uabi_stack uc_stack;
	u64 uc_sigmask;
	u8 unused[1024 / 8 - 8];
	struct uabi_sigcontext uc_mcontext;
};

/* The stack contents when a handler starts. */
struct uabi_sigframe {
	u8 info[128];
	struct uabi_ucontext uc;
};

_Static_assert(sizeof(struct uabi_stat) == 128, "stat of the ABI");
_Static_assert(sizeof(struct uabi_fpsimd) == 528, "fpsimd_context of the ABI");
_Static_assert(sizeof(struct uabi_sigframe) == 4688, "rt_sigframe of the ABI");

#endif
