/* SPDX-License-Identifier: MIT */
/*
 * glibc's condition variables: signal, broadcast, limits by both clocks,
 * between processes, with every type of mutex, and under a crowd: every item
 * produced is consumed once (rows D1, D10).
 */
#include "glibc.h"

static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static int waiting, passes, passed;

static void *wait_for_pass(void *arg)
{
	pthread_mutex_lock(&m);
	waiting++;
	tell_tid();
	while (!passes)
		pthread_cond_wait(&c, &m);
	passes--;
	passed++;
	waiting--;
	pthread_mutex_unlock(&m);
	return NULL;
}

/* Under the mutex: so everyone who waits is really on the variable. */
static void give(int n, int everyone)
{
	pthread_mutex_lock(&m);
	passes += n;
	if (everyone)
		pthread_cond_broadcast(&c);
	else
		pthread_cond_signal(&c);
	pthread_mutex_unlock(&m);
}

static int how_many(int *what)
{
	int n;

	pthread_mutex_lock(&m);
	n = *what;
	pthread_mutex_unlock(&m);
	return n;
}

static void wake_ups(void)
{
	pthread_t t[16];

	check_eq(pthread_cond_signal(&c), 0, "a signal to nobody");
	check_eq(pthread_cond_broadcast(&c), 0, "a broadcast to nobody");
	for (int i = 0; i < COUNT(t); i++)
		start(&t[i], wait_for_pass, NULL);
	while (how_many(&waiting) < COUNT(t))
		usleep(500);
	for (int i = 1; i <= 4; i++) {
		give(1, 0);
		while (how_many(&passed) < i)
			usleep(500);
	}
	check_eq(how_many(&waiting), 12, "four signals, four go on");
	give(12, 1);
	for (int i = 0; i < COUNT(t); i++)
		join(t[i]);
	check_eq(passed, 16, "a broadcast wakes the others");
	check_eq(pthread_cond_destroy(&c), 0, "destroyed");
	check_eq(pthread_cond_init(&c, NULL), 0, "made again");
}

/* ---- limits -------------------------------------------------------------- */

static void limits_of(clockid_t clock, const char *name)
{
	struct timespec t, past, bad = { 5, 1000000000 };
	pthread_condattr_t a;
	pthread_cond_t v;
	int r;

	pthread_condattr_init(&a);
	check_eq(pthread_condattr_setclock(&a, clock), 0, "%s: set", name);
	pthread_cond_init(&v, &a);
	pthread_mutex_lock(&m);
	t = moment(clock, 20);
	do {
		r = pthread_cond_timedwait(&v, &m, &t);
	} while (r == 0);
	check_eq(r, ETIMEDOUT, "%s: timedwait ends", name);
	check(is_over(clock, &t), "%s: not too early", name);
	check_eq(pthread_mutex_unlock(&m), 0, "%s: with the mutex", name);
	pthread_mutex_lock(&m);
	past = moment(clock, -5000);
	check_eq(pthread_cond_timedwait(&v, &m, &past), ETIMEDOUT,
		 "%s: a moment in the past", name);
	check_eq(pthread_cond_timedwait(&v, &m, &bad), EINVAL,
		 "%s: no time", name);
	t = moment(clock, 20);
	do {
		r = pthread_cond_clockwait(&v, &m, clock, &t);
	} while (r == 0);
	check(r == ETIMEDOUT && is_over(clock, &t), "%s: clockwait", name);
	pthread_mutex_unlock(&m);
	pthread_cond_destroy(&v);
}

static void no_clock(void)
{
	pthread_condattr_t a;

	pthread_condattr_init(&a);
	check_eq(pthread_condattr_setclock(&a, CLOCK_PROCESS_CPUTIME_ID),
		 EINVAL, "not by CPU time");
}

/* A signal handler runs, the wait goes on. */
static volatile int handled;

static void on_signal(int sig)
{
	handled = sig;
}

static void interrupted(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	pthread_t t;

	sigaction(SIGUSR1, &sa, NULL);
	passed = 0;
	start(&t, wait_for_pass, NULL);
	told_and_asleep();
	pthread_kill(t, SIGUSR1);
	while (!handled)
		usleep(500);
	give(1, 0);
	join(t);
	check_eq(passed, 1, "a handler does not end the wait");
}

/* ---- mutexes of other types ---------------------------------------------- */

static pthread_mutex_t other;
static int open_now;

static void *wait_open(void *arg)
{
	long r = 0;

	pthread_mutex_lock(&other);
	tell_tid();
	while (!open_now && !r)
		r = pthread_cond_wait(&c, &other);
	pthread_mutex_unlock(&other);
	return (void *)r;
}

static void with_type(int type, int robust, int protocol, const char *name)
{
	pthread_mutexattr_t a;
	pthread_t t[4];
	long bad = 0;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, type);
	pthread_mutexattr_setrobust(&a, robust);
	pthread_mutexattr_setprotocol(&a, protocol);
	if (pthread_mutex_init(&other, &a) == ENOTSUP) {
		tap_skip(name, "no FUTEX_LOCK_PI");
		return;
	}
	open_now = 0;
	for (int i = 0; i < COUNT(t); i++) {
		start(&t[i], wait_open, NULL);
		told_and_asleep();
	}
	pthread_mutex_lock(&other);
	open_now = 1;
	pthread_cond_broadcast(&c);
	pthread_mutex_unlock(&other);
	for (int i = 0; i < COUNT(t); i++)
		bad |= (long)join(t[i]);
	check_eq(bad, 0, "with %s mutex", name);
	pthread_mutex_destroy(&other);
}

/* ---- a buffer between producers and consumers ---------------------------- */

#define ITEMS	2000
#define MAKERS	4
#define USERS	4

struct buffer {
	pthread_mutex_t m;
	pthread_cond_t not_full, not_empty;
	unsigned int head, tail, item[8];
	unsigned int used[MAKERS * ITEMS / 32];
	int left, twice;
};

static void put(struct buffer *b, unsigned int item)
{
	pthread_mutex_lock(&b->m);
	while (b->head - b->tail == COUNT(b->item))
		pthread_cond_wait(&b->not_full, &b->m);
	b->item[b->head++ % COUNT(b->item)] = item;
	pthread_cond_signal(&b->not_empty);
	pthread_mutex_unlock(&b->m);
}

/* => 0 when all were taken */
static int get(struct buffer *b)
{
	unsigned int i;

	pthread_mutex_lock(&b->m);
	while (b->left && b->head == b->tail)
		pthread_cond_wait(&b->not_empty, &b->m);
	if (!b->left) {
		pthread_mutex_unlock(&b->m);
		return 0;
	}
	i = b->item[b->tail++ % COUNT(b->item)];
	b->twice += b->used[i / 32] >> i % 32 & 1;
	b->used[i / 32] |= 1u << i % 32;
	if (--b->left == 0)
		pthread_cond_broadcast(&b->not_empty);
	pthread_cond_signal(&b->not_full);
	pthread_mutex_unlock(&b->m);
	return 1;
}

static void make_buffer(struct buffer *b, int shared)
{
	pthread_mutexattr_t ma;
	pthread_condattr_t ca;

	memset(b, 0, sizeof(*b));
	b->left = MAKERS * ITEMS;
	pthread_mutexattr_init(&ma);
	pthread_mutexattr_setpshared(&ma, shared);
	pthread_condattr_init(&ca);
	pthread_condattr_setpshared(&ca, shared);
	pthread_mutex_init(&b->m, &ma);
	pthread_cond_init(&b->not_full, &ca);
	pthread_cond_init(&b->not_empty, &ca);
}

static struct buffer own;

static void *producer(void *arg)
{
	for (unsigned int i = 0; i < ITEMS; i++)
		put(&own, (unsigned int)(long)arg * ITEMS + i);
	return NULL;
}

static void *consumer(void *arg)
{
	while (get(&own))
		;
	return NULL;
}

static int all_used(const struct buffer *b)
{
	for (int i = 0; i < COUNT(b->used); i++)
		if (~b->used[i])
			return 0;
	return b->twice == 0;
}

static void crowd(void)
{
	pthread_t p[MAKERS], u[USERS];

	make_buffer(&own, PTHREAD_PROCESS_PRIVATE);
	for (long i = 0; i < MAKERS; i++)
		start(&p[i], producer, (void *)i);
	for (int i = 0; i < USERS; i++)
		start(&u[i], consumer, NULL);
	for (int i = 0; i < MAKERS; i++)
		join(p[i]);
	for (int i = 0; i < USERS; i++)
		join(u[i]);
	check(all_used(&own), "threads: every item is taken once");
}

static void crowd_of_processes(void)
{
	struct buffer *b = shared_pages(sizeof(*b));

	make_buffer(b, PTHREAD_PROCESS_SHARED);
	for (unsigned int i = 0; i < MAKERS + USERS; i++) {
		if (fork() == 0) {
			if (i >= MAKERS)
				while (get(b))
					;
			for (unsigned int n = 0; i < MAKERS && n < ITEMS; n++)
				put(b, i * ITEMS + n);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	check(all_used(b), "processes: every item is taken once");
	munmap(b, sizeof(*b));
}

int main(void)
{
	wake_ups();
	limits_of(CLOCK_REALTIME, "realtime");
	limits_of(CLOCK_MONOTONIC, "monotonic");
	no_clock();
	interrupted();
	with_type(PTHREAD_MUTEX_ERRORCHECK, 0, 0, "an error-checking");
	with_type(PTHREAD_MUTEX_RECURSIVE, 0, 0, "a recursive");
	with_type(PTHREAD_MUTEX_NORMAL, PTHREAD_MUTEX_ROBUST, 0, "a robust");
	with_type(PTHREAD_MUTEX_NORMAL, 0, PTHREAD_PRIO_INHERIT,
		  "an inheriting");
	crowd();
	crowd_of_processes();
	return tap_done();
}
