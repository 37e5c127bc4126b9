/* SPDX-License-Identifier: MIT */
/* Lab 1: faults that wait for a disk. */
#include "swap.h"
#include <sys/resource.h>

#define PAGES		16
#define PAGE_OUT	21		/* MADV_PAGEOUT */

static long major_faults(void)
{
	struct rusage r;

	lab_must(getrusage(RUSAGE_SELF, &r), "getrusage");
	return r.ru_majflt;
}

/* Fault where nothing is, after a page came from the disk. */
static void fall(void *arg)
{
	volatile char *at = arg;

	(void)*at;
	*(volatile char *)16 = 1;
}

/* The log must name the page that was brought before the last fault. */
static void must_be_named(volatile char *at)
{
	static char text[65536];
	char words[40];
	long n;
	pid_t pid = fork();

	lab_must(pid, "fork");
	if (pid == 0) {
		fall((void *)at);
		_exit(0);
	}
	lab_equal(waitpid(pid, NULL, 0), pid, "waitpid");
	snprintf(words, sizeof(words), "mended before: %#lx",
		 (unsigned long)at);
	n = raw_syscall(SYS_syslog, 3, text, sizeof(text) - 1);
	lab_check(n >= 0, "syslog failed: %ld", n);
	text[n] = 0;
	lab_check(strstr(text, words), "the log does not say \"%s\"", words);
}

/* A fault that waited for a disk is another count, and resolved as well. */
static void major(void)
{
	volatile char *memory = swap_pages(PAGES);
	long before, found;

	for (unsigned i = 0; i < PAGES; i++)
		memory[i * LAB_PAGE] = (char)(i + 1);
	lab_must(madvise((void *)memory, PAGES * LAB_PAGE, PAGE_OUT),
		 "madvise");
	before = major_faults();
	for (unsigned i = 0; i < PAGES; i++)
		lab_equal(memory[i * LAB_PAGE], i + 1, "a byte that was "
			  "swapped out");
	found = major_faults() - before;
	lab_check(found >= PAGES - 1 && found <= PAGES + 1, "major faults of "
		  "getrusage: expected about %d, found %ld", PAGES, found);
	lab_must(madvise((void *)memory, PAGES * LAB_PAGE, PAGE_OUT),
		 "madvise");
	must_be_named(memory + 5 * LAB_PAGE + 24);
}

static const struct lab_case cases[] = {
	{ "major", major },
};

LAB_MAIN(cases)
