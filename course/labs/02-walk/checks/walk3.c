/* SPDX-License-Identifier: MIT */
/* Lab 2, what only the grader runs: a machine with much memory. */
#include "walk.h"

/* The kernel maps its own memory by the largest leaves that fit. */
static void direct(void)
{
	long total = number_in("/proc/meminfo", "MemTotal:");
	long used = total - number_in("/proc/meminfo", "MemFree:");

	lab_note("total %ld kB, used %ld kB", total, used);
	lab_check(used < 2000, "%ld kB are in use soon after boot", used);
}

static const struct lab_case cases[] = {
	{ "direct", direct },
};

LAB_MAIN(cases)
