/* SPDX-License-Identifier: MIT */
/* Futexes with priority inheritance: numbers, the call, and what is lent. */
#ifndef TEST_PI_H
#define TEST_PI_H

#include <thread.h>
#include <time.h>
#include "sched_calls.h"

#define FUTEX_LOCK_PI		6
#define FUTEX_UNLOCK_PI		7
#define FUTEX_TRYLOCK_PI	8
#define FUTEX_WAIT_REQUEUE_PI	11
#define FUTEX_CMP_REQUEUE_PI	12
#define FUTEX_LOCK_PI2		13

#define PI_DIED		0x40000000
#define PI_WAITERS	0x80000000u

/* => 0, or -1 and errno */
static inline long pi_shared(volatile int *w, int op, const void *until)
{
	return futex(w, op, 0, until, NULL, 0);
}

static inline long pi_op(volatile int *w, int op, const void *until)
{
	return pi_shared(w, op | FUTEX_PRIVATE_FLAG, until);
}

/* Real-time priority p, 0: an ordinary one. */
#define check_runs(tid, p, what)	\
	check_eq(runs_with(tid), (p) ? -1 - (p) : 20, what)

UNUSED static struct timespec time_later(int clock, long ms)
{
	struct timespec t;

	clock_gettime(clock, &t);
	t.tv_nsec += ms * 1000000;
	t.tv_sec += t.tv_nsec / 1000000000;
	t.tv_nsec %= 1000000000;
	return t;
}

#endif
