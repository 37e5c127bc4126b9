/* SPDX-License-Identifier: MIT */
/*
 * Kernel preemption (rows B9, B12, B14).  A task that runs in the kernel at
 * IPL_NONE, outside interrupts and with interrupts on, may lose its CPU
 * between any two instructions to a task that deserves it more, and go on on
 * another CPU.  A raised level holds that back as it holds back an interrupt:
 * a wanted reschedule is an interrupt of IPL_SOFT that waits for the fall.
 *
 * The rule: cpu_self(), and all that belongs to a CPU, is used only where the
 * task cannot move: at a raised level (every spin lock raises one), in an
 * interrupt, with interrupts off, or between the two calls below.  A debug
 * kernel checks it.  A hint that may be old at once is `current->cpu`.
 * A task that has announced its sleep (state not TASK_RUNNING) is not
 * preempted: it gives up the CPU by itself in a moment.
 */
#ifndef KERNEL_SCHED_PREEMPT_H
#define KERNEL_SCHED_PREEMPT_H

#include <kernel/current.h>
#include <kernel/lock/spin.h>
#include <lt/compiler.h>

/*
 * Stay on this CPU, without sleeping, until preempt_enable(old); nests.
 * Context: any.
 * Return: old, for that call.
 */
static inline enum ipl preempt_disable(void)
{
	struct task *t = current;
	enum ipl old = t->ipl;

	if (old < IPL_SOFT)
		t->ipl = IPL_SOFT;
	barrier();
	return old;
}

static inline void preempt_enable(enum ipl old)
{
	struct task *t = current;

	barrier();
	t->ipl = old;
	barrier();
	if (unlikely(READ_ONCE(t->ipl_pending) > old))
		ipl_fallen(t);
}

/*
 * The caller was interrupted, or its level has fallen, and a reschedule is
 * wanted: run the task that deserves it.
 * Context: interrupts off, before and after; the caller may have moved to
 * another CPU.
 */
void preempt_here(struct task *t);

/* May t, which runs, lose its CPU or sleep, but for interrupts? */
static inline bool preempt_possible(const struct task *t)
{
	/* compilers read the two together, with what others write beside */
	return PEEK(t->ipl == IPL_NONE && !t->in_interrupt);
}

/* Would preempt_here() be right, but for interrupts? */
static inline bool preempt_wanted(const struct task *t)
{
	return READ_ONCE(t->resched) && preempt_possible(t);
}

/* might_sleep(), inline. */
static inline void preempt_may_sleep(void)
{
	if (lock_debug_sleep() && unlikely(!preempt_possible(current)))
		must_not_sleep();
}

#endif
