/* SPDX-License-Identifier: MIT */
/* Bits of /proc/kpageflags of the caller's own pages. */
#ifndef TEST_GUEST_TOPICS_SWAP_KPAGE_H
#define TEST_GUEST_TOPICS_SWAP_KPAGE_H

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

/*
 * n words of a file from word i on.  The kernel needs memory for them, and the
 * machine may be short of it for a moment.
 */
static inline void kpage_words(int fd, uint64_t *words, unsigned n, uint64_t i)
{
	long want = (long)n * 8;

	if (!eventually(pread(fd, words, (size_t)want, (off_t)(i * 8)) == want))
		tap_bail("words of pages");
}

/* Those of the bits that the page at `at` has; ~0: it is not in memory. */
static inline uint64_t kpage(const volatile void *at, uint64_t bits)
{
	uint64_t e, word;

	kpage_words(kpage_map, &e, 1, (uintptr_t)at / PG);
	if (!(e >> 63))
		return ~0ull;
	kpage_words(kpage_flags, &word, 1, e & ((1ull << 55) - 1));
	return word & bits;
}

#endif
