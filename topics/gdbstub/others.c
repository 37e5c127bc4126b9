/* SPDX-License-Identifier: MIT */
/*
 * The other CPUs, which are held while one CPU is in a session or makes a step
 * in a program (row B7).  A CPU is held in a cross-CPU call, so it can be held
 * wherever it answers such calls.
 */
#include "gdbstub.h"
#include <kernel/smp/smp.h>
#include <lt/compiler.h>

#define ANSWER_IN	(NSEC_PER_SEC / 4)	/* longest wait for CPUs */

static unsigned held;			/* atomic: keep the others held */

/* State of a CPU when it was held. */
static struct parked {
	bool in;			/* atomic */
	struct trapframe *frame;	/* NULL: it waited for a lock */
	unsigned long pc, fp;
} parked[MAX_CPUS];			/* [that CPU, until `in` is set] */

/* The call that the owner's CPU was preparing when it met a breakpoint. */
static struct {
	void (*fn)(void *);
	void *arg;
} made;					/* [owner of the session] */

/*
 * The function of the call that holds a CPU.  If the CPU answers too late, the
 * function returns at once.
 */
static void gdb_hold(void *arg __unused)
{
	struct parked *p = &parked[cpu_self()->id];

	p->frame = cpu_self()->ipi_frame;
	p->pc = (unsigned long)__builtin_return_address(0);
	p->fp = (unsigned long)__builtin_frame_address(0);
	__atomic_store_n(&p->in, true, __ATOMIC_RELEASE);
	while (__atomic_load_n(&held, __ATOMIC_ACQUIRE))
		arch_relax();
	__atomic_store_n(&p->in, false, __ATOMIC_RELEASE);
	arch_icache_sync();
}

static unsigned nr_parked(void)
{
	unsigned n = 0;

	for (unsigned i = 0; i < nr_cpus; i++)
		n += __atomic_load_n(&parked[i].in, __ATOMIC_ACQUIRE);
	return n;
}

/*
 * Hold the other CPUs.  First wait until a call that this CPU has already made
 * is answered, because a CPU cannot make two calls at once.  A CPU that waits
 * for an answer from this CPU answers calls meanwhile.
 */
bool stub_hold_others(struct cpu *me)
{
	unsigned long mask = smp_mask() & ~BIT(me->id);
	ktime_t end = arch_clock() + ANSWER_IN;

	while (mask && !stub_dead && arch_clock() < end &&
	       __atomic_load_n(&me->call_pending, __ATOMIC_ACQUIRE))
		arch_relax();
	__atomic_store_n(&held, 1, __ATOMIC_RELEASE);
	if (!mask || me->call_pending || stub_dead)
		return false;
	/* this CPU may be preparing a call, which no CPU has read yet */
	made.fn = me->call_fn;
	made.arg = me->call_arg;
	smp_call_begin(mask, gdb_hold, NULL);
	end = arch_clock() + ANSWER_IN;
	while (nr_parked() < nr_cpus - 1 && arch_clock() < end)
		arch_relax();
	return true;
}

/*
 * Let the other CPUs go.  Withdraw the call from CPUs that have not answered:
 * such a CPU may wait for a session of its own.  Then wait until the held CPUs
 * have left.  They are on their way out, so this CPU need not answer calls
 * meanwhile.
 */
void stub_let_go(struct cpu *me, bool asked)
{
	__atomic_store_n(&held, 0, __ATOMIC_RELEASE);
	arch_icache_sync();
	for (unsigned i = 0; asked && i < nr_cpus; i++)
		if (__atomic_fetch_and(&cpus[i].call_from, ~BIT(me->id),
				       __ATOMIC_ACQ_REL) & BIT(me->id))
			__atomic_fetch_and(&me->call_pending, ~BIT(i),
					   __ATOMIC_RELAXED);
	while (asked && __atomic_load_n(&me->call_pending, __ATOMIC_ACQUIRE))
		arch_relax();
	if (asked) {
		me->call_fn = made.fn;
		me->call_arg = made.arg;
	}
}

void stub_find(struct task *t, struct stub_thread *out)
{
	struct cpu *me = cpu_self();

	*out = (struct stub_thread){ .task = t };
	for (unsigned i = 0; i < nr_cpus; i++) {
		const struct parked *p = &parked[i];

		if (cpus[i].running != t)
			continue;
		out->here = i == me->id;
		out->frame = out->here ? stub_stopped : stub_dead ? cpus[i].ipi_frame :
			p->in ? p->frame : NULL;
		out->pc = p->in ? p->pc : 0;
		out->fp = p->in ? p->fp : 0;
		/* with neither a frame nor a pc, t would count as asleep */
		if (!out->frame && !out->pc)
			out->pc = (unsigned long)gdb_hold;
		return;
	}
}
