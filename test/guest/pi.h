/* SPDX-License-Identifier: MIT */
/* Futexes with priority inheritance: numbers, and the call. */
#ifndef TEST_PI_H
#define TEST_PI_H

#include <thread.h>

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

#endif
