/* SPDX-License-Identifier: MIT */
/* Kernel timers. */
#ifndef KERNEL_TIME_TIMER_H
#define KERNEL_TIME_TIMER_H

#include <lib/rbtree.h>
#include <lt/types.h>

/* A one-shot timer.  fn runs in interrupt context at IPL_CLOCK. */
struct timer {
	struct rb_node node;		/* [timer lock] */
	ktime_t deadline;		/* [timer lock] */
	void (*fn)(struct timer *);	/* const while armed */
	bool armed;			/* [timer lock] */
};

void timer_init(struct timer *t, void (*fn)(struct timer *));
/* (Re)arm for the absolute time deadline.  Context: any. */
void timer_set(struct timer *t, ktime_t deadline);
/* ns until it fires, a microsecond at least, also while it does; 0: not set */
ktime_t timer_left(const struct timer *t);
/*
 * Return: true if it was armed and will not fire; fn may yet run on another
 * CPU.
 */
bool timer_cancel(struct timer *t);
/*
 * The same, for callers that may hold a lock of fn.
 * Return: false: fn runs; try again.
 */
bool timer_try_stop(struct timer *t);
/*
 * Cancel, and wait until fn has returned.
 * Context: interrupts on, no lock of fn.
 */
void timer_stop(struct timer *t);
/* The clock interrupt: run what is due, program the next deadline. */
void timer_interrupt(bool user);	/* user: user mode was left */
/* Also interrupt at `at` for the scheduler's slice (KTIME_NEVER: none). */
void timer_slice(ktime_t at);

/* Boot: nothing armed yet. */
void timers_init(void);
/* Idle CPUs keep a far deadline armed; call before waiting. */
void timer_idle(void);

#endif
