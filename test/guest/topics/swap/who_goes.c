/* SPDX-License-Identifier: MIT */
/*
 * Which pages go when memory is short (rows C2, D5, D13): of two kinds that
 * lie page by page beside each other, those that MADV_COLD gave up before those
 * that were used; locked ones never; and so many that the high mark of free
 * frames is reached.  /proc/kpageflags tells of the lists.  For a machine with
 * little memory and an area to swap to.
 */
#include <stdint.h>
#include "kpage.h"
#include "swap.h"

#ifndef MADV_COLD
#define MADV_COLD	20
#endif
#define LOCKED		128		/* pages */
#define LATER		64		/* used, and locked later */
#define MIXED		1024		/* the even ones cold, the odd ones used */
#define SLACK		16		/* pages that this program takes meanwhile */

/* In the order that a sweep finds them. */
#define LOCKED_AT	((char *)0x20000000)
#define LATER_AT	((char *)0x20800000)
#define MIXED_AT	((char *)0x21000000)
#define MORE_AT		((char *)0x30000000)

static int other;			/* on_other_kernel() */
static unsigned more,
	most;		/* pages stored at MORE_AT, and at most */

static void map_fixed(char *at, unsigned long pages)
{
	if (mmap(at, pages * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		 MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0) != at)
		tap_bail("mmap");
	madvise(at, pages * PG, MADV_NOHUGEPAGE);
}

static void put_number(char *at, unsigned page)
{
	*(unsigned *)(at + page * PG) = page * 2654435761u + 1;
}

static int holds_numbers(const char *at, unsigned pages)
{
	for (unsigned i = 0; i < pages; i++)
		if (*(const unsigned *)(at + i * PG) != i * 2654435761u + 1)
			return 0;
	return 1;
}

/* Of every step-th page: how many are not in memory. */
static unsigned step_pages_out(char *at, unsigned pages, unsigned first,
			       unsigned step)
{
	unsigned char vec[MIXED];
	unsigned n = 0;

	if (mincore(at, pages * PG, vec))
		tap_bail("mincore");
	for (unsigned i = first; i < pages; i += step)
		n += !(vec[i] & 1);
	return n;
}

#define COLD_OUT()	step_pages_out(MIXED_AT, MIXED, 0, 2)
#define USED_OUT()	step_pages_out(MIXED_AT, MIXED, 1, 2)

static void fill_areas(void)
{
	map_fixed(LOCKED_AT, LOCKED);
	map_fixed(LATER_AT, LATER);
	map_fixed(MIXED_AT, MIXED);
	map_fixed(MORE_AT, most);
	for (unsigned i = 0; i < LOCKED; i++)
		put_number(LOCKED_AT, i);
	check_eq(syscall(SYS_mlock, LOCKED_AT, LOCKED * PG), 0, "mlock");
	for (unsigned i = 0; i < LATER; i++)
		put_number(LATER_AT, i);
	for (unsigned i = 0; i < MIXED; i++)
		put_number(MIXED_AT, i);
	for (unsigned i = 0; i < MIXED; i += 2)
		if (madvise(MIXED_AT + i * PG, PG, MADV_COLD))
			tap_bail("MADV_COLD");
	check(!COLD_OUT() && !USED_OUT(), "all are in memory");
}

static void take_pages(unsigned pages)
{
	for (unsigned i = 0; i < pages && more < most; i++)
		put_number(MORE_AT, more++);
}

/* Of every step-th page that is in memory: how many have all of the bits. */
static unsigned with_bits(char *at, unsigned pages, unsigned first,
			  unsigned step, uint64_t bits)
{
	unsigned n = 0;

	for (unsigned i = first; i < pages; i += step)
		n += kpage(at + i * PG, bits | F_ANON) == (bits | F_ANON);
	return n;
}

#define ON_LIST(first, bits)	with_bits(MIXED_AT, MIXED, first, 2, bits)

static void not_listed(void)
{
	if (!other)
		check_eq(ON_LIST(0, F_LRU) + ON_LIST(1, F_LRU), 0,
			 "while memory is not short no page is on a list");
}

/*
 * The hand comes by, and finds used what was used.  It finds about as many as
 * cold ones between them went, and may yet have to go on a little.
 */
static void find_lists(void)
{
	unsigned active;

	while ((active = ON_LIST(1, F_LRU | F_ACTIVE)) <= MIXED / 8 &&
	       !other && more < most)
		take_pages(16);
	printf("# of %u used pages %u are on a list, %u active\n", MIXED / 2,
	       ON_LIST(1, F_LRU), active);
	if (other)
		return;
	check(active > MIXED / 8, "used pages are on the active list");
	check(ON_LIST(0, F_ACTIVE) <= active / 8, "cold ones are not");
	check_eq(with_bits(LOCKED_AT, LOCKED, 0, 1, F_LRU), 0,
		 "locked ones are on no list");
}

/* What is locked leaves the list when its turn comes, at the latest. */
static void lock_listed(void)
{
	if (!other)
		check(with_bits(LATER_AT, LATER, 0, 1, F_LRU),
		      "pages that are on a list");
	check_eq(syscall(SYS_mlock, LATER_AT, LATER * PG), 0, "are locked");
	check_eq(with_bits(LATER_AT, LATER, 0, 1, F_MLOCKED), LATER,
		 "each of them");
}

static void left_list(void)
{
	if (other)
		return;
	while (with_bits(LATER_AT, LATER, 0, 1, F_LRU) && more < most)
		take_pages(16);
	check_eq(with_bits(LATER_AT, LATER, 0, 1, F_LRU), 0,
		 "what is locked has left the list");
	check_eq(syscall(SYS_munlock, LATER_AT, LATER * PG), 0, "munlock");
	check_eq(with_bits(LATER_AT, LATER, 0, 1, F_MLOCKED), 0,
		 "none is locked");
}

static void cold_first(void)
{
	unsigned cold, used;

	while ((cold = COLD_OUT()) < MIXED / 8 && more < most)
		take_pages(16);
	used = USED_OUT();
	printf("# of %u cold pages %u are out, of as many used ones %u\n",
	       MIXED / 2, cold, used);
	check(cold >= MIXED / 8, "cold pages go");
	check(used <= cold / 8, "before those that were used");
	find_lists();
	lock_listed();
}

static int all_present(char *at, unsigned pages)
{
	uint64_t e[LOCKED];

	kpage_words(kpage_map, e, pages, (uintptr_t)at / PG);
	for (unsigned i = 0; i < pages; i++)
		if (!(e[i] >> 63))
			return 0;
	return 1;
}

static void locked_never(unsigned memory)
{
	take_pages(memory + memory / 4 - more);
	check_eq(COLD_OUT(), MIXED / 2, "no cold page is left");
	check(USED_OUT() > MIXED / 8, "and those that were used go, too");
	check_eq(step_pages_out(LOCKED_AT, LOCKED, 0, 1), 0,
		 "locked ones stay");
	check(all_present(LOCKED_AT, LOCKED), "and mapped");
	check(holds_numbers(LOCKED_AT, LOCKED), "with what they had");
	check(holds_numbers(MIXED_AT, MIXED), "as have the others");
}

/* ---- the marks ----------------------------------------------------------- */

static long unused(void)
{
	return text_number("/proc/meminfo", "MemFree:") / 4;
}

/* Take memory until the pager has won some.  => has it? */
static int wake_pager(long low)
{
	for (long n = 0; n < 8 * low; n++) {
		long before = unused(), now;

		take_pages(1);
		now = unused();
		if (now <= low || now > before + SLACK)
			return 1;
	}
	return 0;
}

/*
 * The pager is done when the high mark is reached, if nobody takes memory
 * meanwhile.  What this program needs may have been out itself: some tries.
 */
static int reaches(long low, long high)
{
	long best = 0, now;

	for (int tries = 0; tries < 20 && wake_pager(low); tries++)
		for (int i = 0; i < 300; i++) {
			now = unused();
			best = now > best ? now : best;
			if (now >= high)
				return 1;
			usleep(20000);
		}
	printf("# marks %ld and %ld, %ld were free at most\n", low, high, best);
	return 0;
}

/* As topics/swap/reclaim.c has it. */
static void high_mark(long low)
{
	check(low > 0 && reaches(low, low + low / 2),
	      "the high mark is reached");
}

int main(void)
{
	long total = text_number("/proc/meminfo", "MemTotal:") / 4;
	long low = text_number("/proc/lectern/vm", "low_mark ");

	if (access(DISK, R_OK) || total > 64 * 1024)
		return tap_skip_all("it takes a disk and little memory");
	write_header(good_header());
	if ((long)disk_pages < 4 * total)
		return tap_skip_all("the disk is small");
	check_eq(syscall(SYS_swapon, DISK, 0), 0, "swapon");
	most = 3 * (unsigned)total;
	other = on_other_kernel();
	kpage_open();
	fill_areas();
	not_listed();
	cold_first();
	locked_never((unsigned)total);
	left_list();
	if (!other)
		high_mark(low);
	munmap(MORE_AT, most * PG);
	check_eq(syscall(SYS_swapoff, DISK), 0, "swapoff");
	return tap_done();
}
