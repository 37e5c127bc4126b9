/* SPDX-License-Identifier: MIT */
/* The scheduling calls, bare, for the tests of policies. */
#ifndef TEST_SCHED_CALLS_H
#define TEST_SCHED_CALLS_H

#include <sys/resource.h>
#include "tap.h"
#include "texts.h"

#define SCHED_OTHER	0
#define SCHED_FIFO	1
#define SCHED_RR	2
#define SCHED_BATCH	3
#define SCHED_IDLE	5
#define SCHED_DEADLINE	6
#define SCHED_RESET_ON_FORK 0x40000000

#define PRIO_PROCESS	0
#define PRIO_PGRP	1
#define PRIO_USER	2

#define RLIMIT_NICE	13
#define RLIMIT_RTPRIO	14
#define RLIMIT_RTTIME	15

UNUSED static int set_policy(int pid, int policy, int priority)
{
	return (int)syscall(SYS_sched_setscheduler, pid, policy, &priority);
}

UNUSED static int get_policy(int pid)
{
	return (int)syscall(SYS_sched_getscheduler, pid);
}

UNUSED static int set_param(int pid, int priority)
{
	return (int)syscall(SYS_sched_setparam, pid, &priority);
}

/* => -1: errno */
UNUSED static int get_param(int pid)
{
	int priority = -2;

	return syscall(SYS_sched_getparam, pid, &priority) ? -1 : priority;
}

UNUSED static int set_nice(int which, int who, int nice)
{
	return (int)syscall(SYS_setpriority, which, who, nice);
}

/* The bare call gives 20 - nice.  => -1: errno */
UNUSED static int get_20_nice(int which, int who)
{
	return (int)syscall(SYS_getpriority, which, who);
}

UNUSED static int set_cpus(int pid, unsigned long mask)
{
	return (int)syscall(SYS_sched_setaffinity, pid, sizeof(mask), &mask);
}

UNUSED static unsigned long get_cpus(int pid)
{
	unsigned long mask[16] = { 0 };

	syscall(SYS_sched_getaffinity, pid, sizeof(mask), mask);
	return mask[0];
}

/* Memory that forked children share. */
UNUSED static void *share_memory(unsigned long n)
{
	void *p = mmap(NULL, n, PROT_READ | PROT_WRITE,
		       MAP_SHARED | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		tap_bail("mmap");
	return p;
}

/* The priority that it runs with, as the 18th field of its stat shows it. */
UNUSED static long runs_with(int tid)
{
	char path[64], text[1024], *at;

	snprintf(path, sizeof(path), "/proc/self/task/%d/stat", tid);
	if (text_read(path, text, sizeof(text)) < 0)
		return 0;
	at = strrchr(text, ')') + 1;
	for (int i = 0; i < 15; i++)
		at = strchr(at + 1, ' ');
	return atol(at + 1);
}

/* ---- struct sched_attr --------------------------------------------------- */

#define RESET_ON_FORK	1
#define RECLAIM		2
#define DL_OVERRUN	4
#define KEEP_POLICY	8
#define KEEP_PARAMS	16
#define CLAMP_MIN	32
#define CLAMP_MAX	64

struct attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
	uint32_t util_min, util_max;
};

UNUSED static long set_attr(int pid, struct attr *a)
{
	return syscall(SYS_sched_setattr, pid, a, 0);
}

UNUSED static struct attr get_attr(int pid)
{
	struct attr a = { 0 };

	if (syscall(SYS_sched_getattr, pid, &a, sizeof(a), 0))
		a.size = 0;
	return a;
}

#endif
