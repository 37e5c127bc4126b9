/* SPDX-License-Identifier: MIT */
/*
 * sched_yield(2) and getcpu(2).  The extension scheduling has all other system
 * calls on scheduling.
 */
#include <kernel/sched/sched.h>
#include <mm/uaccess.h>
#include <syscalls.h>

long sys_sched_yield(void)
{
	sched_yield_current();
	return 0;
}

long sys_getcpu(uaddr_t cpu, uaddr_t node, uaddr_t unused __unused)
{
	if ((cpu && put_user(sched_user_cpu(current), cpu)) ||
	    (node && put_user(0u, node)))
		return -EFAULT;
	return 0;
}
