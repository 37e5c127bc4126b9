/* SPDX-License-Identifier: MIT */
/*
 * Clocks and the times user code passes: clock_gettime(2) and its relatives.
 * Calls without a suffix take times of 64 bits; the _time32 ones, which only
 * 32-bit machines list, take them in words.
 */
#include <kernel/cred.h>
#include <kernel/task.h>
#include <kernel/time/clock.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define LATEST (KTIME_NEVER - 1)
#define USER_HZ 100

/* ---- user layouts -------------------------------------------------------- */

struct word_time {
	long sec, fraction;
};

/* word: a struct timespec of machine words, as 32-bit programs had it */
int timespec_get_raw(struct timespec64 *ts, uaddr_t from, bool word)
{
	struct word_time w;

	if (!word)
		return get_user(ts, from);
	if (get_user(&w, from))
		return -EFAULT;
	ts->sec = w.sec;
	ts->nsec = w.fraction;
	return 0;
}

/* Never KTIME_NEVER: who asks for a very long time gets one that ends. */
ktime_t ktime_after(ktime_t now, ktime_t delay)
{
	return delay > LATEST - now ? LATEST : now + delay;
}

static ktime_t saturated(s64 sec, ktime_t ns)
{
	if ((u64)sec >= LATEST / NSEC_PER_SEC)
		return LATEST;
	return sec * NSEC_PER_SEC + ns;
}

ktime_t timespec_ns(const struct timespec64 *ts)
{
	return saturated(ts->sec, (ktime_t)ts->nsec);
}

/*
 * A time from user mode: not negative, less than a second of nanoseconds
 * (nanosleep(2), EINVAL).
 */
int timespec_get(ktime_t *ns, uaddr_t from, bool word)
{
	struct timespec64 ts;

	if (timespec_get_raw(&ts, from, word))
		return -EFAULT;
	if (!word && sizeof(long) < sizeof(s64))
		ts.nsec = (s32)ts.nsec;	/* the ABI's upper half is padding */
	if (ts.sec < 0 || (u64)ts.nsec >= NSEC_PER_SEC)
		return -EINVAL;
	*ns = saturated(ts.sec, ts.nsec);
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

int timeval_get(ktime_t *ns, uaddr_t from)
{
	struct word_time w;

	if (get_user(&w, from))
		return -EFAULT;
	if (w.sec < 0 || (unsigned long)w.fraction >= 1000000)
		return -EINVAL;
	*ns = saturated(w.sec, w.fraction * NSEC_PER_USEC);
	return 0;
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
 * A dynamic clock id holds ~pid << 3 and the kind: 1 is user time alone, 2
 * scheduled time, bit 2 one thread (clock_getcpuclockid,
 * pthread_getcpuclockid).  Threads are only those of the caller's own process.
 * Context: [tree_lock].
 * Return: a task that the clock belongs to, or NULL.
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
	return !tid || t->process->pid == tid ? t : NULL;
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

/* A process may be named by the caller's own thread, to be read. */
static int dynamic_clock(int clock, ktime_t *now)
{
	struct cpu_clock c = { .user_only = (clock & 3) == 1 };
	struct task *t;

	spin_lock(&tree_lock);
	t = (clock & 7) <= 2 && ~(clock >> 3) == current->tid ? current :
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
		return -ENOTSUP;	/* a descriptor's */
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
 * clock_gettime(2).  Nothing suspends the machine: several clocks are the
 * same.
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
	case CLOCK_MONOTONIC_RAW:
		*now = arch_counter();
		return 0;
	case CLOCK_MONOTONIC:
	case CLOCK_MONOTONIC_COARSE:
	case CLOCK_BOOTTIME:
	case CLOCK_BOOTTIME_ALARM:
		*now = arch_clock();
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

static long clock_get(int clock, uaddr_t to, bool word)
{
	ktime_t now;
	int err = clock_read(clock, &now);

	return err ? err : timespec_put(now, to, word);
}

long sys_clock_gettime_time32(int clock, uaddr_t to)
{
	return clock_get(clock, to, true);
}

long sys_clock_gettime(int clock, uaddr_t to)
{
	return clock_get(clock, to, false);
}

/* Timers are set to the nanosecond, whatever the clock chip makes of it. */
static long clock_resolution(int clock, uaddr_t to, bool word)
{
	ktime_t now;
	int err = clock_read(clock, &now);

	if (err)
		return err;
	return to ? timespec_put(1, to, word) : 0;
}

long sys_clock_getres_time32(int clock, uaddr_t to)
{
	return clock_resolution(clock, to, true);
}

long sys_clock_getres(int clock, uaddr_t to)
{
	return clock_resolution(clock, to, false);
}

long sys_gettimeofday(uaddr_t tv, uaddr_t tz)
{
	static const int utc[2];

	if (tv && timeval_put(realtime_from(arch_clock()), tv))
		return -EFAULT;
	return tz ? copy_to_user(tz, utc, sizeof(utc)) : 0;
}

long sys_time_time32(uaddr_t to)
{
	long now = realtime_from(arch_clock()) / NSEC_PER_SEC;

	return to && put_user(now, to) ? -EFAULT : now;
}

/* ---- setting ------------------------------------------------------------- */

/* Timers on the real-time clock that want to know are told of the jump. */
static long set_realtime(ktime_t ns)
{
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	realtime_jump(ns - arch_clock());
	return 0;
}

static long clock_set(int clock, uaddr_t from, bool word)
{
	struct timespec64 unused;
	ktime_t ns;
	int err;

	if (clock > 0)
		return -EINVAL;
	if (clock < 0 && timespec_get_raw(&unused, from, word))
		return -EFAULT;
	if (clock < 0)
		return clock_read(clock, &ns) ? -EINVAL : -EPERM;
	err = timespec_get(&ns, from, word);
	return err ? err : set_realtime(ns);
}

long sys_clock_settime_time32(int clock, uaddr_t from)
{
	return clock_set(clock, from, true);
}

long sys_clock_settime(int clock, uaddr_t from)
{
	return clock_set(clock, from, false);
}

long sys_settimeofday(uaddr_t tv, uaddr_t tz)
{
	ktime_t ns;
	int err, zone[2];

	err = tv ? timeval_get(&ns, tv) : 0;
	if (err)
		return err;
	if (tz && get_user(&zone, tz))
		return -EFAULT;
	if (!capable(CAP_SYS_TIME))
		return -EPERM;
	if (tz && (zone[0] > 15 * 60 || zone[0] < -15 * 60))
		return -EINVAL;		/* else forgotten: no program asks */
	return tv ? set_realtime(ns) : 0;
}

/* i386's stime(2): whole seconds. */
long sys_stime_time32(uaddr_t from)
{
	long sec;

	if (get_user(&sec, from))
		return -EFAULT;
	return sec < 0 ? -EINVAL : set_realtime(saturated(sec, 0));
}

/* ---- times(2) ------------------------------------------------------------ */

/* times(2) counts in USER_HZ. */
static long ticks(u64 ns)
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
		long t[4] = { ticks(u), ticks(s), ticks(cu), ticks(cs) };

		if (copy_to_user(to, t, sizeof(t)))
			return -EFAULT;
	}
	return ticks(arch_clock());
}
