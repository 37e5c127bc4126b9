/* SPDX-License-Identifier: MIT */
/*
 * Control of kernel threads (row D12).  A thread checks its requests where it
 * can act on them:
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

/* True if the calling kernel thread was asked to stop or to park. */
bool kthread_called(void);
/* Sleep while the thread is to be parked.  Context: may sleep. */
void kthread_park_here(void);

/*
 * The next functions are for other tasks, which hold a reference to t.  All may
 * sleep.
 * kthread_stop() ends t, even before t has run.  On return all that t did is
 * visible.  The owner of t calls it once.
 * kthread_park() waits until t sleeps in kthread_park_here().  Return: 0;
 * -ESRCH: t has ended.
 * kthread_unpark() lets t continue.
 */
void kthread_stop(struct task *t);
int kthread_park(struct task *t);
void kthread_unpark(struct task *t);

/* Let t run on that CPU only.  Return: 0; -EINVAL: no such CPU; -errno. */
int kthread_bind(struct task *t, unsigned cpu);

#endif
