/* SPDX-License-Identifier: MIT */
/*
 * Kernel threads that other tasks stop and park (row D12).  Each thread has a
 * word of requests, which it checks where it can act on them.
 */
#include "control.h"
#include <kernel/task/kthread.h>
#include <kernel/task/task.h>
#include <uapi/errno.h>

static bool kthread_asked(unsigned what)
{
	return __atomic_load_n(&current->kthread->requests,
			       __ATOMIC_ACQUIRE) & what;
}

bool kthread_called(void)
{
	return kthread_asked(KTHREAD_STOP | KTHREAD_PARK);
}

/*
 * Park current while that is requested.  A request to stop takes precedence
 * over one to park.
 */
void kthread_park_here(void)
{
	struct kthread *k = current->kthread;

	if (!kthread_asked(KTHREAD_PARK) || kthread_asked(KTHREAD_STOP))
		return;
	complete(&k->parked);
	wait_event_(&k->wait,
		    !kthread_asked(KTHREAD_PARK) || kthread_asked(KTHREAD_STOP),
		    TASK_PARKED, 0);
}

/* Set a request and wake t, so that t checks its requests. */
static void kthread_ask(struct task *t, unsigned what)
{
	__atomic_fetch_or(&t->kthread->requests, what, __ATOMIC_SEQ_CST);
	task_wake(t, WAKE_NORMAL);
}

/*
 * Stop t and wait for its end.  A thread that never ran is started only to end.
 */
void kthread_stop(struct task *t)
{
	struct kthread *k = t->kthread;

	if (!(__atomic_fetch_or(&k->requests, KTHREAD_STOP,
				__ATOMIC_SEQ_CST) & KTHREAD_STARTED))
		task_start(t);		/* only to end */
	wake_up(&k->wait);
	task_wake(t, WAKE_NORMAL);
	completion_wait(&k->ended);
}

/* Park t.  Return: 0: t sleeps in kthread_park_here(); -ESRCH: t has ended. */
int kthread_park(struct task *t)
{
	struct kthread *k = t->kthread;

	completion_init(&k->parked);
	if (READ_ONCE(k->ended.done))
		return -ESRCH;
	kthread_ask(t, KTHREAD_PARK);
	if (!(k->requests & KTHREAD_STARTED))
		task_start(t);
	completion_wait(&k->parked);
	return READ_ONCE(k->ended.done) ? -ESRCH : 0;
}

void kthread_unpark(struct task *t)
{
	__atomic_fetch_and(&t->kthread->requests, ~KTHREAD_PARK,
			   __ATOMIC_SEQ_CST);
	wake_up(&t->kthread->wait);
}
