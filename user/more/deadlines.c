/* SPDX-License-Identifier: MIT */
/*
 * deadlines: draw when each of four tasks on one CPU ran (row B14,
 * docs/deadline.md).  Sound and picture compute a little in each of their
 * periods, a greedy task never stops, and an ordinary task gets the rest.
 */
#include <errno.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define MS	1000000ull
#define SLOT	10			/* ms per column */
#define SLOTS	60

struct sched_attr {
	uint32_t size, policy;
	uint64_t flags;
	int32_t nice;
	uint32_t priority;
	uint64_t runtime, deadline, period;
};

static const struct {
	const char *name;
	unsigned runtime, period, work;	/* ms; 0: no deadline, endless */
} task[] = {
	{ "sound", 12, 50, 8 }, { "picture", 34, 100, 28 },
	{ "greedy", 40, 200, 0 }, { "ordinary", 0, 0, 0 },
};
#define TASKS	(int)(sizeof(task) / sizeof(task[0]))

static struct {
	volatile int go;
	uint64_t start;
	volatile char ran[TASKS][SLOTS];
} *s;

static uint64_t now(int clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return t.tv_sec * 1000 * MS + (uint64_t)t.tv_nsec;
}

/* Compute for ms of CPU time; 0: until the end. */
static void compute(int who, unsigned ms)
{
	uint64_t end = now(CLOCK_THREAD_CPUTIME_ID) + ms * MS, slot;

	while (!ms || now(CLOCK_THREAD_CPUTIME_ID) < end) {
		slot = (now(CLOCK_MONOTONIC) - s->start) / (SLOT * MS);
		if (slot >= SLOTS)
			_exit(0);
		s->ran[who][slot] = 1;
	}
}

static void child(int who)
{
	struct sched_attr a = { .size = sizeof(a), .policy = 6,
		.runtime = task[who].runtime * MS,
		.deadline = task[who].period * MS,
		.period = task[who].period * MS };

	while (!s->go)
		usleep(1000);
	if (a.runtime && syscall(SYS_sched_setattr, 0, &a, 0)) {
		printf("deadlines: %s: sched_setattr: %s\n", task[who].name,
		       strerror(errno));
		_exit(1);
	}
	for (;;) {
		compute(who, task[who].work);
		syscall(SYS_sched_yield);	/* done for this period */
	}
}

static void print(int who)
{
	char line[SLOTS + 1] = { 0 };

	for (int i = 0; i < SLOTS; i++)
		line[i] = s->ran[who][i] ? '#' : '.';
	if (task[who].runtime)
		printf("%-9s%3u of %3u ms  %s\n", task[who].name,
		       task[who].runtime, task[who].period, line);
	else
		printf("%-9s               %s\n", task[who].name, line);
}

int main(void)
{
	int status, failed = 0;

	s = mmap(NULL, sizeof(*s), PROT_READ | PROT_WRITE,
		 MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (int i = 0; i < TASKS; i++)
		if (!fork())
			child(i);
	s->start = now(CLOCK_MONOTONIC) + 20 * MS;
	usleep(20000);
	s->go = 1;
	while (wait(&status) > 0)
		failed |= status;
	for (int i = 0; i < TASKS && !failed; i++)
		print(i);
	return failed != 0;
}
