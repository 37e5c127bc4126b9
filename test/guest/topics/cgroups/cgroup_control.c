/* SPDX-License-Identifier: MIT */
/*
 * Controllers in the tree of control groups (row D9): which a group may enable
 * for its children, the files that come and go, and who is in the way.
 */
#include "cg.h"

static void controllers(void)
{
	pid_t pid = start_child(cg_pause, NULL), inner;

	cg_make("a");
	check(cg_is("cgroup.subtree_control", ""), "none enabled");
	check(cg_is("a/cgroup.subtree_control", ""), "nor in a new one");
	check(cg_is("a/cgroup.controllers", ""), "which has none to give");
	check(access(cg_path("a/pids.max"), F_OK), "no pids in a");
	check_eq(cg_put("a/cgroup.subtree_control", "+pids"), ENOENT,
		 "a has none to give");
	check_eq(cg_put("cgroup.subtree_control", "+nonsense"), EINVAL,
		 "no such controller");
	check_eq(cg_put("cgroup.subtree_control", "pids"), EINVAL, "no sign");
	check_eq(cg_put("cgroup.subtree_control", "+pids"), 0, "on");
	check_eq(cg_put("cgroup.subtree_control", "+pids"), 0, "twice");
	check(cg_is("cgroup.subtree_control", "pids\n"), "it is told");
	check(cg_is("a/cgroup.controllers", "pids\n"), "a may have it");
	check(!access(cg_path("a/pids.max"), F_OK), "its files are there");
	cg_make("b");
	check(!access(cg_path("b/pids.max"), F_OK), "in new ones, too");
	cg_drop("b");
	check_eq(cg_put("a/cgroup.subtree_control", "+pids"), 0, "below a");
	check_eq(cg_put("cgroup.subtree_control", "-pids"), EBUSY,
		 "not off while a gives it on");
	/* processes inside: only beside children with none */
	cg_make("a/in");
	check_eq(cg_put_number("a/in/cgroup.procs", pid), 0, "one in a/in");
	inner = start_child(cg_pause, NULL);
	check_eq(cg_put_number("a/cgroup.procs", inner), EBUSY,
		 "none in a, which has controllers for a/in");
	check_eq(cg_put("a/cgroup.subtree_control", "-pids"), 0, "off");
	check(access(cg_path("a/in/pids.max"), F_OK), "the files are gone");
	check_eq(cg_put_number("a/cgroup.procs", inner), 0, "now one in a");
	check_eq(cg_put("a/cgroup.subtree_control", "+pids"), EBUSY,
		 "no controllers where processes are");
	cg_end(pid);
	cg_end(inner);
	check_eq(cg_put("a/cgroup.subtree_control", "+pids -pids"), 0,
		 "the last word counts");
	check(access(cg_path("a/in/pids.max"), F_OK), "so it is off");
	check_eq(cg_put("cgroup.subtree_control", "-pids"), 0, "off");
	cg_drop("a/in");
	cg_drop("a");
}

int main(void)
{
	cg_want("pids");
	if (!cg_begin("control"))
		return tap_skip_all("no cgroup2 in " CG_TOP);
	controllers();
	cg_finish();
	return tap_done();
}
