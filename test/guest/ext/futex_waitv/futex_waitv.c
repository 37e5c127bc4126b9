/* SPDX-License-Identifier: MIT */
/*
 * futex_waitv(2): asleep on up to 128 words at once, private and shared ones,
 * until one of them is woken (row D1).
 */
#include <sched.h>
#include <thread.h>
#include <time.h>
#include "tap.h"

#define MOST		128
#define PRIVATE		(2 | 128)	/* of 32 bits */
#define SHARED		2
#ifndef SYS_fchmodat2
#define SYS_fchmodat2	452		/* younger than the check of values */
#endif

static struct waitv {
	uint64_t value, addr;
	uint32_t flags, reserved;
} w[MOST + 1];

static volatile int words[MOST + 1];

static long waitv(unsigned n, const int64_t *limit, int clock)
{
	return syscall(SYS_futex_waitv, w, n, 0, limit, clock);
}

static void set(unsigned n, uint32_t flags)
{
	for (unsigned i = 0; i < n; i++)
		w[i] = (struct waitv){ (uint32_t)words[i],
			(unsigned long)&words[i], flags, 0 };
}

static void refusals(void)
{
	int64_t t[2] = { 0, 1000000000 };

	set(MOST + 1, PRIVATE);
	check_err(EINVAL, waitv(0, NULL, 0), "no words");
	check_err(EINVAL, waitv(MOST + 1, NULL, 0), "too many");
	check_err(EINVAL, syscall(SYS_futex_waitv, NULL, 1, 0, NULL, 0),
		  "nowhere");
	check_err(EFAULT, syscall(SYS_futex_waitv, BAD, 1, 0, NULL, 0),
		  "bad pointer");
	check_err(EINVAL, syscall(SYS_futex_waitv, w, 1, 1, NULL, 0),
		  "unknown flags");
	check_err(EINVAL, waitv(1, t, CLOCK_MONOTONIC), "too many of a second");
	t[1] = 0;
	check_err(EINVAL, waitv(1, t, CLOCK_PROCESS_CPUTIME_ID), "bad clock");
	check_err(EFAULT, waitv(1, BAD, CLOCK_MONOTONIC), "bad limit");
	for (unsigned size = 0; size < 4; size++) {
		if (size == 2)
			continue;
		w[1].flags = 128 | size;
		check_err(EINVAL, waitv(2, NULL, 0), "a word of size %u", size);
	}
	w[1].flags = PRIVATE | 0x100;
	check_err(EINVAL, waitv(2, NULL, 0), "unknown flags of a word");
	w[1].flags = PRIVATE;
	w[1].reserved = 1;
	check_err(EINVAL, waitv(2, NULL, 0), "reserved");
	w[1].reserved = 0;
	w[1].value = 1ull << 32;
	if (syscall(SYS_fchmodat2, -1, "", 0, 0) == -1 && errno == ENOSYS)
		tap_skip("a value that no word has", "an older Linux");
	else
		check_err(EINVAL, waitv(2, NULL, 0),
			  "a value that no word has");
	w[1].value = 0;
	w[1].addr++;
	check_err(EINVAL, waitv(2, NULL, 0), "not aligned");
	w[1].addr = tap_bad;
	check_err(EFAULT, waitv(2, NULL, 0), "no memory there");
	w[1].addr = ~3ull;
	check_err(EFAULT, waitv(2, NULL, 0), "nor there");
}

static void at_once(void)
{
	int64_t past[2] = { 0, 1 };

	set(3, PRIVATE);
	w[2].value = 1;
	check_err(EAGAIN, waitv(3, NULL, 0), "one has changed");
	w[2].value = 0;
	check_err(ETIMEDOUT, waitv(3, past, CLOCK_MONOTONIC), "time is over");
	check_err(ETIMEDOUT, waitv(3, past, CLOCK_REALTIME), "by both clocks");
	w[1] = w[0];
	check_err(ETIMEDOUT, waitv(3, past, CLOCK_MONOTONIC), "a word twice");
	check_eq(futex(&words[0], FUTEX_WAKE | 128, 9, NULL, NULL, 0), 0,
		 "nobody is left waiting");
}

struct sleeper {
	struct thread thread;
	unsigned n;
	volatile int tid;
	volatile long result;
};

static void *sleep_on(void *arg)
{
	struct sleeper *s = arg;

	s->tid = gettid();
	s->result = waitv(s->n, NULL, 0);
	return NULL;
}

static void fall_asleep(struct sleeper *s, unsigned n)
{
	s->n = n;
	s->tid = 0;
	thread_create(&s->thread, sleep_on, s);
	(void)eventually(s->tid);
	wait_asleep(s->tid);
}

static void each_wakes(void)
{
	static const int which[] = { 0, 1, 77, MOST - 1 };
	struct sleeper s;

	set(MOST, PRIVATE);
	for (int i = 0; i < COUNT(which); i++) {
		fall_asleep(&s, MOST);
		check_eq(futex(&words[MOST], FUTEX_WAKE | 128, 9, NULL, NULL,
			       0), 0, "another word wakes nobody");
		check_eq(futex(&words[which[i]], FUTEX_WAKE | 128, 9, NULL,
			       NULL, 0), 1, "word %d wakes", which[i]);
		thread_join(&s.thread);
		check_eq(s.result, which[i], "and it is told");
	}
	fall_asleep(&s, MOST);
	check_eq(futex(&words[5], FUTEX_REQUEUE | 128, 0, (void *)1L,
		       (void *)&words[MOST], 0), 1, "one is moved");
	check_eq(futex(&words[5], FUTEX_WAKE | 128, 9, NULL, NULL, 0), 0,
		 "where it was it is no more");
	check_eq(futex(&words[MOST], FUTEX_WAKE | 128, 9, NULL, NULL, 0), 1,
		 "where it went it is woken");
	thread_join(&s.thread);
	check_eq(s.result, 5, "by its place in the list");
}

/* Words of two processes, the second of each sleeps and wakes in turn. */
static void shared(void)
{
	volatile int *page = mmap(NULL, PG, PROT_READ | PROT_WRITE,
				  MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	int st;
	pid_t pid;

	set(2, SHARED);
	w[1].addr = (unsigned long)page;
	pid = fork();
	if (pid == 0)
		_exit((int)waitv(2, NULL, 0) + 10);
	(void)comes_to(pid, "S");
	check_eq(futex(&words[0], FUTEX_WAKE, 9, NULL, NULL, 0), 0,
		 "a word of one's own is not the child's");
	check_eq(futex(page, FUTEX_WAKE, 9, NULL, NULL, 0), 1,
		 "a shared one is");
	waitpid(pid, &st, 0);
	check_eq(st, 11 << 8, "it is the second");
}

static void nothing(int sig)
{
	(void)sig;
}

static void interrupted(void)
{
	struct sigaction sa = { .sa_handler = nothing };
	int st;
	pid_t pid;

	sigaction(SIGUSR1, &sa, NULL);
	set(2, PRIVATE);
	pid = fork();
	if (pid == 0) {
		long n = waitv(2, NULL, 0);

		_exit(n == -1 && errno == EINTR ? 7 : 8);
	}
	(void)comes_to(pid, "S");
	kill(pid, SIGUSR1);
	waitpid(pid, &st, 0);
	check_eq(st, 7 << 8, "a handler ends it");
}

/* Two that hand a turn to each other over two words, many times. */
static volatile int turn[2];

static void *other_turn(void *arg)
{
	for (int i = 1; i <= 500; i++) {
		while (turn[0] != i)
			futex(&turn[0], FUTEX_WAIT | 128, i - 1, NULL, NULL, 0);
		turn[1] = i;
		futex(&turn[1], FUTEX_WAKE | 128, 1, NULL, NULL, 0);
	}
	return arg;
}

static void in_turn(void)
{
	struct thread t;
	int i;

	thread_create(&t, other_turn, NULL);
	for (i = 1; i <= 500; i++) {
		turn[0] = i;
		futex(&turn[0], FUTEX_WAKE | 128, 1, NULL, NULL, 0);
		while (turn[1] != i) {
			struct waitv mine[2] = {
				{ 0, (unsigned long)&words[3], PRIVATE, 0 },
				{ (uint32_t)(i - 1), (unsigned long)&turn[1],
				  PRIVATE, 0 },
			};

			syscall(SYS_futex_waitv, mine, 2, 0, NULL, 0);
		}
	}
	thread_join(&t);
	check(i == 501, "no wake-up is lost in 500 turns");
}

int main(void)
{
	if (raw_syscall(SYS_futex_waitv, 0, 0, 0, 0, 0, 0) == -ENOSYS)
		return tap_skip_all("no futex_waitv");
	refusals();
	at_once();
	each_wakes();
	shared();
	interrupted();
	in_turn();
	return tap_done();
}
