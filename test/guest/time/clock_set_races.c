/* SPDX-License-Identifier: MIT */
/*
 * The clock is set while others read it (row B10): nobody sees a part of one
 * time with a part of another, neither from the vDSO nor from the kernel.
 *
 * What the clock is ahead of CLOCK_MONOTONIC by goes to and fro over a
 * multiple of 2^32 ns, by little: a half of one with a half of the other is
 * four seconds away.
 */
#include <thread.h>
#include <time.h>
#include "tap.h"
#include "timex_abi.h"

#define SECOND	1000000000LL
#define LITTLE	1000000LL	/* ns; more than a call needs, as a rule */
#define ROUNDS	3000

static volatile int stop;
static long long middle;	/* 2^32 * n */
static long long late;		/* ns: the longest setting took */

struct reader {
	struct thread thread;
	int kernel;			/* reads by the system call */
	volatile long times;
	long long least, most;		/* ahead for sure, ns from middle */
};

static long long read_real(int kernel)
{
	long long t[2];		/* what 32-bit machines call timespec64, too */
	struct timespec ts;

	if (!kernel && !clock_gettime(CLOCK_REALTIME, &ts))
		return ts.tv_sec * SECOND + ts.tv_nsec;
	if (kernel && !raw_syscall(ABI_clock_gettime, CLOCK_REALTIME, t))
		return t[0] * SECOND + t[1];
	return 0;
}

static void *read_racing_clock(void *arg)
{
	struct reader *r = arg;

	for (; !stop; r->times++) {
		long long before = (long long)now_ns();
		long long ns = read_real(r->kernel) - middle;
		long long after = (long long)now_ns();

		if (ns - before < r->least)
			r->least = ns - before;
		if (ns - after > r->most)
			r->most = ns - after;
	}
	return NULL;
}

/* Ahead by so much, or as much less as that takes. */
static void set_ahead(long long ahead)
{
	long long before = (long long)now_ns(), ns = before + ahead, took;
	long long t[2] = { ns / SECOND, ns % SECOND };

	if (raw_syscall(ABI_clock_settime, CLOCK_REALTIME, t))
		tap_bail("clock_settime");
	took = (long long)now_ns() - before;
	if (took > late)
		late = took;
}

static void jumps_before(int kernel, const char *what)
{
	struct reader r = { .kernel = kernel };

	set_ahead(middle);
	late = 0;
	thread_create(&r.thread, read_racing_clock, &r);
	for (int k = 0; k < ROUNDS || !r.times; k++) {
		set_ahead(middle + LITTLE);
		set_ahead(middle - LITTLE);
	}
	stop = 1;
	thread_join(&r.thread);
	stop = 0;
	check(r.least >= -LITTLE - late && r.most <= LITTLE, what);
}

/* It would overflow within 30 years, or says nothing even now. */
static void too_late(void)
{
	static const long long late_s[] = {
		9223372036 - 946080000 + 1, 9223372036, 9223372037, INT64_MAX,
	};
	long long before = read_real(1);

	for (int i = 0; i < COUNT(late_s); i++) {
		long long t[2] = { late_s[i], 0 };

		check_eq(raw_syscall(ABI_clock_settime, CLOCK_REALTIME, t),
			 -EINVAL, "no clock is set to %lld s", late_s[i]);
	}
	check(read_real(1) - before < 1000 * SECOND, "nor was this one");
}

int main(void)
{
	long long real = read_real(1) - (long long)now_ns();

	too_late();
	middle = real & ~0xffffffffLL;
	jumps_before(0, "no time of the vDSO is half another");
	jumps_before(1, "nor one of the kernel");
	set_ahead(real);
	return tap_done();
}
