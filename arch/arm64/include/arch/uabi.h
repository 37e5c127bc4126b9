/* SPDX-License-Identifier: MIT */
/*
 * Linux's layouts that differ between machines, in their arm64 form: the
 * signal context of asm/sigcontext.h and asm/ucontext.h.
 */
#ifndef ARCH_UABI_H
#define ARCH_UABI_H

#include <arch/trap.h>
#include <lt/types.h>

#define ARCH_SA_RESTORER 1	/* sigaction(2) has a restorer */

/*
 * The address of the SIGSEGV for a frame that arch_signal_pop() cannot read
 * back; on other machines that signal has none.
 */
#define ARCH_BAD_FRAME(tf) tf_sp(tf)

#define MINSIGSTKSZ	5120		/* for sigaltstack(2) */

/* open(2): the flags that have other values elsewhere. */
#define O_DIRECTORY	00040000
#define O_NOFOLLOW	00100000
#define O_DIRECT	00200000
#define O_LARGEFILE	00400000

/* A record of the signal frame's last part; the last one has magic 0. */
struct uabi_record {
	u32 magic, size;
};

#define UABI_FPSIMD_MAGIC 0x46508001
#define UABI_ESR_MAGIC	0x45535201

struct uabi_esr {			/* of a fault */
	struct uabi_record head;
	u64 esr;
};

struct uabi_sigcontext {
	u64 fault_address;
	u64 regs[REG_COUNT], sp, pc, pstate;
	u8 records[4096] __attribute__((aligned(16)));
};

#include <uapi/generic.h>

_Static_assert(sizeof(struct uabi_sigframe) == 4688, "rt_sigframe of the ABI");

#endif
