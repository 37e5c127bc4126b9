/* SPDX-License-Identifier: MIT */
/*
 * Interval timers: setitimer(2), getitimer(2), alarm(2).  ITIMER_REAL is a
 * kernel timer that sends a signal to the process; the other two are in cpu.c.
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
 * Send the signal of an expiry.  While the last signal is pending, or the
 * signal is ignored, expiries have no effect.  They are skipped in steps of
 * UNHEARD_NS; otherwise an interval of a microsecond would use all CPU time.
 */
static void itimer_fire(struct timer *t)
{
	struct itimer *it = container_of(t, struct itimer, timer);
	struct process *p = container_of(it, struct process_timers,
					 real)->process;
	ktime_t now = arch_clock(), next, interval;
	bool unheard = alarm_pending(p);

	signal_kernel(p, SIGALRM);
	/*
	 * read `interval` once: an exit of the process may clear it at any time
	 */
	interval = HINT(it->interval);
	if (!interval)
		return;
	if (unheard || !alarm_pending(p))
		now += UNHEARD_NS;
	next = ktime_after(t->deadline.at, interval);
	if (next < now)
		next += (now - next) / interval * interval;
	timer_set(t, next);
}

unsigned timers_at;

/* Timers are not inherited, but RLIMIT_CPU is. */
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

/* Clear the interval first, so that itimer_fire() does not rearm the timer. */
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

/* Set any of the three timers (new is NULL: only read it); times in ns. */
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

/* alarm(2) and setitimer(2) share one timer. */
long sys_alarm(unsigned seconds)
{
	ktime_t old, interval;

	/* the result must not look like an error */
	if (sizeof(long) == 4)
		seconds = min(seconds, 0x7fffffffu);
	itimer_set(current->process, seconds * NSEC_PER_SEC, 0, &old,
		   &interval);
	/* rounded, but never to 0, which means "none was set" */
	if (old && old < NSEC_PER_SEC)
		return 1;
	return (old + NSEC_PER_SEC / 2) / NSEC_PER_SEC;
}
