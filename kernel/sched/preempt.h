/* SPDX-License-Identifier: MIT */
/*
 * Kernel preemption (rows B9, B12, B14).  A task that runs in the kernel at
 * IPL_NONE, outside interrupts and with interrupts on, may be preempted: it
 * loses its CPU between any two instructions to a more important task, and may
 * continue on another CPU.  A raised level defers preemption as it defers an
 * interrupt: a requested reschedule acts like an interrupt of IPL_SOFT that
 * waits until the level falls.
 *
 * The rule: cpu_self() and per-CPU data are used only where the task cannot
 * move to another CPU.  These places are: at a raised level (every spin lock
 * raises it), in an interrupt, with interrupts off, or between
 * preempt_disable() and preempt_enable().  A debug kernel checks this rule.
 * Elsewhere `current->cpu` is a hint that may be wrong at once.
 *
 * A task that has announced its sleep (state not TASK_RUNNING) is not
 * preempted, because it gives up the CPU by itself in a moment.
 */
#ifndef KERNEL_SCHED_PREEMPT_H
#define KERNEL_SCHED_PREEMPT_H

#include <kernel/current.h>
#include <kernel/lock/lock_debug.h>
#include <kernel/lock/spin.h>
#include <lt/compiler.h>

/*
 * Keep current on this CPU until preempt_enable(old).  The calls may be nested,
 * and the caller must not sleep meanwhile.
 * Context: any.
 * Return: old, for preempt_enable().
 */
static inline enum ipl preempt_disable(void)
{
	struct task *t = current;
	enum ipl old = t->ipl;

	if (old < IPL_SOFT)
		t->ipl = IPL_SOFT;
	barrier();
	if (old == IPL_NONE)
		lock_debug_raise();
	return old;
}

static inline void preempt_enable(enum ipl old)
{
	struct task *t = current;

	if (old == IPL_NONE)
		lock_debug_lower();
	barrier();
	t->ipl = old;
	barrier();
	if (unlikely(READ_ONCE(t->ipl_pending) > old))
		ipl_serve_deferred(t);
}

/*
 * Reschedule t, which is current, in the kernel, after an interrupt or when t's
 * level falls.
 * Context: interrupts off, before and after; the caller may have moved to
 * another CPU.
 */
void preempt_here(struct task *t);

/*
 * True if the running task t may be preempted or may sleep, apart from whether
 * interrupts are on.
 */
static inline bool preempt_possible(const struct task *t)
{
	/*
	 * PEEK: the compiler may load both fields together with neighboring
	 * fields
	 */
	return PEEK(t->ipl == IPL_NONE && !t->in_interrupt);
}

/*
 * True if preempt_here() is due and allowed, apart from whether interrupts are
 * on.
 */
static inline bool preempt_wanted(const struct task *t)
{
	return READ_ONCE(t->resched) && preempt_possible(t);
}

/* Do what might_sleep() does, inline. */
static inline void preempt_may_sleep(void)
{
	if (lock_debug_sleep() && unlikely(!preempt_possible(current)))
		sleep_panic();
}

#endif
