/* SPDX-License-Identifier: MIT */
/*
 * How stored code reaches instruction fetch (Arm Architecture Reference Manual,
 * B2.4.4): data caches are cleaned to where caches meet, then the instruction
 * caches forget.  CTR_EL0 says what a CPU needs.  All CPUs hear of it.  Pure:
 * the self-test counts the lines.
 */
#ifndef ARCH_CACHE_H
#define ARCH_CACHE_H

#include <lt/compiler.h>

#define CTR_IMINLINE_SHIFT 0		/* log of the words of a line */
#define CTR_DMINLINE_SHIFT 16
#define CTR_L1IP	0xc000		/* how instruction caches find lines: */
#define CTR_PIPT	0xc000		/* by physical addresses */
#define CTR_IDC		0x10000000	/* no need to clean */
#define CTR_DIC		0x20000000	/* no need to forget */

struct cache_ops {
	void (*clean)(unsigned long va);	/* one line */
	void (*forget)(unsigned long va);	/* one line */
	void (*forget_all)(void);
	void (*wait)(void);
};

static __inlined void each_line(unsigned long at, unsigned long n,
				unsigned log_words, void (*op)(unsigned long))
{
	unsigned long size = 4ul << (log_words & 0xf), end = at + n;

	for (at &= -size; at < end; at += size)
		op(at);
}

/*
 * An instruction cache that finds lines by virtual addresses has them under the
 * programs', and forgets all.
 */
static __inlined void code_stored_by(unsigned long ctr, unsigned long at,
				     unsigned long n,
				     const struct cache_ops *ops)
{
	if (!(ctr & CTR_IDC))
		each_line(at, n, ctr >> CTR_DMINLINE_SHIFT, ops->clean);
	ops->wait();
	if (ctr & CTR_DIC)
		return;
	if ((ctr & CTR_L1IP) == CTR_PIPT)
		each_line(at, n, ctr >> CTR_IMINLINE_SHIFT, ops->forget);
	else
		ops->forget_all();
	ops->wait();
}

#endif
