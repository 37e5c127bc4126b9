/* SPDX-License-Identifier: MIT */
/*
 * Which task is in which group: what clone, exit and wait do, and moving a
 * process.  If a task is moved while it forks, the child is placed at its
 * publication: it joins the parent's group of that moment, so all threads of a
 * process stay together.
 */
#include "cgroup.h"
#include <fs/inode/inode.h>
#include <kernel/ops/cgroup_ops.h>
#include <kernel/task/task.h>
#include <lt/init.h>
#include <mm/frames/slab.h>

static unsigned member_at;

struct member *member_of(struct task *t)
{
	return *task_slot(t, member_at);
}

struct cgroup *cg_of(struct task *t)
{
	struct member *m = member_of(t);

	return m ? m->cg : &cgroup_root;
}

static struct member *member_new(struct task *t)
{
	struct member *m = cg_alloc_record(
		sizeof(*m), offsetof(struct member, state), true);

	if (!m)
		return NULL;
	m->task = t;
	m->cg = &cgroup_root;
	cg_get(m->cg);
	list_init(&m->link);
	freeze_init_member(m);
	return m;
}

static void member_free(struct member *m)
{
	cg_put(m->cg);
	kfree(m);
}

/* ---- joining and leaving a group, [tree] --------------------------------- */

static void cgroup_enter(struct member *m, struct cgroup *cg)
{
	spin_must_hold(&tree_lock);
	ASSERT(!cg->dead);
	m->cg = cg;
	m->live = true;
	task_times(m->task, &m->utime, &m->stime);
	if (!cg->parent) {
		rest_ends(m);		/* the root never freezes */
		return;
	}
	list_append(&cg->members, &m->link);
	if (cg->nr_members++ == 0)
		cg_populate(cg, 1);
	cg_regroup(m);
	freeze_entered(m);
}

/* Take m off the live members of its group. */
static void cgroup_leave(struct member *m)
{
	spin_must_hold(&tree_lock);
	m->live = false;
	if (!m->cg->parent)
		return;
	list_remove(&m->link);
	if (--m->cg->nr_members == 0)
		cg_populate(m->cg, -1);
	freeze_left(m);
	cg_regroup(m);
}

/* Add to the group of m the time that the task has used since it joined. */
static void settle_times(struct member *m)
{
	u64 u, s;

	task_times(m->task, &u, &s);
	m->cg->utime += u - m->utime;
	m->cg->stime += s - m->stime;
}

/*
 * Move the charge of m to the group `to`, whatever the limit of `to`: limits
 * apply to new tasks only.
 */
static void recharge(struct member *m, struct cgroup *to)
{
	if (to->parent)
		cg_charge(to, 1);
	if (m->charged)
		cg_charge(m->cg, -1);
	m->charged = to->parent != NULL;
	cg_get(to);
	cg_put(m->cg);	/* not the last: m->cg is in the tree */
}

static void cgroup_move(struct member *m, struct cgroup *to)
{
	struct cgroup *from = m->cg;

	spin_must_hold(&tree_lock);
	if (from == to)
		return;
	cg_get(from);
	settle_times(m);
	recharge(m, to);
	cgroup_leave(m);
	cgroup_enter(m, to);
	cg_put(from);
}

/* ---- clone, exit, wait --------------------------------------------------- */

static int cgroup_charge_new(struct member *m, struct cgroup *cg)
{
	int err = cg->dead ? -ENOENT : 0;

	spin_must_hold(&tree_lock);
	if (!err && cg->parent)
		err = cg_may_fork(cg);
	if (err)
		return err;
	m->charged = cg->parent != NULL;
	cg_get(cg);
	cg_put(m->cg);
	m->cg = cg;
	return 0;
}

/* Make the record of a child whose parent has one. */
static int cgroup_member_copy(struct task *child, u64 flags __unused)
{
	struct member *mine = member_of(current);
	struct cgroup *cg;
	struct member *m;
	int err;

	if (!mine->into && !HINT(mine->cg)->parent)
		return 0;
	m = member_new(child);
	if (!m)
		return -ENOMEM;
	spin_lock(&tree_lock);
	cg = mine->into ? mine->into : mine->cg;
	cg_get(cg);
	err = cgroup_charge_new(m, cg);
	spin_unlock(&tree_lock);
	if (err) {
		cg_tell(cg);
		member_free(m);
	} else {
		*task_slot(child, member_at) = m;
	}
	cg_put(cg);
	return err;
}

/*
 * Check again if the child can start in the group it was cloned into:
 * conditions may have changed since into_check().
 * Context: [tree].
 */
static int cgroup_check_publish(const struct task *child)
{
	struct member *mine = member_of(current);
	struct cgroup *to = mine ? mine->into : NULL;
	int err;

	spin_must_hold(&tree_lock);
	if (likely(!to))
		return 0;
	err = to->dead ? -ENOENT : cg_takes_tasks(to);
	if (!err && child->process == current->process &&
	    to->dom != mine->cg->dom)
		err = -EOPNOTSUPP;
	return err;
}

/*
 * Put the child into its parent's group, or the group it was cloned into.
 * Context: [tree].
 */
static void cgroup_join_published(struct task *child)
{
	struct member *mine = member_of(current), *m = member_of(child);
	struct cgroup *to = mine ? mine->cg : &cgroup_root;

	if (mine && mine->into)
		to = mine->into;
	if (!m && to->parent) {
		m = member_new(child);
		*task_slot(child, member_at) = m;
	}
	if (!m)
		return;
	if (m->cg != to)
		recharge(m, to);
	cgroup_enter(m, to);
}

/*
 * Handle the exit of t, or a clone that failed.  An exited task is charged
 * until it is reaped.
 */
static void cgroup_part_exit(struct task *t)
{
	struct member *m = member_of(t);
	struct cgroup *cg;

	spin_lock(&tree_lock);
	cg = m->cg;
	cg_get(cg);
	if (m->live) {
		cgroup_leave(m);
		list_append(&cg->dying, &m->link);
	} else if (m->charged) {
		cg_charge(cg, -1);
		m->charged = false;
	}
	spin_unlock(&tree_lock);
	cg_tell(cg);
	cg_put(cg);
}

static void reaped(struct task *t)
{
	struct member *m = member_of(t);

	if (!m)
		return;
	settle_times(m);
	list_remove(&m->link);
	if (m->charged)
		cg_charge(m->cg, -1);
	m->charged = false;
}

static void cgroup_part_free(struct task *t)
{
	member_free(member_of(t));
}

static const struct task_part part[] __table(task_part) = {
	{ .at = &member_at,
	  .copy = cgroup_member_copy,
	  .exit = cgroup_part_exit,
	  .free = cgroup_part_free },
};

static const struct cgroup_ops ops = {
	.clone_into = cg_clone_into, .task_published = cgroup_join_published,
	.task_publishes = cgroup_check_publish, .task_reaped = reaped,
};

static void members_init(void)
{
	cgroup_ops = &ops;
}
INIT(fs, members_init);

void members_begin(void)
{
	WRITE_ONCE(cgroups_made, true);
}

/* ---- moving -------------------------------------------------------------- */

int cg_takes_tasks(struct cgroup *cg)
{
	spin_must_hold(&tree_lock);
	if (cg->dead)
		return -ENODEV;
	if (!cg_valid_domain(cg->dom))
		return -EOPNOTSUPP;
	if (!cg->parent || cg_may_be_thread_root(cg) || cg_is_threaded(cg))
		return 0;
	return cg->control ? -EBUSY : 0;
}

int cg_may_write(struct cgroup *cg, const struct cred *c)
{
	struct inode *i = NULL;
	int err;

	spin_lock(&tree_lock);
	if (!cg->dead) {
		i = cg->procs;
		inode_get(i);
	}
	spin_unlock(&tree_lock);
	if (!i)
		return -ENODEV;
	err = inode_permission_as(i, W_OK, c);
	inode_put(i);
	return err;
}

/*
 * Check a move: the opener must be able to write to the nearest common
 * ancestor.
 */
int cg_may_attach(struct cgroup *from, struct cgroup *to,
		  const struct cg_opener *o)
{
	const struct cgroup *source = from;
	int err;

	while (!cg_below(to, from))
		from = from->parent;
	err = cg_may_write(from, o->cred);
	if (!err && READ_ONCE(cg_nsdelegate) &&
	    !(cg_below(source, o->top) && cg_below(to, o->top)))
		err = -ENOENT;
	return err;
}

/*
 * Find a task by number.  Unless `thread`, return the leader of its process.
 * Context: [tree].
 * Return: 0 with *out, or -errno.
 */
static int cgroup_find(int number, bool thread, struct task **out)
{
	struct task *t = number ? task_find(number) : current;

	if (!t)
		return -ESRCH;
	if (!t->process)
		return -EINVAL;		/* a kernel thread */
	*out = thread ? t : t->process->leader;
	return 0;
}

/*
 * True if t is alive and can be moved.  If the record of t exists before this
 * check, task_exit() will find it.
 */
static bool cgroup_task_alive(const struct task *t)
{
	return !(HINT(t->flags) & TF_EXITING);
}

int member_prepare(struct task *t)
{
	spin_must_hold(&tree_lock);
	if (!member_of(t)) {
		__atomic_store_n(task_slot(t, member_at), member_new(t),
				 __ATOMIC_SEQ_CST);
		__atomic_thread_fence(__ATOMIC_SEQ_CST);
		if (member_of(t))
			member_of(t)->live = true;
	}
	return member_of(t) ? 0 : -ENOMEM;
}

static int move_process(struct process *p, struct cgroup *to)
{
	struct task *t;
	int err = 0;

	list_for_each(t, &p->threads, thread_link)
		if (!err && cgroup_task_alive(t))
			err = member_prepare(t);
	if (err)
		return err;
	list_for_each(t, &p->threads, thread_link)
		if (member_of(t) && cgroup_task_alive(t))
			cgroup_move(member_of(t), to);
	return 0;
}

/* [tree] */
static int move_found(struct task *t, struct cgroup *to, bool thread)
{
	int err = cg_takes_tasks(to);

	if (err)
		return err;
	if (!thread)
		return move_process(t->process, to);
	if (cg_of(t)->dom != to->dom)
		return -EOPNOTSUPP;
	if (!cgroup_task_alive(t))
		return 0;
	err = member_prepare(t);
	if (!err && cgroup_task_alive(t))
		cgroup_move(member_of(t), to);
	return err;
}

/*
 * Move t if it still is in *from, for which the rights were checked without the
 * lock (checking may sleep).
 * Return: -EAGAIN: t was moved meanwhile; *from is its group now.
 */
static int move_from(struct task *t, struct cgroup **from, struct cgroup *to,
		     bool thread)
{
	struct cgroup *asked = *from;
	int err = -EAGAIN;

	spin_lock(&tree_lock);
	*from = cg_of(t);
	cg_get(*from);
	if (*from == asked)
		err = move_found(t, to, thread);
	spin_unlock(&tree_lock);
	cg_put(asked);
	return err;
}

int cg_attach(struct cgroup *to, int number, bool thread,
	      const struct cg_opener *o)
{
	struct cgroup *from;
	struct task *t;
	int err;

	spin_lock(&tree_lock);
	err = to->dead ? -ENODEV : cgroup_find(number, thread, &t);
	if (err) {
		spin_unlock(&tree_lock);
		return err;
	}
	task_get(t);
	from = cg_of(t);
	cg_get(from);
	spin_unlock(&tree_lock);
	do {
		err = cg_may_attach(from, to, o);
		if (!err)
			err = move_from(t, &from, to, thread);
	} while (err == -EAGAIN);
	cg_tell(from);
	cg_tell(to);
	cg_put(from);
	task_put(t);
	return err;
}

/* ---- lists --------------------------------------------------------------- */

/*
 * True if t stands for its process: it is the leader, or if the leader has
 * exited, the first live thread.
 */
static bool cgroup_is_first_live(const struct task *t)
{
	const struct task *other;

	if (t == t->process->leader || cgroup_task_alive(t->process->leader))
		return t == t->process->leader;
	list_for_each(other, &t->process->threads, thread_link)
		if (cgroup_task_alive(other))
			return other == t;
	return false;
}

static void show_members(struct seq *s, struct cgroup *cg, bool threads)
{
	struct member *m;

	list_for_each(m, &cg->members, link)
		if (threads)
			seq_print(s, "%d\n", pid_shown(m->task->tid));
		else if (cgroup_is_first_live(m->task))
			seq_print(s, "%d\n",
				  pid_shown(m->task->process->pid));
}

static void cgroup_show_root(struct seq *s, bool threads)
{
	struct task *t;

	list_for_each(t, &all_tasks, all_link) {
		if (cg_of(t)->parent)
			continue;
		if (!t->process || (threads && cgroup_task_alive(t)))
			seq_print(s, "%d\n", pid_shown(t->tid));
		else if (!threads && cgroup_is_first_live(t))
			seq_print(s, "%d\n", pid_shown(t->process->pid));
	}
}

int cg_show_procs(struct seq *s, struct cgroup *top)
{
	struct cgroup *cg;

	if (cg_is_threaded(top))
		return -EOPNOTSUPP;
	if (!top->parent)
		cgroup_show_root(s, false);
	else
		cg_for_each(cg, top)
			if (cg->dom == top)
				show_members(s, cg, false);
	return 0;
}

int cg_show_threads(struct seq *s, struct cgroup *cg)
{
	if (cg->parent)
		show_members(s, cg, true);
	else
		cgroup_show_root(s, true);
	return 0;
}
