/* SPDX-License-Identifier: MIT */
/*
 * Kernel threads (row D12).  kthread_create() and task_start() are in
 * <kernel/task/task.h>; what controls them later is <topics/kthreads/control.h>.
 */
#ifndef KERNEL_TASK_KTHREAD_H
#define KERNEL_TASK_KTHREAD_H

#include <kernel/wait/wait.h>
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

/* In a kernel thread: was it asked to stop? */
bool kthread_should_stop(void);
/* The end of a kernel thread; as if its function had returned. */
void kthread_exit(void) __noreturn;
/* The thread's function has returned.  Context: in t itself. */
void kthread_ended(struct task *t);

/* ---- boot ---------------------------------------------------------------- */

/* Task 1, a kernel thread until it executes init; to be started. */
struct task *kthread_create_first(void (*fn)(void *), const char *name);
void kthreads_init(void);		/* kthreadd, task 2 */

#endif
