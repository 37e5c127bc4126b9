/* SPDX-License-Identifier: MIT */
/*
 * Expiry by CPU time: ITIMER_VIRTUAL, ITIMER_PROF, RLIMIT_CPU, timers and
 * sleeps of CPU-time clocks, and RLIMIT_RTTIME for real-time tasks that do not
 * sleep.  The scheduler's tick checks them, at most every 10 ms of computing
 * and only for a process that uses one of them.  So an expiry is noticed up to
 * 10 ms late.
 */
#include <lt/init.h>
#include <kernel/ops/timer_ops.h>
#include <kernel/task/task.h>
#include <kernel/time/clock.h>
#include <mm/uaccess.h>
#include <syscalls.h>
#include "timers.h"

/* Context: [tree_lock]. */
void cpu_timers_update(struct process *p)
{
	struct process_timers *t = timers_of(p);

	t->watch = t->virtual.at || t->prof.at || !list_empty(&t->alarms) ||
		p->limits[RLIMIT_CPU].cur != RLIM_INFINITY;
}

/*
 * Signal an expiry.  The next expiry lies in the future, however many were
 * missed.
 * Context: [tree_lock].
 */
static void check_timer(struct process *p, struct cpu_timer *t, u64 now,
			int signo)
{
	if (!t->at || now < t->at)
		return;
	signal_kernel_locked(p, signo);
	t->at = t->interval ? max(ktime_after(t->at, t->interval),
				  (ktime_t)(now + 1)) : 0;
}

/*
 * Send SIGXCPU at the soft limit and every second after it, SIGKILL at the hard
 * one.
 */
static void check_limit(struct process *p, u64 now)
{
	const struct rlimit *l = &p->limits[RLIMIT_CPU];
	u64 sec = now / NSEC_PER_SEC;

	if (l->cur == RLIM_INFINITY)
		return;
	if (l->max != RLIM_INFINITY && sec >= l->max) {
		signal_kernel_locked(p, SIGKILL);
		return;
	}
	if (sec >= l->cur && sec >= timers_of(p)->warn) {
		timers_of(p)->warn = sec + 1;
		signal_kernel_locked(p, SIGXCPU);
	}
}

void cpu_alarm_arm(struct cpu_alarm *a, bool armed)
{
	spin_must_hold(&tree_lock);
	if (armed == a->armed)
		return;
	a->armed = armed;
	if (armed)
		list_append(&timers_of(a->clock.process)->alarms, &a->link);
	else
		list_remove(&a->link);
	cpu_timers_update(a->clock.process);
}

/*
 * Call `look` of all alarms; each call removes at most its own alarm.
 * Context: [tree_lock].
 */
static void look_at_alarms(struct process *p)
{
	struct cpu_alarm *a, *next;

	list_for_each_safe(a, next, &timers_of(p)->alarms, link)
		a->look(a);
}

static void cpu_timers_check(struct process *p)
{
	struct process_timers *t = timers_of(p);
	u64 utime, stime;

	if (likely(!HINT(t->watch)))
		return;
	spin_lock(&tree_lock);
	process_times(p, &utime, &stime);
	check_timer(p, &t->virtual, utime, SIGVTALRM);
	check_timer(p, &t->prof, utime + stime, SIGPROF);
	check_limit(p, utime + stime);
	look_at_alarms(p);
	cpu_timers_update(p);		/* perhaps no alarm is left */
	spin_unlock(&tree_lock);
}

/*
 * Check RLIMIT_RTTIME, in us; each SIGXCPU raises the soft limit by a second.
 */
static void rt_time_check(struct process *p, u64 ran)
{
	struct rlimit *l = &p->limits[RLIMIT_RTTIME];
	u64 us;

	if (HINT(p->limits[RLIMIT_RTTIME].cur) == RLIM_INFINITY)
		return;
	spin_lock(&tree_lock);
	us = ran / 1000;
	if (l->max != RLIM_INFINITY && us >= l->max) {
		signal_kernel_locked(p, SIGKILL);
	} else if (us >= l->cur) {
		l->cur += 1000000;
		signal_kernel_locked(p, SIGXCPU);
	}
	spin_unlock(&tree_lock);
}

void cpu_timer_set(struct process *p, bool prof, const struct cpu_timer *new,
		   struct cpu_timer *old)
{
	struct process_timers *all = timers_of(p);
	struct cpu_timer *t = prof ? &all->prof : &all->virtual;
	u64 now, stime;

	spin_lock(&tree_lock);
	process_times(p, &now, &stime);
	if (prof)
		now += stime;
	*old = *t;
	if (old->at)
		old->at = old->at > now ? old->at - now : 1;
	if (new) {
		t->at = new->at ? ktime_after(now, new->at) : 0;
		t->interval = new->interval;
		cpu_timers_update(p);
	}
	spin_unlock(&tree_lock);
}

static const struct timer_ops ops = {
	.timer_taken = posix_timer_taken, .cpu_time_passed = cpu_timers_check,
	.rt_time_passed = rt_time_check, .cpu_limited = cpu_timers_update,
	.cpu_nanosleep = cpu_nanosleep,
};

static void cpu_timers_init(void)
{
	timer_ops = &ops;
}
INIT(fs, cpu_timers_init);

/* ---- times(2) ------------------------------------------------------------ */

/*
 * times(2): CPU time of the process and of its children that were waited for.
 */

#define USER_HZ 100

/* Convert ns to units of USER_HZ. */
static long ns_to_ticks(u64 ns)
{
	return ns / (NSEC_PER_SEC / USER_HZ);
}

long sys_times(uaddr_t to)
{
	struct process *p = current->process;
	u64 u, s, cu, cs;

	spin_lock(&tree_lock);
	process_times(p, &u, &s);
	cu = p->cutime;
	cs = p->cstime;
	spin_unlock(&tree_lock);
	if (to) {
		long t[4] = { ns_to_ticks(u), ns_to_ticks(s), ns_to_ticks(cu),
			      ns_to_ticks(cs) };

		if (copy_to_user(to, t, sizeof(t)))
			return -EFAULT;
	}
	return ns_to_ticks(arch_clock());
}
