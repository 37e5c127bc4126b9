/* SPDX-License-Identifier: MIT */
/*
 * drilled tasks POLICY MS TASK...: a schedule on one CPU.
 *
 * POLICY is fifo, rr or other.  TASK is NAME:LEVEL:ARRIVAL:BURST: a priority or
 * a nice value, and milliseconds.  Each task waits for its arrival, computes,
 * and ends; a burst of 0 never ends by itself.  After MS milliseconds those
 * that are left are killed.  The output is the kernel's trace of all switches;
 * the marks "begin" and "end" in it bound the experiment.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>
#include "drilled.h"

#define TRACING		"/sys/kernel/tracing/"
#define MOST		8
#define NS_OF_MS	1000000ull
#define TRIAL		2000000ul	/* rounds that are timed */
enum { OTHER, FIFO, RR };

static struct {
	char name[8];
	int level;
	unsigned long arrival, burst;
	pid_t pid;
	int gate[2];		/* it begins when this pipe has a byte */
} task[MOST];
static int tasks;
static unsigned long rounds_of_ms;

static __attribute__((noinline)) void spin(unsigned long rounds)
{
	for (; rounds; rounds--)
		__asm__ volatile("" ::: "memory");
}

static void measure_rounds(void)
{
	uint64_t before = now_ns();

	spin(TRIAL);
	rounds_of_ms = (unsigned long)(TRIAL * NS_OF_MS /
				       (now_ns() - before));
}

static void set_policy(int policy, int priority)
{
	if (syscall(SYS_sched_setscheduler, 0, policy, &priority))
		fail("sched_setscheduler");
}

static void parse(char *word)
{
	char *at = strchr(word, ':');

	if (!at || at - word > 7 || tasks == MOST)
		fail(word);
	memcpy(task[tasks].name, word, (size_t)(at - word));
	task[tasks].level = *++at == '-' ? -(int)number(at + 1, &at) :
		(int)number(at, &at);
	task[tasks].arrival = number(at + 1, &at);
	task[tasks].burst = number(at + 1, &at);
	if (pipe(task[tasks].gate))
		fail("pipe");
	tasks++;
}

static void compute(int i, int policy)
{
	char byte;

	syscall(SYS_prctl, 15, task[i].name, 0, 0, 0);	/* PR_SET_NAME */
	/* of the parent it has a real-time policy */
	set_policy(policy, policy == OTHER ? 0 : task[i].level);
	if (policy == OTHER &&
	    syscall(SYS_setpriority, 0, 0, task[i].level))
		fail("setpriority");
	if (read(task[i].gate[0], &byte, 1) != 1)
		_exit(1);
	if (task[i].burst)
		spin(task[i].burst * rounds_of_ms);
	else
		spin(~0ul);
	_exit(0);
}

static void sleep_to(uint64_t ns)
{
	struct timespec t = { .tv_sec = (int64_t)(ns / 1000000000),
			      .tv_nsec = (int64_t)(ns % 1000000000) };

	while (clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL) ==
	       EINTR)
		;
}

static void trace_on(void)
{
	if (put_text(TRACING "buffer_size_kb", "1024") ||
	    put_text(TRACING "events/sched/sched_switch/enable", "1"))
		fail("tracing");
}

/* Tasks of one moment arrive together: nothing runs between them. */
static void run_all(unsigned long ms)
{
	uint64_t begin = now_ns();

	put_text(TRACING "trace_marker", "begin");
	for (unsigned long now = 0; now < ms; now++) {
		for (int i = 0; i < tasks; i++) {
			if (task[i].arrival != now)
				continue;
			sleep_to(begin + now * NS_OF_MS);
			write_all(task[i].gate[1], "!", 1);
		}
	}
	sleep_to(begin + ms * NS_OF_MS);
	put_text(TRACING "trace_marker", "end");
}

int drill_tasks(int n, char **words)
{
	int policy = OTHER;

	if (n < 3)
		fail("words");
	if (words[0][0] == 'f' || words[0][0] == 'r')
		policy = words[0][0] == 'f' ? FIFO : RR;
	for (int i = 2; i < n; i++)
		parse(words[i]);
	put_text("/proc/sys/kernel/sched_rt_runtime_us", "-1");
	set_policy(FIFO, 99);
	measure_rounds();
	for (int i = 0; i < tasks; i++) {
		task[i].pid = fork();
		if (!task[i].pid)
			compute(i, policy);
	}
	sleep_to(now_ns() + 20 * NS_OF_MS);
	trace_on();
	run_all(number(words[1], NULL));
	put_text(TRACING "events/sched/sched_switch/enable", "0");
	for (int i = 0; i < tasks; i++) {
		kill(task[i].pid, SIGKILL);
		printf("task %s %d\n", task[i].name, (int)task[i].pid);
	}
	copy_out(TRACING "trace");
	return 0;
}
