/* SPDX-License-Identifier: MIT */
/* Lab 9: what programs see of sleep and wake-up. */
#include "sleep.h"
#include <sys/resource.h>

static int ends[2];

static void read_one(void *arg)
{
	unsigned long long before = used();
	char byte;

	(void)arg;
	close(ends[1]);
	board->result = (int)read(ends[0], &byte, 1);
	board->used = used() - before;
	board->count++;
}

/* A sleeper uses no CPU, and ends its sleep when there is a byte, or in time. */
static void asleep(void)
{
	unsigned long long begin = lab_clock(), before = used();
	pid_t pid;

	lab_equal(nap(20), 0, "nanosleep");
	lab_check(lab_clock() - begin >= 20 * MS, "a sleep of 20 ms ended "
		  "after %llu ns", lab_clock() - begin);
	lab_check(used() - before < MS, "a sleep of 20 ms used %llu ns of the "
		  "CPU", used() - before);
	board_open();
	lab_must(pipe(ends), "pipe");
	pid = lab_fork(read_one, NULL);
	nap(20);
	lab_equal(board->count, 0, "reads of an empty pipe that have ended");
	lab_equal(write(ends[1], "x", 1), 1, "bytes written");
	lab_join(pid);
	lab_equal(board->result, 1, "bytes read");
	lab_check(board->used < 2 * MS, "a process that waited for a byte for "
		  "20 ms used %llu ns of the CPU", board->used);
	close(ends[0]);
	close(ends[1]);
	board_close();
}

static int to[2], from[2];

#define ROUNDS	300

static void echo(void *arg)
{
	char byte;

	(void)arg;
	for (int i = 0; i < ROUNDS; i++) {
		lab_equal(read(to[0], &byte, 1), 1, "bytes read");
		lab_equal(write(from[1], &byte, 1), 1, "bytes written");
	}
}

/* A byte to and fro: each write wakes the reader. */
static void wakes(void)
{
	unsigned long long begin;
	pid_t pid;
	char byte = 0;

	lab_must(pipe(to), "pipe");
	lab_must(pipe(from), "pipe");
	pid = lab_fork(echo, NULL);
	begin = lab_clock();
	for (int i = 0; i < ROUNDS; i++) {
		lab_equal(write(to[1], "x", 1), 1, "bytes written");
		lab_equal(read(from[0], &byte, 1), 1, "bytes read");
	}
	begin = lab_clock() - begin;
	lab_join(pid);
	for (int i = 0; i < 2; i++) {
		close(to[i]);
		close(from[i]);
	}
	lab_within_budget(begin);
}

#define HERD	5

/* The end of a pipe wakes all who read it. */
static void all(void)
{
	pid_t pid[HERD];

	board_open();
	lab_must(pipe(ends), "pipe");
	for (int i = 0; i < HERD; i++)
		pid[i] = lab_fork(read_one, NULL);
	nap(5);
	lab_equal(board->count, 0, "reads of an empty pipe that have ended");
	close(ends[1]);
	nap(5);
	lab_equal(board->count, HERD, "readers that saw the pipe's end");
	for (int i = 0; i < HERD; i++)
		waitpid(pid[i], NULL, 0);
	close(ends[0]);
	board_close();
}

struct event {
	uint32_t events;
	uint64_t data;
};

/* Return: an epoll set with the pipe's end for reading. */
static int pipe_set(unsigned how)
{
	struct event e = { POLLIN | how, 0 };
	int set = (int)syscall(SYS_epoll_create1, 0);

	lab_must(set, "epoll_create1");
	lab_must(syscall(SYS_epoll_ctl, set, EPOLL_ADD, ends[0], &e),
		 "epoll_ctl");
	return set;
}

static void wait_alone(void *arg)
{
	struct event e;
	int set = pipe_set(EPOLL_ONE);

	(void)arg;
	board->result += (int)syscall(SYS_epoll_pwait, set, &e, 1, -1, 0, 8);
	board->count++;
	for (;;)
		pause();
}

/* Exclusive sleepers: a byte wakes one of them. */
static void one(void)
{
	pid_t pid[HERD];
	unsigned first, second;

	board_open();
	lab_must(pipe(ends), "pipe");
	for (int i = 0; i < HERD; i++)
		pid[i] = lab_fork(wait_alone, NULL);
	nap(5);
	lab_equal(board->count, 0, "sleepers that woke for nothing");
	lab_equal(write(ends[1], "x", 1), 1, "bytes written");
	nap(5);
	first = board->count;
	lab_equal(write(ends[1], "x", 1), 1, "bytes written");
	nap(5);
	second = board->count;
	for (int i = 0; i < HERD; i++)
		end_child(pid[i]);
	close(ends[0]);
	close(ends[1]);
	board_close();
	lab_equal(first, 1, "exclusive sleepers that the first byte woke");
	lab_equal(second, 2, "those that two bytes woke");
}

static void write_later(void *arg)
{
	(void)arg;
	nap(5);
	(void)!write(ends[1], "x", 1);
}

/* poll: an event that was asked for ends it, long before its time. */
static void keys(void)
{
	struct pollfd p = { .events = POLLIN };
	unsigned long long begin;
	pid_t pid;

	lab_must(pipe(ends), "pipe");
	p.fd = ends[0];
	pid = lab_fork(write_later, NULL);
	begin = lab_clock();
	lab_equal(poll(&p, 1, 100), 1, "poll");
	lab_check(lab_clock() - begin < 20 * MS, "a byte came after 5 ms, but "
		  "poll returned after %llu ns", lab_clock() - begin);
	lab_join(pid);
	close(ends[0]);
	close(ends[1]);
}

/* A sleep with an end: not earlier, and not much later. */
static void timeout(void)
{
	struct pollfd p = { .events = POLLIN };

	lab_must(pipe(ends), "pipe");
	p.fd = ends[0];
	for (int ms = 1; ms < 20; ms += 6) {
		unsigned long long took = lab_clock();

		lab_equal(poll(&p, 1, ms), 0, "poll of an empty pipe");
		took = lab_clock() - took;
		lab_check(took >= ms * MS && took < (ms + 2) * MS,
			  "poll for %d ms took %llu ns", ms, took);
	}
	close(ends[0]);
	close(ends[1]);
}

static void signal_later(void *arg)
{
	nap(5);
	kill((pid_t)(intptr_t)arg, SIGUSR1);
}

static void write_twice(void *arg)
{
	(void)arg;
	nap(5);
	(void)!write(ends[1], "x", 1);
	nap(60);
	(void)!write(ends[1], "y", 1);
}

static long sleeps(void)
{
	struct rusage r;

	lab_must(getrusage(RUSAGE_SELF, &r), "getrusage");
	return r.ru_nvcsw;
}

/* The end of a time limit that was not needed must not disturb the next sleep. */
static void forget_limit(void)
{
	struct pollfd p = { .events = POLLIN };
	pid_t pid;
	char byte;
	long before;

	lab_must(pipe(ends), "pipe");
	p.fd = ends[0];
	pid = lab_fork(write_twice, NULL);
	lab_equal(poll(&p, 1, 30), 1, "poll");
	lab_equal(read(ends[0], &byte, 1), 1, "bytes read");
	before = sleeps();
	lab_equal(read(ends[0], &byte, 1), 1, "bytes read");
	lab_equal(sleeps() - before, 1, "times that a read of an empty pipe "
		  "went to sleep, after a poll with a limit of 30 ms that "
		  "ended after 5");
	lab_join(pid);
	close(ends[0]);
	close(ends[1]);
}

/* After a sleep that ran to its end, one that a signal ends. */
static void early(void)
{
	struct timespec t = { 0, 90000000 }, rest = { 0, 0 };
	unsigned long long begin;
	pid_t pid;
	int result, error;

	catch_signal(SIGUSR1);
	lab_equal(nap(3), 0, "nanosleep");
	pid = lab_fork(signal_later, (void *)(intptr_t)getpid());
	begin = lab_clock();
	result = nanosleep(&t, &rest);
	error = errno;
	begin = lab_clock() - begin;
	lab_join(pid);
	lab_check(result == -1 && error == EINTR, "nanosleep that a signal "
		  "ended: expected -1 and EINTR, found %d and %d", result,
		  result ? error : 0);
	lab_check(begin < 20 * MS, "a signal came after 5 ms, but the sleep "
		  "ended after %llu ns", begin);
	lab_check(rest.tv_nsec > 70000000, "the rest of the sleep: about 85 ms "
		  "expected, found %ld ns", (long)rest.tv_nsec);
	forget_limit();
}

/* A signal ends a sleep that has no end of its own. */
static void interrupted(void)
{
	pid_t pid;
	ssize_t n;
	char byte;
	int error;

	catch_signal(SIGUSR1);
	lab_must(pipe(ends), "pipe");
	pid = lab_fork(signal_later, (void *)(intptr_t)getpid());
	n = read(ends[0], &byte, 1);
	error = errno;
	lab_join(pid);
	close(ends[0]);
	close(ends[1]);
	lab_check(n == -1 && error == EINTR, "read that a signal ended: "
		  "expected -1 and EINTR, found %ld", (long)n);
}

/* A signal that is there already: the sleep does not begin. */
static void pending(void)
{
	sigset_t block = sigmask(SIGUSR1), none = 0, old;
	struct event e;
	unsigned long long begin;
	int set, result, error;

	catch_signal(SIGUSR1);
	sigprocmask(SIG_BLOCK, &block, &old);
	lab_must(pipe(ends), "pipe");
	set = pipe_set(0);
	kill(getpid(), SIGUSR1);
	begin = lab_clock();
	result = (int)syscall(SYS_epoll_pwait, set, &e, 1, 90, &none, 8);
	error = errno;
	begin = lab_clock() - begin;
	sigprocmask(SIG_SETMASK, &old, NULL);
	close(set);
	close(ends[0]);
	close(ends[1]);
	lab_check(result == -1 && error == EINTR, "epoll_pwait with a signal "
		  "that waits: expected -1 and EINTR, found %d", result);
	lab_check(begin < 5 * MS, "epoll_pwait with a signal that waits "
		  "slept for %llu ns", begin);
}

/* ---- what others see ----------------------------------------------------- */

/* Return: where a task sleeps, as /proc names it. */
static const char *place_of(pid_t pid)
{
	static char text[64];
	char path[32];
	ssize_t n;
	int fd;

	snprintf(path, sizeof(path), "/proc/%d/wchan", (int)pid);
	fd = open(path, O_RDONLY);
	lab_must(fd, "open /proc/PID/wchan");
	n = read(fd, text, sizeof(text) - 1);
	close(fd);
	text[n > 0 ? n : 0] = 0;
	return text;
}

static void nap_then_spin(void *arg)
{
	(void)arg;
	nap(5);
	while (!board->result)
		;
}

static void must_sleep(pid_t pid, int sleeps_now, const char *what)
{
	const char *found = place_of(pid);

	lab_check(strcmp(found, "0") ? sleeps_now : !sleeps_now,
		  "/proc/PID/wchan of a process that %s: expected %s, found "
		  "\"%s\"", what, sleeps_now ? "a function" : "\"0\"", found);
}

/* Others see where a task sleeps, and that it does not any more. */
static void where(void)
{
	pid_t pid;

	board_open();
	lab_must(pipe(ends), "pipe");
	must_sleep(getpid(), 0, "runs");
	pid = lab_fork(read_one, NULL);
	nap(3);
	must_sleep(pid, 1, "reads an empty pipe");
	lab_equal(write(ends[1], "x", 1), 1, "bytes written");
	lab_join(pid);
	must_sleep(getpid(), 0, "has waited for a child");
	pid = lab_fork(nap_then_spin, NULL);
	nap(2);
	must_sleep(pid, 1, "sleeps for 5 ms");
	nap(6);
	must_sleep(pid, 0, "has slept for 5 ms, and runs");
	board->result = 1;
	lab_join(pid);
	close(ends[0]);
	close(ends[1]);
	board_close();
}

static const struct lab_case cases[] = {
	{ "asleep", asleep },
	{ "wakes", wakes },
	{ "all", all },
	{ "one", one },
	{ "keys", keys },
	{ "timeout", timeout },
	{ "early", early },
	{ "interrupted", interrupted },
	{ "pending", pending },
	{ "where", where },
};

LAB_MAIN(cases)
