/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of control groups (row D9), with a controller that refuses between
 * two that count: the first must undo what it did, the last is not asked.
 */
#include <topics/cgroups/cgroup.h>
#include "selftest.h"
#include <kernel/task/task.h>

static bool refuses;
static int groups, tasks;		/* counted by both counters together */
static int asked;			/* calls of a counter's may_fork */

static bool counter_init(struct cgroup *cg __unused)
{
	groups++;
	return true;
}

static void counter_free(struct cgroup *cg __unused)
{
	groups--;
}

static int counter_may_fork(struct cgroup *cg __unused)
{
	asked++;
	tasks++;
	return 0;
}

static void counter_charge(struct cgroup *cg __unused, int by)
{
	tasks += by;
}

static bool refuser_init(struct cgroup *cg __unused)
{
	return !refuses;
}

static int refuser_may_fork(struct cgroup *cg __unused)
{
	return refuses ? -EAGAIN : 0;
}

static const struct cgroup_controller counter = {
	.init = counter_init, .free = counter_free,
	.may_fork = counter_may_fork, .charge = counter_charge,
};
static const struct cgroup_controller refuser = {
	.init = refuser_init, .may_fork = refuser_may_fork,
};
static const struct cgroup_controller *const controllers[] = {
	&counter, &refuser, &counter, NULL,
};

static void test_refusals(void)
{
	const struct cgroup_controller *const *was;
	static struct cgroup cg;

	spin_lock(&tree_lock);
	was = cg_controllers;
	cg_controllers = controllers;
	refuses = true;
	SELFTEST_CHECK(cg_may_fork(&cg) == -EAGAIN && !tasks && asked == 1);
	SELFTEST_CHECK(!cg_init_states(&cg) && !groups);
	refuses = false;
	SELFTEST_CHECK(cg_may_fork(&cg) == 0 && tasks == 2);
	SELFTEST_CHECK(cg_init_states(&cg) && groups == 2);
	cg_charge(&cg, -1);
	SELFTEST_CHECK(!tasks);
	cg_free_states(&cg);
	SELFTEST_CHECK(!groups);
	cg_controllers = was;
	spin_unlock(&tree_lock);
}

static const struct selftest_case cases[] = {
	{ "a controller that refuses leaves no trace", test_refusals },
};

SELFTEST_GROUP(cgroups) = {
	"cgroups", cases, ARRAY_SIZE(cases)
};
