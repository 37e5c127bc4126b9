/* SPDX-License-Identifier: MIT */
/*
 * The states of a task and the transitions between them (rows B14, D2):
 *
 *	created -> UNINTERRUPTIBLE -> RUNNING
 *	RUNNING -> INTERRUPTIBLE, UNINTERRUPTIBLE, KILLABLE, STOPPED, TRACED,
 *		   PARKED: it sleeps until it is woken -> RUNNING
 *	RUNNING -> ZOMBIE (a leader) -> DEAD (waited for)
 *	RUNNING -> DEAD (any other)
 *
 * While events are traced, every change is checked against the table and
 * recorded; a kernel built with --check state always checks.
 */
#ifndef KERNEL_TASK_STATE_H
#define KERNEL_TASK_STATE_H

#include <kernel/current.h>
#include <kernel/events.h>

#ifdef CHECK_STATE
#define STATE_CHECKED true
#else
#define STATE_CHECKED event_wanted(EVENT_STATE)
#endif

/* Panic if the table does not allow this transition. */
void task_state_check(const struct task *t, enum task_state to);
/* Names for /proc: a word for status, a letter for stat. */
const char *task_state_name(unsigned long state);
char task_state_letter(const struct task *t);

/* Set t->state.  Context: see task->state in <kernel/current.h>. */
static inline void task_set_state(struct task *t, enum task_state to)
{
	if (unlikely(STATE_CHECKED))
		task_state_check(t, to);
	WRITE_ONCE(t->state, to);
}

/*
 * Change t's state for a waker.  Return: false: t has changed its state itself
 * meanwhile.
 */
static inline bool task_change_state(struct task *t, enum task_state from,
				     enum task_state to)
{
	return __atomic_compare_exchange_n(&t->state, &from, to, false,
					   __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

#endif
