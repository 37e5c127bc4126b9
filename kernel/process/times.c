/* SPDX-License-Identifier: MIT */
/* CPU time of all threads of a process (row D1). */
#include <kernel/task/task.h>
#include <lt/bug.h>

void process_times(struct process *p, u64 *utime, u64 *stime)
{
	struct task *t;
	u64 u, s;

	ASSERT(spin_held(&tree_lock));
	*utime = p->utime;
	*stime = p->stime;
	list_for_each(t, &p->threads, thread_link) {
		task_times(t, &u, &s);
		*utime += u;
		*stime += s;
	}
}
