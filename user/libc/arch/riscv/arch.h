/* SPDX-License-Identifier: MIT */
/*
 * What the library needs to know about RISC-V: layouts of the Linux ABI and the
 * few calls whose number or arguments differ between machines, and between the
 * two widths (generic/abi64.h, abi32.h).  Included through <arch.h> only.
 */
#ifndef LIBC_ARCH_RISCV_H
#define LIBC_ARCH_RISCV_H

#include <stdint.h>
#include "../../generic/sysnr.h"

#define SYS_riscv_flush_icache	259

#define ARCH_ELF_MACHINE	243
/* At a call's entry a tracer finds its first argument as the result. */
#define ARCH_ENTRY_ARG		0
#define ARCH_ELF_ANY_CLASS	0	/* exec ignores a file's word size */

/* The function of the vDSO that reads a clock, with a 64-bit time. */
#define ARCH_VDSO_CLOCK		"__vdso_clock_gettime"

/*
 * An instruction that does not exist.  A breakpoint instruction, how far behind
 * it the trap leaves the program counter, and the index of the program counter
 * in NT_PRSTATUS.
 */
#define ARCH_ILLEGAL		"unimp"
#define ARCH_TRAP		{ 0x02, 0x90 }	/* c.ebreak */
#define ARCH_TRAP_BEHIND	0
#define ARCH_PC_WORD		0
/*
 * NT_PRSTATUS: the words of the number and the result of a system call, and of a
 * register that calls preserve; how many there are.  NT_PRFPREG: its size and
 * the first byte of a register.  The machine as seccomp(2) calls it.
 */
#define ARCH_NR_WORD		17
#define ARCH_RESULT_WORD	10
#define ARCH_KEPT_WORD		9
#define ARCH_REG_WORDS		32
#define ARCH_FLOAT_SIZE		264
#define ARCH_FLOAT_FIRST	8
#define ARCH_AUDIT		(sizeof(long) == 8 ? 0xc00000f3u : 0x400000f3u)

/*
 * How the kernel's probes name the program counter and the register of the first
 * argument, and functions on the way to a probe.
 */
#define ARCH_PROBE_PC		"pc"
#define ARCH_PROBE_ARG		"a0"
#define ARCH_PROBE_NEVER	"trap_dispatch", "trap_vector"

#if __riscv_xlen == 64
#define ARCH_NAME		"riscv64"
#include "../../generic/abi64.h"
#else
#include "abi32.h"
#endif

/* setjmp: ra, sp, s0-s11; fs0-fs11, of 64 bits each */
#define ARCH_JMP_WORDS		(14 + 12 * (64 / __riscv_xlen))

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
	/* aligned like an array of words, as in the kernel */
	uint64_t uc_sigmask __attribute__((packed, aligned(sizeof(long))));
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

/* The kernel's sigaction: no restorer on this machine. */
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
 * Thread-local storage, variant I: tp points to the block; the compiler adds
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

/* The tls argument of clone with CLONE_SETTLS. */
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
