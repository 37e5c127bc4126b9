/* SPDX-License-Identifier: MIT */
/*
 * Self-tests run at boot by `selftest[=GROUP,...]`, for what needs the real
 * machine.  Results are TAP lines in the log; a failure panics at the end.
 */
#ifndef TOPICS_SELFTEST_SELFTEST_H
#define TOPICS_SELFTEST_SELFTEST_H

#include <lt/table.h>
#include <lt/types.h>

/* A case reports through SELFTEST_CHECK; it may leave when one fails. */
struct selftest_case {
	const char *name;
	void (*fn)(void);
};

struct selftest_group {
	const char *name;
	const struct selftest_case *cases;
	unsigned count;
};
#define SELFTEST_GROUP(name)						\
	static const struct selftest_group selftest_##name		\
		__table(selftest_group)

/* Note a failed check of the running case.  Return: ok. */
bool selftest_check(bool ok, const char *file, int line, const char *what);
#define SELFTEST_CHECK(x) selftest_check(!!(x), __FILE__, __LINE__, #x)

/* Sleep for so many nanoseconds.  Context: may sleep. */
void selftest_sleep(u64 ns);

/* Tests that only this machine can have, in arch/NAME.  Return: failures. */
int selftest_machine(void);

#endif
