/* SPDX-License-Identifier: MIT */
/*
 * The registers of a task as ptrace(2) and core files show them (rows B6, B7).
 * The registers of each machine are described in arch/NAME of this directory,
 * which a port needs only once it supports debuggers.
 */
#ifndef TOPICS_DEBUGGER_REGSET_H
#define TOPICS_DEBUGGER_REGSET_H

#include <lt/types.h>

struct task;

/* A register set as ptrace(2) and core files lay it out. */
struct arch_regset {
	unsigned note;			/* NT_* of <topics/debugger/uapi.h> */
	unsigned size, unit;		/* bytes: the whole set; one register */
};
/* bytes of the largest set on any machine */
#define ARCH_REGSET_MAX 528
/*
 * Return the sets of t, for the width of its program: NT_PRSTATUS first; note 0
 * ends the list.
 */
const struct arch_regset *arch_regsets(const struct task *t);
/*
 * arch_regset_get() reads, arch_regset_set() writes a set of a task that is off
 * every CPU.  buf: r->size bytes, aligned to 16; the values written are not
 * trusted.
 * Return: arch_regset_set(): 0; -EIO, -EINVAL or -ENOSPC with nothing changed,
 * where Linux refuses a value.
 */
void arch_regset_get(struct task *t, const struct arch_regset *r, void *buf);
int arch_regset_set(struct task *t, const struct arch_regset *r,
		    const void *buf);
/* Save current's registers to where arch_regset_get() reads them. */
void arch_regs_sync(void);
/*
 * If `on`, make t, which is off every CPU, trap after its next user instruction
 * with SIGTRAP, TRAP_TRACE.  Otherwise cancel such a request.
 * Return: false: not supported by the machine.
 */
bool arch_single_step(struct task *t, bool on);

#endif
