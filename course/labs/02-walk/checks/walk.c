/* SPDX-License-Identifier: MIT */
/* Lab 2: what a program sees of the walks of its page tables. */
#include "walk.h"
#include <pthread.h>
#include <sched.h>

/* The kernel runs, and so does a program with a page of its own. */
static void boot(void)
{
	bytes_t at = map_at(0, LAB_PAGE);

	lab_equal(at[0], 0, "a fresh page");
	at[0] = 7;
	lab_equal(at[0], 7, "the page after a store");
	munmap((void *)at, LAB_PAGE);
}

/* A free address, and the bits of an address that can lie in the user half. */
#define LOWEST	(3UL << 28)
#define BITS	(sizeof(long) == 8 ? 38 : 32)

/*
 * Addresses that differ from one another in few bits.  An index of the wrong
 * bits, or of too few of them, lets two of them meet.
 */
static unsigned spread_addresses(unsigned long *at)
{
	unsigned n = 0;

	for (unsigned bit = 12; bit < BITS; bit++)
		at[n++] = LOWEST ^ 1UL << bit;
	return n;
}

/* Pages far from one another: each holds what was stored there. */
static void spread(void)
{
	unsigned long at[64];
	unsigned n = spread_addresses(at);

	for (unsigned i = 0; i < n; i++) {
		bytes_t p = map_at(at[i], LAB_PAGE);

		lab_check(p[0] == 0, "the fresh page at %#lx is not zero: %u",
			  at[i], p[0]);
		p[0] = (unsigned char)(i + 1);
	}
	for (unsigned i = 0; i < n; i++) {
		bytes_t p = (bytes_t)at[i];

		lab_check(p[0] == i + 1, "the page at %#lx: expected %u, found "
			  "%u", at[i], i + 1, p[0]);
		for (unsigned k = 0; k < i; k++)
			lab_check(frame_of(p) != frame_of((bytes_t)at[k]),
				  "%#lx and %#lx have the same frame", at[i],
				  at[k]);
	}
	for (unsigned i = 0; i < n; i++)
		munmap((void *)at[i], LAB_PAGE);
}

/* The kernel's own walk finds both sides of the border of two tables. */
static void edges(void)
{
	bytes_t at = map_spans(2);
	int ends[2];
	char text[] = "border", back[sizeof(text)] = "";
	bytes_t border = at + SPAN - 3;

	lab_must(pipe(ends), "pipe");
	lab_must(write(ends[1], text, sizeof(text)), "write");
	lab_equal(read(ends[0], (void *)border, sizeof(text)), sizeof(text),
		  "bytes read to the border of two tables");
	lab_must(write(ends[1], (void *)border, sizeof(text)), "write");
	lab_must(read(ends[0], back, sizeof(back)), "read");
	lab_check(!memcmp(text, back, sizeof(text)),
		  "the bytes at the border of two tables are lost");
	lab_equal(at[SPAN - 4] | at[SPAN + sizeof(text)], 0,
		  "the bytes before and after");
	lab_check(frame_of(at + SPAN) && frame_of(at + SPAN - 1) !=
		  frame_of(at + SPAN), "both sides have the same frame");
	close(ends[0]);
	close(ends[1]);
}

#define MANY	20

#define AHEAD	20000		/* ns from a round's start to its interrupt */
#define EARLY	1850		/* ns before it, when the thread sets out */
#define ROUNDS	900		/* each some instructions later */

static bytes_t race_at;
static volatile unsigned race_round, race_done;
static volatile unsigned long long race_begin;

static void *touch_first(void *arg)
{
	for (unsigned round = 1; round <= ROUNDS; round++) {
		while (race_round != round)
			sched_yield();
		while (lab_clock() < race_begin + AHEAD - EARLY)
			;
		for (unsigned n = ROUNDS - round; n; n--)
			__asm__ volatile("" : "+r"(n));
		race_at[0] = 1;
		race_done = round;
	}
	return arg;
}

/*
 * Two threads fault in the same span: the second one interrupts the first, at
 * each moment of its fault.
 */
static void race_for_tables(void *arg)
{
	struct timespec ahead = { 0, AHEAD };
	int priority = 50;
	pthread_t other;

	lab_equal(pthread_create(&other, NULL, touch_first, arg), 0,
		  "pthread_create");
	lab_must(syscall(SYS_sched_setscheduler, 0, 1, &priority),
		 "sched_setscheduler");
	race_at = map_spans(1);
	for (unsigned round = 1; round <= ROUNDS; round++) {
		race_begin = lab_clock();
		race_round = round;
		lab_must(nanosleep(&ahead, NULL), "nanosleep");
		race_at[LAB_PAGE] = 2;
		while (race_done != round)
			nanosleep(&ahead, NULL);
		lab_check(race_at[0] == 1 && race_at[LAB_PAGE] == 2, "two "
			  "threads stored to two pages of a new table, and "
			  "found %u and %u", race_at[0], race_at[LAB_PAGE]);
		munmap((void *)race_at, SPAN);
		map_at((uintptr_t)race_at, SPAN);
	}
	pthread_join(other, NULL);
}

/* Of two tables that are made for one place, one goes back. */
static void race(void)
{
	long before, after;

	lab_join(lab_fork(race_for_tables, NULL));
	before = audited_free();
	lab_join(lab_fork(race_for_tables, NULL));
	after = audited_free();
	lab_check(before - after < 4, "two threads made tables for the same "
		  "span, in %u rounds: %ld frames were lost", ROUNDS,
		  before - after);
}

/* A table is made when it is needed, once, and it is counted. */
static void count(void)
{
	bytes_t at = map_spans(MANY);
	long before;

	race();
	at[0] = 1;		/* tables above the leaves exist now */
	before = tables();
	for (unsigned i = 1; i < MANY; i++)
		at[i * SPAN] = 1;
	lab_equal(tables() - before, MANY - 1,
		  "tables made by a page in each of 19 spans");
	before = tables();
	for (unsigned i = 0; i < MANY; i++)
		for (unsigned k = 1; k < 8; k++)
			at[i * SPAN + k * LAB_PAGE] = 1;
	lab_equal(tables() - before, 0,
		  "tables made by more pages in the same spans");
	munmap((void *)at, MANY * SPAN);
}

/* To look at an address makes no table there. */
static void reading(void)
{
	bytes_t at = map_spans(MANY);
	unsigned char there[4];
	long before;

	frame_of(at);
	before = tables();
	for (unsigned i = 0; i < MANY; i++) {
		lab_equal(frame_of(at + i * SPAN), 0,
			  "the frame of a page that nobody touched");
		lab_must(mincore((void *)(at + i * SPAN), 4 * LAB_PAGE, there),
			 "mincore");
		lab_equal(there[0], 0, "mincore of such a page");
	}
	lab_equal(tables() - before, 0, "tables made by looking only");
	at[0] = 1;
	lab_check(frame_of(at), "a page with a store has no frame");
	munmap((void *)at, MANY * SPAN);
}

/* Tables that become empty are freed, on each level. */
static void freed(void)
{
	unsigned long far = sizeof(long) == 8 ? 8UL << 30 : 64UL << 20;
	long before = tables(), during;

	for (unsigned i = 1; i <= 8; i++)
		map_at(LOWEST + i * far, LAB_PAGE)[0] = 1;
	during = tables();
	lab_check(during - before >= 8, "8 pages far apart need 8 tables or "
		  "more: %ld were made", during - before);
	for (unsigned i = 1; i <= 8; i++)
		munmap((void *)(LOWEST + i * far), LAB_PAGE);
	lab_equal(tables(), before, "tables after munmap of all pages");
}

/* A table stays as long as one page uses it. */
static void keep(void)
{
	bytes_t at = map_spans(3);
	long before;

	for (unsigned i = 0; i < 3; i++) {
		at[i * SPAN] = 1;
		at[i * SPAN + 9 * LAB_PAGE] = (unsigned char)(10 + i);
	}
	before = tables();
	munmap((void *)at, 4 * LAB_PAGE);
	munmap((void *)(at + SPAN), SPAN);
	lab_equal(before - tables(), 1, "tables freed with the middle span");
	lab_equal(at[9 * LAB_PAGE], 10, "a page that shares the first table");
	lab_equal(at[2 * SPAN + 9 * LAB_PAGE], 12, "a page of the third table");
	lab_equal(map_at((unsigned long)at + SPAN, SPAN)[9 * LAB_PAGE], 0,
		  "a fresh page in the middle");
	at[SPAN + 9 * LAB_PAGE] = 20;
	lab_equal(at[SPAN + 9 * LAB_PAGE], 20, "a new page in the middle");
	lab_equal(at[2 * SPAN], 1, "another page of the third table");
	munmap((void *)at, 3 * SPAN);
}

static void touch_spans(void *arg)
{
	bytes_t at = arg;

	for (unsigned i = 0; i < MANY; i++)
		at[i * SPAN] = 1;
	for (unsigned long k = 1; k <= 8; k++)
		map_at(LOWEST + (sizeof(long) == 8 ? k << 30 : k << 26),
		       LAB_PAGE)[0] = 1;
}

#define CHILDREN	60

/* A process that ends leaves no table behind. */
static void ended(void)
{
	bytes_t at = map_spans(MANY);
	long before, after;

	for (unsigned i = 0; i < 6; i++)
		lab_join(lab_fork(touch_spans, (void *)at));
	before = number_in("/proc/meminfo", "MemFree:");
	for (unsigned i = 0; i < CHILDREN; i++)
		lab_join(lab_fork(touch_spans, (void *)at));
	after = number_in("/proc/meminfo", "MemFree:");
	lab_check(before - after < CHILDREN * 8,
		  "%u processes that ended lost %ld kB of memory", CHILDREN,
		  before - after);
	munmap((void *)at, MANY * SPAN);
}

#define HOLE	(sizeof(long) == 8 ? 64UL << 30 : 1UL << 30)

/* A look at a large range passes over the parts without tables at once. */
static void holes(void)
{
	bytes_t at = map_at(LOWEST + 5 * LAB_PAGE, HOLE);
	unsigned long long begin, took;
	char want[24];
	const char *line;

	for (unsigned i = 0; i < 5; i++) {
		bytes_t span = at + (i + 1) * (HOLE / 8);

		span -= (uintptr_t)span % SPAN;
		span[0] = span[LAB_PAGE] = 1;
	}
	at[HOLE - 1] = 1;
	begin = lab_clock();
	line = text_of("/proc/self/numa_maps");
	took = lab_clock() - begin;
	snprintf(want, sizeof(want), "\n%08lx ", (unsigned long)at);
	line = strstr(line, want);
	lab_check(line, "/proc/self/numa_maps has no line of %s", want + 1);
	line = strstr(line, "anon=");
	lab_check(line, "numa_maps shows no pages of the mapping");
	lab_equal(strtol(line + 5, NULL, 10), 11, "pages that numa_maps counts");
	munmap((void *)at, HOLE);
	lab_within_budget(took);
}

static const struct lab_case cases[] = {
	{ "boot", boot },
	{ "spread", spread },
	{ "edges", edges },
	{ "count", count },
	{ "reading", reading },
	{ "freed", freed },
	{ "keep", keep },
	{ "ended", ended },
	{ "holes", holes },
};

LAB_MAIN(cases)
