/* SPDX-License-Identifier: MIT */
/*
 * What a process costs that was forked and sleeps (rows D6, D11): 100 children
 * asleep, and by how many pages /proc/meminfo differs for each.  The
 * figures of docs/scaling.md; Linux, which counts otherwise, has no bounds.
 */
#include "audit.h"
#include "texts.h"

#define CHILDREN	100
#define FIELDS		5

static const char *const fields[FIELDS] = {
	"KernelStack:", "PageTables:", "AnonPages:", "Slab:", "MemFree:",
};

/* Of each child, in hundredths of a page: what the port's stack and levels of
 * tables ask for, its own page of the stack, records, and all of it. */
static const long most[FIELDS] = {
#if __SIZEOF_POINTER__ == 8
	300, 410, 110, 200, 1000,
#else
	200, 210, 110, 140, 650,
#endif
};

static void read_fields(long *v)
{
	for (int i = 0; i < FIELDS; i++)
		v[i] = text_number("/proc/meminfo", fields[i]);
}

/*
 * Children that sleep until the writer of `go` closes it.  Nothing but the stack
 * is stored to between two forks: each such page would be one more for each
 * child.  The last writer of `started` is gone when all have begun.
 */
static void start_children(int go[2])
{
	int started[2];
	char c;

	if (pipe(go) || pipe(started))
		tap_bail("pipe");
	for (int i = 0; i < CHILDREN; i++)
		if (fork() == 0) {
			close(go[1]);
			close(started[1]);
			_exit((int)read(go[0], &c, 1));
		}
	close(started[1]);
	check_eq(read(started[0], &c, 1), 0, "all children run");
	close(started[0]);
}

static void end_children(int go[2])
{
	int good = 0, st;

	close(go[1]);
	close(go[0]);
	while (wait(&st) > 0)
		good += st == 0;
	check_eq(good, CHILDREN, "they end, each waited for");
}

int main(void)
{
	long before[FIELDS], after[FIELDS];
	int go[2], bounds;

	/* once for what stays: pages of this program, and of the audit */
	start_children(go);
	end_children(go);
	bounds = audit_take() == 0;
	read_fields(before);
	start_children(go);
	read_fields(after);
	for (int i = 0; i < FIELDS; i++) {
		long kib = labs(after[i] - before[i]);

		printf("# %s %ld.%02ld KiB each\n", fields[i],
		       kib / CHILDREN, kib % CHILDREN);
		check(!bounds || kib * 25 / CHILDREN <= most[i],
		      "%s is within its bound", fields[i]);
	}
	end_children(go);
	return tap_done();
}
