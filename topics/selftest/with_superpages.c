/* SPDX-License-Identifier: MIT */
/* A self-test of the thread that makes superpages (row C5). */
#include <topics/superpages/hugepage.h>
#include "selftest.h"
#include <kernel/sched/sched.h>
#include <kernel/time/time.h>

/* As these tests do: a thread of the kernel's, which is of no process. */
static void test_borrowed_space(void)
{
	struct vm_space *s = vm_space_create();

	if (!SELFTEST_CHECK(s != NULL))
		return;
	current->space = s;
	vm_space_switch(s);
	huge_scan_now();
	/* time for the thread's round: it has nothing else to look at yet */
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
