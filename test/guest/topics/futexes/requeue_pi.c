/* SPDX-License-Identifier: MIT */
/*
 * FUTEX_WAIT_REQUEUE_PI and FUTEX_CMP_REQUEUE_PI (futex(2)): threads that sleep
 * on a plain word are moved to one that has an owner, the highest first (row
 * B14).
 */
#include <sched.h>
#include <signal.h>
#include <thread.h>
#include <time.h>
#include "pi.h"
#include "sched_calls.h"
#include "tap.h"

static volatile int cond, lock, turn, hits;

struct sleeper {
	struct thread t;
	int fifo;
	const struct timespec *until;
	volatile int tid, word, order;
	volatile long result;
};

static long wait_requeue(volatile int *w, int val, const void *until,
			 volatile int *to)
{
	return futex(w, FUTEX_WAIT_REQUEUE_PI | FUTEX_PRIVATE_FLAG, val, until,
		     to, 0);
}

static long requeue(volatile int *w, int wake, long move, volatile int *to,
		    int val)
{
	return futex(w, FUTEX_CMP_REQUEUE_PI | FUTEX_PRIVATE_FLAG, wake,
		     (void *)move, to, val);
}

static void *sleep_for_requeue(void *arg)
{
	struct sleeper *s = arg;

	s->tid = gettid();
	if (s->fifo)
		set_policy(0, SCHED_FIFO, s->fifo);
	s->result = wait_requeue(&cond, cond, s->until, &lock) ? errno : 0;
	s->word = lock;
	s->order = __atomic_add_fetch(&turn, 1, __ATOMIC_SEQ_CST);
	if (!s->result)
		pi_op(&lock, FUTEX_UNLOCK_PI, NULL);
	return NULL;
}

static void begin_sleeper(struct sleeper *s)
{
	s->tid = 0;
	if (thread_create(&s->t, sleep_for_requeue, s))
		tap_bail("thread_create");
	while (!s->tid)
		usleep(1000);
	wait_asleep(s->t.tid);
}

static void refuse_requeues(void)
{
	struct timespec bad = { 0, -1 }, past = { 1, 0 };

	check_err(EINVAL, wait_requeue(&cond, 0, NULL, &cond), "to itself");
	check_err(EAGAIN, wait_requeue(&cond, 1, NULL, &lock), "another value");
	check_err(EINVAL, wait_requeue(&cond, 0, &bad, &lock), "a bad time");
	check_err(ETIMEDOUT, wait_requeue(&cond, 0, &past, &lock), "long ago");
	check_err(ETIMEDOUT, futex(&cond, FUTEX_WAIT_REQUEUE_PI |
		FUTEX_PRIVATE_FLAG | FUTEX_CLOCK_REALTIME, 0, &past, &lock, 0),
		  "by the other clock");
	check_err(EINVAL, requeue(&cond, 1, 1, &cond, 0), "requeue to itself");
	check_err(EINVAL, requeue(&cond, 0, 1, &lock, 0), "wakes none");
	check_err(EINVAL, requeue(&cond, 2, 1, &lock, 0), "wakes two");
	check_err(EINVAL, requeue(&cond, 1, -1, &lock, 0), "moves -1");
	check_err(EAGAIN, requeue(&cond, 1, 1, &lock, 7), "requeue: a value");
	check_eq(requeue(&cond, 1, 1, &lock, 0), 0, "nobody sleeps");
}

static void *wait_plainly(void *arg)
{
	futex(&cond, FUTEX_WAIT | FUTEX_PRIVATE_FLAG, 0, NULL, NULL, 0);
	return arg;
}

static void wrong_partners(void)
{
	static volatile int other;
	struct sleeper s = { .result = -1 };
	struct thread t;

	thread_create(&t, wait_plainly, NULL);
	wait_asleep(t.tid);
	check_err(EINVAL, requeue(&cond, 1, 1, &lock, 0), "a plain waiter");
	futex(&cond, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1, NULL, NULL, 0);
	thread_join(&t);
	begin_sleeper(&s);
	check_err(EINVAL, futex(&cond, FUTEX_WAKE | FUTEX_PRIVATE_FLAG, 1,
				NULL, NULL, 0), "FUTEX_WAKE");
	check_err(EINVAL, requeue(&cond, 1, 1, &other, 0), "another lock");
	check_eq(requeue(&cond, 1, 0, &lock, 0), 1, "its own");
	thread_join(&s.t);
	check_eq(s.result, 0, "it has the lock");
	check_eq(s.word, s.tid, "without others");
}

/* The lock is free: one gets it, all others wait for that one. */
static void free_lock(void)
{
	struct sleeper s[4] = { { .fifo = 0 }, { .fifo = 10 }, { .fifo = 30 },
				{ .fifo = 20 } };

	lock = turn = 0;
	for (int i = 0; i < COUNT(s); i++)
		begin_sleeper(&s[i]);
	check_eq(requeue(&cond, 1, 100, &lock, 0), 4, "four are moved");
	for (int i = 0; i < COUNT(s); i++)
		thread_join(&s[i].t);
	check_eq(s[2].order * 1000 + s[3].order * 100 + s[1].order * 10 +
		 s[0].order, 1234, "each by its priority");
	check_eq(s[0].result + s[1].result + s[2].result + s[3].result, 0,
		 "all have had it");
	check_eq(lock, 0, "it is free");
}

/* It is ours: as many as asked for wait for it, and are lent from. */
static void owned_lock(void)
{
	struct sleeper s[3] = { { .fifo = 0 }, { .fifo = 10 }, { .fifo = 30 } };

	turn = 0;
	pi_op(&lock, FUTEX_LOCK_PI, NULL);
	for (int i = 0; i < COUNT(s); i++)
		begin_sleeper(&s[i]);
	check_eq(requeue(&cond, 1, 1, &lock, 0), 2, "two are moved");
	check_eq(lock, (int)(PI_WAITERS | (unsigned)gettid()), "and wait");
	pi_op(&lock, FUTEX_UNLOCK_PI, NULL);
	thread_join(&s[2].t);
	thread_join(&s[1].t);
	check_eq(s[2].order * 10 + s[1].order, 12, "the highest first");
	check_eq(requeue(&cond, 1, 1, &lock, 0), 1, "the last");
	thread_join(&s[0].t);
	check_eq(s[0].order, 3, "comes last");
}

static void count_requeue_hits(int sig)
{
	hits += sig == SIGUSR1;
}

/* Before it is moved it sleeps on; after that it is told. */
static void interrupt_requeued(void)
{
	struct sigaction sa = { .sa_handler = count_requeue_hits };
	struct sleeper s = { .fifo = 3 };

	sigaction(SIGUSR1, &sa, NULL);
	begin_sleeper(&s);
	syscall(SYS_tgkill, getpid(), s.tid, SIGUSR1);
	check(eventually(hits == 1), "a handler runs");
	wait_asleep(s.tid);
	pi_op(&lock, FUTEX_LOCK_PI, NULL);
	check_eq(requeue(&cond, 1, 1, &lock, 0), 1,
		 "it slept on, and is moved");
	syscall(SYS_tgkill, getpid(), s.tid, SIGUSR1);
	thread_join(&s.t);
	check_eq(s.result, EAGAIN, "a signal ends the wait for the lock");
	pi_op(&lock, FUTEX_UNLOCK_PI, NULL);
	check_eq(lock, 0, "nobody waits");
}

static void *end_with_lock(void *arg)
{
	pi_op(&lock, FUTEX_LOCK_PI, NULL);
	check_eq(requeue(&cond, 1, 1, &lock, 0), 1, "one is moved");
	return arg;
}

static void end_requeue_owner(void)
{
	struct sleeper s = { .fifo = 0 };
	struct thread t;

	begin_sleeper(&s);
	thread_create(&t, end_with_lock, NULL);
	thread_join(&t);
	thread_join(&s.t);
	check_eq(s.result, 0, "its owner ended: it has it");
	check_eq(s.word, (int)(PI_WAITERS | PI_DIED | (unsigned)s.tid),
		 "as the word says");
	check_eq(lock, 0, "it is free");
}

/* ---- a condition variable, as it was once made of these ------------------ */

#define EATERS	4
#define MEALS	100
static volatile int meals, eaten;

static void *eat(void *arg)
{
	long bad = 0;

	for (int i = 0; i < MEALS; i++) {
		bad += pi_op(&lock, FUTEX_LOCK_PI, NULL) != 0;
		while (!meals) {
			int seen = cond;

			bad += pi_op(&lock, FUTEX_UNLOCK_PI, NULL) != 0;
			if (!wait_requeue(&cond, seen, NULL, &lock))
				continue;
			bad += errno != EAGAIN;
			bad += pi_op(&lock, FUTEX_LOCK_PI, NULL) != 0;
		}
		meals--;
		eaten++;
		bad += pi_op(&lock, FUTEX_UNLOCK_PI, NULL) != 0;
	}
	return arg ? (void *)bad : NULL;
}

static void serve(void)
{
	struct thread t[EATERS];
	long bad = 0;
	int served = 0;

	meals = eaten = 0;
	for (int i = 0; i < EATERS; i++)
		thread_create(&t[i], eat, &bad);
	while (served < EATERS * MEALS) {
		int seen;

		pi_op(&lock, FUTEX_LOCK_PI, NULL);
		meals += 5;
		served += 5;
		seen = ++cond;
		if (requeue(&cond, 1, 0x7fffffff, &lock, seen) < 0)
			bad++;
		pi_op(&lock, FUTEX_UNLOCK_PI, NULL);
		if (served % 3 == 0)
			usleep(200);
	}
	for (int i = 0; i < EATERS; i++)
		bad += (long)thread_join(&t[i]);
	check_eq(bad, 0, "a condition variable: no call fails");
	check_eq(eaten, EATERS * MEALS, "nobody is forgotten");
}

int main(void)
{
	refuse_requeues();
	wrong_partners();
	free_lock();
	owned_lock();
	interrupt_requeued();
	end_requeue_owner();
	serve();
	return tap_done();
}
