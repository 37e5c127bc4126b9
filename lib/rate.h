/* SPDX-License-Identifier: MIT */
/*
 * The rate of a counter, measured against a clock that is known.
 *
 * The clock is read twice, and each time the counter before and after it:
 *
 *	counter  a     b                               c     d
 *	            |                                     |
 *	clock    first   . . . . . . ticks . . . . . .  second
 *
 * The counter advanced by at least c - b and at most d - a.  So each pair of
 * reads gives two bounds of the rate that hold however long the CPU was delayed
 * in between; a delay only sets them apart.  Further pairs narrow them.
 */
#ifndef LIB_RATE_H
#define LIB_RATE_H

#include <lt/types.h>

#define RATE_PAIRS	3	/* that must agree */
#define RATE_PART	50	/* bounds may differ by this part of the rate */
/*
 * An emulated clock advances in steps: each bound is widened by this part.
 */
#define RATE_SLACK	256

struct rate {
	u64 low, high;		/* Hz; high 0: nothing measured */
	unsigned pairs;		/* that agree with these bounds */
};

/*
 * Add a pair of reads that lie `ticks` of a clock with `hz` ticks a second
 * apart, while the counter advanced by `least` to `most`.  If the pair
 * contradicts those before, the measurement begins again with it; a pair with
 * bounds far apart says nothing, nor does one across which the counter went
 * back.
 */
void rate_add(struct rate *r, u64 least, u64 most, u32 ticks, u32 hz);

/* Return: the rate in Hz; 0: it is not known well enough yet. */
u64 rate_known(const struct rate *r);

/* Return: the middle of the bounds, however far apart they are. */
u64 rate_middle(const struct rate *r);

#endif
