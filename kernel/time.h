/* SPDX-License-Identifier: MIT */
/* Kernel timers and clocks. */
#ifndef KERNEL_TIME_H
#define KERNEL_TIME_H

#include <lib/rbtree.h>
#include <lt/types.h>

#define NSEC_PER_SEC 1000000000ull
#define NSEC_PER_USEC 1000ull
#define KTIME_NEVER (~0ull)

/* A one-shot timer.  fn runs in interrupt context at IPL_CLOCK. */
struct timer {
	struct rb_node node;		/* [timer lock] */
	ktime_t deadline;		/* [timer lock] */
	void (*fn)(struct timer *);	/* const while armed */
	bool armed;			/* [timer lock] */
};

void timer_init(struct timer *t, void (*fn)(struct timer *));
/* (Re)arm for the absolute time deadline.  => any context */
void timer_set(struct timer *t, ktime_t deadline);
/* => true if it was armed and will not fire */
bool timer_cancel(struct timer *t);
/* The clock interrupt: run what is due, program the next deadline. */
void timer_interrupt(void);
/* Also interrupt at `at` for the scheduler's slice (KTIME_NEVER: none). */
void timer_slice(ktime_t at);

/* The interval timer of a process (ITIMER_REAL). */
struct itimer {
	struct timer timer;
	u64 interval;			/* ns, 0: one shot */
	bool ready;			/* timer_init was done */
};

/* CLOCK_REALTIME - CLOCK_MONOTONIC, ns; settable. */
extern s64 realtime_offset;
static inline ktime_t realtime_from(ktime_t mono)
{
	return mono + realtime_offset;
}

#endif
