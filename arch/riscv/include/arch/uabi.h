/* SPDX-License-Identifier: MIT */
/*
 * Linux's layouts that differ between machines, in their riscv64 form: the
 * signal context of asm/sigcontext.h and asm/ucontext.h.
 */
#ifndef ARCH_UABI_H
#define ARCH_UABI_H

#include <arch/trap.h>
#include <lt/types.h>

#define ARCH_SA_RESTORER 0		/* sigaction(2) has no restorer */

struct uabi_sigcontext {
	u64 regs[REG_COUNT];
	union {
		struct {
			u64 f[32];
			u32 fcsr;
		} d;
		struct {
			u32 pad[129];
			u32 reserved;	/* must be 0 */
			u32 magic;	/* 0: no further state follows */
			u32 size;
		} end;
	} fp __attribute__((aligned(16)));
};

#include <uapi/generic.h>

_Static_assert(sizeof(struct uabi_sigframe) == 1088, "rt_sigframe of the ABI");

#endif
