/* SPDX-License-Identifier: MIT */
/*
 * The states of a task and the ways between them (rows B14, D2), written once:
 *
 *	created -> UNINTERRUPTIBLE -> RUNNING
 *	RUNNING -> INTERRUPTIBLE, UNINTERRUPTIBLE, KILLABLE, STOPPED, TRACED,
 *		   PARKED: it sleeps until it is woken -> RUNNING
 *	RUNNING -> ZOMBIE (a leader) -> DEAD (waited for)
 *	RUNNING -> DEAD (any other)
 *
 * While events are traced, every change is checked against the table and
 * recorded; in a kernel built with --check state it always is.
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

/* Panics when the table has no such way. */
void task_state_check(const struct task *t, enum task_state to);
/* In words; of /proc/PID/stat. */
const char *task_state_name(unsigned long state);
char task_state_letter(const struct task *t);

/* By the rules of task->state. */
static inline void task_set_state(struct task *t, enum task_state to)
{
	if (unlikely(STATE_CHECKED))
		task_state_check(t, to);
	WRITE_ONCE(t->state, to);
}

/* For a waker: only if t has not changed its state itself meanwhile. */
static inline bool task_change_state(struct task *t, enum task_state from,
				     enum task_state to)
{
	return __atomic_compare_exchange_n(&t->state, &from, to, false,
					   __ATOMIC_RELAXED, __ATOMIC_RELAXED);
}

#endif
