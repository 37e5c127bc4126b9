/* SPDX-License-Identifier: MIT */
/*
 * exec's wait for the other threads of its process: they are killed, and the
 * caller becomes the leader.  It comes before anything of the old program is
 * given up, as it fails if another thread ends the process first, or a SIGKILL
 * comes while a tracer keeps one of them.
 */
#include <kernel/ops/cgroup_ops.h>
#include <kernel/ops/tracer_ops.h>
#include "internal.h"

/*
 * Is the caller the only thread, but for a dead leader?  One whose end a tracer
 * has yet to hear of ended in the old program.
 * Context: tree_lock not held.
 */
static bool only_thread_left(struct process *p)
{
	bool yes;

	spin_lock(&tree_lock);
	yes = (p->nr_threads == 1 && !p->nr_zombies) || p->exiting;
	spin_unlock(&tree_lock);
	return yes;
}

/*
 * After exec the caller is the process: it takes the number and the place of
 * the dead leader, which has stayed a zombie for that (execve(2), "Effect on
 * process attributes").
 * Context: [tree_lock].
 * Return: the old leader, whose reference is the caller's; NULL: the caller was
 * the leader already.
 */
static struct task *become_leader(struct process *p)
{
	struct task *t = current, *old = p->leader;

	if (t == old)
		return NULL;
	task_unlink(t);
	pid_put(t->tid);
	children_rename_creator(p, t->tid, p->pid);
	thread_add_times(p, old);
	spin_lock(&old->sighand->lock);
	list_remove(&old->thread_link);
	spin_unlock(&old->sighand->lock);
	if (task_traced(old)) {
		/* it was the last of that name: no end of it is told */
		wake_up(&old->trace.tracer->process->wait_child);
		tracer_ops->trace_unlink(old);
	}
	task_unlink(old);
	task_count(old, -1);
	cgroup_task_reaped(old);
	t->tid = p->pid;
	t->vtid = p->vpid;
	t->exit_signal = old->exit_signal;
	t->started = old->started;
	p->leader = t;
	task_link(t);
	return old;
}

int task_kill_other_threads(void)
{
	struct process *p = current->process;
	struct task *old = NULL;
	int err = 0;

	spin_lock(&tree_lock);
	if (p->exiting || p->exec_task) {
		spin_unlock(&tree_lock);
		return -EAGAIN;
	}
	if (p->nr_threads > 1 || p->nr_zombies) {
		p->exec_task = current;
		process_kill_others(p);
		spin_unlock(&tree_lock);
		err = wait_event_killable(&p->wait_child,
					  only_thread_left(p));
		spin_lock(&tree_lock);
		p->exec_task = NULL;
	}
	/* the SIGKILL that sent the others away may be the process's */
	if (p->exiting || signal_pending_fatal())
		err = -EAGAIN;
	if (!err)
		old = become_leader(p);
	spin_unlock(&tree_lock);
	if (old)
		task_put(old);
	return err;
}
