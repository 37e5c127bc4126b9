/* SPDX-License-Identifier: MIT */
/*
 * Operations on memory of which each allocation fails in its turn (rows D11,
 * E3): what one says then, and that all is as it was before it.
 */
#ifndef TEST_FAIL_WALK_H
#define TEST_FAIL_WALK_H

#include "fail_allocs.h"
#include "texts.h"

#define PASSED	4		/* times that nothing failed: done */

/*
 * An operation that names no error must do without: a page fault is tried
 * again as long as there is memory, whatever found none.
 */
struct operation {
	const char *what;
	void (*begin)(void);	/* what it finds */
	int (*act)(void);	/* => 0, or an errno */
	int error, other;	/* those it may give */
	int (*good)(int err);	/* => all is as it must be then */
	void (*end)(int err);
	int maps;		/* whoever fails leaves the list of mappings */
};

static char maps_before[1 << 16], maps_after[1 << 16];

static void read_maps_or_bail(char *to)
{
	if (text_read("/proc/self/maps", to, sizeof(maps_before)) < 0)
		tap_bail("/proc/self/maps");
}

struct seen {
	int fired, failed, odd, bad, moved;
};

/* => no allocation of the operation is left */
static int fail_nth(const struct operation *o, int n, struct seen *seen)
{
	int err, pending;

	if (o->begin)
		o->begin();
	if (o->maps)
		read_maps_or_bail(maps_before);
	inject_nth(n);
	err = o->act();
	pending = inject_pending();
	inject_nth(0);
	seen->fired += !pending;
	seen->failed += err != 0;
	if (err && err != o->error && err != o->other && seen->odd++ < 3)
		printf("# %s: allocation %d: errno %d\n", o->what, n, err);
	if (err && o->maps) {
		read_maps_or_bail(maps_after);
		if (strcmp(maps_before, maps_after) && !seen->moved++)
			printf("# %s: allocation %d: the mappings differ\n",
			       o->what, n);
	}
	if (o->good && !o->good(err) && seen->bad++ < 3)
		printf("# %s: allocation %d, errno %d: not as it was\n",
		       o->what, n, err);
	if (o->end)
		o->end(err);
	return pending;
}

static int fail_each(const struct operation *o, struct seen *seen)
{
	int passed = 0;

	memset(seen, 0, sizeof(*seen));
	for (int n = 1; n < MOST && passed < PASSED; n++)
		passed = fail_nth(o, n, seen) ? passed + 1 : 0;
	return passed == PASSED;
}

/* slack: pages that caches keep for reuse */
UNUSED static void operation_walk(const struct operation *o, long slack)
{
	struct seen seen;
	int through;

	fail_each(o, &seen);		/* fills caches */
	audit_take();
	through = fail_each(o, &seen);
	check(through && seen.fired, "%s: %d allocations fail, %d errors",
	      o->what, seen.fired, seen.failed);
	if (o->error)
		check(seen.failed && !seen.odd, "%s: it says why", o->what);
	else
		check_eq(seen.failed, 0, "%s: it does without", o->what);
	check_eq(seen.bad, 0, "%s: nothing is lost", o->what);
	if (o->maps)
		check_eq(seen.moved, 0, "%s: the mappings stay", o->what);
	check(audit_same(slack), "%s: the audit balances", o->what);
}

/* Its status, though waiting may be what finds no memory (docs/rv32.md). */
UNUSED static int status_of(pid_t pid)
{
	int st = -1;

	while (waitpid(pid, &st, 0) != pid && errno == ENOMEM)
		;
	return st;
}

UNUSED static int errno_of(long result)
{
	return result == -1 ? errno : 0;
}

#endif
