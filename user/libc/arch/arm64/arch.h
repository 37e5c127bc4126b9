/* SPDX-License-Identifier: MIT */
/*
 * What the library needs to know about arm64: layouts of the Linux ABI.
 * Included through <arch.h> only.
 */
#ifndef LIBC_ARCH_ARM64_H
#define LIBC_ARCH_ARM64_H

#include <stdint.h>
#include "../../generic/sysnr.h"

#define SYS_renameat		38

#define ARCH_ELF_MACHINE	183
/* At a call's entry a tracer finds its first argument as the result. */
#define ARCH_ENTRY_ARG		1
#define ARCH_ELF_ANY_CLASS	1	/* exec ignores a file's word size */
#define ARCH_NAME		"aarch64"
#include "../../generic/abi64.h"

#define MINSIGSTKSZ		5120

/* Flags of open(2) that have other values elsewhere. */
#define O_DIRECTORY		040000
#define O_NOFOLLOW		0100000
#define O_DIRECT		0200000
#define O_LARGEFILE		0400000

/* The function of the vDSO that reads a clock, with a 64-bit time. */
#define ARCH_VDSO_CLOCK		"__kernel_clock_gettime"

/*
 * An instruction that does not exist.  A breakpoint instruction, how far behind
 * it the trap leaves the program counter, and the index of the program counter
 * in NT_PRSTATUS.
 */
#define ARCH_ILLEGAL		"udf #0"
#define ARCH_TRAP		{ 0x00, 0x00, 0x20, 0xd4 }	/* brk #0 */
#define ARCH_TRAP_BEHIND	0
#define ARCH_PC_WORD		32
/*
 * NT_PRSTATUS: the words of the number and the result of a system call, and of a
 * register that calls preserve; how many there are.  NT_PRFPREG: its size and
 * the first byte of a register.  The machine as seccomp(2) calls it.
 */
#define ARCH_NR_WORD		8
#define ARCH_NR_SET		0x404	/* a register set changes the number */
#define ARCH_RESULT_WORD	0
#define ARCH_KEPT_WORD		19
#define ARCH_REG_WORDS		34
#define ARCH_FLOAT_SIZE		528
#define ARCH_FLOAT_FIRST	16
#define ARCH_AUDIT		0xc00000b7u

/*
 * How the kernel's probes name the program counter and the register of the first
 * argument, and functions on the way to a probe.
 */
#define ARCH_PROBE_PC		"pc"
#define ARCH_PROBE_ARG		"x0"
#define ARCH_PROBE_NEVER	"trap_dispatch", "kernel_sync"

/* setjmp: x19 to x30, sp; d8 to d15 */
#define ARCH_JMP_WORDS		(13 + 8)

struct sigcontext {
	unsigned long fault_address;
	unsigned long regs[31];
	unsigned long sp, pc, pstate;
	uint8_t __reserved[4096] __attribute__((aligned(16)));
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
	return uc->uc_mcontext.sp;
}

static inline void ucontext_set_sp(ucontext_t *uc, unsigned long sp)
{
	uc->uc_mcontext.sp = sp;
}

/* The kernel's sigaction; without a restorer handlers return to the vDSO. */
struct __ksigaction {
	unsigned long handler;
	unsigned long flags;
	void (*restorer)(void);
	uint64_t mask;
};

static inline void __ksigaction_fill(struct __ksigaction *k)
{
	k->restorer = 0;
}

/*
 * Thread-local storage, variant I: TPIDR_EL0 points to a thread control block of
 * two words, and the block lies behind it.
 */
#define ARCH_TLS_BELOW_TP	0
#define ARCH_TCB_SIZE		16

static inline int __tls_install(void *tp)
{
	__asm__ volatile("msr tpidr_el0, %0" : : "r"(tp));
	return 0;
}

struct __tls_arg { void *tp; };

/* The tls argument of clone with CLONE_SETTLS. */
static inline void *__tls_clone_arg(struct __tls_arg *a, void *tp)
{
	a->tp = tp;
	return tp;
}

static inline void arch_pause(void)
{
	__asm__ volatile("yield");
}

#endif
