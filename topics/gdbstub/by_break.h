/* SPDX-License-Identifier: MIT */
/*
 * Single steps by breakpoints: the address of the next instruction is computed
 * from the frame, which contains all registers that a jump depends on, and a
 * breakpoint is put there.  For machine.c of a machine whose trap after each
 * instruction, if it has one, breaks a load and a store that belong together.
 */
#ifndef TOPICS_GDBSTUB_BY_BREAK_H
#define TOPICS_GDBSTUB_BY_BREAK_H

#include <topics/gdbstub/gdbstub.h>
#include <kernel/current.h>
#include <kernel/sched/sched.h>
#include <lt/backtrace.h>

#define SEQUENCE_MAX	64		/* bytes from the load to the store */

/* ---- of the machine ------------------------------------------------------ */

/* Fetch an instruction of the kernel or of the current task's program. */
static bool step_fetch(unsigned long pc, u32 *i);
static unsigned step_length(u32 i);
/* Return: the pc after tf has executed i, which is at its pc. */
static unsigned long step_after(const struct trapframe *tf, u32 i);
/* Return: the branch with the opposite condition; 0: i is no branch. */
static u32 step_opposite(u32 i);
/*
 * Return: 1 or -1: a load that reserves an address, or a store that needs the
 * reservation; 0: neither.
 */
static int step_reserves(u32 i);
/* True if such a load and store have the same address register and width. */
static bool step_is_pair(u32 i, u32 j);
/* Keep interrupts from a program, which tf's mask does not do; or end that. */
static void step_user_irqs(const struct trapframe *tf, bool on);

/* ---- sequences ----------------------------------------------------------- */

/* Find the load that belongs to the store at pc.  Return: 0: none. */
static unsigned long load_before(unsigned long pc, u32 store)
{
	u32 i;

	for (unsigned long at = pc - 4; pc - at <= SEQUENCE_MAX;
	     at -= text_trap_len)	/* the shortest instruction */
		if (step_fetch(at, &i) && step_reserves(i) > 0 &&
		    step_is_pair(i, store))
			return at;
	return 0;
}

/*
 * Step over a sequence from such a load to its store, in one step, because a
 * trap between the two loses the reservation.  The step leads from the load to
 * the instruction after the store, or to the target of a branch out of the
 * sequence.
 */
static bool step_sequence(struct trapframe *tf, u32 i)
{
	unsigned long load = tf_pc(tf), at;
	u32 first = i;

	if (step_reserves(i) < 0)
		load = load_before(load, i);
	else if (!step_reserves(i))
		return false;
	for (at = load; load && at - load < SEQUENCE_MAX;
	     at += step_length(i)) {
		if (!step_fetch(at, &i))
			return false;
		if (step_reserves(i) < 0 && step_is_pair(i, first))
			break;
	}
	if (!load || at - load >= SEQUENCE_MAX ||
	    !stub_set_step(at + step_length(i)))
		return false;
	for (unsigned long b = load; b < at && step_fetch(b, &i);
	     b += step_length(i)) {
		struct trapframe there = *tf;
		unsigned long to;

		if (!step_opposite(i))
			continue;
		tf_set_pc(&there, b);
		to = step_after(&there, i);
		if (to == b + step_length(i))
			to = step_after(&there, step_opposite(i));
		if (to < load || to > at)
			stub_set_step(to);
	}
	tf_set_pc(tf, load);
	return true;
}

/* ---- the contract -------------------------------------------------------- */

static bool step_irqs[MAX_CPUS];	/* [that CPU] saved interrupt flag */

bool stub_step(struct trapframe *tf)
{
	unsigned long next;
	u32 i;

	if (!step_fetch(tf_pc(tf), &i))
		return false;
	if (!step_sequence(tf, i)) {
		next = step_after(tf, i);
		/*
		 * a trap in the vector would overwrite what the vector has just
		 * saved in scratch registers
		 */
		if ((next < USER_TOP) != tf_user(tf) ||
		    backtrace_in_trap_code(next) || !stub_set_step(next)) {
			stub_clear_steps();
			return false;
		}
	}
	step_irqs[cpu_self()->id] = tf_irqs_on(tf);
	tf_mask_irqs(tf);
	step_user_irqs(tf, false);
	return true;
}

void stub_restore_irqs(struct trapframe *tf)
{
	bool *irqs = &step_irqs[cpu_self()->id];

	if (*irqs)
		tf_unmask_irqs(tf);
	step_user_irqs(tf, true);
	*irqs = false;
}

extern const char stub_trap_here[];	/* the instruction of stub_trap() */

void stub_end_step(struct trapframe *tf, bool stepped)
{
	stub_clear_steps();
	if (stepped)
		stub_restore_irqs(tf);
	step_irqs[cpu_self()->id] = false;
	if (tf_pc(tf) == (unsigned long)stub_trap_here)
		tf_set_pc(tf, tf_pc(tf) + text_trap_len);
}

#endif
