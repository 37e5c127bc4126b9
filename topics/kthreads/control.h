/* SPDX-License-Identifier: MIT */
/*
 * Control of kernel threads (row D12).  A thread looks at its requests where it
 * can obey:
 *
 *	while (!kthread_should_stop()) {
 *		kthread_park_here();
 *		wait_event(&q, work || kthread_called());
 *	}
 */
#ifndef TOPICS_KTHREADS_CONTROL_H
#define TOPICS_KTHREADS_CONTROL_H

#include <lt/types.h>

struct task;

/* In a kernel thread: was it asked to stop, or to park? */
bool kthread_called(void);
/* Sleep as long as the thread is to be parked.  Context: may sleep. */
void kthread_park_here(void);

/*
 * From another task, with a reference to t; all may sleep.  Stop: t ends, or
 * never begins, and all it did is visible; it is for the owner, once.
 * Park: returns when t sleeps in kthread_park_here(); -ESRCH: it has ended.
 */
void kthread_stop(struct task *t);
int kthread_park(struct task *t);
void kthread_unpark(struct task *t);

/* Run on this CPU only.  Return: -EINVAL: no such CPU runs. */
int kthread_bind(struct task *t, unsigned cpu);

#endif
