/* SPDX-License-Identifier: MIT */
/*
 * heisenbug [DELAY]: a wake-up that is lost if a signal comes at the wrong
 * moment, and a probe that hides the bug (row C11; docs/tracing.md).
 *
 *	arm a timer       its signal sets `told`
 *	work: calls, and a loop of DELAY rounds
 *	if (!told) {      <--- the signal comes between this
 *		last calls
 *		pause();  <--- and this, and nothing is left to wake us
 *	}
 *
 * Without DELAY it searches for the delays for which the wake-up is always
 * lost, and prints the one in the middle.  With DELAY it prints `lost` or
 * `seen`.  With time counted in instructions (./lectern run --icount) the
 * result is reproducible.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#define TIMER	100		/* us until the signal */
#define RESCUE	30000		/* us until a second signal ends the wait */
#define CALLS	20
#define LAST	20
#define MOST	60000		/* largest delay to try */
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

/* Return: 1 if the first signal's wake-up was lost, else 0. */
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

/* True if lost each time: timer ticks are not in step with the program. */
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
	/* a first run takes longer, because of page faults */
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
