/* SPDX-License-Identifier: MIT */
/*
 * System calls for the affinity and the nice value of tasks (row B14).
 * tree_lock keeps a task that was found by its number alive.
 */
#include "schedpolicy.h"
#include <kernel/cred/cred.h>
#include <kernel/smp/smp.h>
#include <kernel/task/task.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define PRIO_PROCESS	0
#define PRIO_PGRP	1
#define PRIO_USER	2

/*
 * Find a task by its number; 0 is the caller.
 * Context: [tree_lock], which keeps the task alive.
 */
struct task *sched_named(int tid)
{
	return tid ? task_find(tid) : current;
}

bool sched_same_owner(const struct task *t)
{
	unsigned me = current->cred->euid;

	return me == t->cred->euid || me == t->cred->uid;
}

/*
 * True if t has no capability that the caller lacks, or if the caller has
 * CAP_SYS_NICE in t's user namespace.  The same user id alone is not enough.
 */
bool sched_within_caps(const struct task *t)
{
	return !(t->cred->cap_permitted & ~current->cred->cap_permitted) ||
		capable_in(t->cred->space, CAP_SYS_NICE);
}

static bool owns(const struct task *t)
{
	return sched_same_owner(t) || capable_in(t->cred->space, CAP_SYS_NICE);
}

/*
 * True if RLIMIT_NICE allows nice.  The limit is 20 - nice (getrlimit(2)): 40
 * allows nice -20.
 */
bool sched_nice_allowed(const struct task *t, int nice)
{
	return t->process && (unsigned long)(20 - nice) <=
	       HINT(t->process->limits[RLIMIT_NICE].cur);
}

/* ---- affinity ------------------------------------------------------------ */

/*
 * Get the affinity.  The system call returns the number of bytes stored; the C
 * library's function does not.
 */
long sys_sched_getaffinity(int pid, unsigned size, uaddr_t mask)
{
	unsigned long may = 0;
	struct task *t;

	/* as on Linux, the size is converted to bits in 32-bit arithmetic */
	if (size * 8 < 8 * sizeof(may) || size % sizeof(may))
		return -EINVAL;
	spin_lock(&tree_lock);
	t = sched_named(pid);
	if (t)
		may = HINT(t->affinity) & smp_mask();
	spin_unlock(&tree_lock);
	if (!t)
		return -ESRCH;
	return put_user(may, mask) ? -EFAULT : (long)sizeof(may);
}

/*
 * Set the affinity.  A task that is running on a forbidden CPU leaves it at its
 * next switch.
 */
long sys_sched_setaffinity(int pid, unsigned size, uaddr_t mask)
{
	unsigned long may = 0;
	struct task *t;
	int err;

	if (copy_from_user(&may, mask, min(size, (unsigned)sizeof(may))))
		return -EFAULT;
	spin_lock(&tree_lock);
	t = sched_named(pid);
	if (!t)
		err = -ESRCH;
	else if (!owns(t) || !sched_within_caps(t))
		err = -EPERM;
	else
		err = sched_set_affinity(t, may);
	spin_unlock(&tree_lock);
	return err;
}

/* ---- nice ---------------------------------------------------------------- */

/* True if t is in the group, or is of the user. */
static bool sched_selects(const struct task *t, int which, int who)
{
	if (!t->process)
		return false;
	if (which == PRIO_PGRP)
		return t->process->pgid ==
		       (who ? pid_meant(who) : current->process->pgid);
	return t->cred->uid ==
	       (who ? uid_meant((unsigned)who) : current->cred->uid);
}

#define LOOKS 64			/* at tasks, in one hold of tree_lock */

/*
 * PRIO_PROCESS is one thread: a nice value belongs to it, as on Linux; POSIX has
 * it per process (nice(2)).
 */
struct task *sched_select_next(int which, int who, int *next)
{
	struct task *t;

	spin_must_hold(&tree_lock);
	if (which == PRIO_PROCESS) {
		*next = SELECT_END;
		t = sched_named(who);
		return t && t->process ? t : NULL;
	}
	for (unsigned n = 0; n < LOOKS; n++) {
		t = task_next(*next);
		if (!t) {
			*next = SELECT_END;
			return NULL;
		}
		*next = t->tid + 1;
		if (sched_selects(t, which, who))
			return t;
	}
	return NULL;
}

/* Return: 20 - nice: 1 to 40, so that no value looks like an error. */
long sys_getpriority(int which, int who)
{
	struct task *t;
	long best = -ESRCH;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	for (int next = 0; next != SELECT_END; ) {
		spin_lock(&tree_lock);
		t = sched_select_next(which, who, &next);
		if (t)
			best = max(best, (long)(20 - HINT(t->nice)));
		spin_unlock(&tree_lock);
	}
	return best;
}

static int renice(struct task *t, int nice)
{
	if (!owns(t))
		return -EPERM;
	if (nice < HINT(t->nice) && !sched_nice_allowed(t, nice) &&
	    !capable(CAP_SYS_NICE))
		return -EACCES;
	if (!sched_within_caps(t))
		return -EPERM;
	sched_set_nice(t, nice);
	return 0;
}

/* Change all selected tasks for which it is allowed; return the last error. */
long sys_setpriority(int which, int who, int nice)
{
	struct task *t;
	int e, err = -ESRCH;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	nice = max(-20, min(nice, 19));
	for (int next = 0; next != SELECT_END; ) {
		spin_lock(&tree_lock);
		t = sched_select_next(which, who, &next);
		e = t ? renice(t, nice) : 0;
		spin_unlock(&tree_lock);
		if (t && (e || err == -ESRCH))
			err = e;
	}
	return err;
}

/*
 * Change the caller's nice value.  A negative increment needs permission, even
 * at the lowest nice value.
 */
long sys_nice(int inc)
{
	int nice, err;

	inc = max(-40, min(inc, 40));
	nice = max(-20, min(HINT(current->nice) + inc, 19));
	if (inc < 0 && !sched_nice_allowed(current, nice) &&
	    !capable(CAP_SYS_NICE))
		return -EPERM;
	err = sys_setpriority(PRIO_PROCESS, 0, nice);
	return err == -EACCES ? -EPERM : err;
}
