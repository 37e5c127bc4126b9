/* SPDX-License-Identifier: MIT */
/*
 * System calls about scheduling.  There is one policy, SCHED_OTHER, with nice
 * values; real-time ones are refused.
 */
#include <kernel/cred.h>
#include <kernel/smp.h>
#include <kernel/syscall/syscalls.h>
#include <kernel/task.h>
#include <lib/mem.h>
#include <mm/uaccess.h>

#define SCHED_OTHER	0
#define SCHED_FIFO	1
#define SCHED_RR	2
#define SCHED_BATCH	3
#define SCHED_IDLE	5
#define SCHED_RESET_ON_FORK 0x40000000

#define PRIO_PROCESS	0
#define PRIO_PGRP	1
#define PRIO_USER	2

long sys_sched_yield(void)
{
	sched_yield_current();
	return 0;
}

/* tid 0 is the caller.  => [tree_lock] */
static struct task *named(int tid)
{
	return tid ? task_find(tid) : current;
}

static bool owns(const struct task *t)
{
	unsigned me = current->cred->euid;

	return me == t->cred->euid || me == t->cred->uid ||
	       capable(CAP_SYS_NICE);
}

/* => 0, -EINVAL, -ESRCH */
static int check_tid(int tid)
{
	bool there;

	if (tid < 0)
		return -EINVAL;
	spin_lock(&tree_lock);
	there = named(tid) != NULL;
	spin_unlock(&tree_lock);
	return there ? 0 : -ESRCH;
}

/* ---- affinity ------------------------------------------------------------ */

long sys_sched_getaffinity(int pid, unsigned size, uaddr_t mask)
{
	unsigned long may = 0;
	struct task *t;

	if (size < sizeof(may) || size % sizeof(may))
		return -EINVAL;
	if (pid < 0)
		return -EINVAL;
	spin_lock(&tree_lock);
	t = named(pid);
	if (t)
		may = READ_ONCE(t->allowed) & smp_mask();
	spin_unlock(&tree_lock);
	if (!t)
		return -ESRCH;
	return put_user(may, mask) ? -EFAULT : (long)sizeof(may);
}

/* A task that must leave its CPU does so on its way to user mode. */
long sys_sched_setaffinity(int pid, unsigned size, uaddr_t mask)
{
	unsigned long may = 0;
	struct task *t;
	int err;

	if (copy_from_user(&may, mask, min(size, (unsigned)sizeof(may))))
		return -EFAULT;
	if (pid < 0)
		return -EINVAL;
	spin_lock(&tree_lock);
	t = named(pid);
	if (!t)
		err = -ESRCH;
	else if (!owns(t))
		err = -EPERM;
	else
		err = sched_set_affinity(t, may);
	spin_unlock(&tree_lock);
	return err;
}

/* ---- policies ------------------------------------------------------------ */

static int check_policy(int policy, int priority)
{
	switch (policy & ~SCHED_RESET_ON_FORK) {
	case SCHED_OTHER:
		return priority ? -EINVAL : 0;
	case SCHED_FIFO:
	case SCHED_RR:
		return -EPERM;
	}
	return -EINVAL;
}

long sys_sched_setscheduler(int pid, int policy, uaddr_t param)
{
	int priority, err;

	if (pid < 0 || policy < 0 || !param)
		return -EINVAL;
	if (get_user(&priority, param))
		return -EFAULT;
	err = check_tid(pid);
	return err ? err : check_policy(policy, priority);
}

long sys_sched_getscheduler(int pid)
{
	int err = check_tid(pid);

	return err ? err : SCHED_OTHER;
}

long sys_sched_setparam(int pid, uaddr_t param)
{
	return sys_sched_setscheduler(pid, SCHED_OTHER, param);
}

long sys_sched_getparam(int pid, uaddr_t param)
{
	int err = param ? check_tid(pid) : -EINVAL;

	return err ? err : put_user(0, param);
}

static long priority_limit(int policy, int realtime)
{
	switch (policy) {
	case SCHED_FIFO:
	case SCHED_RR:
		return realtime;
	case SCHED_OTHER:
	case SCHED_BATCH:
	case SCHED_IDLE:
		return 0;
	}
	return -EINVAL;
}

long sys_sched_get_priority_max(int policy)
{
	return priority_limit(policy, 99);
}

long sys_sched_get_priority_min(int policy)
{
	return priority_limit(policy, 1);
}

static long rr_interval(int pid, uaddr_t ts, bool word)
{
	int err = check_tid(pid);

	return err ? err : timespec_put(4 * NSEC_PER_SEC / 1000, ts, word);
}

long sys_sched_rr_get_interval(int pid, uaddr_t ts)
{
	return rr_interval(pid, ts, false);
}

long sys_sched_rr_get_interval_time32(int pid, uaddr_t ts)
{
	return rr_interval(pid, ts, true);
}

/* ---- nice ---------------------------------------------------------------- */

static bool selected(const struct task *t, int which, int who)
{
	if (!t->process)
		return false;
	switch (which) {
	case PRIO_PROCESS:
		return t->tid == (who ? who : current->tid);
	case PRIO_PGRP:
		return t->process->pgid ==
		       (who ? who : current->process->pgid);
	default:
		return t->cred->uid ==
		       (who ? (unsigned)who : current->cred->uid);
	}
}

long sys_getpriority(int which, int who)
{
	struct task *t;
	long best = -ESRCH;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	spin_lock(&tree_lock);
	list_for_each(t, &all_tasks, all_link)
		if (selected(t, which, who))
			best = max(best, (long)(20 - t->nice));
	spin_unlock(&tree_lock);
	return best;
}

static int renice(struct task *t, int nice)
{
	long lowest = 20 - (long)t->process->limits[RLIMIT_NICE].cur;

	if (!owns(t))
		return -EPERM;
	if (nice < t->nice && nice < lowest && !capable(CAP_SYS_NICE))
		return -EACCES;
	sched_set_nice(t, nice);
	return 0;
}

long sys_setpriority(int which, int who, int nice)
{
	struct task *t;
	int err = -ESRCH;

	if (which < PRIO_PROCESS || which > PRIO_USER)
		return -EINVAL;
	nice = max(-20, min(nice, 19));
	spin_lock(&tree_lock);
	list_for_each(t, &all_tasks, all_link) {
		if (!selected(t, which, who))
			continue;
		if (err == -ESRCH)
			err = 0;
		if (renice(t, nice))
			err = renice(t, nice);
	}
	spin_unlock(&tree_lock);
	return err;
}

long sys_nice(int inc)
{
	int err;

	inc = max(-40, min(inc, 40));
	err = sys_setpriority(PRIO_PROCESS, 0, current->nice + inc);
	return err == -EACCES ? -EPERM : err;
}
