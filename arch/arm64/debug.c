/* SPDX-License-Identifier: MIT */
/*
 * The CPU's debug registers (Arm Architecture Reference Manual, D2.8, D2.9):
 * breakpoints and watchpoints that ptrace(2) sets for a task.  They watch
 * accesses of programs alone, so that no access of the kernel traps.
 */
#include <arch/machine.h>
#include <kernel/current.h>
#include <lt/arch.h>

unsigned debug_count(enum debug_kind kind)
{
	unsigned has = (unsigned)(read_sysreg(id_aa64dfr0_el1) >>
				  (kind == DEBUG_BREAK ? DFR0_BREAKS_SHIFT :
				   DFR0_WATCHES_SHIFT) & 0xf) + 1;

	return has < DEBUG_MAX ? has : DEBUG_MAX;
}

/* The number of a register is part of the instruction. */
#define LOAD_POINT(n)							\
	case n:								\
		if (kind == DEBUG_BREAK) {				\
			write_sysreg(dbgbvr##n##_el1, at);		\
			write_sysreg(dbgbcr##n##_el1, control);		\
		} else {						\
			write_sysreg(dbgwvr##n##_el1, at);		\
			write_sysreg(dbgwcr##n##_el1, control);		\
		}							\
		break

static void debug_load_point(enum debug_kind kind, unsigned n,
			     const struct debug_point *p)
{
	u64 at = p->at & ~(kind == DEBUG_BREAK ? 3ul : 7ul);
	u64 control = p->control & DEBUG_ON ? p->control : 0;

	switch (n) {
	LOAD_POINT(0);
	LOAD_POINT(1);
	LOAD_POINT(2);
	LOAD_POINT(3);
	LOAD_POINT(4);
	LOAD_POINT(5);
	}
}

void debug_load(const struct task *t)
{
	for (enum debug_kind kind = DEBUG_BREAK; kind < DEBUG_KINDS; kind++)
		for (unsigned n = 0; n < debug_count(kind); n++)
			debug_load_point(kind, n, &t->arch.debug[kind][n]);
}
