/* SPDX-License-Identifier: MIT */
/*
 * Threads that the program schedules itself, over scheduler activations: a
 * switch is a function call, and a thread that sleeps in the kernel leaves its
 * processor to the other threads.  See docs/activations.md.
 */
#ifndef LIBC_UTHREAD_H
#define LIBC_UTHREAD_H

#include <activation.h>
#include <stdint.h>

struct uthread;

struct uthread_list {
	struct uthread *first, *last;	/* last: valid if first is not NULL */
};

struct uthread_mutex {
	int held;
	struct uthread_list waiting;
};

/* Number of events so far, by kind; [0]: number of upcalls. */
extern unsigned long uthread_upcalls[5];
/*
 * Called for each event by activation `self`, with the ready list locked, so
 * that it may only take notes.  May be NULL.
 */
extern void (*uthread_heard)(uint32_t self, const struct activation_event *e);

/*
 * Run fn(arg) as the first thread, on at most so many processors, with so many
 * activations (a blocked one runs no thread).  May be called only once in a
 * process.  Returns when no thread is left.
 * Return: 0 or an errno.
 */
int uthread_run(unsigned processors, unsigned activations,
		void (*fn)(void *), void *arg);

/* For calls from user threads only.  Return: 0 or ENOMEM. */
int uthread_create(void (*fn)(void *), void *arg);
void uthread_yield(void);
void uthread_lock(struct uthread_mutex *m);
void uthread_unlock(struct uthread_mutex *m);
/* Between enter and leave the thread keeps its processor. */
void uthread_enter(void);
void uthread_leave(void);

#endif
