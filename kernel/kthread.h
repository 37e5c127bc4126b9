/* SPDX-License-Identifier: MIT */
/*
 * Control of kernel threads (row D12).  kthread_create() and task_start() are
 * in <kernel/task.h>.  A thread looks at its requests where it can obey:
 *
 *	while (!kthread_should_stop()) {
 *		kthread_park_here();
 *		wait_event(&q, work || kthread_called());
 *	}
 */
#ifndef KERNEL_KTHREAD_H
#define KERNEL_KTHREAD_H

#include <kernel/wait.h>
#include <lt/compiler.h>

struct task;

/* Lives as long as its task. */
struct kthread {
	void (*fn)(void *);		/* const */
	void *arg;			/* const */
	unsigned requests;		/* atomic: KTHREAD_ bits */
	struct wait_queue wait;		/* a parked one sleeps here */
	struct completion parked;	/* it has parked, or ended */
	struct completion ended;	/* it will not run fn any more */
};

#define KTHREAD_STOP	0x1		/* fn is to return */
#define KTHREAD_PARK	0x2		/* wait until told to go on */
#define KTHREAD_STARTED	0x4		/* task_start() was called */

/* In a kernel thread: was it asked to stop / to do any of the two? */
bool kthread_should_stop(void);
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

/* The end of a kernel thread; as if its function had returned. */
void kthread_exit(void) __noreturn;
/* The thread's function has returned.  Context: in t itself. */
void kthread_ended(struct task *t);

/* ---- boot ---------------------------------------------------------------- */

/* Task 1, a kernel thread until it executes init; to be started. */
struct task *kthread_create_first(void (*fn)(void *), const char *name);
void kthreads_init(void);		/* kthreadd, task 2 */

#endif
