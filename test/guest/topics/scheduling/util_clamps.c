/* SPDX-License-Identifier: MIT */
/*
 * Util clamps of sched_setattr(2): what is taken, told and left to children.
 * A Linux without them answers EOPNOTSUPP to all that is valid beside them.
 */
#include "deadline.h"

#define UNSAY	0xffffffffu

static long clamp(uint64_t flags, uint32_t least, uint32_t most)
{
	struct attr a = { .size = sizeof(a), .util_min = least,
		.util_max = most,
		.flags = flags | KEEP_POLICY | KEEP_PARAMS };

	return set_attr(0, &a);
}

static int has_clamps(uint32_t least, uint32_t most)
{
	struct attr a = get_attr(0);

	if (a.util_min != least || a.util_max != most)
		printf("# %u %u\n", a.util_min, a.util_max);
	return a.util_min == least && a.util_max == most;
}

static void bounds(void)
{
	int both = CLAMP_MIN | CLAMP_MAX;

	check(has_clamps(0, 1024), "at first all");
	check_ok(clamp(CLAMP_MIN, 1024, 0), "the most for the least");
	check(has_clamps(1024, 1024), "it is told");
	check_err(EINVAL, clamp(CLAMP_MIN, 1025, 0), "more than all");
	check_err(EINVAL, clamp(CLAMP_MAX, 0, 1025), "likewise");
	check_err(EINVAL, clamp(CLAMP_MAX, 0, 500), "less than the least");
	check_err(EINVAL, clamp(both, 600, 500), "the wrong way round");
	check(has_clamps(1024, 1024), "nothing has changed");
	check_ok(clamp(both, 100, 500), "both");
	check(has_clamps(100, 500), "they are told");
	check_err(EINVAL, clamp(CLAMP_MIN, 501, 0), "more than the most");
	check_ok(clamp(CLAMP_MIN, 500, 0), "as much");
	check_ok(clamp(CLAMP_MIN, UNSAY, 0), "taken back");
	check(has_clamps(0, 500), "the other one stays");
	check_ok(clamp(CLAMP_MAX, 0, UNSAY), "this one, too");
	check(has_clamps(0, 1024), "all again");
}

static void policies(void)
{
	set_policy(0, SCHED_FIFO, 1);
	check(has_clamps(1024, 1024), "SCHED_FIFO wants all of the clock");
	check_ok(clamp(CLAMP_MIN, 200, 0), "or says otherwise");
	check(has_clamps(200, 1024), "it is told");
	ordinary();
	check(has_clamps(200, 1024), "and stays");
	check_ok(clamp(CLAMP_MIN, UNSAY, 0), "taken back");
	check(has_clamps(0, 1024), "an ordinary one wants nothing");
}

static int child_has(uint32_t least, uint32_t most)
{
	int status;
	pid_t pid = fork();

	if (!pid)
		_exit(!has_clamps(least, most));
	waitpid(pid, &status, 0);
	return !status;
}

static void hand_clamps_on(void)
{
	struct attr a = { .size = sizeof(a), .flags = KEEP_PARAMS |
		RESET_ON_FORK };

	check_ok(clamp(CLAMP_MIN | CLAMP_MAX, 10, 20), "of a parent");
	check(child_has(10, 20), "a child has them");
	check_ok(set_attr(0, &a), "reset on fork");
	check(child_has(0, 1024), "it has none then");
}

int main(void)
{
	struct attr a = { .size = 48, .flags = CLAMP_MIN };

	check_err(EINVAL, set_attr(0, &a), "a structure without them");
	if (clamp(CLAMP_MIN, 0, 0) && errno == EOPNOTSUPP) {
		check_err(EOPNOTSUPP, clamp(CLAMP_MAX, 0, 5000), "none here");
		return tap_done();
	}
	bounds();
	policies();
	hand_clamps_on();
	return tap_done();
}
