/* SPDX-License-Identifier: MIT */
/*
 * What the library needs to know about riscv64: layouts of the Linux ABI
 * and the few calls whose number or arguments differ between machines.
 * Included through <arch.h> only.
 */
#ifndef LIBC_ARCH_RISCV_H
#define LIBC_ARCH_RISCV_H

#include <stdint.h>
#include "sysnr.h"

#define ARCH_NAME		"riscv64"
#define ARCH_ELF_MACHINE	243

/*
 * A breakpoint, where it leaves the program counter, and which register that is
 * in NT_PRSTATUS.
 */
#define ARCH_TRAP		{ 0x02, 0x90 }	/* c.ebreak */
#define ARCH_TRAP_BEHIND	0
#define ARCH_PC_WORD		0

/* A 64-bit argument takes one register here, two on 32-bit machines. */
#define ARG64(x)		((long)(x))
/* Some ABIs want a 64-bit argument in an even register pair; not here. */

#define ABI_clock_gettime	SYS_clock_gettime
#define ABI_clock_settime	SYS_clock_settime
#define ABI_clock_nanosleep	SYS_clock_nanosleep
#define ABI_futex		SYS_futex
#define ABI_ppoll		SYS_ppoll
#define ABI_pselect6		SYS_pselect6
#define ABI_sigtimedwait	SYS_rt_sigtimedwait
#define ABI_utimensat		SYS_utimensat
#define ABI_fstatat		SYS_newfstatat
#define ABI_fstat		SYS_fstat
#define ABI_fcntl		SYS_fcntl
#define ABI_truncate		SYS_truncate
#define ABI_ftruncate		SYS_ftruncate
#define ABI_getuid		SYS_getuid
#define ABI_geteuid		SYS_geteuid
#define ABI_getgid		SYS_getgid
#define ABI_getegid		SYS_getegid
#define ABI_setuid		SYS_setuid
#define ABI_setgid		SYS_setgid
#define ABI_setreuid		SYS_setreuid
#define ABI_setregid		SYS_setregid
#define ABI_setresuid		SYS_setresuid
#define ABI_setresgid		SYS_setresgid
#define ABI_getresuid		SYS_getresuid
#define ABI_getresgid		SYS_getresgid
#define ABI_getgroups		SYS_getgroups
#define ABI_setgroups		SYS_setgroups
#define ABI_fchownat		SYS_fchownat
#define ABI_fchown		SYS_fchown
#define ABI_mmap		SYS_mmap
#define ABI_MMAP_UNIT		1	/* offset argument of mmap, bytes */

struct stat {
	unsigned long st_dev;
	unsigned long st_ino;
	unsigned int st_mode;
	unsigned int st_nlink;
	unsigned int st_uid;
	unsigned int st_gid;
	unsigned long st_rdev;
	unsigned long __pad1;
	long st_size;
	int st_blksize;
	int __pad2;
	long st_blocks;
	long st_atime;
	unsigned long st_atime_nsec;
	long st_mtime;
	unsigned long st_mtime_nsec;
	long st_ctime;
	unsigned long st_ctime_nsec;
	unsigned int __unused[2];
};

/* setjmp: ra, sp, s0-s11, fs0-fs11 */
#define ARCH_JMP_WORDS		26

struct sigcontext {
	unsigned long pc;
	unsigned long x[31];		/* x1 .. x31 */
	uint64_t f[32];
	uint32_t fcsr;
	uint32_t __reserved[3 + 64];
} __attribute__((aligned(16)));

typedef struct {
	void *ss_sp;
	int ss_flags;
	unsigned long ss_size;
} stack_t;

typedef struct ucontext {
	unsigned long uc_flags;
	struct ucontext *uc_link;
	stack_t uc_stack;
	uint64_t uc_sigmask;
	uint8_t __unused[128 - sizeof(uint64_t)];
	struct sigcontext uc_mcontext;
} ucontext_t;

static inline unsigned long ucontext_pc(const ucontext_t *uc)
{
	return uc->uc_mcontext.pc;
}

static inline void ucontext_set_pc(ucontext_t *uc, unsigned long pc)
{
	uc->uc_mcontext.pc = pc;
}

static inline unsigned long ucontext_sp(const ucontext_t *uc)
{
	return uc->uc_mcontext.x[1];
}

static inline void ucontext_set_sp(ucontext_t *uc, unsigned long sp)
{
	uc->uc_mcontext.x[1] = sp;
}

/* sigaction as the kernel reads it: no restorer on this machine. */
struct __ksigaction {
	unsigned long handler;
	unsigned long flags;
	uint64_t mask;
};

static inline void __ksigaction_fill(struct __ksigaction *k)
{
	(void)k;
}

/*
 * Thread-local storage, variant I: tp points at the block, the compiler adds
 * positive offsets.
 */
#define ARCH_TLS_BELOW_TP	0
#define ARCH_TCB_SIZE		0

static inline int __tls_install(void *tp)
{
	__asm__ volatile("mv tp, %0" : : "r"(tp));
	return 0;
}

struct __tls_arg { void *tp; };

/* The value that clone wants with CLONE_SETTLS. */
static inline void *__tls_clone_arg(struct __tls_arg *a, void *tp)
{
	a->tp = tp;
	return tp;
}

static inline void arch_pause(void)
{
	__asm__ volatile("nop");
}

#endif
