/* SPDX-License-Identifier: MIT */
/*
 * nanosleep(2) and clock_nanosleep(2).  A relative sleep that a signal
 * interrupts continues by restart_syscall(2) until the same deadline.  An
 * absolute sleep is restarted with its arguments.
 */
#include <kernel/cred/cred.h>
#include <kernel/ops/timer_ops.h>
#include <kernel/sched/sched.h>
#include <kernel/time/time.h>
#include <kernel/time/clock.h>
#include <kernel/wait/wait.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/*
 * restart_data: the deadline, the address for the remaining time, and whether
 * that time has 32-bit fields.
 */
enum { AT, REMAIN, WORD };

/*
 * Sleep until the deadline or a signal; other wake-ups are ignored.
 * Return: 0 or -ERESTARTSYS.
 */
static int sleep_until(struct timer_deadline deadline)
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
 * Sleep until the deadline in restart_data.  restart_syscall(2) calls this
 * function again with the deadline of the first call, so that stopping and
 * continuing the task does not prolong the sleep.
 */
static long sleep_relative(struct task *t)
{
	ktime_t deadline = t->restart_data[AT], now;
	int err = sleep_until(timer_deadline(deadline));

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

static long sleep_for_time(ktime_t delay, uaddr_t remain, bool word)
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

	return err ? err : sleep_for_time(delay, remain, word);
}

long sys_nanosleep(uaddr_t request, uaddr_t remain)
{
	return nanosleep(request, remain, false);
}

long sys_nanosleep_time32(uaddr_t request, uaddr_t remain)
{
	return nanosleep(request, remain, true);
}

/* ---- clock_nanosleep ----------------------------------------------------- */

/* True if clock_nanosleep(2) supports the clock. */
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

/*
 * Serve clock_nanosleep(2).  A later clock_settime(2) affects only absolute
 * sleeps on CLOCK_REALTIME and its like.
 */
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
	if (clock < 0 || clock == CLOCK_PROCESS_CPUTIME_ID) {
		if (!timer_ops)
			return -ENOTSUP;
		return timer_ops->cpu_nanosleep(clock, flags, time, remain,
						word);
	}
	if (!(flags & TIMER_ABSTIME))
		return sleep_for_time(time, remain, word);
	if (time <= now)
		return 0;
	err = sleep_until(clock_deadline(clock, time));
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
