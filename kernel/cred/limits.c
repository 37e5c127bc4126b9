/* SPDX-License-Identifier: MIT */
/* Resource limits and usage: prlimit64(2), getrlimit(2), getrusage(2). */
#include "cred.h"
#include <kernel/ops/timer_ops.h>
#include <kernel/process/rusage.h>
#include <kernel/task/task.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <syscalls.h>

#define RLIM64_INFINITY (~0ull)

unsigned long nr_open = 1ul << 20;

/* ---- limits -------------------------------------------------------------- */

void limits_to_space(const struct process *p, struct vm_space *s)
{
	spin_must_hold(&tree_lock);
	WRITE_ONCE(s->limit_as, p->limits[RLIMIT_AS].cur);
	WRITE_ONCE(s->limit_stack, p->limits[RLIMIT_STACK].cur);
	WRITE_ONCE(s->limit_data, p->limits[RLIMIT_DATA].cur);
	WRITE_ONCE(s->most_data, p->limits[RLIMIT_DATA].max);
}

/*
 * Set the limits of the process's address space.  Find the space by any thread
 * that still has one: ended threads, even the leader, have none.
 */
static void limits_tell_space(const struct process *p)
{
	const struct task *t;

	list_for_each(t, &p->threads, thread_link)
		if (t->space) {
			limits_to_space(p, t->space);
			return;
		}
}

/*
 * Set a limit.  Only a privileged caller may raise the hard limit
 * (setrlimit(2)).
 * Context: [tree_lock].
 */
static int set_limit(struct process *p, unsigned resource, struct rlimit new)
{
	struct rlimit *l = &p->limits[resource];

	spin_must_hold(&tree_lock);
	if (new.cur > new.max)
		return -EINVAL;
	if (resource == RLIMIT_NOFILE && new.max > READ_ONCE(nr_open))
		return -EPERM;
	if (new.max > l->max && !capable(CAP_SYS_RESOURCE))
		return -EPERM;
	*l = new;
	if (resource == RLIMIT_CPU && timer_ops)
		timer_ops->cpu_limited(p);
	limits_tell_space(p);
	return 0;
}

/*
 * True if the caller may change p's limits: its real ids must equal all six ids
 * of p, or it has the capability (prlimit(2)).
 */
static bool limits_may_limit(struct process *p)
{
	const struct cred *me = current->cred, *c = p->leader->cred;

	if (p == current->process || capable_in(c->space, CAP_SYS_RESOURCE))
		return true;
	return me->uid == c->uid && me->uid == c->euid && me->uid == c->suid &&
	       me->gid == c->gid && me->gid == c->egid && me->gid == c->sgid;
}

/* Return the old limit in *old and set *new.  old and new may be NULL. */
static int change_limit(int pid, unsigned resource, const struct rlimit *new,
			struct rlimit *old)
{
	struct process *p = current->process;
	int err = 0;

	if (resource >= RLIM_NLIMITS)
		return -EINVAL;
	spin_lock(&tree_lock);
	if (pid) {
		struct task *t = task_find(pid);

		p = t ? t->process : NULL;
	}
	if (!p)
		err = -ESRCH;
	else if (!limits_may_limit(p))
		err = -EPERM;
	if (!err && old)
		*old = p->limits[resource];
	if (!err && new)
		err = set_limit(p, resource, *new);
	spin_unlock(&tree_lock);
	return err;
}

long sys_getrlimit(unsigned resource, uaddr_t rlim)
{
	struct rlimit l;
	int err = change_limit(0, resource, NULL, &l);

	return err ? err : put_user(l, rlim);
}

long sys_setrlimit(unsigned resource, uaddr_t rlim)
{
	struct rlimit l;

	if (get_user(&l, rlim))
		return -EFAULT;
	return change_limit(0, resource, &l, NULL);
}

/* Convert a 64-bit limit of prlimit64(2) to the kernel's unsigned long. */
static unsigned long limits_narrow(u64 v)
{
	return v >= RLIM_INFINITY ? RLIM_INFINITY : (unsigned long)v;
}

static u64 limits_widen(unsigned long v)
{
	return v == RLIM_INFINITY ? RLIM64_INFINITY : v;
}

long sys_prlimit64(int pid, unsigned resource, uaddr_t new, uaddr_t old)
{
	struct rlimit l, was;
	u64 pair[2];
	int err;

	if (new) {
		if (get_user(&pair, new))
			return -EFAULT;
		l = (struct rlimit){ limits_narrow(pair[0]),
				     limits_narrow(pair[1]) };
	}
	err = change_limit(pid, resource, new ? &l : NULL, &was);
	if (err || !old)
		return err;
	pair[0] = limits_widen(was.cur);
	pair[1] = limits_widen(was.max);
	return copy_to_user(old, pair, sizeof(pair));
}

/* ---- usage --------------------------------------------------------------- */

/*
 * Add t's counts to u; the counts of ended threads are in struct process
 * already.  Each thread counts without a lock, so the counts of other threads
 * may be slightly old.
 */
static void usage_add_task(struct usage *u, struct task *t)
{
	u->minflt += HINT(t->minflt);
	u->majflt += HINT(t->majflt);
	u->nvcsw += HINT(t->nvcsw);
	u->nivcsw += HINT(t->nivcsw);
}

static void usage_children(struct usage *u, struct process *p)
{
	u->utime += p->cutime;
	u->stime += p->cstime;
	u->minflt += p->cminflt;
	u->majflt += p->cmajflt;
	u->nvcsw += p->cnvcsw;
	u->nivcsw += p->cnivcsw;
	u->maxrss = max(u->maxrss, p->cmaxrss);
}

/*
 * Return: the peak number of pages of p.  For a live process other than the
 * caller's, only the address spaces that p had before its last exec count.
 */
static unsigned long usage_peak_pages(const struct process *p)
{
	return p == current->process && current->space ?
		max(p->maxrss, vm_hiwater(current->space)) : p->maxrss;
}

/* Context: [tree_lock]. */
void usage_process(struct usage *u, struct process *p, bool children)
{
	struct task *t;

	spin_must_hold(&tree_lock);
	process_times(p, &u->utime, &u->stime);
	u->minflt = p->minflt;
	u->majflt = p->majflt;
	u->nvcsw = p->nvcsw;
	u->nivcsw = p->nivcsw;
	list_for_each(t, &p->threads, thread_link)
		usage_add_task(u, t);
	u->maxrss = usage_peak_pages(p);
	if (children)
		usage_children(u, p);
}

/* Store a struct rusage: two times, then fourteen words, five of them used. */
int usage_put(const struct usage *u, uaddr_t to)
{
	long w[18] = { 0 };

	w[0] = u->utime / NSEC_PER_SEC;
	w[1] = u->utime % NSEC_PER_SEC / NSEC_PER_USEC;
	w[2] = u->stime / NSEC_PER_SEC;
	w[3] = u->stime % NSEC_PER_SEC / NSEC_PER_USEC;
	w[4] = u->maxrss * (PAGE_SIZE / 1024);
	w[8] = u->minflt;
	w[9] = u->majflt;
	w[16] = u->nvcsw;
	w[17] = u->nivcsw;
	return copy_to_user(to, w, sizeof(w));
}

long sys_getrusage(int who, uaddr_t rusage)
{
	struct process *p = current->process;
	struct usage u = { 0 };

	if (who != RUSAGE_SELF && who != RUSAGE_CHILDREN &&
	    who != RUSAGE_THREAD)
		return -EINVAL;
	spin_lock(&tree_lock);
	if (who == RUSAGE_SELF) {
		usage_process(&u, p, false);
	} else if (who == RUSAGE_CHILDREN) {
		usage_children(&u, p);
	} else {
		task_times(current, &u.utime, &u.stime);
		usage_add_task(&u, current);
		u.maxrss = usage_peak_pages(p);
	}
	spin_unlock(&tree_lock);
	return usage_put(&u, rusage);
}
