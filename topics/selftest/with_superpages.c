/* SPDX-License-Identifier: MIT */
/* A self-test of the kernel thread that makes superpages (row C5). */
#include <topics/superpages/hugepage.h>
#include "selftest.h"
#include <kernel/sched/sched.h>
#include <kernel/time/time.h>

/*
 * Load a space in a kernel thread that belongs to no process, as these tests
 * do.
 */
static void test_borrowed_space(void)
{
	struct vm_space *s = vm_space_create();

	if (!SELFTEST_CHECK(s != NULL))
		return;
	current->space = s;
	vm_space_switch(s);
	huge_scan_now();
	/*
	 * long enough for one round of the thread, which has nothing else to
	 * scan yet
	 */
	selftest_sleep(NSEC_PER_SEC / 100);
	SELFTEST_CHECK(ref_read(&s->users) == 1);
	current->space = NULL;
	vm_space_put(s);
}

static const struct selftest_case cases[] = {
	{ "a space that no process has is passed over", test_borrowed_space },
};

SELFTEST_GROUP(hugepage) = {
	"hugepage", cases, ARRAY_SIZE(cases)
};
