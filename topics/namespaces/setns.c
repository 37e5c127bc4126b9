/* SPDX-License-Identifier: MIT */
/*
 * setns(2): enter the namespace that a file of /proc/PID/ns stands for, or
 * several namespaces of the process that a pidfd stands for.
 */
#include "namespace.h"
#include <fs/open/fd.h>
#include <kernel/cred/capable.h>
#include <kernel/cred/cred.h>
#include <kernel/task/part.h>
#include <syscalls.h>

TABLE(ns_kind);

#define ALL_KINDS	((u32)CLONE_NEW)

/*
 * True if extension mounts is not built in: then there is only one mount
 * namespace.
 */
static bool mounts_are_one(void)
{
	table_each(k, ns_kind)
		if (k->type == NS_MNT)
			return false;
	return true;
}

bool ns_may_enter(const struct ns *n, const struct user_space *users)
{
	return capable_in(ns_owner(n), CAP_SYS_ADMIN) &&
		capable_in(users, CAP_SYS_ADMIN);
}

/*
 * Check if current may enter the user namespace n.  Entering the current one
 * again would restore dropped capabilities.  All threads must be in one user
 * namespace, and with a shared root directory another task could change the
 * root of current.
 */
static int may_enter_users(const struct user_space *n)
{
	if (n == current->cred->space || current->process->nr_threads > 1 ||
	    ref_read(&current->fs->refs) > 1)
		return -EINVAL;
	return capable_in(n, CAP_SYS_ADMIN) ? 0 : -EPERM;
}

/*
 * Check if current may enter the namespaces.  All kinds need CAP_SYS_ADMIN over
 * the namespace, and in the user namespace that current will be in.
 */
static int setns_may_enter(struct ns *const *to, unsigned types)
{
	const struct user_space *users = current->cred->space;
	int err = 0;

	if (types & 1u << NS_MNT && mounts_are_one())
		return -EINVAL;
	if (types & 1u << NS_USER) {
		users = user_space_of(to[NS_USER]);
		err = may_enter_users(users);
		if (err)
			return err;
	}
	table_each(k, ns_kind)
		if (!err && types & 1u << k->type && k->may_enter)
			err = k->may_enter(to[k->type], users);
	for (int i = 0; !err && i < NS_TYPES; i++)
		if (types & 1u << i && i != NS_USER &&
		    !ns_may_enter(to[i], users))
			err = -EPERM;
	return err;
}

static int setns_enter(struct ns *const *to, unsigned types)
{
	struct cred *c = NULL;
	int err = setns_may_enter(to, types);

	if (err)
		return err;
	/* a parent must be able to see its children */
	if (types & 1u << NS_PID &&
	    !pid_space_within(pid_space_of(to[NS_PID]), pid_space()))
		return -EINVAL;
	if (types & 1u << NS_USER) {
		ns_get(to[NS_USER]);
		c = user_cred(user_space_of(to[NS_USER]));
		if (!c)
			return -ENOMEM;
	}
	err = ns_enter(to, types);
	table_each(k, ns_kind)
		if (!err && types & 1u << k->type && k->entered)
			k->entered(to[k->type]);
	if (c && err)
		cred_put(c);
	else if (c)
		user_enter(c);
	/* SEM_UNDO entries refer to the IPC namespace that is left */
	if (!err && (types & 1u << NS_IPC))
		err = task_parts_unshare(CLONE_SYSVSEM);
	return err;
}

/*
 * Find p's leader, if current may inspect it.
 * Return: 0 with *out, referenced; -EPERM; -ESRCH.
 */
static int leader_of(struct process *p, struct task **out)
{
	int err = -ESRCH;

	spin_lock(&tree_lock);
	if (!process_ended(p)) {
		*out = p->leader;
		err = task_may_access_locked(*out, true, false) ? 0 : -EPERM;
	}
	if (!err)
		task_get(*out);
	spin_unlock(&tree_lock);
	return err;
}

/* Enter all namespaces that flags name, or none. */
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
		err = setns_enter(to, types);
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

/*
 * kind: for a namespace file, 0 or its CLONE_NEW* flag; for a pidfd, the flags
 * of the namespaces to enter.
 */
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
		err = setns_enter(to, 1u << type);
	}
	file_put(f);
	return err;
}
