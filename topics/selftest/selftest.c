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
		wait_sleep(TASK_UNINTERRUPTIBLE, timer_deadline(until));
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

/*
 * Run the cases of a group that are due at this point.
 * Return: the number of cases that failed.
 */
static int run_group(const struct selftest_group *g, enum selftest_point point,
		     bool early, int *number)
{
	int failed = 0;

	for (unsigned i = 0; i < g->count; i++) {
		if ((early ? g->cases[i].from : SELFTEST_END) != point)
			continue;
		case_failed = false;
		g->cases[i].fn();
		log_notice("%s %d - %s: %s", case_failed ? "not ok" : "ok",
			   ++*number, g->name, g->cases[i].name);
		failed += case_failed;
	}
	return failed;
}

/*
 * Print the plan for a comma-separated list of groups; "" or "all": every group.
 * Panic if a name is unknown.
 */
static void plan(const char *names)
{
	unsigned found = 0;
	int count = 0;

	table_each(group, selftest_group)
		if (listed(names, group->name)) {
			count += (int)group->count;
			found++;
		}
	if (*names && strcmp(names, "all") && found != count_names(names))
		panic("selftest=%s: no such group", names);
	log_notice("1..%d", count);
}

/* Run what is due at this point.  Panic at the end if a case failed. */
static void run_point(enum selftest_point point)
{
	static int number, failed;
	/* boot_option() has one copy: look for the other option first */
	bool early = boot_option("selftest_early");
	const char *names = boot_option("selftest");

	if (!names)
		return;
	if (point == (early ? SELFTEST_MEMORY : SELFTEST_END))
		plan(names);
	/* `lectern port check` looks for this line: arch_init() comes later */
	if (early && point == SELFTEST_TABLES)
		log_notice("# the kernel's own page table is active");
	table_each(group, selftest_group)
		if (listed(names, group->name))
			failed += run_group(group, point, early, &number);
	if (point == SELFTEST_END && failed)
		panic("%d of %d self-tests failed", failed, number);
}

static void selftest_memory(void)
{
	run_point(SELFTEST_MEMORY);
}
INIT(memory, selftest_memory);

static void selftest_tables(void)
{
	run_point(SELFTEST_TABLES);
}
INIT(tables, selftest_tables);

static void selftest_end(void)
{
	run_point(SELFTEST_END);
}
INIT(end, selftest_end);
