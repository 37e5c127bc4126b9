/* SPDX-License-Identifier: MIT */
/*
 * setns(2): into a name space that a file of /proc/PID/ns stands for, or into
 * several of a process that a pidfd stands for.
 */
#include <ext/namespace/pid.h>
#include <fs/fd.h>
#include <kernel/capable.h>
#include <kernel/cred.h>
#include <kernel/part.h>
#include <syscalls.h>

TABLE(ns_kind);

#define ALL_KINDS	((u32)CLONE_NEW)

/*
 * Nobody enters the space of users where one is already, which there is but
 * one of; of mounts there is but one where extension mountopts is not.
 */
static int may_enter(unsigned types)
{
	unsigned refused = 1u << NS_USER | 1u << NS_MNT;
	int err = 0;

	table_each(k, ns_kind)
		if (k->may_enter)
			refused &= ~(1u << k->type);
	if (types & refused)
		return -EINVAL;
	table_each(k, ns_kind)
		if (!err && types & 1u << k->type && k->may_enter)
			err = k->may_enter();
	return err ? err : capable(CAP_SYS_ADMIN) ? 0 : -EPERM;
}

static int enter(struct ns *const *to, unsigned types)
{
	int err = may_enter(types);

	if (err)
		return err;
	/* children can be seen by who makes them */
	if (types & 1u << NS_PID &&
	    !pid_space_within(pid_space_of(to[NS_PID]), pid_space()))
		return -EINVAL;
	err = ns_enter(to, types);
	table_each(k, ns_kind)
		if (!err && types & 1u << k->type && k->entered)
			k->entered(to[k->type]);
	/* what it would undo of semaphores is of the space that it leaves */
	if (!err && (types & 1u << NS_IPC))
		err = task_parts_unshare(CLONE_SYSVSEM);
	return err;
}

/* Of a task that may be looked into, referenced.  => 0, -EPERM, -ESRCH */
static int leader_of(struct process *p, struct task **out)
{
	int err = -ESRCH;

	spin_lock(&tree_lock);
	if (!p->reaped && !p->zombie) {
		*out = p->leader;
		err = task_may_access_locked(*out, true, false) ? 0 : -EPERM;
	}
	if (!err)
		task_get(*out);
	spin_unlock(&tree_lock);
	return err;
}

/* All that flags name, or none. */
static int enter_process(struct process *p, u32 flags)
{
	struct ns *to[NS_TYPES] = { NULL };
	unsigned types = 0;
	struct task *t;
	int err = leader_of(p, &t);

	if (err)
		return err;
	for (int i = 0; !err && i < NS_TYPES; i++) {
		if (!(flags & ns_flag((enum ns_type)i)))
			continue;
		types |= 1u << i;
		err = ns_of_task(t, (enum ns_type)i, false, &to[i]);
	}
	task_put(t);
	if (!err)
		err = enter(to, types);
	for (int i = 0; i < NS_TYPES; i++)
		ns_put(to[i]);
	return err;
}

static int by_pidfd(struct file *f, int flags)
{
	struct process *p;
	int err = f->ops->process ? f->ops->process(f, &p) : -EINVAL;

	if (err)
		return err == -EBADF ? -EINVAL : err;
	if (!flags || (u32)flags & ~ALL_KINDS)
		err = -EINVAL;
	else
		err = enter_process(p, (u32)flags);
	process_put(p);
	return err;
}

/* kind: of a file, 0 or its CLONE_NEW; of a pidfd, those wanted. */
long sys_setns(int fd, int kind)
{
	struct file *f = fd_file(fd);
	struct ns *to[NS_TYPES] = { NULL }, *n;
	enum ns_type type;
	long err;

	if (!f)
		return -EBADF;
	if (!ns_of_file(f, &type, &n)) {
		err = by_pidfd(f, kind);
	} else if (kind && (u32)kind != ns_flag(type)) {
		err = -EINVAL;
	} else {
		to[type] = n;
		err = enter(to, 1u << type);
	}
	file_put(f);
	return err;
}
