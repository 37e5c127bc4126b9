/* SPDX-License-Identifier: MIT */
/*
 * One step in a program (row B7).  Other programs may run the same text, so the
 * other CPUs are held during the step:
 *
 *	go on | one instruction | a session
 *	        another fault first: let go, handle it, hold the others, again
 */
#include "session.h"
#include <kernel/smp/smp.h>

/*
 * End a step.  done: the instruction was executed; false: another fault came
 * first.
 */
bool stub_held_ends(struct trapframe *tf, bool done)
{
	enum stub_next next = STUB_GO;

	stub_set_owner(OWN_TALK);
	stub_end_step(tf, true);
	stub_lift_breaks();
	if (done)
		next = stub_converse(tf, GDB_TRAP);
	stub_go_on(next);
	return done;
}

/* Handle a page fault of the instruction, and step again. */
static bool step_again(struct trapframe *tf, vaddr_t va,
		       enum fault_access how)
{
	stub_held_ends(tf, false);
	if (!trap_fault_in(tf, va, how))
		return true;		/* a signal: the step is over */
	for (;;) {
		stub_take_session(cpu_self());
		stub_asked = stub_hold_others(cpu_self());
		if (!stub_has_ast(tf))
			break;
		stub_let_go(cpu_self(), stub_asked);
		stub_set_owner(OWN_NONE);
		trap_exit_user(tf);
	}
	stub_lift_breaks();
	stub_stopped = tf;
	stub_go_on(stub_step(tf) ? STUB_STEP : STUB_GO);
	return true;
}

/* Handle a page fault of any task. */
bool stub_faulted(struct trapframe *tf, vaddr_t va, enum fault_access how)
{
	unsigned now = stub_owner();
	unsigned mine = stub_mine();

	if (now == mine)
		return !tf_user(tf) && stub_trapped_within(tf);
	if (now == (mine | OWN_HELD))
		return step_again(tf, va, how);
	if (now == (mine | OWN_STEP))
		stub_restore_irqs(tf);
	return false;
}
