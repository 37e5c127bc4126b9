/* SPDX-License-Identifier: MIT */
/*
 * Descriptors of processes: pidfd_open(2), CLONE_PIDFD, pidfd_send_signal(2),
 * pidfd_getfd(2), poll (rows B5, B16, D10).  A pidfd refers to the struct
 * process, so it never refers to a later process with the same pid.  After the
 * process has been reaped, operations fail.
 */
#include "pidfd.h"
#include "sigqueue.h"
#include <fs/open/anon_inode.h>
#include <fs/mount/mount.h>
#include <fs/nodes.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <kernel/cred/cred.h>
#include <kernel/ops/namespace_ops.h>
#include <kernel/ops/pidfd_ops.h>
#include <kernel/process/process.h>
#include <lt/init.h>
#include <lt/seq.h>
#include <syscalls.h>

#define PIDFD_NONBLOCK	O_NONBLOCK

/* Targets of pidfd_send_signal: the leader, the process, the process group. */
#define PIDFD_SIGNAL_THREAD		1u
#define PIDFD_SIGNAL_THREAD_GROUP	2u
#define PIDFD_SIGNAL_PROCESS_GROUP	4u

static void pidfd_release(struct file *f)
{
	process_put(f->private);
}

/*
 * Poll: readable once the process has ended; POLLHUP once it has been reaped.
 */
static unsigned pidfd_poll(struct file *f, struct poll_table *t)
{
	struct process *p = f->private;
	unsigned events = 0;

	poll_wait(t, &p->wait_exit);
	spin_lock(&tree_lock);
	if (process_ended(p))
		events = POLLIN | POLLRDNORM;
	if (p->reaped)
		events |= POLLHUP;
	spin_unlock(&tree_lock);
	return events;
}

/*
 * Show the pid in the pid namespace of the procfs mount; -1: reaped
 * (pidfd_open(2)).
 */
static void pidfd_show(struct seq *s, struct file *f)
{
	struct process *p = f->private;
	int in[PID_LEVELS] = { -1 }, n = 1;

	spin_lock(&tree_lock);
	if (!p->reaped)
		in[0] = pid_in(p->pid, s->view);
	if (!p->reaped && p->space)
		n = namespace_ops->pid_list(p->pid, p->space, s->view, in);
	spin_unlock(&tree_lock);
	seq_print(s, "Pid:\t%d\nNSpid:", in[0]);
	for (int i = 0; i < n; i++)
		seq_print(s, "\t%d", in[i]);
	seq_print(s, "\n");
}

static int pidfd_get(struct file *f, struct process **out)
{
	*out = f->private;
	process_get(*out);
	return 0;
}

static const struct file_ops pidfd_fops = {
	.process = pidfd_get,
	.release = pidfd_release,
	.poll = pidfd_poll,
	.show_fdinfo = pidfd_show,
};

static struct file *pidfd_file(struct process *p, unsigned flags)
{
	struct file *f = anon_create(ANON_PIDFD, &pidfd_fops, p,
				     O_RDWR | flags);

	if (f)
		process_get(p);
	return f;
}

struct process *pidfd_process(int fd, unsigned *flags)
{
	struct file *f = fd_file(fd);
	struct process *p = NULL;

	if (!f)
		return NULL;
	if (f->ops == &pidfd_fops) {
		p = f->private;
		process_get(p);
		if (flags)
			*flags = f->flags;
	}
	file_put(f);
	return p;
}

/* ---- system calls -------------------------------------------------------- */

/*
 * Return: 0 and the process, referenced; -ESRCH; -EINVAL: not a thread group
 * leader.
 */
static int pidfd_find(int pid, struct process **p)
{
	struct task *t;
	int err = -ESRCH;

	spin_lock(&tree_lock);
	t = task_find(pid);
	if (t && t->process) {
		err = t->process->pid == t->tid ? 0 : -EINVAL;
		*p = t->process;
		if (!err)
			process_get(*p);
	}
	spin_unlock(&tree_lock);
	return err;
}

long sys_pidfd_open(int pid, unsigned flags)
{
	struct process *p;
	struct file *f;
	int err;

	if ((flags & ~PIDFD_NONBLOCK) || pid <= 0)
		return -EINVAL;
	err = pidfd_find(pid, &p);
	if (err)
		return err;
	f = pidfd_file(p, flags);
	process_put(p);
	if (!f)
		return -ENOMEM;
	return fd_give(f, 0, true);
}

/*
 * Send a signal.  The number of a group is held meanwhile, so that no other
 * group gets it.
 */
static int pidfd_send(struct process *p, const struct siginfo *info,
		      unsigned how)
{
	bool group = how == PIDFD_SIGNAL_PROCESS_GROUP;
	int err = 0;

	spin_lock(&tree_lock);
	if (p->reaped)
		err = -ESRCH;
	else if (!pid_shown(p->pid))
		err = -EINVAL;
	else if (group)
		pid_get(p->pid);
	else if (how == PIDFD_SIGNAL_THREAD)
		err = signal_user_task(p->leader, info);
	else
		err = signal_user_process(p, info);
	spin_unlock(&tree_lock);
	if (err || !group)
		return err;
	err = signal_user_group(p->pid, info);
	spin_lock(&tree_lock);
	pid_put(p->pid);
	spin_unlock(&tree_lock);
	return err;
}

/*
 * Find the process of a descriptor.  pidfd_send_signal also takes an open
 * directory /proc/PID, which was the only descriptor of a process before
 * pidfd_open: any file with ops->process will do.
 * Return: 0 and the process, referenced; -EBADF; -ESRCH: the process of the
 * directory is gone.
 */
static int pidfd_receiver(int fd, struct process **p)
{
	struct file *f = fd_file(fd);
	int err = -EBADF;

	if (!f)
		return err;
	if (f->ops->process)
		err = f->ops->process(f, p);
	file_put(f);
	return err;
}

long sys_pidfd_send_signal(int pidfd, int sig, uaddr_t info, unsigned flags)
{
	struct siginfo k = {
		.signo = sig, .code = SI_USER, .pid = current->process->vpid,
		.uid = current->cred->uid,
	};
	struct process *p;
	int err;

	if (flags > PIDFD_SIGNAL_PROCESS_GROUP || (flags & (flags - 1)))
		return -EINVAL;
	err = pidfd_receiver(pidfd, &p);
	if (err)
		return err;
	/* a group contains other processes, too, so there is no one target */
	if (info)
		err = siginfo_from_user(&k, sig, true, info,
					flags == PIDFD_SIGNAL_PROCESS_GROUP ?
					0 : pid_shown(p->pid));
	if (!err)
		err = pidfd_send(p, &k, flags);
	process_put(p);
	return err;
}

/* Return: the leader, referenced; NULL: reaped. */
static struct task *leader_get(struct process *p)
{
	struct task *t = NULL;

	spin_lock(&tree_lock);
	if (!p->reaped) {
		t = p->leader;
		task_get(t);
	}
	spin_unlock(&tree_lock);
	return t;
}

long sys_pidfd_getfd(int pidfd, int fd, unsigned flags)
{
	struct process *p;
	struct task *t;
	struct file *f;
	int err = -ESRCH;

	if (flags)
		return -EINVAL;
	p = pidfd_process(pidfd, NULL);
	if (!p)
		return -EBADF;
	t = leader_get(p);
	process_put(p);
	if (!t)
		return err;
	err = task_get_file(t, (unsigned)fd, true, &f);
	task_put(t);
	if (err)
		return err;
	return fd_give(f, 0, true);
}

static const struct pidfd_ops ops = {
	.pidfd_file = pidfd_file, .pidfd_process = pidfd_process,
};

static void pidfd_init(void)
{
	pidfd_ops = &ops;
}
INIT(fs, pidfd_init);
