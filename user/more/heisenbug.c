/* SPDX-License-Identifier: MIT */
/*
 * heisenbug [DELAY]: a wake-up that is lost if a signal comes at the wrong
 * moment, and a probe that hides it (row C11; docs/tracing.md).
 *
 *	arm a timer       its signal sets `told`
 *	work: calls, and a loop of DELAY rounds
 *	if (!told) {      <--- the signal comes between this
 *		last calls
 *		pause();  <--- and this, and nothing is left to wake us
 *	}
 *
 * Without a DELAY it looks for those with which the wake-up is always lost, and
 * prints the one in their middle.  With one it prints `lost` or `seen`.  Time
 * counted in instructions (./lectern run --icount) makes that repeat.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define TIMER	100		/* us until the signal */
#define RESCUE	30000		/* us until another one ends the wait */
#define CALLS	20
#define LAST	20
#define MOST	60000		/* rounds that are tried */
#define STEP	10
#define TRIES	5

static volatile int told;

static void tell(int signo)
{
	told++;
}

static void call(int times)
{
	while (times--)
		getppid();
}

/* => was the first signal's wake-up lost? */
static int lost(long delay)
{
	struct itimerval on = { { 0, RESCUE }, { 0, TIMER } }, off = { 0 };

	told = 0;
	setitimer(ITIMER_REAL, &on, NULL);
	call(CALLS);
	for (volatile long i = 0; i < delay; i++)
		;
	if (!told) {
		call(LAST);
		pause();
	}
	setitimer(ITIMER_REAL, &off, NULL);
	return told > 1;
}

/* ... each time?  The clock's step and the timer's are not the program's. */
static int surely_lost(long delay)
{
	for (int i = 0; i < TRIES; i++)
		if (!lost(delay))
			return 0;
	return 1;
}

int main(int argc, char **argv)
{
	long delay = argc > 1 ? atol(argv[1]) : 0, end;

	signal(SIGALRM, tell);
	/* what is touched for the first time takes longer */
	lost(0);
	if (argc > 1) {
		puts(lost(delay) ? "lost" : "seen");
		return 0;
	}
	while (delay < MOST && !surely_lost(delay))
		delay += STEP;
	for (end = delay; end < MOST && surely_lost(end); )
		end += STEP;
	printf("%ld\n", (delay + end - STEP) / 2);
	return delay >= MOST;
}
