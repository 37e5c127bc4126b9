/* SPDX-License-Identifier: MIT */
/*
 * When a task is moved between CPUs (row B13): pure, tested by
 * test/host/test_balance.c.  Loads are sums of weights, so that nice values
 * hold across CPUs as far as whole tasks can be moved.
 */
#ifndef KERNEL_SCHED_BALANCE_H
#define KERNEL_SCHED_BALANCE_H

#include <lt/types.h>

/*
 * Are two CPUs nearer to each other once a task of this weight has left
 * `from`, which counts it, for `to`, which does not?  Each such move lessens
 * the sum of squares of all loads, so they come to an end.
 */
static inline bool balance_gains(unsigned long weight, unsigned long from,
				 unsigned long to)
{
	return to + weight < from;
}

#endif
