/* SPDX-License-Identifier: MIT */
/*
 * inversion [-i] [CPUS [ROUNDS]]: draw a priority inversion like that of Mars
 * Pathfinder, or with -i how priority inheritance prevents it (row B14,
 * docs/futex_pi.md).
 *
 *   weather (low)    holds the lock of the information bus, and computes
 *   radio (middle)   wants no lock, and computes long; one for each CPU
 *   bus (high)       wants the lock; a watchdog resets all if it is late
 *
 * In each round the bus comes a little later, and weather holds the lock for a
 * shorter time; only the first round is drawn.
 */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <thread.h>
#include <time.h>
#include <unistd.h>

#define SCHED_FIFO	1
#define LOCK_PI		6
#define UNLOCK_PI	7
#define MAX_CPUS	4
#define LINES		40
#define LINE		80
#define SECTION		20		/* ms that weather holds the lock */
#define LONG		200		/* ms that a radio computes */
#define DEADLINE	125000		/* us */
#define SLOT		5000		/* us per column */
#define SLOTS		56

enum { WEATHER = 1, RADIO, BUS, WATCHER };	/* priorities */

static char lines[LINES][LINE];		/* printed last: printing may sleep */
static unsigned nr;
static char drawn[MAX_CPUS + 2][SLOTS + 1];	/* bus, radios, weather */
static struct timespec start;
static int inherit, cpus = 1, round_nr;
static struct mutex plain;
static volatile int word, held, ended;	/* ended: a radio has finished */
static long longest;			/* longest wait of the bus, us */
static int inverted;			/* rounds in which a radio was first */

static long since(const struct timespec *from)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (t.tv_sec - from->tv_sec) * 1000000L +
		(t.tv_nsec - from->tv_nsec) / 1000;
}

static void note(const char *text)
{
	unsigned i;

	if (round_nr)
		return;
	i = __atomic_fetch_add(&nr, 1, __ATOMIC_RELAXED);
	if (i < LINES)
		snprintf(lines[i], LINE, "%6ld us  %s", since(&start), text);
}

static void draw(int row, long us, char c)
{
	if (!round_nr && us / SLOT < SLOTS)
		drawn[row][us / SLOT] = c;
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

/* Return: 0 or -1. */
static long run_with(int priority)
{
	return syscall(SYS_sched_setscheduler, 0, SCHED_FIFO, &priority);
}

/* Compute for ms of the thread's own CPU time. */
static void compute(int row, long ms, char c)
{
	struct timespec t;
	long end;

	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	end = t.tv_sec * 1000000 + t.tv_nsec / 1000 + ms * 1000;
	do {
		draw(row, since(&start), c);
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	} while (t.tv_sec * 1000000 + t.tv_nsec / 1000 < end);
}

static void *weather(void *arg)
{
	run_with(WEATHER);
	lock();
	note("weather: has the lock, computes");
	held = 1;
	compute(cpus + 1, SECTION - round_nr % SECTION / 2, 'L');
	note("weather: gives the lock back");
	unlock();
	note("weather: ends");
	return arg;
}

static void *radio(void *arg)
{
	run_with(RADIO);
	note("radio:   computes, wants no lock");
	compute((int)(long)arg, LONG, '#');
	ended = 1;
	note("radio:   ends");
	return arg;
}

static void *bus(void *arg)
{
	struct timespec asked;
	long at, took;

	run_with(BUS);
	note("bus:     wants the lock");
	at = since(&start);
	clock_gettime(CLOCK_MONOTONIC, &asked);
	lock();
	took = since(&asked);
	inverted += ended;
	note(took > DEADLINE ?
	     "bus:     has it, too late: the watchdog resets all" :
	     "bus:     has it");
	for (long us = at; us < at + took; us += SLOT / 2)
		draw(0, us, '-');
	draw(0, since(&start), 'L');
	unlock();
	if (took > longest)
		longest = took;
	return arg;
}

static void one_round(void)
{
	struct timespec nap = { 0, 1000000 };
	struct thread t[MAX_CPUS + 2];

	held = ended = 0;
	clock_gettime(CLOCK_MONOTONIC, &start);
	thread_create(&t[0], weather, NULL);
	while (!held)
		nanosleep(&nap, NULL);
	for (int i = 0; i < round_nr % SECTION / 4; i++)
		nanosleep(&nap, NULL);
	thread_create(&t[1], bus, NULL);
	for (long i = 1; i <= cpus; i++)
		thread_create(&t[1 + i], radio, (void *)i);
	for (int i = 0; i < cpus + 2; i++)
		thread_join(&t[i]);
}

static void print(int rounds)
{
	for (unsigned i = 0; i < nr && i < LINES; i++)
		puts(lines[i]);
	printf("\nbus       %s\n", drawn[0]);
	for (int i = 1; i <= cpus; i++)
		printf("radio     %s\n", drawn[i]);
	printf("weather   %s\n\n", drawn[cpus + 1]);
	printf("The lock is held for %d us; the bus waited for it %ld us at "
	       "most,\nand until a radio had ended in %d of %d rounds.\n",
	       SECTION * 1000, longest, inverted, rounds);
}

int main(int argc, char **argv)
{
	unsigned long mask;
	int rounds = 1;

	inherit = argc > 1 && !strcmp(argv[1], "-i");
	argv += 1 + inherit;
	if (*argv)
		cpus = atoi(*argv++);
	if (*argv)
		rounds = atoi(*argv++);
	if (*argv || cpus < 1 || cpus > MAX_CPUS || rounds < 1) {
		fprintf(stderr, "usage: inversion [-i] [CPUS [ROUNDS]]\n");
		return 2;
	}
	mask = (1ul << cpus) - 1;
	syscall(SYS_sched_setaffinity, 0, sizeof(mask), &mask);
	if (run_with(WATCHER)) {
		fprintf(stderr, "inversion: no priority: %s\n", strerror(errno));
		return 1;
	}
	memset(drawn, '.', sizeof(drawn));
	for (int i = 0; i < cpus + 2; i++)
		drawn[i][SLOTS] = 0;
	for (; round_nr < rounds; round_nr++)
		one_round();
	print(rounds);
	return 0;
}
