/* SPDX-License-Identifier: MIT */
/* Kernel timers. */
#ifndef KERNEL_TIME_TIMER_H
#define KERNEL_TIME_TIMER_H

#include <lib/rbtree.h>
#include <lt/types.h>

/*
 * The clocks that a deadline can belong to.  Only the first is arch_clock()
 * itself; the others jump against it when CLOCK_REALTIME is set, and their
 * timers keep their deadlines then.
 */
enum timer_clock { TIMER_MONOTONIC, TIMER_REALTIME, TIMER_TAI, TIMER_CLOCKS };

/* A point in time. */
struct timer_deadline {
	ktime_t at;			/* of the clock; 0: never */
	enum timer_clock clock;
};

/* Return: the deadline `at` of arch_clock(). */
static inline struct timer_deadline timer_deadline(ktime_t at)
{
	return (struct timer_deadline){ .at = at, .clock = TIMER_MONOTONIC };
}

/* A one-shot timer.  fn runs in interrupt context at IPL_CLOCK. */
struct timer {
	struct rb_node node;		/* [timer lock] */
	struct timer_deadline deadline;	/* [timer lock] */
	void (*fn)(struct timer *);	/* const while armed */
	bool armed;			/* [timer lock] */
};

void timer_init(struct timer *t, void (*fn)(struct timer *));
/*
 * Arm t for the absolute time `deadline` of arch_clock(), or change its
 * deadline.  Context: any.
 */
void timer_set(struct timer *t, ktime_t deadline);
/* The same for a deadline of any clock.  Context: any. */
void timer_set_on(struct timer *t, struct timer_deadline deadline);
/*
 * Return: ns until t fires, at least a microsecond, even while the function of
 * t runs; 0: t is not armed.
 */
ktime_t timer_left(const struct timer *t);
/*
 * Disarm t; fn may still be running on another CPU.
 * Return: true if t was armed and will not fire.
 */
bool timer_cancel(struct timer *t);
/*
 * Disarm t, but do not wait for fn.  For callers that may hold a lock that fn
 * takes.
 * Return: false: fn runs on another CPU; try again.
 */
bool timer_try_stop(struct timer *t);
/*
 * Disarm t, and wait until fn has returned.
 * Context: interrupts on; the caller holds no lock that fn takes.
 */
void timer_stop(struct timer *t);
/*
 * Handle the clock interrupt: run timers that are due, and set the next
 * deadline.
 */
void timer_interrupt(bool user);	/* user: user mode was interrupted */
/*
 * The offsets of the clocks have changed: see that the next timer fires when
 * its own clock says.
 * Context: any, no lock.
 */
void timers_clock_set(void);
/* Set the end of the scheduler's slice (KTIME_NEVER: no end). */
void timer_slice(ktime_t at);

/* Initialize the clock of the boot CPU, at boot. */
void timers_init(void);
/*
 * Arm a far deadline if there is none; an idle CPU calls this before waiting.
 */
void timer_idle(void);

#endif
