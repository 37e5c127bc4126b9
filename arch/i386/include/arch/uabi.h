/* SPDX-License-Identifier: MIT */
/*
 * Linux's layouts that differ between machines, in their i386 form: stat,
 * user_desc, and the signal frames of asm/sigcontext.h and asm/ucontext.h.
 * 64-bit members are aligned to 4 bytes, which is this compiler's default.
 */
#ifndef ARCH_UABI_H
#define ARCH_UABI_H

#include <arch/task.h>
#include <lt/types.h>

typedef u16 uabi_core_id_t;		/* user ids in core files */

#define ARCH_SA_RESTORER 1		/* sigaction(2) has a restorer */

/* stat64(2), lstat64, fstat64, fstatat64. */
struct uabi_stat {
	u64 st_dev;
	u32 pad0;
	u32 st_ino_low;
	u32 st_mode, st_nlink, st_uid, st_gid;
	u64 st_rdev;
	u32 pad3;
	s64 st_size;
	u32 st_blksize;
	u64 st_blocks;
	u32 st_atime, st_atime_nsec;
	u32 st_mtime, st_mtime_nsec;
	u32 st_ctime, st_ctime_nsec;
	u64 st_ino;
};

/* Fill members that only this machine has, after the generic code. */
static inline void uabi_stat_finish(struct uabi_stat *st)
{
	st->st_ino_low = (u32)st->st_ino;
}

/* stat(2), lstat, fstat: 32-bit sizes and numbers. */
struct uabi_old_stat {
	u32 st_dev, st_ino;
	u16 st_mode, st_nlink, st_uid, st_gid;
	u32 st_rdev, st_size, st_blksize, st_blocks;
	u32 st_atime, st_atime_nsec;
	u32 st_mtime, st_mtime_nsec;
	u32 st_ctime, st_ctime_nsec;
	u32 unused[2];
};

/* set_thread_area(2). */
struct uabi_user_desc {
	u32 entry_number, base_addr, limit;
	u32 flags;			/* DESC_ bits */
};

#define DESC_32BIT		0x01
#define DESC_CONTENTS		0x06	/* 0, 2: data; others: code */
#define DESC_EXPAND_DOWN	0x02
#define DESC_CODE		0x04
#define DESC_READ_ONLY		0x08
#define DESC_PAGES		0x10	/* limit counts pages */
#define DESC_NOT_PRESENT	0x20
#define DESC_FLAGS		0x7f
#define DESC_USEABLE		0x40	/* available to the user */

struct uabi_stack {
	u32 ss_sp;
	s32 ss_flags;
	u32 ss_size;
};

struct uabi_sigcontext {
	u32 gs, fs, es, ds;		/* upper halves 0 */
	u32 edi, esi, ebp, esp, ebx, edx, ecx, eax;
	u32 trapno, err;
	u32 eip, cs, eflags, esp_at_signal, ss;
	u32 fpstate;			/* address of a uabi_fpstate, or 0 */
	u32 oldmask;			/* first word of the signal mask */
	u32 cr2;
};

/*
 * The x87 state in the fsave format, followed by the whole state in the fxsave
 * format.
 */
struct uabi_fpstate {
	u32 cw, sw, tag, ipoff, cssel, dataoff, datasel;
	u16 st[8][5];
	u16 status;
	u16 magic;			/* 0: the fxsave image follows */
	struct fxsave fx;
};

struct uabi_ucontext {
	u32 uc_flags, uc_link;
	struct uabi_stack uc_stack;
	struct uabi_sigcontext uc_mcontext;
	u64 uc_sigmask;
};

/* The stack contents when a handler with SA_SIGINFO starts. */
struct uabi_rt_sigframe {
	u32 return_address;
	u32 sig, info_at, uc_at;	/* the handler's arguments */
	u8 info[128];
	struct uabi_ucontext uc;
	u8 retcode[8];
};

/* The stack contents when a handler without SA_SIGINFO starts. */
struct uabi_sigframe {
	u32 return_address;
	u32 sig;
	struct uabi_sigcontext sc;
	u8 fpstate_unused[624];
	u32 extramask;			/* second word of the signal mask */
	u8 retcode[8];
};

_Static_assert(sizeof(struct uabi_stat) == 96, "stat64 of the ABI");
_Static_assert(sizeof(struct uabi_old_stat) == 64, "stat of the ABI");
_Static_assert(sizeof(struct uabi_sigcontext) == 88, "sigcontext of the ABI");
_Static_assert(sizeof(struct uabi_fpstate) == 624, "fpstate of the ABI");
_Static_assert(sizeof(struct uabi_ucontext) == 116, "ucontext of the ABI");
_Static_assert(sizeof(struct uabi_rt_sigframe) == 268, "rt_sigframe");
_Static_assert(sizeof(struct uabi_sigframe) == 732, "sigframe");

#endif
