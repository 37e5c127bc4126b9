/* SPDX-License-Identifier: MIT */
/*
 * Interval timers: setitimer(2), getitimer(2), alarm(2).  ITIMER_REAL is a
 * kernel timer that signals the process; the other two are in cpu.c.
 */
#include "timers.h"
#include <kernel/task/task.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define ITIMER_REAL	0
#define ITIMER_VIRTUAL	1
#define ITIMER_PROF	2
#define UNHEARD_NS	(1000 * NSEC_PER_USEC)

static bool alarm_pending(const struct process *p)
{
	return HINT(p->pending.mask) & sig_bit(SIGALRM);
}

/*
 * While the last signal is still pending, or signals are ignored, expiries
 * mean nothing; they are passed over in steps, or an interval of a microsecond
 * would leave time for nothing else.
 */
static void itimer_fire(struct timer *t)
{
	struct itimer *it = container_of(t, struct itimer, timer);
	struct process *p = container_of(it, struct process_timers,
					 real)->process;
	ktime_t now = arch_clock(), next, interval;
	bool unheard = alarm_pending(p);

	signal_kernel(p, SIGALRM);
	/* once: the end of the process clears it at any moment */
	interval = HINT(it->interval);
	if (!interval)
		return;
	if (unheard || !alarm_pending(p))
		now += UNHEARD_NS;
	next = ktime_after(t->deadline, interval);
	if (next < now)
		next += (now - next) / interval * interval;
	timer_set(t, next);
}

unsigned timers_at;

/* No timer is inherited, but the limit of CPU time is. */
static void timers_begin(struct process *p, struct process *parent)
{
	struct process_timers *t = timers_of(p);

	t->process = p;
	timer_init(&t->real.timer, itimer_fire);
	list_init(&t->posix);
	list_init(&t->alarms);
	if (parent)
		cpu_timers_update(p);
}

/* The interval first: a function under way must not set it again. */
static void timers_end(struct process *p)
{
	struct itimer *it = &timers_of(p)->real;

	it->interval = 0;
	timer_stop(&it->timer);
	posix_timers_exit(p);
}

static const struct process_part part[] __table(process_part) = {
	{ .size = sizeof(struct process_timers), .at = &timers_at,
	  .init = timers_begin, .exec = posix_timers_exit,
	  .exit = timers_end, .pins = posix_timers_bytes },
};

/* Arm for `value` ns from now (0: off), then every `interval`. */
static void itimer_set(struct process *p, ktime_t value, ktime_t interval,
		       ktime_t *old_value, ktime_t *old_interval)
{
	struct itimer *it = &timers_of(p)->real;
	enum ipl old;

	*old_value = timer_left(&it->timer);
	*old_interval = it->interval;
	timer_stop(&it->timer);
	old = ipl_raise(IPL_CLOCK);
	it->interval = value ? interval : 0;
	if (value)
		timer_set(&it->timer, ktime_after(arch_clock(), value));
	ipl_restore(old);
}

/* struct itimerval: interval, then value; both struct timeval. */
static int itimer_put(uaddr_t to, ktime_t value, ktime_t interval)
{
	if (timeval_put(interval, to) ||
	    timeval_put(value, to + 2 * sizeof(long)))
		return -EFAULT;
	return 0;
}

/* Any of the three.  new: NULL to leave it; both in ns. */
static void itimer_exchange(int which, const struct cpu_timer *new,
			    struct cpu_timer *old)
{
	struct process *p = current->process;
	struct itimer *it = &timers_of(p)->real;

	if (which != ITIMER_REAL)
		cpu_timer_set(p, which == ITIMER_PROF, new, old);
	else if (new)
		itimer_set(p, new->at, new->interval, &old->at,
			   &old->interval);
	else
		*old = (struct cpu_timer){ timer_left(&it->timer),
					   it->interval };
}

long sys_getitimer(int which, uaddr_t to)
{
	struct cpu_timer t;

	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	itimer_exchange(which, NULL, &t);
	return itimer_put(to, t.at, t.interval);
}

long sys_setitimer(int which, uaddr_t from, uaddr_t old)
{
	struct cpu_timer new = { 0, 0 }, was;
	int err;

	if (from) {
		err = itimerval_get(&new.interval, &new.at, from);
		if (err)
			return err;
	}
	if (which < ITIMER_REAL || which > ITIMER_PROF)
		return -EINVAL;
	itimer_exchange(which, &new, &was);
	return old ? itimer_put(old, was.at, was.interval) : 0;
}

/* alarm(2) and setitimer(2) share the one timer. */
long sys_alarm(unsigned seconds)
{
	ktime_t old, interval;

	/* the rest must not read as an error */
	if (sizeof(long) == 4)
		seconds = min(seconds, 0x7fffffffu);
	itimer_set(current->process, seconds * NSEC_PER_SEC, 0, &old,
		   &interval);
	/* Rounded, but never to "none was set". */
	if (old && old < NSEC_PER_SEC)
		return 1;
	return (old + NSEC_PER_SEC / 2) / NSEC_PER_SEC;
}
