/* SPDX-License-Identifier: MIT */
/* AArch64: the machine's own counter, in nanoseconds. */
#ifndef LABS_COUNTER_H
#define LABS_COUNTER_H

static inline unsigned long long counter_ns(void)
{
	unsigned long n, rate;

	__asm__ volatile("isb; mrs %0, cntvct_el0; mrs %1, cntfrq_el0"
			 : "=r"(n), "=r"(rate));
	return n * (1000000000ULL / rate);	/* 62.5 MHz: 16 ns */
}

#endif
