/* SPDX-License-Identifier: MIT */
/*
 * nanosleep(2), clock_nanosleep(2).  A relative sleep that a signal interrupts
 * goes on by restart_syscall(2) to the same deadline; an absolute one simply
 * runs again.
 */
#include <kernel/cred.h>
#include <kernel/task.h>
#include <kernel/time/clock.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/* restart_data: deadline, where to put what remains, its layout, its clock. */
enum { AT, REMAIN, WORD, CLOCK };

/*
 * A wake-up that is neither the timer's nor a signal's sends it back to sleep.
 * => 0, -ERESTARTSYS
 */
static int sleep_until(ktime_t deadline)
{
	int err;

	do {
		wait_set_state(TASK_INTERRUPTIBLE);
		err = wait_sleep(TASK_INTERRUPTIBLE, deadline);
	} while (err == 0);
	wait_set_running();
	return err == -ETIMEDOUT ? 0 : err;
}

/*
 * Also called by restart_syscall(2), with the deadline of the first call: stops
 * and continues do not make it longer.
 */
static long sleep_relative(struct task *t)
{
	ktime_t deadline = t->restart_data[AT], now;
	int err = sleep_until(deadline);

	if (err != -ERESTARTSYS)
		return err;
	now = arch_clock();
	if (t->restart_data[REMAIN] &&
	    timespec_put(deadline > now ? deadline - now : 0,
			 t->restart_data[REMAIN], t->restart_data[WORD]))
		return -EFAULT;
	t->restart = sleep_relative;
	return -ERESTART_BLOCK;
}

static long sleep_for(ktime_t delay, uaddr_t remain, bool word)
{
	struct task *t = current;

	t->restart_data[AT] = ktime_after(arch_clock(), delay);
	t->restart_data[REMAIN] = remain;
	t->restart_data[WORD] = word;
	return sleep_relative(t);
}

static long nanosleep(uaddr_t request, uaddr_t remain, bool word)
{
	ktime_t delay;
	int err = timespec_get(&delay, request, word);

	return err ? err : sleep_for(delay, remain, word);
}

long sys_nanosleep(uaddr_t request, uaddr_t remain)
{
	return nanosleep(request, remain, false);
}

long sys_nanosleep_time32(uaddr_t request, uaddr_t remain)
{
	return nanosleep(request, remain, true);
}

/* ---- by CPU time --------------------------------------------------------- */

struct cpu_sleep {
	struct cpu_alarm alarm;
	ktime_t at;			/* const, of the alarm's clock */
	struct task *task;		/* const */
	bool over;			/* [tree_lock] */
};

/* [tree_lock] */
static void cpu_look(struct cpu_alarm *a)
{
	struct cpu_sleep *s = container_of(a, struct cpu_sleep, alarm);

	if (cpu_clock_time(&a->clock) < s->at)
		return;
	cpu_alarm_arm(a, false);
	WRITE_ONCE(s->over, true);
	task_wake(s->task, 1 << TASK_INTERRUPTIBLE);
}

/* => ns that are left: 0 when it is over */
static ktime_t cpu_sleep(struct cpu_sleep *s)
{
	ktime_t now;
	int err = 0;

	while (!err) {
		wait_set_state(TASK_INTERRUPTIBLE);
		if (READ_ONCE(s->over))
			break;
		err = wait_sleep(TASK_INTERRUPTIBLE, KTIME_NEVER);
	}
	wait_set_running();
	spin_lock(&tree_lock);
	cpu_alarm_arm(&s->alarm, false);
	now = cpu_clock_time(&s->alarm.clock);
	spin_unlock(&tree_lock);
	return s->over || now >= s->at ? 0 : s->at - now;
}

/*
 * Until the clock has come to a time, or gone on by one.
 * => 0; -EINVAL: no such clock; -ERESTARTNOHAND, with *left and where to go on
 */
static int cpu_sleep_until(int clock, ktime_t time, bool absolute,
			   ktime_t *left)
{
	struct cpu_sleep s = { .alarm.look = cpu_look, .task = current };
	int err = cpu_clock_get(clock, &s.alarm.clock);

	if (err)
		return err;
	*left = 0;
	if (time) {
		spin_lock(&tree_lock);
		s.at = absolute ? time :
			ktime_after(cpu_clock_time(&s.alarm.clock), time);
		cpu_alarm_arm(&s.alarm, true);
		cpu_look(&s.alarm);
		spin_unlock(&tree_lock);
		*left = cpu_sleep(&s);
		current->restart_data[AT] = s.at;
	}
	cpu_clock_put(&s.alarm.clock);
	return *left ? -ERESTARTNOHAND : 0;
}

static long cpu_sleep_again(struct task *t);

/* A signal came: the rest is told, and slept when the call goes on. */
static long cpu_interrupted(struct task *t, ktime_t left)
{
	if (t->restart_data[REMAIN] &&
	    timespec_put(left, t->restart_data[REMAIN], t->restart_data[WORD]))
		return -EFAULT;
	t->restart = cpu_sleep_again;
	return -ERESTART_BLOCK;
}

static long cpu_sleep_again(struct task *t)
{
	ktime_t left;
	int err = cpu_sleep_until((int)t->restart_data[CLOCK],
				  t->restart_data[AT], true, &left);

	return err == -ERESTARTNOHAND ? cpu_interrupted(t, left) : err;
}

/* Nobody waits for itself to compute. */
static long cpu_nanosleep(int clock, int flags, ktime_t time, uaddr_t remain,
			  bool word)
{
	struct task *t = current;
	int tid = ~(clock >> 3), err;
	ktime_t left;

	if (clock < 0 && clock & 4 && (!tid || tid == t->tid))
		return -EINVAL;
	err = cpu_sleep_until(clock, time, flags & TIMER_ABSTIME, &left);
	if (err != -ERESTARTNOHAND || flags & TIMER_ABSTIME)
		return err;
	t->restart_data[REMAIN] = remain;
	t->restart_data[WORD] = word;
	t->restart_data[CLOCK] = (unsigned)clock;
	return cpu_interrupted(t, left);
}

/* ---- clock_nanosleep ----------------------------------------------------- */

/* Is it a clock that can be slept by? */
static bool is_slept_by(int clock)
{
	switch (clock) {
	case CLOCK_THREAD_CPUTIME_ID:
	case CLOCK_MONOTONIC_RAW:
	case CLOCK_REALTIME_COARSE:
	case CLOCK_MONOTONIC_COARSE:
		return false;
	}
	return !clock_is_device(clock);
}

/* Sleeps on the real-time clock do not follow a later clock_settime. */
static long clock_nanosleep(int clock, int flags, uaddr_t request,
			    uaddr_t remain, bool word)
{
	ktime_t time, now = 0;
	int err;

	if (clock >= 0 && clock_read(clock, &now))
		return -EINVAL;
	if (!is_slept_by(clock))
		return -ENOTSUP;
	err = timespec_get(&time, request, word);
	if (!err && clock_is_alarm(clock))
		err = flags & ~TIMER_ABSTIME ? -EINVAL :
			capable(CAP_WAKE_ALARM) ? 0 : -EPERM;
	if (err)
		return err;
	if (clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID)
		return cpu_nanosleep(clock, flags, time, remain, word);
	if (!(flags & TIMER_ABSTIME))
		return sleep_for(time, remain, word);
	if (time <= now)
		return 0;
	err = sleep_until(ktime_after(arch_clock(), time - now));
	return err == -ERESTARTSYS ? -ERESTARTNOHAND : err;
}

long sys_clock_nanosleep_time32(int clock, int flags, uaddr_t request,
			 uaddr_t remain)
{
	return clock_nanosleep(clock, flags, request, remain, true);
}

long sys_clock_nanosleep(int clock, int flags, uaddr_t request,
				uaddr_t remain)
{
	return clock_nanosleep(clock, flags, request, remain, false);
}
