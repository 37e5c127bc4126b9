/* SPDX-License-Identifier: MIT */
/*
 * inversion [-i]: priority inversion as Mars Pathfinder had it, on one CPU, and
 * with -i what priority inheritance does about it (row B14, docs/futex_pi.md).
 *
 *   weather (low)    holds the lock of the information bus, and computes
 *   radio (middle)   wants no lock, and computes long
 *   bus (high)       wants the lock; a watchdog resets all if it is late
 */
#include <errno.h>
#include <stdio.h>
#include <string.h>
#include <sys/syscall.h>
#include <thread.h>
#include <time.h>
#include <unistd.h>

#define SCHED_FIFO	1
#define LOCK_PI		6
#define UNLOCK_PI	7
#define LINES		20
#define LINE		80

enum { WEATHER = 1, RADIO, BUS, WATCHER };	/* priorities */

static char lines[LINES][LINE];		/* printing may sleep: at the end */
static unsigned nr;
static struct timespec start;
static int inherit;
static struct mutex plain;
static volatile int word, held, late;

static long since(const struct timespec *from)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (t.tv_sec - from->tv_sec) * 1000000L +
		(t.tv_nsec - from->tv_nsec) / 1000;
}

static void note(const char *text)
{
	unsigned i = __atomic_fetch_add(&nr, 1, __ATOMIC_RELAXED);

	if (i < LINES)
		snprintf(lines[i], LINE, "%6ld us  %s", since(&start), text);
}

static void lock(void)
{
	if (inherit)
		futex(&word, LOCK_PI | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0);
	else
		mutex_lock(&plain);
}

static void unlock(void)
{
	if (inherit)
		futex(&word, UNLOCK_PI | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0);
	else
		mutex_unlock(&plain);
}

/* => 0 or -1 */
static long run_with(int priority)
{
	return syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &priority);
}

/* So much of its own time, however long that takes. */
static void compute(long ms)
{
	struct timespec t;
	long end;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	end = t.tv_sec * 1000 + t.tv_nsec / 1000000 + ms;
	do
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	while (t.tv_sec * 1000 + t.tv_nsec / 1000000 < end);
}

static void *weather(void *arg)
{
	run_with(WEATHER);
	lock();
	note("weather: has the lock, computes");
	held = 1;
	compute(20);
	note("weather: gives the lock back");
	unlock();
	note("weather: ends");
	return arg;
}

static void *radio(void *arg)
{
	run_with(RADIO);
	note("radio:   computes, wants no lock");
	compute(200);
	note("radio:   ends");
	return arg;
}

static void *bus(void *arg)
{
	struct timespec asked;

	run_with(BUS);
	note("bus:     wants the lock");
	clock_gettime(CLOCK_MONOTONIC, &asked);
	lock();
	late = since(&asked) > 125000;
	note(late ? "bus:     has it, too late: the watchdog resets all" :
	     "bus:     has it");
	unlock();
	return arg;
}

int main(int argc, char **argv)
{
	static void *(*const fn[])(void *) = { weather, bus, radio };
	struct timespec nap = { 0, 1000000 };
	unsigned long cpu0 = 1;
	struct thread t[3];

	inherit = argc == 2 && !strcmp(argv[1], "-i");
	if (argc > 1 && !inherit) {
		fprintf(stderr, "usage: inversion [-i]\n");
		return 2;
	}
	syscall(SYS_sched_setaffinity, 0, sizeof(cpu0), &cpu0);
	if (run_with(WATCHER)) {
		fprintf(stderr, "inversion: no priority: %s\n", strerror(errno));
		return 1;
	}
	clock_gettime(CLOCK_MONOTONIC, &start);
	for (int i = 0; i < 3; i++) {
		thread_create(&t[i], fn[i], NULL);
		while (!held)
			nanosleep(&nap, NULL);
	}
	for (int i = 0; i < 3; i++)
		thread_join(&t[i]);
	for (unsigned i = 0; i < nr && i < LINES; i++)
		puts(lines[i]);
	return 0;
}
