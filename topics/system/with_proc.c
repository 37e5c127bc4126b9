/* SPDX-License-Identifier: MIT */
/* /proc/loadavg: load averages and the number of tasks. */
#include "load.h"
#include <kernel/task/task.h>
#include <lt/procfile.h>

/* Count all tasks, and find the highest task number. */
static void system_proc_count_tasks(unsigned *all, int *last)
{
	struct task *t;

	*all = 0;
	*last = 0;
	spin_lock(&tree_lock);
	list_for_each(t, &all_tasks, all_link) {
		++*all;
		*last = max(*last, pid_shown(t->tid));
	}
	spin_unlock(&tree_lock);
}

static void show_loadavg(struct seq *s)
{
	unsigned long load[3];
	unsigned i, all;
	int last;

	load_averages(load);
	system_proc_count_tasks(&all, &last);
	for (i = 0; i < 3; i++)
		seq_print(s, "%lu.%02lu ", load[i] >> 11,
			  ((load[i] & 2047) * 100) >> 11);
	seq_print(s, "%u/%u %d\n", sched_nr_running(), all, last);
}

PROC_FILES(files) = {
	{ "loadavg", show_loadavg },
};
