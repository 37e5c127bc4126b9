/* SPDX-License-Identifier: MIT */
/*
 * Accesses to pages that are watched, of the kernel's and of programs' (row B7):
 *
 *	fault | hold the others, let the page be | one instruction | protect it
 *	again, let go; or first, if it touched what is watched, a session
 *
 * A step that GDB asks for in a program is made in the same way, as its text may
 * be others', too.
 */
#include <ext/gdbstub/session.h>
#include <kernel/smp.h>

static bool inside[MAX_CPUS];		/* [that CPU] a fault is looked at */

static void make_access(struct trapframe *tf, vaddr_t va,
			enum fault_access how)
{
	struct cpu *me = cpu_self();
	bool again = inside[me->id];

	inside[me->id] = true;
	stub_stepping = stub_own(me);
	if (!stub_guards(va, how)) {
		/* no more, since it faulted */
		stub_own_as(stub_stepping ? OWN_STEP : 0);
		inside[me->id] = again;
		arch_tlb_all();
		return;
	}
	stub_asked = stub_hold_others(me);
	inside[me->id] = again;
	if (stub_is_called_away(tf)) {
		/* it faults again */
		stub_let_go(me, stub_asked);
		stub_own_as(stub_stepping ? OWN_STEP : OWN_NONE);
		return;
	}
	if (stub_stepping)
		stub_arrived(tf, true);
	stub_note_access(tf, va, how);
	stub_lift_watches();
	stub_lift_breaks();
	if (stub_step(tf, true)) {
		stub_put_breaks();
		stub_own_as(OWN_ACCESS);
	} else {
		stub_give_up(va);
		stub_go_on(STUB_GO);
	}
}

/* The access has been made; or another fault is first. */
bool stub_access_ends(struct trapframe *tf, bool made)
{
	enum stub_next next = STUB_GO;

	stub_own_as(OWN_TALK);
	if (made || !stub_stepping || tf_user(tf))
		stub_arrived(tf, true);
	else
		stub_let_in(tf);
	stub_lift_breaks();
	if (made && (stub_hit() || stub_stepping))
		next = stub_converse(tf, GDB_TRAP);
	else if (stub_stepping && !tf_user(tf))
		next = STUB_STEP;
	stub_no_hit();
	stub_go_on(next);
	return made;
}

/*
 * A page that is watched in a program has another entry now, or its first: that
 * is to be protected before it is accessed.
 */
static bool protect_new(struct trapframe *tf, vaddr_t va,
			enum fault_access how)
{
	struct cpu *me;
	bool stepped;

	trap_mend(tf, va, how);
	me = cpu_self();
	stepped = stub_own(me);
	stub_asked = stub_hold_others(me);
	stub_lift_watches();
	stub_put_watches();
	stub_let_go(me, stub_asked);
	stub_own_as(stepped ? OWN_STEP : OWN_NONE);
	return true;
}

/* A program's instruction that GDB steps has a fault first. */
static bool step_again(struct trapframe *tf, vaddr_t va,
		       enum fault_access how)
{
	stub_access_ends(tf, false);
	if (!trap_mend(tf, va, how))
		return true;		/* a signal, and the step is over */
	for (;;) {
		stub_own(cpu_self());
		stub_asked = stub_hold_others(cpu_self());
		if (!stub_is_called_away(tf))
			break;
		stub_let_go(cpu_self(), stub_asked);
		stub_own_as(OWN_NONE);
		trap_exit_user(tf);
	}
	stub_lift_watches();
	stub_lift_breaks();
	stub_stopped = tf;
	stub_go_on(stub_step(tf, true) ? STUB_STEP : STUB_GO);
	return true;
}

/* A page fault, of whomever. */
bool stub_faulted(struct trapframe *tf, vaddr_t va, enum fault_access how)
{
	unsigned now = stub_owner();
	unsigned mine = stub_mine();

	if (now == mine || inside[cpu_self()->id])
		return stub_lift_page(va) ||
			(now == mine && !tf_user(tf) && stub_trapped_within(tf));
	if (now == (mine | OWN_ACCESS)) {
		if (stub_stepping && tf_user(tf))
			return step_again(tf, va, how);
		stub_access_ends(tf, false);
	} else if (stub_guards(va, how)) {
		make_access(tf, va, how);
		return true;
	}
	if (now == (mine | OWN_STEP))
		stub_let_in(tf);
	if (va >= USER_TOP)
		return !tf_user(tf) && stub_is_old(va, how);
	return stub_knows(va) && (tf_user(tf) || exception_fixup(tf_pc(tf))) &&
		protect_new(tf, va, how);
}

bool stub_keeps_access(unsigned long at, unsigned long n)
{
	return stub_overlap(at, n, inside, sizeof(inside));
}
