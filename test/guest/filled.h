/* SPDX-License-Identifier: MIT */
/*
 * Two leaf tables full of pages, each with its number, for tests of what fork
 * does with them.
 */
#ifndef TEST_FILLED_H
#define TEST_FILLED_H

#include "tap.h"

#define RW	(PROT_READ | PROT_WRITE)
#define TABLE	0x400000UL		/* as many bytes as the largest maps */
#define SIZE	(2 * TABLE)
#define PAGES	(SIZE / PG)
#define AT	(TABLE + 100 * PG)	/* in the middle of a table */
#define LEN	(20 * PG)

static char *p;

UNUSED static unsigned *word_of_page(unsigned long i)
{
	return (unsigned *)(p + i * PG);
}

/* Pages of which at least one byte of [at, at + len) is: what they hold. */
UNUSED static int tables_hold(unsigned long at, unsigned long len,
			      unsigned more)
{
	for (unsigned long i = at / PG; i < (at + len) / PG; i++)
		if (*word_of_page(i) != i + more)
			return 0;
	return 1;
}

UNUSED static int rest_is_whole(void)
{
	return tables_hold(0, AT, 1) &&
	       tables_hold(AT + LEN, SIZE - AT - LEN, 1);
}

UNUSED static void fill_tables(unsigned more)
{
	for (unsigned long i = 0; i < PAGES; i++)
		*word_of_page(i) = (unsigned)i + more;
}

UNUSED static void map_filled(void)
{
	unsigned long room = SIZE + 2 * TABLE;
	char *q = mmap(NULL, room, RW, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (q == MAP_FAILED)
		tap_bail("mmap");
	/* a hole on both sides, so that it is a mapping by itself */
	p = (char *)(((unsigned long)q + PG + TABLE - 1) & ~(TABLE - 1));
	munmap(q, (size_t)(p - q));
	munmap(p + SIZE, (size_t)(q + room - (p + SIZE)));
	madvise(p, SIZE, 15 /* MADV_NOHUGEPAGE */);
	fill_tables(1);
}

#endif
