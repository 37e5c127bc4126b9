/* SPDX-License-Identifier: MIT */
/*
 * The registers of a task as ptrace and core files show them (rows B6, B7).
 * What each machine's registers are stands in arch/NAME of this folder: a port
 * needs that file once it has debuggers, and not before.
 */
#ifndef TOPICS_DEBUGGER_REGSET_H
#define TOPICS_DEBUGGER_REGSET_H

#include <lt/types.h>

struct task;

/* A register set as ptrace(2) and core files lay it out. */
struct arch_regset {
	unsigned note;			/* NT_ of <topics/debugger/uapi.h> */
	unsigned size, unit;		/* bytes: of all, of one register */
};
#define ARCH_REGSET_MAX 512		/* of every port's */
/*
 * The sets that t has, by the width of its program, NT_PRSTATUS first; note 0
 * ends them.
 */
const struct arch_regset *arch_regsets(const struct task *t);
/*
 * Read or write a set of a task that is off every CPU.  buf: r->size bytes,
 * aligned to 16; what is written is hostile.  Return: set: 0, or -EIO or
 * -EINVAL with nothing changed, where Linux refuses a value.
 */
void arch_regset_get(struct task *t, const struct arch_regset *r, void *buf);
int arch_regset_set(struct task *t, const struct arch_regset *r,
		    const void *buf);
/* Bring current's registers to where arch_regset_get() looks. */
void arch_regs_sync(void);
/*
 * Have t, off every CPU, trap after its next user instruction with SIGTRAP,
 * TRAP_TRACE; off: take that back.  Return: false: the machine cannot.
 */
bool arch_single_step(struct task *t, bool on);

#endif
