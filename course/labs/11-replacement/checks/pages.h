/* SPDX-License-Identifier: MIT */
/*
 * Lab 11: pages of this process in the laboratory of topics/swap.  A test is a
 * policy, a number of frames, and a list of steps:
 *
 *	a	touch page a
 *	A	make page a old: its accessed bit is cleared
 *	-a	throw page a away (MADV_DONTNEED); it is not touched again
 *
 * At the beginning all pages are out.  At the end one compares which pages are
 * in memory, and how many faults there were.
 */
#ifndef LABS_PAGES_H
#define LABS_PAGES_H

#include "proc.h"
#include "swap.h"
#include <stdbool.h>
#include <sys/resource.h>

#define PAGES		16
#define LABORATORY	"/proc/lectern/replacement"
#define MAKE_OLD	20		/* MADV_COLD */
#define THROW_AWAY	4		/* MADV_DONTNEED */

struct test {
	const char *policy;
	unsigned frames;
	const char *steps;
	const char *stay;		/* the pages in memory at the end */
	unsigned faults;
};

static volatile char *memory;

/* Each case waits for the disk; the first one makes the swap area. */
static inline void prepare(void)
{
	lab_limit(0);
	if (!memory)
		memory = swap_pages(PAGES);
}

/* The address of a page: `a` is the first. */
static inline volatile char *page_at(char letter)
{
	return memory + (unsigned long)(letter - 'a') * LAB_PAGE;
}

static inline void begin_test(const struct test *t)
{
	char order[80];

	for (char c = 'a'; c < 'a' + PAGES; c++)
		*page_at(c) = c;
	snprintf(order, sizeof(order), "%s %u 0x%lx %u", t->policy, t->frames,
		 (unsigned long)memory, PAGES);
	put_text(LABORATORY, order);
}

static inline const char *take_step(const char *step)
{
	if (*step == '-') {
		step++;
		lab_must(madvise((void *)page_at(*step), LAB_PAGE, THROW_AWAY),
			 "madvise(MADV_DONTNEED)");
	} else if (*step < 'a') {
		lab_must(madvise((void *)page_at((char)(*step + 'a' - 'A')),
				 LAB_PAGE, MAKE_OLD), "madvise(MADV_COLD)");
	} else {
		lab_check(*page_at(*step) == *step,
			  "page %c came back with other contents", *step);
	}
	return step + 1;
}

static inline void pages_in_memory(char *letters)
{
	for (char c = 'a'; c < 'a' + PAGES; c++)
		if (frame_of((volatile unsigned char *)page_at(c)))
			*letters++ = c;
	*letters = 0;
}

static inline long major_faults(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_majflt;
}

/* Go through a test's steps. */
static inline void run_test(const struct test *t, char *letters,
			    unsigned *faults)
{
	begin_test(t);
	for (const char *step = t->steps; *step;)
		step = take_step(step);
	pages_in_memory(letters);
	*faults = (unsigned)number_in(LABORATORY, "faults ");
	put_text(LABORATORY, "off");
}

static inline void run_tests(const struct test *t, unsigned n)
{
	char letters[PAGES + 1];
	unsigned faults;

	prepare();
	for (; n; n--, t++) {
		run_test(t, letters, &faults);
		lab_check(!strcmp(letters, t->stay), "%s, %u frames, steps %s: "
			  "expected in memory %s, found %s", t->policy,
			  t->frames, t->steps, t->stay, letters);
		lab_check(faults == t->faults, "%s, %u frames, steps %s: "
			  "expected %u faults, found %u", t->policy, t->frames,
			  t->steps, t->faults, faults);
	}
}

#define RUN_TESTS(tests)	run_tests(tests, sizeof(tests) / sizeof(*(tests)))

#endif
