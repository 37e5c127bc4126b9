/* SPDX-License-Identifier: MIT */
/*
 * Self-tests that need the real machine; `selftest[=GROUP,...]` runs them at
 * boot.  Results are TAP lines in the log; a failure panics at the end.
 */
#ifndef TOPICS_SELFTEST_SELFTEST_H
#define TOPICS_SELFTEST_SELFTEST_H

#include <lt/table.h>
#include <lt/types.h>

/*
 * The earliest point of the boot at which a case can run.  It runs at the end,
 * unless the option `selftest_early` is given: a port that cannot switch tasks
 * yet sees some results all the same.
 */
enum selftest_point {
	SELFTEST_END,
	SELFTEST_MEMORY,		/* the level `memory` of <lt/init.h> */
	SELFTEST_TABLES,		/* the level `tables` */
};

/* A case reports by SELFTEST_CHECK; it may return early when a check fails. */
struct selftest_case {
	const char *name;
	void (*fn)(void);
	enum selftest_point from;
};

struct selftest_group {
	const char *name;
	const struct selftest_case *cases;
	unsigned count;
};
#define SELFTEST_GROUP(name)						\
	static const struct selftest_group selftest_##name		\
		__table(selftest_group)

/*
 * Record the result of a check of the running case.
 * Return: ok.
 */
bool selftest_check(bool ok, const char *file, int line, const char *what);
#define SELFTEST_CHECK(x) selftest_check(!!(x), __FILE__, __LINE__, #x)

/*
 * Sleep for ns nanoseconds.
 * Context: may sleep.
 */
void selftest_sleep(u64 ns);

/*
 * Run the tests of one architecture only, in arch/NAME.
 * Return: the number of failures.
 */
int selftest_machine(void);

#endif
