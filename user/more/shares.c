/* SPDX-License-Identifier: MIT */
/*
 * shares: run tasks that compute without end on one CPU, and print the CPU time
 * of each (row B14, docs/scheduler.md).
 *	shares [-s SECONDS] [NICE...]
 * One task for each nice value, -20 to 19; default: 0 0 5 10.  `due` is the
 * share that a task should get by its weight.
 */
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#define TASKS	32

static struct {
	int nice;
	pid_t pid;
	long long weight, us;
} task[TASKS];
static int tasks;
static volatile int *go;		/* shared */

/* Weight in thousandths: 1024 for nice 0, a factor of 1.25 per step. */
static long long weight_of(int nice)
{
	long long w = 1024000;

	for (; nice > 0; nice--)
		w = w * 4 / 5;
	for (; nice < 0; nice++)
		w = w * 5 / 4;
	return w;
}

static int number(const char *s, int least, int most)
{
	char *end;
	long n = strtol(s, &end, 10);

	if (end == s || *end || n < least || n > most) {
		printf("shares: %s: not a number of %d to %d\n", s, least,
		       most);
		exit(2);
	}
	return (int)n;
}

static void fail(const char *what)
{
	printf("shares: %s: %s\n", what, strerror(errno));
	exit(1);
}

static void add(int nice)
{
	if (tasks == TASKS) {
		printf("shares: more than %d tasks\n", TASKS);
		exit(2);
	}
	task[tasks].weight = weight_of(nice);
	task[tasks++].nice = nice;
}

static void compute(int nice)
{
	if (syscall(SYS_setpriority, 0, 0, nice)) {
		printf("shares: nice %d: %s\n", nice, strerror(errno));
		_exit(1);
	}
	while (!*go)
		usleep(1000);
	for (;;)
		;
}

/* Kill the tasks; wait4() returns the CPU time of each. */
static void stop(void)
{
	struct rusage r;
	int status;

	for (int i = 0; i < tasks; i++)
		kill(task[i].pid, SIGKILL);
	for (int i = 0; i < tasks; i++) {
		if (wait4(task[i].pid, &status, 0, &r) < 0)
			fail("wait4");
		if (WIFEXITED(status))
			exit(WEXITSTATUS(status));
		task[i].us = (r.ru_utime.tv_sec + r.ru_stime.tv_sec) *
			1000000ll + r.ru_utime.tv_usec + r.ru_stime.tv_usec;
	}
}

static void print(void)
{
	long long weight = 0, us = 0, due, had;

	for (int i = 0; i < tasks; i++) {
		weight += task[i].weight;
		us += task[i].us;
	}
	printf("nice      due      had\n");
	for (int i = 0; i < tasks && us; i++) {
		due = task[i].weight * 1000 / weight;
		had = task[i].us * 1000 / us;
		printf("%4d  %3lld.%lld %%  %3lld.%lld %%\n", task[i].nice,
		       due / 10, due % 10, had / 10, had % 10);
	}
}

int main(int argc, char **argv)
{
	unsigned long first_cpu = 1;
	int seconds = 5, i = 1;

	if (argc > 2 && !strcmp(argv[1], "-s")) {
		seconds = number(argv[2], 1, 1000);
		i = 3;
	}
	for (; i < argc; i++)
		add(number(argv[i], -20, 19));
	if (!tasks)
		for (i = 0; i < 4; i++)
			add((int[]){ 0, 0, 5, 10 }[i]);
	if (syscall(SYS_sched_setaffinity, 0, sizeof(first_cpu),
		    &first_cpu) < 0)
		fail("sched_setaffinity");
	go = mmap(NULL, sizeof(*go), PROT_READ | PROT_WRITE,
		  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	if (go == MAP_FAILED)
		fail("mmap");
	for (i = 0; i < tasks; i++) {
		task[i].pid = fork();
		if (task[i].pid < 0)
			fail("fork");
		if (task[i].pid == 0)
			compute(task[i].nice);
	}
	*go = 1;
	sleep((unsigned)seconds);
	stop();
	print();
	return 0;
}
