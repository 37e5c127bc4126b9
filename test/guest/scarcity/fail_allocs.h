/* SPDX-License-Identifier: MIT */
/*
 * Operations of which each allocation is made to fail in its turn (row D11).
 */
#ifndef TEST_INJECT_H
#define TEST_INJECT_H

#include "audit.h"

#define INJECT	"/proc/lectern/fault_inject"
#define ENOUGH	30		/* successes in a row */
#define MOST	3000

static int inject_fd;

/* => 0, -1 where nothing can be injected */
static int inject_open(void)
{
	inject_fd = open(INJECT, O_RDWR);
	return inject_fd < 0 ? -1 : 0;
}

/*
 * The n-th allocation from now fails; 0: none.  Turning it off may itself be
 * what fails.
 */
static void inject_nth(int n)
{
	char text[16];
	int len = snprintf(text, sizeof(text), "%d\n", n);

	while (pwrite(inject_fd, text, len, 0) != len)
		;
}

/* The order stands: nothing has failed.  Reading it may be what does. */
UNUSED static int inject_pending(void)
{
	char text[16] = "";

	return pread(inject_fd, text, sizeof(text) - 1, 0) <= 0 ||
		atoi(text) > 0;
}

/*
 * fn(n): does it with the n-th allocation failing, undoes it.  => it worked
 * => times it failed, -1 when it never worked ENOUGH times in a row
 */
UNUSED static int inject_walk(int (*fn)(int))
{
	int good = 0, failed = 0;

	for (int n = 1; n < MOST && good < ENOUGH; n++) {
		if (fn(n)) {
			good++;
		} else {
			good = 0;
			failed++;
		}
	}
	return good == ENOUGH ? failed : -1;
}

UNUSED static void walk_and_measure(int (*fn)(int), const char *what)
{
	int failed;

	inject_walk(fn);		/* fills caches */
	audit_take();
	failed = inject_walk(fn);
	check(failed >= 0, "%s succeeds in the end", what);
	check(failed > 0, "%s failed before (%d times)", what, failed);
	check(audit_same(0), "%s: the audit balances", what);
}

#endif
