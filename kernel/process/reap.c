/* SPDX-License-Identifier: MIT */
/*
 * How processes leave the tree (lecture rows B16, C1 and D2 of
 * docs/coverage.md).  All steps run under tree_lock, except for the last.
 *
 *      running                     parent
 *         | last thread in            |
 *         | thread_leave_tree()       | wait4: none dead yet, it sleeps on
 *         |                           | wait_child
 *         |-- process_part():         |
 *         |   its children go to a    |
 *         |   subreaper or init       |
 *         v                           |
 *      zombie ----- SIGCHLD, -------->| wakes and scans dead_children
 *         |         wake_up           |
 *         |   (number, status and     |
 *         |    times are left)        |
 *         v                           v
 *      reaped <---- process_reap() -- take_zombie(), kernel/process/wait.c
 *         |
 *         +--> freed with the last reference, outside tree_lock
 *
 * If the parent ignores SIGCHLD, there is no zombie: notify_parent() reaps at
 * once.  A tracer waits before the parent does.  Dead threads that are not
 * leaders (nr_zombies) are also kept until their tracer has waited for them.
 *
 * Invariant: exactly one of several waiters gets a zombie, because the zombie
 * is found and reaped without releasing tree_lock in between.
 */
#include <kernel/cred/cred.h>
#include <kernel/ops/cgroup_ops.h>
#include <kernel/ops/namespace_ops.h>
#include <kernel/ops/tracer_ops.h>
#include "internal.h"
#include <kernel/task/state.h>
#include <lt/bug.h>

/* ---- orphans ------------------------------------------------------------- */

/*
 * Return the new parent of p's children: the nearest living subreaper, or init.
 */
static struct process *find_reaper(struct process *p)
{
	struct process *r, *init = init_process;

	if (unlikely(p->space))
		init = namespace_ops->space_init(p);
	for (r = p->parent; r && r != init && r->space == p->space;
	     r = r->parent)
		if (r->is_subreaper && r->nr_threads)
			return r;
	return init;
}

static void notify_parent(struct process *p, struct list *reaped);

/*
 * The thread that created c ends: signal the threads of c that asked for it
 * (PR_SET_PDEATHSIG of prctl(2)).  The signal's sender is current, and
 * current's rights count.
 */
static void send_pdeath_signal(struct process *c)
{
	struct siginfo info = {
		.code = SI_USER, .uid = current->cred->uid,
		.pid = pid_in(current->process->pid, c->space),
	};
	struct task *t;

	spin_must_hold(&tree_lock);
	list_for_each(t, &c->threads, thread_link) {
		info.signo = HINT(t->pdeath_signal);
		if (unlikely(info.signo))
			signal_user_process(c, &info);
	}
}

/*
 * Make c a child of `to`.  SIGCHLD will report the end of c, whatever signal
 * the old parent had chosen.
 */
static void reparent(struct process *c, struct process *to)
{
	struct task *leader = c->leader;

	list_remove(&c->sibling);
	list_append(c->zombie ? &to->dead_children : &to->children,
		    &c->sibling);
	c->parent = to;
	c->ppid = pid_in(to->pid, c->space);
	c->creator_tid = to->leader->tid;
	leader->exit_signal = SIGCHLD;
	send_pdeath_signal(c);
}

#define PART_BATCH	128		/* children in one hold of tree_lock */

/* One that a SIGKILL has ended stays marked as stopped. */
static bool is_stopped(const struct process *p)
{
	return HINT(p->stopped) && !HINT(p->nr_stopping) &&
		!HINT(p->killed) && p->nr_live;
}

/*
 * Note that p has another parent, or ends.
 * Return: true if that orphans its group, and a member is stopped.
 */
static bool orphans_stopped(struct process *p)
{
	struct list *members = group_members(p->pgid);
	struct process *q;

	if (!group_settle(p))
		return false;
	list_for_each(q, members, group_link)
		if (is_stopped(q))
			return true;
	return false;
}

/*
 * Give some of p's children to the nearest reaper; p leaves its group last.  If
 * that orphans a group with a stopped member, stop there, and store the group
 * in *orphaned.
 * Return: true if there may be more to do.
 */
static bool part_some(struct process *p, struct list *reaped, int *orphaned)
{
	struct process *c, *next, *to = find_reaper(p);
	unsigned n = PART_BATCH;

	*orphaned = 0;
	if (to == p)
		return false;
	list_for_each_safe(c, next, &p->dead_children, sibling) {
		if (!n--)
			return true;
		reparent(c, to);
		notify_parent(c, reaped);
	}
	list_for_each_safe(c, next, &p->children, sibling) {
		if (!n--)
			return true;
		reparent(c, to);
		if (orphans_stopped(c)) {
			*orphaned = c->pgid;
			return true;
		}
	}
	if (!orphans_stopped(p))
		return false;
	*orphaned = p->pgid;
	return true;
}

/*
 * SIGHUP and SIGCONT to a group that nobody leads any more: no parent is left
 * to continue the members (POSIX, _exit, "Consequences of Process
 * Termination").
 * Context: [tree_lock], released meanwhile.
 */
static void hang_up(int pgid)
{
	pid_get(pgid);
	spin_unlock(&tree_lock);
	signal_kernel_group(pgid, SIGHUP);
	signal_kernel_group(pgid, SIGCONT);
	spin_lock(&tree_lock);
	pid_put(pgid);
}

void process_part(struct process *p, struct list *reaped)
{
	int orphaned;

	while (part_some(p, reaped, &orphaned)) {
		if (orphaned)
			hang_up(orphaned);
		spin_unlock(&tree_lock);
		drop_reaped(reaped);
		spin_lock(&tree_lock);
	}
}

/* ---- taking threads and processes off the tree --------------------------- */

/*
 * A SIGKILL to the process is the status of t as soon as it is sent.  Otherwise
 * the tracer of a dead thread could wait for the thread before a thread has
 * handled the signal, and get another status.
 */
int thread_status(const struct task *t)
{
	const struct process *p = t->process;

	if (p->exiting)
		return p->exit_code;
	return HINT(p->killed) ? SIGKILL : t->exit_code;
}

int process_status(const struct process *p)
{
	return thread_status(p->leader);
}

void thread_add_times(struct process *p, struct task *t)
{
	u64 u, s;

	task_times(t, &u, &s);
	p->utime += u;
	p->stime += s;
	p->minflt += t->minflt;
	p->majflt += t->majflt;
	p->nvcsw += t->nvcsw;
	p->nivcsw += t->nivcsw;
	io_counts_add(&p->moved, &t->moved);
}

/*
 * Remove t from the lists of its process and of all tasks: no look-up finds t
 * any more.  Its structure lives on until the last reference is dropped.
 */
static void unlink_thread(struct process *p, struct task *t)
{
	thread_add_times(p, t);
	spin_lock(&t->sighand->lock);
	list_remove(&t->thread_link);
	spin_unlock(&t->sighand->lock);
	task_unlink(t);
	pid_put(t->tid);
	task_count(t, -1);
	cgroup_task_reaped(t);
}

/*
 * Add the times of p, a child that was waited for, to the children's times of
 * its parent (times(2)).
 */
static void add_child_usage(struct process *parent, const struct process *p)
{
	parent->cutime += p->utime + p->cutime;
	parent->cstime += p->stime + p->cstime;
	parent->cminflt += p->minflt + p->cminflt;
	parent->cmajflt += p->majflt + p->cmajflt;
	parent->cnvcsw += p->nvcsw + p->cnvcsw;
	parent->cnivcsw += p->nivcsw + p->cnivcsw;
	io_counts_add(&parent->moved, &p->moved);
	parent->cmaxrss = max(parent->cmaxrss, max(p->maxrss, p->cmaxrss));
}

void process_reap(struct process *p, bool waited)
{
	struct process *parent = p->parent;

	ASSERT(p->zombie);
	if (unlikely(task_traced(p->leader)))
		tracer_ops->trace_unlink(p->leader);
	unlink_thread(p, p->leader);
	task_set_state(p->leader, TASK_DEAD);
	if (waited)
		add_child_usage(parent, p);
	list_remove(&p->sibling);
	list_remove(&p->all_link);
	group_leave(p);
	pid_put(p->sid);
	p->zombie = false;
	p->reaped = true;
	wake_up(&p->wait_exit);
}

/*
 * True if the parent's action for SIGCHLD asks for no zombies.  Set *quiet if
 * the parent does not want the signal, either.  A parent learns nothing of a
 * child that spawn could not start.
 */
static bool parent_ignores(const struct process *p, int signo, bool *quiet)
{
	struct sighand *s = p->parent->leader->sighand;
	const struct sigaction *act;
	bool ignores;

	*quiet = p->unborn && !task_traced(p->leader);
	if (p->unborn)
		return true;
	if (signo != SIGCHLD)
		return false;
	spin_lock(&s->lock);
	act = sighand_action(s, SIGCHLD);
	*quiet = act->handler == SIG_IGN;
	ignores = *quiet || (act->flags & SA_NOCLDWAIT);
	spin_unlock(&s->lock);
	return ignores;
}

/* Send signo for the end of p, with the siginfo that sigaction(2) describes. */
static void send_sigchld(struct process *p, struct process *to, int signo)
{
	int status = process_status(p);
	u64 u, s;
	struct siginfo info = {
		.signo = signo,
		.of_child = true,
		.pid = pid_in(p->pid, to->space),
		.uid = p->leader->cred->uid,
		.code = (status & 0x80) ? CLD_DUMPED :
			(status & 0x7f) ? CLD_KILLED : CLD_EXITED,
		.status = (status & 0x7f) ? status & 0x7f : status >> 8,
	};

	spin_must_hold(&tree_lock);
	process_times(p, &u, &s);
	info.utime = u / SI_TICK;
	info.stime = s / SI_TICK;
	signal_send_process_locked(to, &info);
}

/*
 * All threads are gone: report the end.  A tracer that is not the parent is
 * told first; the parent is told once the tracer has waited.  A process that
 * will have no waiter is reaped here and appended to reaped.
 */
static void notify_parent(struct process *p, struct list *reaped)
{
	struct process *parent = p->parent;
	struct task *tracer = p->leader->trace.tracer;
	int signo = p->leader->exit_signal;
	bool quiet, ignored;

	/* a parent that has execed did not choose the child's signal */
	if (signo != SIGCHLD && p->parent_execs != parent->execs)
		signo = SIGCHLD;
	if (unlikely(tracer && tracer->process != parent)) {
		send_sigchld(p, tracer->process, SIGCHLD);
		wake_up(&tracer->process->wait_child);
		if (p->unborn)		/* spawn waits for its start or end */
			wake_up(&parent->wait_child);
		return;
	}
	ignored = parent_ignores(p, signo, &quiet);
	if (signo && signo <= NSIG && !quiet)
		send_sigchld(p, parent, signo);
	if (ignored && !tracer) {
		process_reap(p, false);
		list_append(reaped, &p->sibling);
	}
	wake_up(&parent->wait_child);
}

void zombie_untraced(struct process *p, bool reported, struct list *reaped)
{
	bool quiet;

	if (!reported) {
		notify_parent(p, reaped);
	} else if (parent_ignores(p, p->leader->exit_signal, &quiet)) {
		process_reap(p, false);
		list_append(reaped, &p->sibling);
	}
}

void children_rename_creator(struct process *p, int from, int to)
{
	struct process *c;

	list_for_each(c, &p->children, sibling)
		if (c->creator_tid == from)
			c->creator_tid = to;
	list_for_each(c, &p->dead_children, sibling)
		if (c->creator_tid == from)
			c->creator_tid = to;
}

/* Return: the tid of a thread that is not exiting, or else the leader's. */
static int find_live_thread(struct process *p)
{
	struct task *t;

	list_for_each(t, &p->threads, thread_link)
		if (!(HINT(t->flags) & TF_EXITING))
			return t->tid;
	return p->pid;
}

/*
 * Thread t of p ends while other threads of p continue: assign the children of
 * t to one of them.
 */
static void pass_children_on(struct process *p, const struct task *t)
{
	struct process *c;

	spin_must_hold(&tree_lock);
	list_for_each(c, &p->children, sibling)
		if (c->creator_tid == t->tid)
			send_pdeath_signal(c);
	children_rename_creator(p, t->tid, find_live_thread(p));
}

/*
 * Make p a zombie: all threads are gone, and none is kept for a tracer any
 * more.  From now on the parent's wait4 and pollers of pidfds find the end.
 * Context: [tree_lock].
 */
static void become_zombie(struct process *p, struct list *reaped)
{
	spin_must_hold(&tree_lock);
	p->zombie = true;
	list_remove(&p->sibling);
	list_append(&p->parent->dead_children, &p->sibling);
	wake_up(&p->wait_exit);
	notify_parent(p, reaped);
}

/* Tell the tracer of t how t ended; the tracer then reaps t. */
static void trace_tell_death(struct task *t)
{
	int s = thread_status(t);
	int code = s & 0x80 ? CLD_DUMPED : s & 0x7f ? CLD_KILLED : CLD_EXITED;

	tracer_ops->trace_tell(t, code, s & 0x7f ? s & 0x7f : s >> 8);
}

/* A process becomes a zombie only when no thread is kept for a tracer. */
void thread_reap(struct task *t, struct list *reaped)
{
	struct process *p = t->process;

	tracer_ops->trace_unlink(t);
	unlink_thread(p, t);
	task_set_state(t, TASK_DEAD);
	if (--p->nr_zombies)
		return;
	if (p->nr_threads == 0)
		become_zombie(p, reaped);
	else if (p->exec_task)
		wake_up(&p->wait_child);
}

/*
 * Take one ended thread off the tree.  A thread that is not the leader is
 * removed at once, unless its tracer must be told.  The leader stays a zombie,
 * until the process is reaped, since the leader carries the number of the
 * process; other threads may continue meanwhile.
 */
bool thread_leave_tree(struct task *t, struct list *reaped)
{
	struct process *p = t->process;
	bool last = --p->nr_threads == 0, gone = t != p->leader;
	bool kept = gone && task_traced(t);

	spin_must_hold(&tree_lock);
	if (unlikely(t->tracees))
		tracer_ops->trace_release_all(t, reaped);
	if (!last && (!list_empty(&p->children) ||
		      !list_empty(&p->dead_children)))
		pass_children_on(p, t);
	if (gone && !kept)
		unlink_thread(p, t);
	p->nr_zombies += kept;
	task_set_state(t, gone && !kept ? TASK_DEAD : TASK_ZOMBIE);
	if (kept)
		trace_tell_death(t);
	if (last && !p->nr_zombies)
		become_zombie(p, reaped);
	/* a thread in exec waits to be alone */
	else if (p->exec_task)
		wake_up(&p->wait_child);
	return gone && !kept;
}

void drop_reaped(struct list *reaped)
{
	struct process *p, *next;

	list_for_each_safe(p, next, reaped, sibling) {
		list_remove(&p->sibling);
		task_put(p->leader);
	}
}
