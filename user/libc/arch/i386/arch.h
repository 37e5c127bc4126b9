/* SPDX-License-Identifier: MIT */
/*
 * What the library needs to know about i386: layouts of the Linux ABI and
 * the few calls whose number or arguments differ between machines.  Every
 * call with a time takes its 64-bit form.  Included through <arch.h> only.
 */
#ifndef LIBC_ARCH_I386_H
#define LIBC_ARCH_I386_H

#include <stdint.h>
#include "sysnr.h"

long __syscall(long nr, long a, long b, long c, long d, long e, long f);

#define ARCH_NAME		"i386"
#define ARCH_ELF_MACHINE	3
/* At a call's entry a tracer finds its first argument as the result. */
#define ARCH_ENTRY_ARG		0
#define ARCH_ELF_ANY_CLASS	1	/* exec ignores a file's word size */

/* The function of the vDSO that reads a clock, with a 64-bit time. */
#define ARCH_VDSO_CLOCK		"__vdso_clock_gettime64"

/*
 * An instruction that does not exist.  A breakpoint instruction, how far behind
 * it the trap leaves the program counter, and the index of the program counter
 * in NT_PRSTATUS.
 */
#define ARCH_ILLEGAL		"ud2"
#define ARCH_TRAP		{ 0xcc }	/* int3 */
#define ARCH_TRAP_BEHIND	1
#define ARCH_PC_WORD		12
/*
 * NT_PRSTATUS: the words of the number and the result of a system call, and of a
 * register that calls preserve; how many there are.  NT_PRFPREG: its size and
 * the first byte of a register.  The machine as seccomp(2) calls it.
 */
#define ARCH_NR_WORD		11
#define ARCH_RESULT_WORD	6
#define ARCH_KEPT_WORD		3
#define ARCH_REG_WORDS		17
#define ARCH_FLOAT_SIZE		108
#define ARCH_FLOAT_FIRST	28
#define ARCH_AUDIT		0x40000003u

/*
 * How the kernel's probes name the program counter and the register of the first
 * argument, and functions on the way to a probe.
 */
#define ARCH_PROBE_PC		"ip"
#define ARCH_PROBE_ARG		"ax"
#define ARCH_PROBE_NEVER	"i386_trap", "vector_stubs"

/* A 64-bit argument is two words, the low one first. */
#define ARG64(x)		((long)(x)), ((long)((uint64_t)(x) >> 32))

#include "../../generic/calls.h"

struct stat {				/* the kernel's stat64 */
	uint64_t st_dev;
	uint32_t __pad0;
	uint32_t __st_ino;
	unsigned int st_mode;
	unsigned int st_nlink;
	unsigned int st_uid;
	unsigned int st_gid;
	uint64_t st_rdev;
	uint32_t __pad3;
	int64_t st_size;
	unsigned int st_blksize;
	uint64_t st_blocks;
	long st_atime;
	unsigned long st_atime_nsec;
	long st_mtime;
	unsigned long st_mtime_nsec;
	long st_ctime;
	unsigned long st_ctime_nsec;
	uint64_t st_ino;
};

/* Return: the kernel's result. */
#define arch_fstatat(dir, path, st, flags)	\
	raw_syscall(SYS_fstatat64, dir, path, st, flags)
#define arch_fstat(fd, st)	raw_syscall(SYS_fstat64, fd, st)

/* setjmp: ebx, esi, edi, ebp, esp, eip */
#define ARCH_JMP_WORDS		6

struct sigcontext {
	uint16_t gs, __gsh, fs, __fsh, es, __esh, ds, __dsh;
	uint32_t edi, esi, ebp, esp, ebx, edx, ecx, eax;
	uint32_t trapno, err, eip;
	uint16_t cs, __csh;
	uint32_t eflags, esp_at_signal;
	uint16_t ss, __ssh;
	uint32_t fpstate;		/* address, or 0 */
	uint32_t oldmask, cr2;
};

typedef struct {
	void *ss_sp;
	int ss_flags;
	unsigned long ss_size;
} stack_t;

typedef struct ucontext {
	unsigned long uc_flags;
	struct ucontext *uc_link;
	stack_t uc_stack;
	struct sigcontext uc_mcontext;
	uint64_t uc_sigmask;
} ucontext_t;

static inline unsigned long ucontext_pc(const ucontext_t *uc)
{
	return uc->uc_mcontext.eip;
}

static inline void ucontext_set_pc(ucontext_t *uc, unsigned long pc)
{
	uc->uc_mcontext.eip = pc;
}

static inline unsigned long ucontext_sp(const ucontext_t *uc)
{
	return uc->uc_mcontext.esp;
}

static inline void ucontext_set_sp(ucontext_t *uc, unsigned long sp)
{
	uc->uc_mcontext.esp = sp;
}

/* The kernel's sigaction: the program supplies the sigreturn code. */
struct __ksigaction {
	unsigned long handler;
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

#define __SA_SIGINFO		0x00000004UL
#define __SA_RESTORER		0x04000000UL

void __sigreturn(void);
void __rt_sigreturn(void);

static inline void __ksigaction_fill(struct __ksigaction *k)
{
	k->restorer = k->flags & __SA_SIGINFO ? __rt_sigreturn : __sigreturn;
	k->flags |= __SA_RESTORER;
}

/*
 * Thread-local storage, variant II: gs points to the thread control block,
 * whose first word is its own address; the block lies below it.
 */
#define ARCH_TLS_BELOW_TP	1
#define ARCH_TCB_SIZE		16

struct __tls_arg {			/* the kernel's struct user_desc */
	uint32_t entry;
	uint32_t base;
	uint32_t limit;
	uint32_t flags;
};

/* 32-bit, limit in pages, usable: the flags of every i386 Linux libc. */
#define __TLS_FLAGS		0x51

static inline void *__tls_clone_arg(struct __tls_arg *a, void *tp)
{
	uint16_t gs;

	__asm__("mov %%gs, %0" : "=r"(gs));
	*a = (struct __tls_arg){ gs >> 3, (uint32_t)tp, 0xfffff,
				 __TLS_FLAGS };
	return a;
}

static inline int __tls_install(void *tp)
{
	struct __tls_arg a = { ~0u, (uint32_t)tp, 0xfffff, __TLS_FLAGS };
	long err = __syscall(SYS_set_thread_area, (long)&a, 0, 0, 0, 0, 0);

	if (err < 0)
		return (int)err;
	__asm__ volatile("mov %0, %%gs" : : "r"(a.entry * 8 + 3));
	return 0;
}

static inline void arch_pause(void)
{
	__asm__ volatile("pause");
}

#endif
