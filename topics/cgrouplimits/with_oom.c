/* SPDX-License-Identifier: MIT */
/*
 * Use the machine's OOM policy for groups (row D13).  The same badness and
 * adjustment choose the victim, as if the group's limit were all the memory
 * there is.
 */
#include "memory.h"
#include <topics/oom/oom.h>
#include <lt/init.h>

static void kill_for_group(struct task *t)
{
	oom_kill(t, "Memory cgroup out of memory");
}

static void group_oom_init(void)
{
	mem_badness = oom_points;
	mem_kill = kill_for_group;
}
INIT(fs, group_oom_init);
