/* SPDX-License-Identifier: MIT */
/* Lab 10, hidden checks: waits that begin again, and two ends at once. */
#include "futex.h"

static word_t *shared;

static void wait_through_stop(void *arg)
{
	struct timespec t = time_of(20 * MS);
	unsigned long long begin = lab_clock();

	lab_equal(futex(shared, WAIT, 0, &t, 0), -(long)(intptr_t)arg,
		  "a wait with a timeout, stopped and continued");
	if ((intptr_t)arg == ETIMEDOUT)
		must_end_after(lab_clock() - begin, 20 * MS);
}

static pid_t stopped_waiter(void (*fn)(void *), void *arg)
{
	pid_t pid = lab_fork(fn, arg);

	nap(5 * MS);
	lab_must(kill(pid, SIGSTOP), "kill");
	nap(5 * MS);
	return pid;
}

static void wait_with_bit(void *arg)
{
	struct timespec t = time_of(lab_clock() + 20 * MS);

	(void)arg;
	lab_equal(futex(shared, WAIT_BITSET, 0, &t, 4), 0,
		  "a wait with bits, stopped, continued and woken");
}

static word_t own;

static void wait_private_through_stop(void *arg)
{
	struct timespec t = time_of(20 * MS);

	(void)arg;
	lab_equal(futex(&own, WAIT | PRIVATE, 0, &t, 0), -ETIMEDOUT,
		  "a private wait, stopped and continued");
}

/* A wait that goes on may be interrupted, too. */
static void stop_twice(void)
{
	pid_t pid = stopped_waiter(wait_through_stop, (void *)ETIMEDOUT);

	lab_must(kill(pid, SIGCONT), "kill");
	nap(MS);
	lab_must(kill(pid, SIGSTOP), "kill");
	nap(MS);
	lab_must(kill(pid, SIGCONT), "kill");
	lab_join(pid);
}

/* The wall clock is now this much ahead of where it was. */
static void move_clock(long seconds)
{
	struct timespec t;

	lab_must(clock_gettime(CLOCK_REALTIME, &t), "clock_gettime");
	t.tv_sec += seconds;
	lab_equal(raw_syscall(ABI_clock_settime, CLOCK_REALTIME, &t), 0,
		  "clock_settime");
}

static void wait_for_clock(void *arg)
{
	struct timespec t;
	unsigned long long begin = lab_clock(), took;

	(void)arg;
	lab_must(clock_gettime(CLOCK_REALTIME, &t), "clock_gettime");
	t = time_of((unsigned long long)t.tv_sec * 1000 * MS +
		    (unsigned long long)t.tv_nsec + 60 * MS);
	lab_equal(futex(shared, WAIT_BITSET | REALTIME, 0, &t, ANY),
		  -ETIMEDOUT, "a wait of the wall clock, stopped, continued");
	took = lab_clock() - begin;
	lab_check(took < 30 * MS, "a continued wait until 60000 us later by "
		  "the wall clock, which was set two seconds forward after "
		  "10000 us, took %llu us", took / 1000);
}

/* A deadline of the wall clock stays one. */
static void stop_and_set_clock(void)
{
	pid_t pid = stopped_waiter(wait_for_clock, NULL);

	lab_must(kill(pid, SIGCONT), "kill");
	nap(MS);
	move_clock(2);
	lab_join(pid);
	move_clock(-2);
}

/* A job-control stop interrupts the wait, and no handler runs. */
static void restart(void)
{
	pid_t pid;

	lab_limit(400);
	shared = shared_words();
	pid = stopped_waiter(wait_through_stop, (void *)ETIMEDOUT);
	lab_must(kill(pid, SIGCONT), "kill");
	lab_join(pid);

	pid = stopped_waiter(wait_through_stop, (void *)EAGAIN);
	*shared = 1;
	lab_must(kill(pid, SIGCONT), "kill");
	lab_join(pid);

	*shared = 0;
	pid = stopped_waiter(wait_with_bit, NULL);
	lab_must(kill(pid, SIGCONT), "kill");
	nap(MS);
	lab_equal(futex(shared, WAKE_BITSET, 1, NULL, 3), 0,
		  "tasks woken by bits that the continued wait does not have");
	lab_equal(futex(shared, WAKE_BITSET, 1, NULL, 4), 1,
		  "tasks woken by the bit of the continued wait");
	lab_join(pid);

	pid = stopped_waiter(wait_private_through_stop, NULL);
	lab_must(kill(pid, SIGCONT), "kill");
	lab_join(pid);
	stop_twice();
	stop_and_set_clock();
	drop(shared);
}

static void wait_and_count(void *arg)
{
	struct timespec t = time_of(3 * MS);

	handle(SIGUSR1, 0);
	lab_equal(futex(shared, WAIT, 0, arg ? &t : NULL, 0), 0, arg ?
		  "a wait whose time ran out before it was woken and could run"
		  : "a wait that got a signal and a wake before it could run");
}

/* A waker has counted the task: then the task was woken, whatever else came. */
static void both(void)
{
	unsigned long long begin;
	pid_t pid;

	shared = shared_words();
	pid = lab_fork(wait_and_count, NULL);
	nap(MS);
	go_first(1);
	lab_must(kill(pid, SIGUSR1), "kill");
	lab_equal(wake(shared, 1), 1, "tasks woken after a signal was sent");
	go_first(0);
	lab_join(pid);

	pid = lab_fork(wait_and_count, (void *)1);
	nap(MS);
	go_first(1);
	for (begin = lab_clock(); lab_clock() - begin < 4 * MS; )
		;
	lab_equal(wake(shared, 1), 1, "tasks woken that have not run since "
		  "their timeout");
	go_first(0);
	lab_join(pid);
	drop(shared);
}

static unsigned long long cpu_time(void)
{
	struct rusage r;

	lab_must(getrusage(RUSAGE_SELF, &r), "getrusage");
	return (unsigned long long)(r.ru_utime.tv_usec + r.ru_stime.tv_usec) +
	       1000000ULL * (unsigned long long)(r.ru_utime.tv_sec +
						 r.ru_stime.tv_sec);
}

static void wait_idly(void *arg)
{
	struct rusage r;
	unsigned long long before = cpu_time(), used;
	long switches;

	lab_must(getrusage(RUSAGE_SELF, &r), "getrusage");
	switches = r.ru_nvcsw;
	lab_equal(wait_on(arg, 0), 0, "a long wait");
	used = cpu_time() - before;
	lab_must(getrusage(RUSAGE_SELF, &r), "getrusage");
	lab_check(used < 2000, "a wait of 50000 us used the CPU for %llu us",
		  used);
	lab_check(r.ru_nvcsw - switches < 5, "a wait went to sleep %ld times",
		  (long)r.ru_nvcsw - switches);
}

/* A waiter sleeps: it does not look again and again. */
static void idle(void)
{
	pid_t pid;

	shared = shared_words();
	pid = lab_fork(wait_idly, (void *)shared);
	for (int i = 0; i < 10; i++) {
		nap(5 * MS);
		/* changes of the word, and wakes of others, are no wake */
		*shared = (unsigned)i;
		wake(shared + 1, 1);
	}
	lab_equal(wake(shared, 1), 1, "tasks woken");
	lab_join(pid);
	drop(shared);
}

static const struct lab_case cases[] = {
	{ "restart", restart },
	{ "both", both },
	{ "idle", idle },
};

LAB_MAIN(cases)
