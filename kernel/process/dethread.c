/* SPDX-License-Identifier: MIT */
/*
 * Make the caller of exec the only thread of its process: kill the other
 * threads, wait for their end, and make the caller the leader.  This step can
 * fail, so it comes before any part of the old program is given up.  It fails
 * if another thread ends the process first, or if a SIGKILL arrives while a
 * tracer keeps one of the dead threads.
 */
#include <kernel/ops/cgroup_ops.h>
#include <kernel/ops/tracer_ops.h>
#include "internal.h"

/*
 * True if the caller is the only thread, except for a dead leader, or if the
 * process is exiting.  A dead thread kept for its tracer counts: the tracer
 * must learn of the thread's end before the new program starts.
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
 * Give the current task the number and the place of the dead leader, which has
 * stayed a zombie for this purpose (execve(2), "Effect on process attributes").
 * Context: [tree_lock].
 * Return: the old leader, on which the caller must drop a reference; NULL: the
 * current task is the leader already.
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
		/* the number stays in use, so its end is not reported */
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
	/*
	 * the SIGKILL may be meant for the whole process, not only for the
	 * other threads
	 */
	if (p->exiting || signal_pending_fatal())
		err = -EAGAIN;
	if (!err)
		old = become_leader(p);
	spin_unlock(&tree_lock);
	if (old)
		task_put(old);
	return err;
}
