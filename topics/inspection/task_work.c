/* SPDX-License-Identifier: MIT */
/*
 * Task work on demand (row B1): writing a task's number to
 * /proc/lectern/task_work makes that task run a work.  Reading the file shows
 * how many works have run, and the task that ran the last one.
 */
#include <fs/vfs.h>
#include <kernel/task/task.h>
#include <kernel/task/work.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>

struct probe {
	struct task_work work;
	int tid;
};

static unsigned probes_run;
static int probe_last;			/* task that ran the last work */

static void probe(struct task_work *w)
{
	__atomic_fetch_add(&probes_run, 1, __ATOMIC_RELAXED);
	probe_last = current->tid;
	kfree(container_of(w, struct probe, work));
}

/*
 * Handle a write of a task's number: that task runs a work the next time it
 * leaves the kernel.
 */
static int store_task_work(const char *text, size_t n)
{
	struct task *t;
	struct probe *p;
	int tid = 0, err = -ESRCH;

	for (size_t i = 0; i < n && text[i] != '\n'; i++) {
		if (text[i] < '0' || text[i] > '9' || tid > 1000000)
			return -EINVAL;
		tid = tid * 10 + text[i] - '0';
	}
	p = kmalloc(sizeof(*p));
	if (!p)
		return -ENOMEM;
	p->work.fn = probe;
	spin_lock(&tree_lock);
	t = task_find(tid);
	if (t)
		err = task_work_add(t, &p->work);
	spin_unlock(&tree_lock);
	if (err)
		kfree(p);
	return err;
}

static void show_task_work(struct seq *s)
{
	seq_print(s, "run %u last %d\n", HINT(probes_run), HINT(probe_last));
}

PROC_FILES(files) = {
	{ "lectern/task_work", show_task_work, store_task_work },
};
