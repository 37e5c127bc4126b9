/* SPDX-License-Identifier: MIT */
/* /proc/PID/cgroup and /proc/cgroups. */
#include "cgroup.h"
#include <kernel/task/task.h>
#include <lt/procfile.h>

static int show_cgroup(struct seq *s, struct task *t)
{
	struct cgroup *cg;

	spin_lock(&tree_lock);
	cg = cg_of(t);
	seq_print(s, "0::");
	cg_show_path(s, cg);
	seq_print(s, "%s\n", cg->dead ? " (deleted)" : "");
	spin_unlock(&tree_lock);
	return 0;
}

PID_FILES(task_files) = {
	{ .name = "cgroup", .mode = 0444, .show = show_cgroup },
};

static void show_controllers(struct seq *s)
{
	const struct cgroup_controller *c;

	seq_print(s, "#subsys_name\thierarchy\tnum_cgroups\tenabled\n");
	cg_each_controller(c, id)
		seq_print(s, "%s\t0\t%u\t1\n", c->name,
			  HINT(cgroup_root.nr_descendants) + 1);
}

PROC_FILES(files) = {
	{ .name = "cgroups", .show = show_controllers },
};
