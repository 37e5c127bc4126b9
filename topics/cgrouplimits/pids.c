/* SPDX-License-Identifier: MIT */
/*
 * The controller pids limits the number of tasks in a group and below it, so
 * that a fork bomb stays in its group.  Every group counts tasks, so that the
 * number is right when the controller is enabled; only groups with the
 * controller refuse tasks.  A task counts until it is reaped, because it has a
 * PID until then.
 */
#include <topics/cgroups/cgroup.h>
#include <kernel/task/task.h>
#include <lib/mem.h>

/* As on Linux: more than the largest PID. */
#define PIDS_LIMIT (sizeof(long) == 8 ? 0x400001ll : 0x8001ll)

static bool counts(const struct cgroup *cg)
{
	return cg->parent && cg->parent->control & CG_PIDS;
}

void pids_charge(struct cgroup *cg, int by)
{
	spin_must_hold(&tree_lock);
	for (; cg->parent; cg = cg->parent) {
		cg->pids.now += by;
		if (cg->pids.now > cg->pids.peak)
			cg->pids.peak = cg->pids.now;
	}
}

/* Count a refused fork in the group at its limit and in all its ancestors. */
static void pids_refused(struct cgroup *full)
{
	full->pids.hit_here++;
	cg_note(full, CG_PIDS_LOCAL);
	for (; full->parent; full = full->parent) {
		full->pids.hit++;
		cg_note(full, CG_PIDS_EVENTS);
	}
}

int pids_try(struct cgroup *cg, struct cgroup **full)
{
	struct cgroup *up;

	spin_must_hold(&tree_lock);
	for (up = cg; up->parent; up = up->parent)
		if (counts(up) && up->pids.max >= 0 &&
		    up->pids.now >= up->pids.max) {
			pids_refused(up);
			*full = up;
			return -EAGAIN;
		}
	pids_charge(cg, 1);
	return 0;
}

void pids_enabled(struct cgroup *cg)
{
	spin_must_hold(&tree_lock);
	cg->pids = (struct pids_state){
		.now = cg->pids.now, .peak = cg->pids.now, .max = -1,
	};
}

/* ---- files --------------------------------------------------------------- */

static int pids_show_max(struct seq *s, struct cgroup *cg)
{
	if (cg->pids.max < 0)
		seq_print(s, "max\n");
	else
		seq_print(s, "%lld\n", (long long)cg->pids.max);
	return 0;
}

static int pids_store_max(struct cgroup *cg, char *text,
			  const struct cg_opener *o)
{
	s64 max = -1;
	int err = 0;

	if (strcmp(text, "max")) {
		err = cg_number(text, &max);
		if (!err && (max < 0 || max >= PIDS_LIMIT))
			err = -EINVAL;
	}
	if (err)
		return err;
	spin_lock(&tree_lock);
	cg->pids.max = max;
	spin_unlock(&tree_lock);
	return 0;
}

static int pids_show_current(struct seq *s, struct cgroup *cg)
{
	seq_print(s, "%lld\n", (long long)cg->pids.now);
	return 0;
}

static int pids_show_peak(struct seq *s, struct cgroup *cg)
{
	seq_print(s, "%lld\n", (long long)cg->pids.peak);
	return 0;
}

static int pids_show_events(struct seq *s, struct cgroup *cg)
{
	seq_print(s, "max %llu\n", (unsigned long long)cg->pids.hit);
	return 0;
}

static int pids_show_local(struct seq *s, struct cgroup *cg)
{
	seq_print(s, "max %llu\n", (unsigned long long)cg->pids.hit_here);
	return 0;
}

const struct cg_file cg_pids_files[] = {
	{ .name = "pids.current", .mode = 0444, .controller = CG_PIDS,
	  .not_root = true, .show = pids_show_current },
	{ .name = "pids.max", .mode = 0644, .controller = CG_PIDS,
	  .not_root = true, .show = pids_show_max, .store = pids_store_max },
	{ .name = "pids.peak", .mode = 0444, .controller = CG_PIDS,
	  .not_root = true, .show = pids_show_peak },
	{ .name = "pids.events", .mode = 0444, .controller = CG_PIDS,
	  .not_root = true, .event = CG_PIDS_EVENTS, .show = pids_show_events },
	{ .name = "pids.events.local", .mode = 0444, .controller = CG_PIDS,
	  .not_root = true, .event = CG_PIDS_LOCAL, .show = pids_show_local },
	{ .name = NULL },
};
