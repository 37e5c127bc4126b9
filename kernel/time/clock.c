/* SPDX-License-Identifier: MIT */
/* Clocks, and conversion of times in user memory. */
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <kernel/time/clock.h>
#include <mm/uaccess.h>
#include <mm/vm.h>

#define LATEST KTIME_LATEST

/* ---- user layouts -------------------------------------------------------- */

struct word_time {
	long sec, fraction;
};

/*
 * Read a time.  word: a struct timespec of machine words, from an old 32-bit
 * program.
 */
int timespec_get_raw(struct timespec64 *ts, uaddr_t from, bool word)
{
	struct word_time w;

	if (!word) {
		if (get_user(ts, from))
			return -EFAULT;
		/* in 32-bit programs, the high half of tv_nsec is padding */
		if (sizeof(long) < sizeof(s64) || vm_is_narrow(current->space))
			ts->nsec = (s32)ts->nsec;
		return 0;
	}
	if (get_user(&w, from))
		return -EFAULT;
	ts->sec = w.sec;
	ts->nsec = w.fraction;
	return 0;
}

ktime_t ktime_after(ktime_t now, ktime_t delay)
{
	return delay > LATEST - now ? LATEST : now + delay;
}

static ktime_t ns_saturated(s64 sec, ktime_t ns)
{
	if ((u64)sec >= LATEST / NSEC_PER_SEC)
		return LATEST;
	return sec * NSEC_PER_SEC + ns;
}

ktime_t timespec_ns(const struct timespec64 *ts)
{
	return ns_saturated(ts->sec, (ktime_t)ts->nsec);
}

/*
 * Convert a time to ns.  EINVAL if it is negative, or if nsec is a second or
 * more (nanosleep(2)).
 */
static int clock_ns_of(ktime_t *ns, const struct timespec64 *ts)
{
	if (ts->sec < 0 || (u64)ts->nsec >= NSEC_PER_SEC)
		return -EINVAL;
	*ns = timespec_ns(ts);
	return 0;
}

int timespec_get(ktime_t *ns, uaddr_t from, bool word)
{
	struct timespec64 ts;

	if (timespec_get_raw(&ts, from, word))
		return -EFAULT;
	return clock_ns_of(ns, &ts);
}

int itimerspec_get(ktime_t *interval, ktime_t *value, uaddr_t from, bool word)
{
	uaddr_t at = from + TIMESPEC_SIZE(word);
	struct timespec64 every, first;
	int err;

	if (timespec_get_raw(&every, from, word) ||
	    timespec_get_raw(&first, at, word))
		return -EFAULT;
	err = clock_ns_of(value, &first);
	return err ? err : clock_ns_of(interval, &every);
}

int itimerspec_put(ktime_t interval, ktime_t value, uaddr_t to, bool word)
{
	if (timespec_put(interval, to, word) ||
	    timespec_put(value, to + TIMESPEC_SIZE(word), word))
		return -EFAULT;
	return 0;
}

int timespec_put(ktime_t ns, uaddr_t to, bool word)
{
	if (word) {
		struct word_time w = {
			ns / NSEC_PER_SEC, ns % NSEC_PER_SEC
		};

		return put_user(w, to);
	}
	return put_user(((struct timespec64){
		ns / NSEC_PER_SEC, ns % NSEC_PER_SEC }), to);
}

static int timeval_ns(ktime_t *ns, const struct word_time *w)
{
	if (w->sec < 0 || (unsigned long)w->fraction >= 1000000)
		return -EINVAL;
	*ns = ns_saturated(w->sec, w->fraction * NSEC_PER_USEC);
	return 0;
}

int timeval_get(ktime_t *ns, uaddr_t from)
{
	struct word_time w;

	return get_user(&w, from) ? -EFAULT : timeval_ns(ns, &w);
}

int itimerval_get(ktime_t *interval, ktime_t *value, uaddr_t from)
{
	struct word_time w[2];
	int err;

	if (get_user(&w, from))
		return -EFAULT;
	err = timeval_ns(value, &w[1]);
	return err ? err : timeval_ns(interval, &w[0]);
}

int timeval_put(ktime_t ns, uaddr_t to)
{
	struct word_time w = {
		ns / NSEC_PER_SEC, ns % NSEC_PER_SEC / NSEC_PER_USEC
	};

	return put_user(w, to);
}

/* ---- reading ------------------------------------------------------------- */

static ktime_t process_cpu_time(struct process *p)
{
	u64 u, s;

	spin_lock(&tree_lock);
	process_times(p, &u, &s);
	spin_unlock(&tree_lock);
	return u + s;
}

static ktime_t task_cpu_time(struct task *t)
{
	u64 u, s;

	task_times(t, &u, &s);
	return u + s;
}

/*
 * Find the target of a dynamic clock id.  The id consists of ~pid << 3 and a
 * kind.  The low two bits of the kind are 1 for user time alone and 2 for the
 * time on the CPU.  Bit 2 means the time of a single thread
 * (pthread_getcpuclockid()), which must belong to the caller's process, instead
 * of a whole process (clock_getcpuclockid()).
 * Context: [tree_lock].
 * Return: the thread, or a task of the process, whose time the clock measures;
 * NULL: there is none.
 */
static struct task *dynamic_target(int clock)
{
	int tid = ~(clock >> 3);
	struct task *t;

	spin_must_hold(&tree_lock);
	if ((clock & 3) == 3 || tid < 0)
		return NULL;
	t = tid ? task_find(tid) : current;
	if (!t || !t->process)
		return NULL;
	if (clock & 4)
		return t->process == current->process ? t : NULL;
	return !tid || t->process->leader == t ? t : NULL;
}

ktime_t cpu_clock_time(const struct cpu_clock *c)
{
	u64 u, s;

	if (c->task)
		task_times(c->task, &u, &s);
	else
		process_times(c->process, &u, &s);
	return c->user_only ? u : u + s;
}

/*
 * Read a dynamic clock.  When a clock is read, the caller's own tid may also
 * stand for its process.
 */
static int dynamic_clock(int clock, ktime_t *now)
{
	struct cpu_clock c = { .user_only = (clock & 3) == 1 };
	struct task *t;

	spin_lock(&tree_lock);
	t = (clock & 7) <= 2 && ~(clock >> 3) == current->vtid ? current :
		dynamic_target(clock);
	if (t) {
		c.process = t->process;
		c.task = clock & 4 ? t : NULL;
		*now = cpu_clock_time(&c);
	}
	spin_unlock(&tree_lock);
	return t ? 0 : -EINVAL;
}

int cpu_clock_get(int clock, struct cpu_clock *c)
{
	struct task *t = current;

	*c = (struct cpu_clock){ .user_only = clock < 0 && (clock & 3) == 1 };
	if (clock_is_device(clock))
		return -ENOTSUP;	/* a clock id that is made from a
					   descriptor */
	spin_lock(&tree_lock);
	if (clock < 0)
		t = dynamic_target(clock);
	if (t) {
		c->process = t->process;
		process_get(c->process);
	}
	if (t && (clock < 0 ? clock & 4 : clock == CLOCK_THREAD_CPUTIME_ID)) {
		c->task = t;
		task_get(t);
	}
	spin_unlock(&tree_lock);
	return t ? 0 : -EINVAL;
}

void cpu_clock_put(struct cpu_clock *c)
{
	if (c->task)
		task_put(c->task);
	if (c->process)
		process_put(c->process);
}

/*
 * Read a clock for clock_gettime(2).  The machine is never suspended, so
 * several clocks are the same.
 */
int clock_read(int clock, ktime_t *now)
{
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_REALTIME_ALARM:
		*now = realtime_from(arch_clock());
		return 0;
	case CLOCK_TAI:
		*now = tai_from(arch_clock());
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		*now = arch_clock() + clock_ahead(clock);
		return 0;
	case CLOCK_PROCESS_CPUTIME_ID:
		*now = process_cpu_time(current->process);
		return 0;
	case CLOCK_THREAD_CPUTIME_ID:
		*now = task_cpu_time(current);
		return 0;
	}
	return clock < 0 ? dynamic_clock(clock, now) : -EINVAL;
}

enum timer_clock clock_of_timers(int clock, bool absolute)
{
	if (!absolute)
		return TIMER_MONOTONIC;
	switch (clock) {
	case CLOCK_REALTIME:
	case CLOCK_REALTIME_ALARM:
		return TIMER_REALTIME;
	case CLOCK_TAI:
		return TIMER_TAI;
	}
	return TIMER_MONOTONIC;
}

struct timer_deadline clock_deadline(int clock, ktime_t time)
{
	s64 ahead = (s64)clock_ahead(clock);
	struct timer_deadline d = { time, clock_of_timers(clock, true) };

	d.at = ahead > 0 && d.at <= (u64)ahead ? 1 : d.at - (u64)ahead;
	d.at = max(min(d.at, (ktime_t)KTIME_LATEST), (ktime_t)1);
	return d;
}
