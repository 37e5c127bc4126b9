/* SPDX-License-Identifier: MIT */
/*
 * schedbench: what the scheduler does with tasks that want more than there is
 * (row B14), for one CPU under -icount.
 *	schedbench [SECONDS [WAKES]]
 * SECONDS, 10: how long shares are measured, 0: latencies only; WAKES, 400: how
 * often each sleeper wakes.
 * Prints  name<TAB>value: per cent, or ns.
 */
#define _GNU_SOURCE
#include "bench.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#define BUSY	8
#define PERIOD	7300000		/* ns between two wake-ups */
#define WORK	100000		/* ns computed after each */
#define BIG	(64u << 20)	/* bytes that a long call is about */

static pid_t busy[BUSY];
static int wakes = 400;

static u64 read_clock(clockid_t id)
{
	struct timespec t;

	must(!clock_gettime(id, &t), "clock_gettime");
	return (u64)t.tv_sec * 1000000000 + (u64)t.tv_nsec;
}

static void print(const char *name, double value)
{
	printf("%s\t%.3f\n", name, value);
	fflush(stdout);
}

static void policy(int policy, int priority)
{
	struct sched_param p = { .sched_priority = priority };

	must(!sched_setscheduler(0, policy, &p), "sched_setscheduler");
}

/* n tasks that compute without end, each of its nice value. */
static void start(int n, const int *nice_of)
{
	for (int i = 0; i < n; i++) {
		busy[i] = fork();
		if (busy[i] == 0) {
			policy(SCHED_OTHER, 0);
			if (nice_of)
				setpriority(PRIO_PROCESS, 0, nice_of[i]);
			for (;;)
				;
		}
	}
}

/* One call fills, reads into, copies (fork) and frees so much memory. */
static void long_calls(void)
{
	int zero = open("/dev/zero", O_RDONLY);

	for (;;) {
		char *p = mmap(NULL, BIG, PROT_READ | PROT_WRITE, MAP_PRIVATE |
			       MAP_ANONYMOUS | MAP_POPULATE, -1, 0);
		pid_t pid;

		if (p == MAP_FAILED || read(zero, p, BIG) != BIG)
			exit(1);
		pid = fork();
		if (pid == 0)
			_exit(0);
		waitpid(pid, NULL, 0);
		munmap(p, BIG);
	}
}

static void start_long_calls(void)
{
	busy[0] = fork();
	if (busy[0] == 0)
		long_calls();
}

static void stop(int n)
{
	for (int i = 0; i < n; i++)
		kill(busy[i], SIGKILL);
	while (wait(NULL) > 0)
		;
}

/* The CPU time of each of n tasks in so many seconds. */
static void measure_shares(int n, unsigned seconds, double *got)
{
	clockid_t id[BUSY];
	u64 begin[BUSY];

	/* before them, so that all are read at one moment */
	policy(SCHED_FIFO, 1);
	usleep(50000);
	for (int i = 0; i < n; i++) {
		if (clock_getcpuclockid(busy[i], &id[i]))
			exit(1);
		begin[i] = read_clock(id[i]);
	}
	sleep(seconds);
	for (int i = 0; i < n; i++)
		got[i] = (double)(read_clock(id[i]) - begin[i]);
	policy(SCHED_OTHER, 0);
}

static double off(double got, double ideal)
{
	double e = (got - ideal) * 100 / ideal;

	return e < 0 ? -e : e;
}

static void equal_shares(unsigned seconds)
{
	double got[BUSY], sum = 0, worst = 0;

	start(BUSY, NULL);
	measure_shares(BUSY, seconds, got);
	stop(BUSY);
	for (int i = 0; i < BUSY; i++)
		sum += got[i];
	for (int i = 0; i < BUSY; i++)
		if (off(got[i], sum / BUSY) > worst)
			worst = off(got[i], sum / BUSY);
	print("fair_8_equal_worst_error_pct", worst);
}

static void nice_shares(unsigned seconds)
{
	static const int value[3] = { 0, 5, 10 };
	static const double weight[3] = { 1024, 335, 110 };
	double got[3], sum = 0;
	char name[64];

	start(3, value);
	measure_shares(3, seconds, got);
	stop(3);
	for (int i = 0; i < 3; i++)
		sum += got[i];
	for (int i = 0; i < 3; i++) {
		snprintf(name, sizeof(name), "nice_%d_of_0_5_10_error_pct",
			 value[i]);
		print(name, off(got[i], sum * weight[i] / 1469));
	}
}

/* Sleeps until a moment, and sees how late it is; then works a little. */
static void wake_ups(const char *name)
{
	u64 at = now(), sum = 0, worst = 0, woken;
	char row[64];

	for (int i = 0; i < wakes; i++) {
		struct timespec t;

		at += PERIOD;
		t.tv_sec = (time_t)(at / 1000000000);
		t.tv_nsec = (long)(at % 1000000000);
		clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &t, NULL);
		woken = now();
		sum += woken - at;
		if (woken - at > worst)
			worst = woken - at;
		while (now() - woken < WORK)
			;
		if (now() > at + PERIOD)
			at = now();
	}
	snprintf(row, sizeof(row), "wake_%s_mean_ns", name);
	print(row, (double)sum / wakes);
	snprintf(row, sizeof(row), "wake_%s_worst_ns", name);
	print(row, (double)worst);
}

/* Two that hand a byte to and fro. */
static void ping_pong(const char *name, int rounds)
{
	int a[2], b[2];
	char c = 0;
	u64 t;

	if (pipe(a) || pipe(b))
		exit(1);
	busy[0] = fork();
	if (busy[0] == 0)
		for (;;)
			if (read(a[0], &c, 1) != 1 || write(b[1], &c, 1) != 1)
				_exit(0);
	t = now();
	for (int i = 0; i < rounds; i++)
		if (write(a[1], &c, 1) != 1 || read(b[0], &c, 1) != 1)
			exit(1);
	print(name, (double)(now() - t) / rounds);
	stop(1);
}

int main(int argc, char **argv)
{
	unsigned seconds = argc > 1 ? (unsigned)atoi(argv[1]) : 10;

	if (argc > 2)
		wakes = atoi(argv[2]);
	if (wakes < 1)
		wakes = 1;
	if (seconds) {
		equal_shares(seconds);
		nice_shares(seconds);
	}
	wake_ups("alone");
	start(BUSY, NULL);
	wake_ups("beside_8");
	policy(SCHED_FIFO, 10);
	wake_ups("beside_8_fifo");
	policy(SCHED_OTHER, 0);
	stop(BUSY);
	start_long_calls();
	wake_ups("in_long_calls");
	policy(SCHED_FIFO, 10);
	wake_ups("in_long_calls_fifo");
	policy(SCHED_OTHER, 0);
	stop(1);
	ping_pong("pipe_pingpong_rt_ns", 2000);
	policy(SCHED_FIFO, 10);
	ping_pong("pipe_pingpong_fifo_rt_ns", 2000);
	return 0;
}
