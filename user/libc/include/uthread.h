/* SPDX-License-Identifier: MIT */
/*
 * Threads that the program schedules itself, over scheduler activations: a
 * switch is a call of a function, and one that sleeps in the kernel leaves its
 * processor to the others.  See docs/activations.md.
 */
#ifndef LIBC_UTHREAD_H
#define LIBC_UTHREAD_H

#include <activation.h>
#include <stdint.h>

struct uthread;

struct uthread_list {
	struct uthread *first, *last;	/* last: only if there is a first */
};

struct uthread_mutex {
	int held;
	struct uthread_list waiting;
};

/* Upcalls so far, by event; [0]: upcalls in all. */
extern unsigned long uthread_upcalls[5];
/*
 * Called for each event, by activation `self`, with the list locked: it may
 * note things and nothing more.  May be NULL.
 */
extern void (*uthread_heard)(uint32_t self, const struct activation_event *e);

/*
 * Run fn(arg) as the first thread, on at most so many processors, with so many
 * activations, of which those that are blocked are no use: once in a process.
 * Returns when no thread is left.  => 0, or an errno
 */
int uthread_run(unsigned processors, unsigned activations,
		void (*fn)(void *), void *arg);

/* By threads only.  => 0, or ENOMEM */
int uthread_create(void (*fn)(void *), void *arg);
void uthread_yield(void);
void uthread_lock(struct uthread_mutex *m);
void uthread_unlock(struct uthread_mutex *m);
/* Between these the thread keeps its processor, whatever happens. */
void uthread_enter(void);
void uthread_leave(void);

#endif
