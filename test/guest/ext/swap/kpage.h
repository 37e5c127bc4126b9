/* SPDX-License-Identifier: MIT */
/* Bits of /proc/kpageflags of the caller's own pages. */
#ifndef TEST_KPAGE_H
#define TEST_KPAGE_H

#include <stdint.h>
#include "../../tap.h"

#define F_REFERENCED	(1ull << 2)
#define F_UPTODATE	(1ull << 3)
#define F_DIRTY		(1ull << 4)
#define F_LRU		(1ull << 5)
#define F_ACTIVE	(1ull << 6)
#define F_ANON		(1ull << 12)
#define F_SWAPCACHE	(1ull << 13)
#define F_SWAPBACKED	(1ull << 14)
#define F_UNEVICTABLE	(1ull << 18)
#define F_MLOCKED	(1ull << 33)

static int kpage_map = -1, kpage_flags = -1;

static inline void kpage_open(void)
{
	kpage_map = open("/proc/self/pagemap", O_RDONLY);
	kpage_flags = open("/proc/kpageflags", O_RDONLY);
	if (kpage_map < 0 || kpage_flags < 0)
		tap_bail("kpageflags");
}

/* Those of the bits that the page at `at` has; ~0: it is not in memory. */
static inline uint64_t kpage(const volatile void *at, uint64_t bits)
{
	uint64_t e = 0, word = 0;

	pread(kpage_map, &e, 8, (off_t)((uintptr_t)at / PG * 8));
	if (!(e >> 63))
		return ~0ull;
	e &= (1ull << 55) - 1;
	if (pread(kpage_flags, &word, 8, (off_t)(e * 8)) != 8)
		return ~0ull;
	return word & bits;
}

#endif
