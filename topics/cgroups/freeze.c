/* SPDX-License-Identifier: MIT */
/*
 * cgroup.freeze and cgroup.kill.  A frozen task sleeps on its way to user mode,
 * in work that is queued on it.  A task that sleeps in a system call is woken
 * as if by a signal, and restarts the call after the thaw.  A task that is
 * stopped by job control or its tracer counts as frozen.
 */
#include "cgroup.h"
#include <kernel/sched/sched.h>
#include <kernel/signal/signal.h>
#include <kernel/task/task.h>
#include <kernel/task/state.h>

/* ---- is a whole group frozen? -------------------------------------------- */

static bool member_rests(const struct member *m)
{
	enum task_state state = HINT(m->task->state);

	return m->frozen || state == TASK_STOPPED || state == TASK_TRACED;
}

static bool all_rest(const struct cgroup *cg)
{
	const struct cgroup *child;
	const struct member *m;

	list_for_each(child, &cg->children, sibling)
		if (!child->frozen)
			return false;
	if (cg->nr_frozen == cg->nr_members)
		return true;
	list_for_each(m, &cg->members, link)
		if (!member_rests(m))
			return false;
	return true;
}

/*
 * Update the frozen state of cg, and that of its ancestors until one does not
 * change.
 * Context: [tree].
 */
void freeze_refresh(struct cgroup *cg)
{
	spin_must_hold(&tree_lock);
	for (; cg && cg->parent; cg = cg->parent) {
		bool frozen = cg->freezing && all_rest(cg);

		if (frozen == cg->frozen)
			return;
		cg->frozen = frozen;
		cg_note(cg, CG_EVENTS);
	}
}

/* ---- a task freezes ------------------------------------------------------ */

static void set_frozen(struct member *m, bool frozen)
{
	struct cgroup *cg;

	spin_lock(&tree_lock);
	cg = m->cg;
	if (m->frozen != frozen) {
		m->frozen = frozen;
		cg->nr_frozen += frozen ? 1 : -1u;
		freeze_refresh(cg);
	}
	cg_get(cg);
	spin_unlock(&tree_lock);
	cg_tell(cg);
	cg_put(cg);
}

enum { REST_FROZEN = 1, REST_THROTTLED = 2 };

/*
 * Return why current, m's task, must rest: a mask of REST_*.  An exiting task
 * also runs its queued work, but must not rest.
 */
static unsigned rest_reasons(struct member *m)
{
	unsigned why = 0;

	if (HINT(current->flags) & TF_EXITING || signal_pending_fatal())
		return 0;
	spin_lock(&tree_lock);
	if (m->cg->freezing)
		why |= REST_FROZEN;
	if (cg_must_rest(m))
		why |= REST_THROTTLED;
	m->resting = why != 0;
	spin_unlock(&tree_lock);
	return why;
}

/*
 * Let current rest while there is a reason.  The state is set before the
 * reasons are checked: a waker changes a reason first and then looks at the
 * state.
 */
static void member_rest(struct task_work *w)
{
	struct member *m = container_of(w, struct member, work);
	unsigned why;

	spin_lock(&tree_lock);
	m->work_due = false;
	spin_unlock(&tree_lock);
	for (;;) {
		why = rest_reasons(m);
		if (HINT(m->frozen) != (why & REST_FROZEN))
			set_frozen(m, why & REST_FROZEN);
		if (!why)
			break;
		wait_set_state(TASK_INTERRUPTIBLE);
		if (rest_reasons(m) == why)
			schedule();
		wait_set_running();
	}
}

void freeze_init_member(struct member *m)
{
	m->work.fn = member_rest;
}

void rest_later(struct member *m)
{
	spin_must_hold(&tree_lock);
	if (!m->work_due && !task_work_add(m->task, &m->work))
		m->work_due = true;
}

void rest_ends(struct member *m)
{
	spin_must_hold(&tree_lock);
	if (m->resting)
		task_wake(m->task, WAKE_SIGNAL);
}

/* Context: [tree]. */
static void freeze_task(struct member *m)
{
	rest_later(m);
	task_set_ast(m->task, AST_SIGNAL);
	task_wake(m->task, WAKE_SIGNAL);
}

void freeze_entered(struct member *m)
{
	spin_must_hold(&tree_lock);
	m->cg->nr_frozen += m->frozen;
	if (m->cg->freezing && !m->frozen)
		freeze_task(m);
	else
		rest_later(m);
	rest_ends(m);
	freeze_refresh(m->cg);
}

void freeze_left(struct member *m)
{
	spin_must_hold(&tree_lock);
	m->cg->nr_frozen -= m->frozen;
	freeze_refresh(m->cg);
}

/* ---- a group freezes ----------------------------------------------------- */

/* Tell the members that cg->freezing has changed.  Context: [tree]. */
static void freeze_apply(struct cgroup *cg)
{
	struct member *m;

	list_for_each(m, &cg->members, link)
		if (cg->freezing)
			freeze_task(m);
		else
			rest_ends(m);
}

/*
 * Update the groups below top from the leaves up, so that one check of each
 * group is enough.
 * Context: [tree].
 */
static void refresh_below(struct cgroup *top)
{
	struct cgroup *cg;

	cg_for_each(cg, top)
		if (list_empty(&cg->children))
			freeze_refresh(cg);
	freeze_refresh(top);
}

int cg_freeze(struct cgroup *top, bool freeze)
{
	struct cgroup *cg;
	bool freezing;

	spin_lock(&tree_lock);
	top->freeze = freeze;
	cg_for_each(cg, top) {
		freezing = cg->freeze || cg->parent->freezing;
		if (freezing == cg->freezing)
			continue;
		cg->freezing = freezing;
		freeze_apply(cg);
	}
	refresh_below(top);
	spin_unlock(&tree_lock);
	return 0;
}

/*
 * Kill all tasks in and below top.  A fork under way in the group has no child
 * to kill yet.  The fork fails, because the parent now has a signal pending
 * (task_publish()).
 */
int cg_kill(struct cgroup *top)
{
	struct cgroup *cg;
	struct member *m;
	int err = 0;

	spin_lock(&tree_lock);
	if (cg_is_threaded(top)) {
		err = -EOPNOTSUPP;
	} else {
		cg_for_each(cg, top)
			list_for_each(m, &cg->members, link)
				if (m->task->process != init_process)
					signal_kernel_locked(m->task->process,
							     SIGKILL);
	}
	spin_unlock(&tree_lock);
	return err;
}
