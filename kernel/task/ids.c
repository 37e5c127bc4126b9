/* SPDX-License-Identifier: MIT */
/* PIDs, process groups and sessions (rows B16, D1; POSIX job control). */
#include <kernel/ops/namespace_ops.h>
#include <kernel/process/process.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/*
 * Return the process's number, which is the same for all threads of the process
 * (credentials(7)).
 */
long sys_getpid(void)
{
	return current->process->vpid;
}

long sys_gettid(void)
{
	return current->vtid;
}

/*
 * Return the parent's number.  ppid changes under tree_lock, but it is one
 * word, so a plain read will do.
 */
long sys_getppid(void)
{
	return HINT(current->process->ppid);
}

struct user_space *pids_owner(void)
{
	const struct pid_space *n = pid_space();

	return likely(!n) ? NULL : namespace_ops->pid_owner(n);
}

/* Store addr, and never fail: addr is checked only when it is used at exit. */
long sys_set_tid_address(uaddr_t addr)
{
	current->clear_child_tid = addr;
	return current->vtid;
}

/* Find a process by pid; 0: the caller's process.  Context: [tree_lock]. */
static struct process *process_named(int pid)
{
	struct task *t;

	spin_must_hold(&tree_lock);
	if (pid == 0)
		return current->process;
	t = task_find(pid);
	return t ? t->process : NULL;
}

long sys_getpgid(int pid)
{
	struct process *p;
	long pgid;

	spin_lock(&tree_lock);
	p = process_named(pid);
	pgid = p ? pid_shown(p->pgid) : -ESRCH;
	spin_unlock(&tree_lock);
	return pgid;
}

long sys_getpgrp(void)
{
	return sys_getpgid(0);
}

long sys_getsid(int pid)
{
	struct process *p;
	long sid;

	spin_lock(&tree_lock);
	p = process_named(pid);
	sid = p ? pid_shown(p->sid) : -ESRCH;
	spin_unlock(&tree_lock);
	return sid;
}

/*
 * Move p to a group for setpgid(2), with the errors in POSIX's order.  A shell
 * calls it in both parent and child, as either may run first; so EACCES is
 * returned only after the child's exec.
 * Context: [tree_lock].
 */
static int move_to_group(struct process *p, int pgid)
{
	struct process *me = current->process;

	spin_must_hold(&tree_lock);
	if (!p || (p != me && p->parent != me))
		return -ESRCH;
	if (p != me && p->sid != me->sid)
		return -EPERM;
	if (p != me && p->has_execed)
		return -EACCES;
	if (p->sid == p->pid)
		return -EPERM;
	if (pgid != p->pid && !group_in_session(pgid, me->sid))
		return -EPERM;
	if (pgid == p->pgid)
		return 0;
	group_leave(p);
	group_enter(p, pgid);
	group_settle_family(p);
	return 0;
}

long sys_setpgid(int pid, int pgid)
{
	struct process *p;
	int err;

	if (pgid < 0 || (!pgid && pid < 0))
		return -EINVAL;
	spin_lock(&tree_lock);
	p = pid ? process_find(pid) : current->process;
	if (pgid)
		pgid = pid_meant(pgid);
	else if (p)
		pgid = p->pid;
	err = move_to_group(p, pgid);
	spin_unlock(&tree_lock);
	return err;
}

/*
 * Make the caller the leader of a new session.  EPERM for the leader of a
 * process group: the other members would stay in the old session, though their
 * pgid equals the sid of the new session.  A new session has no controlling
 * terminal (credentials(7)).
 */
long sys_setsid(void)
{
	struct process *me = current->process;
	long err = -EPERM;

	spin_lock(&tree_lock);
	if (list_empty(group_members(me->pid))) {
		group_leave(me);
		pid_put(me->sid);
		pid_get(me->pid);
		me->sid = me->pid;
		group_enter(me, me->pid);
		group_settle_family(me);
		me->tty = NULL;
		err = me->vpid;
	}
	spin_unlock(&tree_lock);
	return err;
}
