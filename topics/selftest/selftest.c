/* SPDX-License-Identifier: MIT */
/*
 * The runner of the boot-time self-tests.  It prints a plan and one line per
 * case.  If a case failed it panics at the end, so that the machine's exit
 * status shows it.
 */
#define LOG_PREFIX "selftest"

#include "selftest.h"
#include <kernel/current.h>
#include <kernel/wait/wait.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/compiler.h>
#include <lt/init.h>
#include <lt/log.h>
#include <lt/table.h>

TABLE(selftest_group);

static bool case_failed;		/* a check of the running case failed */

bool selftest_check(bool ok, const char *file, int line, const char *what)
{
	if (!ok) {
		case_failed = true;
		log_err("# %s:%d: %s", file, line, what);
	}
	return ok;
}

void selftest_sleep(u64 ns)
{
	ktime_t until = arch_clock() + ns;

	while (arch_clock() < until) {
		wait_set_state(TASK_UNINTERRUPTIBLE);
		wait_sleep(TASK_UNINTERRUPTIBLE, until);
	}
	wait_set_running();
}

/*
 * True if name is in the list.  An empty list, or "all", contains every name.
 */
static bool listed(const char *list, const char *name)
{
	size_t n = strlen(name);

	if (!*list || !strcmp(list, "all"))
		return true;
	for (;;) {
		if (!strncmp(list, name, n) && (!list[n] || list[n] == ','))
			return true;
		list = strchr(list, ',');
		if (!list)
			return false;
		list++;
	}
}

static unsigned count_names(const char *list)
{
	unsigned n = 1;

	while ((list = strchr(list, ',')) != NULL) {
		list++;
		n++;
	}
	return n;
}

/* Run the cases of a group.  Return: the number of cases that failed. */
static int run_group(const struct selftest_group *g, int *number)
{
	int failed = 0;

	for (unsigned i = 0; i < g->count; i++) {
		case_failed = false;
		g->cases[i].fn();
		log_notice("%s %d - %s: %s", case_failed ? "not ok" : "ok",
			   ++*number, g->name, g->cases[i].name);
		failed += case_failed;
	}
	return failed;
}

/*
 * Run the groups of a comma-separated list; "" or "all": every group.  Panic if
 * a case failed or a name is unknown.
 */
static void run_listed(const char *names)
{
	int number = 0, plan = 0, failed = 0;
	unsigned found = 0;

	table_each(group, selftest_group)
		if (listed(names, group->name)) {
			plan += (int)group->count;
			found++;
		}
	if (*names && strcmp(names, "all") && found != count_names(names))
		panic("selftest=%s: no such group", names);
	log_notice("1..%d", plan);
	table_each(group, selftest_group)
		if (listed(names, group->name))
			failed += run_group(group, &number);
	if (failed)
		panic("%d of %d self-tests failed", failed, number);
}

static void selftest_run(void)
{
	const char *names = boot_option("selftest");

	if (names)
		run_listed(names);
}
INIT(end, selftest_run);
