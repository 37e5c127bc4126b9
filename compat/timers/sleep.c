/* SPDX-License-Identifier: MIT */
/*
 * clock_nanosleep(2) on a CPU-time clock: sleep until another task or process
 * has used a given amount of CPU time.  The scheduler's tick checks sleeps as
 * it does timers (compat/timers/cpu.c).
 */
#include "timers.h"
#include <kernel/task/task.h>
#include <kernel/time/clock.h>
#include <kernel/wait/wait.h>
#include <syscalls.h>

/* Indexes of restart_data: end time, address of `remain`, its layout, clock. */
enum { AT, REMAIN, WORD, CLOCK };

struct cpu_sleep {
	struct cpu_alarm alarm;
	ktime_t at;			/* const: end, by the alarm's clock */
	struct task *task;		/* const */
	bool over;			/* [tree_lock] */
};

/* Context: [tree_lock]. */
static void sleep_cpu_look(struct cpu_alarm *a)
{
	struct cpu_sleep *s = container_of(a, struct cpu_sleep, alarm);

	if (cpu_clock_time(&a->clock) < s->at)
		return;
	cpu_alarm_arm(a, false);
	WRITE_ONCE(s->over, true);
	task_wake(s->task, 1 << TASK_INTERRUPTIBLE);
}

/* Sleep.  Return: ns left; 0: the time has come. */
static ktime_t cpu_sleep(struct cpu_sleep *s)
{
	ktime_t now;
	int err = 0;

	while (!err) {
		wait_set_state(TASK_INTERRUPTIBLE);
		if (READ_ONCE(s->over))
			break;
		err = wait_sleep(TASK_INTERRUPTIBLE, NO_DEADLINE);
	}
	wait_set_running();
	spin_lock(&tree_lock);
	cpu_alarm_arm(&s->alarm, false);
	now = cpu_clock_time(&s->alarm.clock);
	spin_unlock(&tree_lock);
	return s->over || now >= s->at ? 0 : s->at - now;
}

/*
 * Sleep until the clock reaches `time` or, unless absolute, advances by `time`.
 * Return: 0; -EINVAL: no such clock; -ERESTARTNOHAND with *left and
 * restart_data[AT] set.
 */
static int cpu_sleep_until(int clock, ktime_t time, bool absolute,
			   ktime_t *left)
{
	struct cpu_sleep s = { .alarm.look = sleep_cpu_look, .task = current };
	int err = cpu_clock_get(clock, &s.alarm.clock);

	if (err)
		return err;
	*left = 0;
	if (time) {
		spin_lock(&tree_lock);
		s.at = absolute ? time :
			ktime_after(cpu_clock_time(&s.alarm.clock), time);
		cpu_alarm_arm(&s.alarm, true);
		sleep_cpu_look(&s.alarm);
		spin_unlock(&tree_lock);
		*left = cpu_sleep(&s);
		current->restart_data[AT] = s.at;
	}
	cpu_clock_put(&s.alarm.clock);
	return *left ? -ERESTARTNOHAND : 0;
}

static long cpu_sleep_again(struct task *t);

/*
 * Store the time left after a signal, and make a restarted call sleep that
 * long.
 */
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

/*
 * Sleep on a CPU-time clock.  The calling thread's own clock is refused: it
 * does not advance while the thread sleeps.
 */
long cpu_nanosleep(int clock, int flags, ktime_t time, uaddr_t remain,
			  bool word)
{
	struct task *t = current;
	int tid = ~(clock >> 3), err;
	ktime_t left;

	if (clock < 0 && clock & 4 && (!tid || tid == t->vtid))
		return -EINVAL;
	err = cpu_sleep_until(clock, time, flags & TIMER_ABSTIME, &left);
	if (err != -ERESTARTNOHAND || flags & TIMER_ABSTIME)
		return err;
	t->restart_data[REMAIN] = remain;
	t->restart_data[WORD] = word;
	t->restart_data[CLOCK] = (unsigned)clock;
	return cpu_interrupted(t, left);
}
