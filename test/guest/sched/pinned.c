/* SPDX-License-Identifier: MIT */
/*
 * CPUs that have nothing to do take tasks from others (row B14), but none that
 * may not run there: a crowd that is bound to one CPU stays, and who may move
 * finds its way out of it.  On one CPU there is little to see.
 */
#include <sched.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include "sched_calls.h"

#define CROWD	4
#define TURNS	200			/* each gives the CPU away */
#define LOOKS	50

static struct {
	volatile int strayed;		/* looks that found another CPU */
	volatile int out;		/* the free one has left the crowd */
	volatile int over;		/* it may end */
} *sh;

static unsigned cpu_now(void)
{
	unsigned cpu = ~0u;

	syscall(SYS_getcpu, &cpu, NULL, NULL);
	return cpu;
}

static unsigned lowest_bit(unsigned long mask)
{
	return (unsigned)__builtin_ctzl(mask);
}

/* A child bound to one CPU that looks where it is, again and again. */
static pid_t start_bound(unsigned cpu, int policy)
{
	pid_t pid = fork();

	if (pid)
		return pid;
	if (set_cpus(0, 1ul << cpu) || (policy && set_policy(0, policy, 1)))
		_exit(2);
	for (int i = 0; i < TURNS || !sh->over; i++) {
		for (int k = 0; k < LOOKS; k++)
			if (cpu_now() != cpu)
				__atomic_fetch_add(&sh->strayed, 1,
						   __ATOMIC_RELAXED);
		if (i % 8)
			sched_yield();
		else
			usleep(100);	/* to be placed anew */
	}
	_exit(0);
}

static void check_ended_well(const pid_t *pid, int n, const char *what)
{
	int st, well = 0;

	for (int i = 0; i < n; i++)
		well += waitpid(pid[i], &st, 0) == pid[i] && st == 0;
	check_eq(well, n, "%s: all are done", what);
	check_eq(sh->strayed, 0, "%s: none ran elsewhere", what);
}

/* All on one CPU, the others idle. */
static void one_crowd(unsigned cpu, int policy, const char *what)
{
	pid_t pid[CROWD];

	sh->strayed = 0;
	sh->over = 1;
	for (int i = 0; i < CROWD; i++)
		pid[i] = start_bound(cpu, policy);
	check_ended_well(pid, CROWD, what);
}

/* Each CPU has a crowd, one twice as large as the next. */
static void crowds(unsigned long cpus)
{
	pid_t pid[2 * CROWD];
	unsigned at = lowest_bit(cpus), next;
	int n = 0;

	sh->strayed = 0;
	sh->over = 1;
	next = cpus & (cpus - 1) ? lowest_bit(cpus & (cpus - 1)) : at;
	for (int i = 0; i < CROWD + CROWD / 2; i++)
		pid[n++] = start_bound(i < CROWD ? at : next, 0);
	check_ended_well(pid, n, "uneven crowds");
}

/* Behind those that are bound, one that is not: it gets away. */
static void one_is_free(unsigned long cpus)
{
	unsigned at = lowest_bit(cpus);
	pid_t pid[CROWD], loose;

	sh->strayed = 0;
	sh->over = 0;
	for (int i = 0; i < CROWD; i++)
		pid[i] = start_bound(at, 0);
	loose = fork();
	if (!loose) {
		set_cpus(0, 1ul << at);
		set_cpus(0, cpus);
		for (;;)
			if (cpu_now() != at)
				sh->out = 1;
	}
	check(eventually(sh->out), "who may move is taken by an idle CPU");
	sh->over = 1;
	kill(loose, SIGKILL);
	waitpid(loose, NULL, 0);
	check_ended_well(pid, CROWD, "those it left");
}

/* Lectern: how often CPUs took a task from others, all of them together. */
static long count_steals(void)
{
	char text[4096];
	long n = 0;

	if (text_read("/proc/lectern/ipis", text, sizeof(text)) < 0)
		return 0;
	for (char *at = text; (at = strstr(at, "steals ")); at += 7)
		n += atol(at + 7);
	return n;
}

int main(void)
{
	unsigned long cpus = get_cpus(0), rest = cpus & (cpus - 1);
	long before = count_steals();

	sh = share_memory(sizeof(*sh));
	one_crowd(lowest_bit(cpus), 0, "a crowd on the first CPU");
	if (!rest) {
		tap_skip("the others", "there is one CPU");
		return tap_done();
	}
	one_crowd(lowest_bit(rest), 0, "a crowd on another");
	if (getuid() == 0)
		one_crowd(lowest_bit(rest), SCHED_FIFO, "of real-time");
	crowds(cpus);
	one_is_free(cpus);
	/* a few, and not at each look of a CPU that idles */
	check(count_steals() - before < 10000, "nobody took what may not move");
	return tap_done();
}
