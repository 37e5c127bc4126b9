/* SPDX-License-Identifier: MIT */
/*
 * Kernel threads (row D12).  kthread_create() and task_start() are in
 * <kernel/task/task.h>; stopping and parking are in
 * <topics/kthreads/control.h>.
 */
#ifndef KERNEL_TASK_KTHREAD_H
#define KERNEL_TASK_KTHREAD_H

#include <kernel/wait/wait.h>
#include <lt/compiler.h>

struct task;

/* A kernel thread's part of its task; freed with the task. */
struct kthread {
	void (*fn)(void *);		/* const */
	void *arg;			/* const */
	unsigned requests;		/* atomic: KTHREAD_ bits */
	struct wait_queue wait;		/* a parked thread sleeps here */
	struct completion parked;	/* the thread has parked, or ended */
	struct completion ended;	/* fn has returned or will never run */
};

#define KTHREAD_STOP	0x1		/* fn should return */
#define KTHREAD_PARK	0x2		/* wait until told to continue */
#define KTHREAD_STARTED	0x4		/* task_start() was called */

/* True if the calling kernel thread was asked to stop. */
bool kthread_should_stop(void);
/* End the calling kernel thread as if its function had returned. */
void kthread_exit(void) __noreturn;
/* Note that the thread's function has returned.  Context: in t itself. */
void kthread_ended(struct task *t);

/* ---- boot ---------------------------------------------------------------- */

/* Create task 1, a kernel thread until it executes init; not yet started. */
struct task *kthread_create_first(void (*fn)(void *), const char *name);
void kthreads_init(void);		/* creates kthreadd, task 2 */

#endif
