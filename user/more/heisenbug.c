/* SPDX-License-Identifier: MIT */
/*
 * heisenbug [DELAY]: a wake-up that is lost if a signal comes at the wrong
 * moment, and a probe that hides it (row C11; docs/probe-effect.md).
 *
 *	arm a timer       its signal sets `told`
 *	work: calls, and a loop of DELAY rounds
 *	if (!told)        <--- the signal comes between these two,
 *		pause();  <--- and nothing is left to wake us
 *
 * Without a DELAY it looks for those with which the wake-up is lost, and prints
 * the one in their middle: at their ends it may be lost only now and then.  With
 * one it prints `lost` or `seen`.  Time counted in instructions
 * (./lectern run --icount) makes that repeat.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define TIMER	100		/* us until the signal */
#define RESCUE	30000		/* us until another one ends the wait */
#define CALLS	20
#define MOST	60000		/* rounds that are tried */
#define STEP	10

static volatile int told;

static void tell(int signo)
{
	told++;
}

/* => was the first signal's wake-up lost? */
static int lost(long delay)
{
	struct itimerval on = { { 0, RESCUE }, { 0, TIMER } }, off = { 0 };

	told = 0;
	setitimer(ITIMER_REAL, &on, NULL);
	for (int i = 0; i < CALLS; i++)
		getppid();
	for (volatile long i = 0; i < delay; i++)
		;
	if (!told)
		pause();
	setitimer(ITIMER_REAL, &off, NULL);
	return told > 1;
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
	while (delay < MOST && !lost(delay))
		delay += STEP;
	for (end = delay; end < MOST && lost(end); )
		end += STEP;
	printf("%ld\n", (delay + end - STEP) / 2);
	return delay >= MOST;
}
