/* SPDX-License-Identifier: MIT */
/*
 * The decision when to move a task between CPUs (row B13).  Pure logic, tested
 * by test/host/test_balance.c.  Loads are sums of weights, so nice values have
 * an effect across CPUs, as far as moving whole tasks can achieve that.
 */
#ifndef KERNEL_SCHED_BALANCE_H
#define KERNEL_SCHED_BALANCE_H

#include <lt/types.h>

/*
 * True if moving a task of this weight brings the loads of two CPUs closer.
 * `from` includes the weight, `to` does not.  Each such move decreases the sum
 * of the squares of all loads, so the moves come to an end.
 */
static inline bool balance_gains(unsigned long weight, unsigned long from,
				 unsigned long to)
{
	return to + weight < from;
}

#endif
