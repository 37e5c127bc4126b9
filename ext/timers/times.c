/* SPDX-License-Identifier: MIT */
/* times(2): CPU time of the process and of its children that were waited for. */
#include <kernel/task.h>
#include <kernel/time/clock.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define USER_HZ 100

/* times(2) counts in USER_HZ. */
static long ticks(u64 ns)
{
	return ns / (NSEC_PER_SEC / USER_HZ);
}

long sys_times(uaddr_t to)
{
	struct process *p = current->process;
	u64 u, s, cu, cs;

	spin_lock(&tree_lock);
	process_times(p, &u, &s);
	cu = p->cutime;
	cs = p->cstime;
	spin_unlock(&tree_lock);
	if (to) {
		long t[4] = { ticks(u), ticks(s), ticks(cu), ticks(cs) };

		if (copy_to_user(to, t, sizeof(t)))
			return -EFAULT;
	}
	return ticks(arch_clock());
}
