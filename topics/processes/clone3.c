/* SPDX-License-Identifier: MIT */
/*
 * clone3(2): clone(2) with its arguments in an extensible structure, which can
 * also ask for a certain pid of the child.
 */
#include <kernel/ops/cgroup_ops.h>
#include <kernel/process/process.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/* struct clone_args of the ABI; version 0 ends after tls. */
struct uabi_clone_args {
	u64 flags, pidfd, child_tid, parent_tid, exit_signal, stack,
	    stack_size, tls;
	u64 set_tid, set_tid_size, cgroup;
};

#define CLONE_ARGS_SIZE0 64
#define CLONE_INTO_CGROUP 0x200000000ull

/*
 * Copy the arguments.  The size that the program gives is the version of its
 * structure.
 */
static int get_clone_args(struct uabi_clone_args *u, uaddr_t args,
			  unsigned long size)
{
	if (size > PAGE_SIZE)
		return -E2BIG;
	if (size < CLONE_ARGS_SIZE0)
		return -EINVAL;
	return struct_from_user(u, sizeof(*u), args, size);
}

/*
 * True if the arguments are valid.  The exit signal has a field of its own in
 * clone3(2).
 */
static bool clone_args_valid(const struct uabi_clone_args *u)
{
	return u->set_tid_size <= 32 && !u->set_tid == !u->set_tid_size &&
		u->exit_signal <= NSIG;
}

static bool clone_flags_valid(const struct uabi_clone_args *u)
{
	/*
	 * the bits of clone(2)'s exit signal, except those that are CLONE_NEW*
	 * flags
	 */
	if (u->flags & ((0xff & ~CLONE_NEW) | CLONE_DETACHED))
		return false;
	if (u->flags & (CLONE_THREAD | CLONE_PARENT) && u->exit_signal)
		return false;
	if (!u->stack != !u->stack_size)
		return false;
	return !u->stack || user_range_ok(u->stack, u->stack_size);
}

/* Get the wanted pid of the child, or BAD_TID, which task_clone() refuses. */
static int get_wanted_tid(const struct uabi_clone_args *u, int wanted[33],
			  int *tid)
{
	if (!u->set_tid)
		return 0;
	if (u->set_tid > (uaddr_t)-1 ||
	    copy_from_user(wanted + 1, (uaddr_t)u->set_tid,
			   u->set_tid_size * sizeof(int)))
		return -EFAULT;
	wanted[0] = (int)u->set_tid_size;
	*tid = wanted[0] == 1 && wanted[1] > 0 ? wanted[1] : BAD_TID;
	return 0;
}

/* True if the cgroup field is valid.  Version 2 added this field. */
static bool into_valid(const struct uabi_clone_args *u, unsigned long size)
{
	if (!(u->flags & CLONE_INTO_CGROUP))
		return true;
	return cgroup_ops && u->cgroup <= 0x7fffffff &&
		size >= sizeof(*u);
}

static long clone_into(struct clone_args *a, int fd)
{
	long ret;

	a->flags &= ~CLONE_INTO_CGROUP;
	ret = cgroup_ops->clone_into(fd, a->flags & CLONE_THREAD);
	if (!ret) {
		ret = task_clone(a);
		cgroup_ops->clone_into(-1, false);
	}
	return ret;
}

long sys_clone3(uaddr_t args, unsigned long size)
{
	struct uabi_clone_args u;
	struct clone_args a;
	int wanted[33], tid = 0, err = get_clone_args(&u, args, size);

	if (!err && !(clone_args_valid(&u) && into_valid(&u, size)))
		err = -EINVAL;
	if (!err)
		err = get_wanted_tid(&u, wanted, &tid);
	if (!err && !clone_flags_valid(&u))
		err = -EINVAL;
	if (err)
		return err;
	a = (struct clone_args){
		.flags = u.flags,
		.exit_signal = u.exit_signal,
		.stack = u.stack + u.stack_size,
		.tls = u.tls,
		.parent_tid = u.parent_tid,
		.child_tid = u.child_tid,
		.pidfd = u.pidfd,
		.tid = tid,
		.tids = u.set_tid ? wanted : NULL,
	};
	return u.flags & CLONE_INTO_CGROUP ? clone_into(&a, (int)u.cgroup) :
		task_clone(&a);
}
