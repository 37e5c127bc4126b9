/* SPDX-License-Identifier: MIT */
/* i386: the machine's own counter, in nanoseconds. */
#ifndef LABS_COUNTER_H
#define LABS_COUNTER_H

static inline unsigned long long counter_ns(void)
{
	unsigned lo, hi;

	__asm__ volatile("rdtsc" : "=a"(lo), "=d"(hi));
	return (unsigned long long)hi << 32 | lo;	/* -icount: 1 GHz */
}

#endif
