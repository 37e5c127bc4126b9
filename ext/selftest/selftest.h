/* SPDX-License-Identifier: MIT */
/*
 * Self-tests run at boot by `selftest[=GROUP,...]`, for what needs the real
 * machine.  Results are TAP lines in the log; a failure panics at the end.
 */
#ifndef KERNEL_SELFTEST_H
#define KERNEL_SELFTEST_H

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

/* Note a failed check of the running case.  => ok */
bool selftest_check(bool ok, const char *file, int line, const char *what);
#define SELFTEST_CHECK(x) selftest_check(!!(x), __FILE__, __LINE__, #x)

extern const struct selftest_group selftest_arch;
extern const struct selftest_group selftest_block;
extern const struct selftest_group selftest_checkers;
extern const struct selftest_group selftest_kernel;
extern const struct selftest_group selftest_locks;
extern const struct selftest_group selftest_mm;
extern const struct selftest_group selftest_preempt;
extern const struct selftest_group selftest_smp;
extern const struct selftest_group selftest_task;
#ifdef CHECK_TLB
extern const struct selftest_group selftest_tlb;
#endif

/* Tests that only this machine can have, in arch/NAME.  => failures */
int selftest_machine(void);

/*
 * Run the groups of a comma-separated list; "" or "all": every one.  Panics
 * when a case failed or a name is unknown.
 * => kernel thread, interrupts on, scheduler and memory up; cases run
 */
int selftest_run(const char *names);

#endif
