/* SPDX-License-Identifier: MIT */
/* RISC-V: the machine's own counter, in nanoseconds. */
#ifndef LABS_COUNTER_H
#define LABS_COUNTER_H

static inline unsigned long long counter_ns(void)
{
	unsigned long n;

	__asm__ volatile("rdtime %0" : "=r"(n));
	return n * 100ULL;		/* QEMU's board: 10 MHz */
}

#endif
