/* SPDX-License-Identifier: MIT */
/*
 * smpbench: what a second CPU is worth, by wall clock (row B13).  Each row is
 * the same work by two processes at once, however many CPUs there are.
 *	smpbench		prints  name<TAB>milliseconds
 */
#define _GNU_SOURCE
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define JOBS		2
#define COMPUTE		60000000u	/* steps */
#define CALLS		60000
#define FORKS		60
#define ROUNDS		3000

static char *self;
static int there[2], back[2];

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static double now_ms(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1e3 + t.tv_nsec / 1e6;
}

static void compute(int job)
{
	volatile unsigned sink;
	unsigned v = (unsigned)job;

	for (unsigned i = 0; i < COMPUTE; i++)
		v = v * 1664525u + 1013904223u;
	sink = v;
	(void)sink;
}

static void calls(int job)
{
	char c;
	int fd = open("/dev/zero", O_RDONLY);

	(void)job;
	if (fd < 0)
		die("/dev/zero");
	for (int i = 0; i < CALLS; i++) {
		syscall(SYS_getppid);
		if (read(fd, &c, 1) != 1)
			die("read");
	}
}

static void forks(int job)
{
	(void)job;
	for (int i = 0; i < FORKS; i++) {
		int st;
		pid_t pid = fork();

		if (pid == 0) {
			execl(self, self, "-exit", (char *)NULL);
			_exit(1);
		}
		if (pid < 0 || waitpid(pid, &st, 0) != pid || st)
			die("fork, exec, wait");
	}
}

/* The two on CPUs of their own, if there are two. */
static void ball(int job)
{
	int from = job ? there[0] : back[0], to = job ? back[1] : there[1];
	cpu_set_t set;
	char c = 0;

	CPU_ZERO(&set);
	CPU_SET(job, &set);
	sched_setaffinity(0, sizeof(set), &set);
	for (int i = 0; i < ROUNDS; i++) {
		if (!job && write(to, &c, 1) != 1)
			die("write");
		if (read(from, &c, 1) != 1)
			die("read");
		if (job && write(to, &c, 1) != 1)
			die("write");
	}
}

/*
 * The same, real-time, where another computes on the CPU of the second: each
 * wake-up has to interrupt it.  Told by the tick, it would take 10 ms.
 */
static void interrupting_ball(int job)
{
	struct sched_param p = { .sched_priority = 1 };

	if (sched_setscheduler(0, SCHED_FIFO, &p))
		die("SCHED_FIFO");
	ball(job);
}

static pid_t start_busy(void)
{
	pid_t pid = fork();
	cpu_set_t set;

	if (pid)
		return pid;
	CPU_ZERO(&set);
	CPU_SET(1, &set);
	sched_setaffinity(0, sizeof(set), &set);
	for (;;)
		;
}

static void measure(const char *name, void (*work)(int))
{
	double start = now_ms();

	for (int job = 0; job < JOBS; job++)
		if (fork() == 0) {
			work(job);
			_exit(0);
		}
	for (int job = 0; job < JOBS; job++) {
		int st;

		if (wait(&st) < 0 || st)
			die("a job");
	}
	printf("%s\t%.1f\n", name, now_ms() - start);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	pid_t busy;

	self = argv[0];
	if (argc > 1 && !strcmp(argv[1], "-exit"))
		return 0;
	if (pipe(there) || pipe(back))
		die("pipe");
	measure("compute", compute);
	measure("system_calls", calls);
	measure("fork_exec", forks);
	measure("pipe_between_cpus", ball);
	busy = start_busy();
	measure("pipe_to_busy_cpu", interrupting_ball);
	kill(busy, SIGKILL);
	waitpid(busy, NULL, 0);
	return 0;
}
