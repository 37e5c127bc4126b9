/* SPDX-License-Identifier: MIT */
/*
 * The controller pids limits the number of tasks in a group and below it, so
 * that a fork bomb stays in its group.  Every group counts tasks, so that the
 * number is right when the controller is enabled; only groups with the
 * controller refuse tasks.  A task counts until it is reaped, because it has a
 * PID until then.
 */
#define LOG_PREFIX "cgroup"
#include "limits.h"
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <lt/log.h>

/* As on Linux: more than the largest PID. */
#define PIDS_LIMIT (sizeof(long) == 8 ? 0x400001ll : 0x8001ll)

struct pids_state {
	s64 now, peak;			/* [tree] tasks not yet reaped */
	s64 max;			/* [tree] -1: no limit */
	u64 hit, hit_here;		/* [tree] refusals: in subtree, here */
};

static struct pids_state *group_pids(const struct cgroup *cg)
{
	return cg->state[CG_PIDS];
}

static void pids_charge(struct cgroup *cg, int by)
{
	spin_must_hold(&tree_lock);
	for (; cg->parent; cg = cg->parent) {
		struct pids_state *s = group_pids(cg);

		s->now += by;
		s->peak = max(s->peak, s->now);
	}
}

/* Count a refused fork in the group at its limit and in all its ancestors. */
static void pids_refused(struct cgroup *full)
{
	if (group_pids(full)->hit_here++ == 0)
		log_print(LOG_INFO, LOG_PREFIX,
			  "fork rejected by pids controller in %s",
			  full->name);
	cg_note(full, CG_PIDS_LOCAL);
	for (; full->parent; full = full->parent) {
		group_pids(full)->hit++;
		cg_note(full, CG_PIDS_EVENTS);
	}
}

static int pids_may_fork(struct cgroup *cg)
{
	struct cgroup *up;

	spin_must_hold(&tree_lock);
	for (up = cg; up->parent; up = up->parent) {
		const struct pids_state *s = group_pids(up);

		if (cg_controlled(up, CG_PIDS) && s->max >= 0 &&
		    s->now >= s->max) {
			pids_refused(up);
			return -EAGAIN;
		}
	}
	pids_charge(cg, 1);
	return 0;
}

static void pids_toggle(struct cgroup *cg, bool on __unused)
{
	struct pids_state *s = group_pids(cg);

	spin_must_hold(&tree_lock);
	*s = (struct pids_state){ .now = s->now, .peak = s->now, .max = -1 };
}

/* ---- files --------------------------------------------------------------- */

static int pids_show_max(struct seq *s, struct cgroup *cg)
{
	if (group_pids(cg)->max < 0)
		seq_print(s, "max\n");
	else
		seq_print(s, "%lld\n", (long long)group_pids(cg)->max);
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
	group_pids(cg)->max = max;
	spin_unlock(&tree_lock);
	return 0;
}

static int pids_show_current(struct seq *s, struct cgroup *cg)
{
	seq_print(s, "%lld\n", (long long)group_pids(cg)->now);
	return 0;
}

static int pids_show_peak(struct seq *s, struct cgroup *cg)
{
	seq_print(s, "%lld\n", (long long)group_pids(cg)->peak);
	return 0;
}

static int pids_show_events(struct seq *s, struct cgroup *cg)
{
	seq_print(s, "max %llu\n", (unsigned long long)group_pids(cg)->hit);
	return 0;
}

static int pids_show_local(struct seq *s, struct cgroup *cg)
{
	seq_print(s, "max %llu\n",
		  (unsigned long long)group_pids(cg)->hit_here);
	return 0;
}

static const struct cg_file files[] = {
	{ .name = "pids.current", .mode = 0444, .show = pids_show_current },
	{ .name = "pids.max", .mode = 0644, .show = pids_show_max,
	  .store = pids_store_max },
	{ .name = "pids.peak", .mode = 0444, .show = pids_show_peak },
	{ .name = "pids.events", .mode = 0444, .event = CG_PIDS_EVENTS,
	  .show = pids_show_events },
	{ .name = "pids.events.local", .mode = 0444, .event = CG_PIDS_LOCAL,
	  .show = pids_show_local },
	{ .name = NULL },
};

const struct cgroup_controller pids_controller = {
	.name = "pids", .threaded = true, .files = { files },
	.group_size = sizeof(struct pids_state),
	.toggle = pids_toggle, .may_fork = pids_may_fork,
	.charge = pids_charge,
};
