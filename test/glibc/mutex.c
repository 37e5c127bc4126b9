/* SPDX-License-Identifier: MIT */
/*
 * glibc's mutexes of every type on this kernel's futexes: what each type
 * answers, robust ones whose owner dies as a thread and as a process, those
 * in shared memory, priority inheritance and limits in time (rows D1, D10).
 */
#include "glibc.h"

#define THREADS	8
#define ROUNDS	2000

struct kind {
	const char *name;
	int type, robust, shared, protocol;
};

static void make(pthread_mutex_t *m, const struct kind *k)
{
	pthread_mutexattr_t a;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_settype(&a, k->type);
	pthread_mutexattr_setrobust(&a, k->robust);
	pthread_mutexattr_setpshared(&a, k->shared);
	pthread_mutexattr_setprotocol(&a, k->protocol);
	errno = pthread_mutex_init(m, &a);
	if (errno)
		tap_bail("pthread_mutex_init");
	pthread_mutexattr_destroy(&a);
}

#define R	PTHREAD_MUTEX_ROBUST
#define S	PTHREAD_PROCESS_SHARED
#define PI	PTHREAD_PRIO_INHERIT
static const struct kind kinds[] = {
	{ "normal", PTHREAD_MUTEX_NORMAL, 0, 0, 0 },
	{ "error-checking", PTHREAD_MUTEX_ERRORCHECK, 0, 0, 0 },
	{ "recursive", PTHREAD_MUTEX_RECURSIVE, 0, 0, 0 },
	{ "adaptive", PTHREAD_MUTEX_ADAPTIVE_NP, 0, 0, 0 },
	{ "robust", PTHREAD_MUTEX_NORMAL, R, 0, 0 },
	{ "robust error-checking", PTHREAD_MUTEX_ERRORCHECK, R, 0, 0 },
	{ "robust recursive", PTHREAD_MUTEX_RECURSIVE, R, 0, 0 },
	{ "shared", PTHREAD_MUTEX_NORMAL, 0, S, 0 },
	{ "shared robust", PTHREAD_MUTEX_NORMAL, R, S, 0 },
	{ "inheriting", PTHREAD_MUTEX_NORMAL, 0, 0, PI },
	{ "inheriting error-checking", PTHREAD_MUTEX_ERRORCHECK, 0, 0, PI },
	{ "inheriting recursive", PTHREAD_MUTEX_RECURSIVE, 0, 0, PI },
	{ "inheriting robust", PTHREAD_MUTEX_NORMAL, R, 0, PI },
	{ "inheriting shared", PTHREAD_MUTEX_NORMAL, 0, S, PI },
	{ "inheriting shared robust", PTHREAD_MUTEX_NORMAL, R, S, PI },
};

/* Without FUTEX_LOCK_PI glibc refuses to make an inheriting mutex. */
static int has_pi(void)
{
	pthread_mutexattr_t a;
	pthread_mutex_t m;

	pthread_mutexattr_init(&a);
	pthread_mutexattr_setprotocol(&a, PI);
	return pthread_mutex_init(&m, &a) != ENOTSUP;
}

/* ---- one lock, many threads ---------------------------------------------- */

static pthread_mutex_t lock;
static volatile long counter;

static void *count(void *arg)
{
	long bad = 0;

	for (int i = 0; i < ROUNDS; i++) {
		long seen;

		bad += pthread_mutex_lock(&lock) != 0;
		seen = counter;
		if (i % 64 == 0)
			sched_yield();
		counter = seen + 1;
		bad += pthread_mutex_unlock(&lock) != 0;
	}
	return (void *)bad;
}

static void excludes(const struct kind *k)
{
	pthread_t t[THREADS];
	long bad = 0;

	make(&lock, k);
	counter = 0;
	for (int i = 0; i < THREADS; i++)
		start(&t[i], count, NULL);
	for (int i = 0; i < THREADS; i++)
		bad += (long)join(t[i]);
	check(bad == 0 && counter == THREADS * ROUNDS,
	      "%s: %d threads take turns", k->name, THREADS);
	check_eq(pthread_mutex_destroy(&lock), 0, "%s: destroyed", k->name);
}

/* ---- what each type answers ---------------------------------------------- */

static void *try_it(void *arg)
{
	return (void *)(long)pthread_mutex_trylock(&lock);
}

static void *timed_it(void *arg)
{
	struct timespec t = moment(CLOCK_REALTIME, 20);
	int r = pthread_mutex_timedlock(&lock, &t);

	return (void *)(long)(is_over(CLOCK_REALTIME, &t) ? r : -1);
}

static void *clocked_it(void *arg)
{
	struct timespec t = moment(CLOCK_MONOTONIC, 20);
	int r = pthread_mutex_clocklock(&lock, CLOCK_MONOTONIC, &t);

	return (void *)(long)(is_over(CLOCK_MONOTONIC, &t) ? r : -1);
}

static void *late_it(void *arg)
{
	struct timespec t = moment(CLOCK_REALTIME, -5000);

	return (void *)(long)pthread_mutex_timedlock(&lock, &t);
}

static void *senseless(void *arg)
{
	struct timespec t = { 1, -1 };

	return (void *)(long)pthread_mutex_timedlock(&lock, &t);
}

static void *unlock_it(void *arg)
{
	return (void *)(long)pthread_mutex_unlock(&lock);
}

static long in_thread(void *(*fn)(void *))
{
	pthread_t t;

	start(&t, fn, NULL);
	return (long)join(t);
}

/* Does unlocking by another thread give EPERM? */
static int knows_owner(const struct kind *k)
{
	return k->robust || k->protocol || k->type != PTHREAD_MUTEX_NORMAL;
}

static void answers(const struct kind *k)
{
	make(&lock, k);
	check_eq(pthread_mutex_trylock(&lock), 0, "%s: trylock", k->name);
	check_eq(in_thread(try_it), EBUSY, "%s: taken", k->name);
	check_eq(in_thread(timed_it), ETIMEDOUT, "%s: timedlock", k->name);
	if (!k->protocol)	/* glibc: FUTEX_LOCK_PI2 or EINVAL */
		check_eq(in_thread(clocked_it), ETIMEDOUT, "%s: clocklock",
			 k->name);
	check_eq(in_thread(late_it), ETIMEDOUT, "%s: a limit in the past",
		 k->name);
	check_eq(in_thread(senseless), EINVAL, "%s: no time", k->name);
	if (k->type == PTHREAD_MUTEX_ERRORCHECK)
		check_eq(pthread_mutex_lock(&lock), EDEADLK,
			 "%s: twice", k->name);
	if (k->type == PTHREAD_MUTEX_RECURSIVE) {
		check_eq(pthread_mutex_lock(&lock), 0, "%s: twice", k->name);
		check_eq(pthread_mutex_trylock(&lock), 0, "%s: thrice",
			 k->name);
		pthread_mutex_unlock(&lock);
		pthread_mutex_unlock(&lock);
		check_eq(in_thread(try_it), EBUSY, "%s: held once more",
			 k->name);
	}
	if (knows_owner(k) && k->type != PTHREAD_MUTEX_ADAPTIVE_NP)
		check_eq(in_thread(unlock_it), EPERM,
			 "%s: not another's to release", k->name);
	check_eq(pthread_mutex_unlock(&lock), 0, "%s: released", k->name);
	if (k->type == PTHREAD_MUTEX_ERRORCHECK)
		check_eq(pthread_mutex_unlock(&lock), EPERM,
			 "%s: released twice", k->name);
	pthread_mutex_destroy(&lock);
}

/* ---- owners that die ----------------------------------------------------- */

static void *take_and_end(void *arg)
{
	pthread_mutex_lock(&lock);
	return NULL;
}

static void *wait_for_it(void *arg)
{
	int r;

	tell_tid();
	r = pthread_mutex_lock(&lock);
	if (r == EOWNERDEAD) {
		pthread_mutex_consistent(&lock);
		pthread_mutex_unlock(&lock);
	}
	return (void *)(long)r;
}

static volatile int may_end;

static void *take_and_wait(void *arg)
{
	pthread_mutex_lock(&lock);
	tell_tid();
	while (!may_end)
		usleep(500);
	return NULL;
}

static void owner_thread_dies(const struct kind *k)
{
	pthread_t a, b;

	make(&lock, k);
	in_thread(take_and_end);
	check_eq(pthread_mutex_lock(&lock), EOWNERDEAD,
		 "%s: its owner has ended", k->name);
	check_eq(pthread_mutex_consistent(&lock), 0, "%s: mended", k->name);
	check_eq(pthread_mutex_unlock(&lock), 0, "%s: usable again", k->name);
	check_eq(pthread_mutex_consistent(&lock), EINVAL,
		 "%s: nothing to mend", k->name);
	may_end = 0;
	start(&a, take_and_wait, NULL);
	while (!told_tid)
		usleep(500);
	told_tid = 0;
	start(&b, wait_for_it, NULL);
	told_and_asleep();
	may_end = 1;
	join(a);
	check_eq((long)join(b), EOWNERDEAD, "%s: a waiter is told", k->name);
	in_thread(take_and_end);
	check_eq(pthread_mutex_lock(&lock), EOWNERDEAD, "%s: again", k->name);
	check_eq(pthread_mutex_unlock(&lock), 0, "%s: given up", k->name);
	check_eq(pthread_mutex_lock(&lock), ENOTRECOVERABLE,
		 "%s: for ever", k->name);
	check_eq(pthread_mutex_trylock(&lock), ENOTRECOVERABLE,
		 "%s: trylock too", k->name);
	pthread_mutex_destroy(&lock);
}

/* The owner is a process in shared memory, ended in three ways. */
static void owner_process_dies(const struct kind *k)
{
	static const char *const ways[] = { "exits", "is killed", "execs" };
	pthread_mutex_t *m = shared_pages(PG);
	int st;

	for (int way = 0; way < 3; way++) {
		volatile int *held = (int *)((char *)m + PG / 2);
		pid_t pid;

		make(m, k);
		*held = 0;
		pid = fork();
		if (pid == 0) {
			pthread_mutex_lock(m);
			*held = 1;
			if (way == 0)
				_exit(0);
			if (way == 2)
				execl(tap_self, tap_self, "-quit", NULL);
			for (;;)
				pause();
		}
		while (!*held)
			usleep(500);
		if (way == 1)
			kill(pid, SIGKILL);
		check_eq(pthread_mutex_lock(m), EOWNERDEAD,
			 "%s: its owner %s", k->name, ways[way]);
		waitpid(pid, &st, 0);
		pthread_mutex_consistent(m);
		pthread_mutex_unlock(m);
		check_eq(pthread_mutex_lock(m), 0, "%s: goes on", k->name);
		pthread_mutex_unlock(m);
	}
	munmap(m, PG);
}

/* Many robust locks, held by one thread that ends without releasing any. */
static pthread_mutex_t many[200];

static void *take_many(void *arg)
{
	for (int i = 0; i < COUNT(many); i++)
		pthread_mutex_lock(&many[i]);
	/* out of the middle of the list, and back to its end */
	for (int i = 10; i < 190; i += 3)
		pthread_mutex_unlock(&many[i]);
	return NULL;
}

static void many_robust(void)
{
	int dead = 0, free = 0;

	for (int i = 0; i < COUNT(many); i++)
		make(&many[i], &kinds[4]);
	in_thread(take_many);
	for (int i = 0; i < COUNT(many); i++) {
		int r = pthread_mutex_trylock(&many[i]);

		dead += r == EOWNERDEAD;
		free += r == 0;
		if (r == EOWNERDEAD)
			pthread_mutex_consistent(&many[i]);
		pthread_mutex_unlock(&many[i]);
	}
	check(dead == 140 && free == 60, "of 200 robust locks those held are "
	      "orphaned (%d, %d)", dead, free);
}

/* ---- between processes --------------------------------------------------- */

static void between(const struct kind *k)
{
	struct {
		pthread_mutex_t m;
		volatile long n;
	} *s = shared_pages(PG);
	int bad = 0, st;

	make(&s->m, k);
	for (int i = 0; i < 4; i++) {
		if (fork() == 0) {
			for (int n = 0; n < ROUNDS; n++) {
				pthread_mutex_lock(&s->m);
				s->n = s->n + 1;
				pthread_mutex_unlock(&s->m);
			}
			_exit(0);
		}
	}
	for (int i = 0; i < 4; i++) {
		wait(&st);
		bad |= st;
	}
	check(!bad && s->n == 4 * ROUNDS, "%s: four processes take turns",
	      k->name);
	munmap(s, PG);
}

static void statics(void)
{
	pthread_mutex_t a = PTHREAD_MUTEX_INITIALIZER;
	pthread_mutex_t b = PTHREAD_RECURSIVE_MUTEX_INITIALIZER_NP;
	pthread_mutex_t c = PTHREAD_ERRORCHECK_MUTEX_INITIALIZER_NP;

	check(!pthread_mutex_lock(&a) && pthread_mutex_trylock(&a) == EBUSY,
	      "PTHREAD_MUTEX_INITIALIZER");
	check(!pthread_mutex_lock(&b) && !pthread_mutex_lock(&b),
	      "the recursive one");
	check(!pthread_mutex_lock(&c) && pthread_mutex_lock(&c) == EDEADLK,
	      "the error-checking one");
	check_eq(pthread_mutex_destroy(&a), EBUSY, "one that is held stays");
}

int main(int argc, char **argv)
{
	int pi = has_pi();

	if (argc > 1)
		return 0;
	tap_find_self(argv[0]);
	statics();
	for (int i = 0; i < COUNT(kinds); i++) {
		const struct kind *k = &kinds[i];

		if (k->protocol && !pi) {
			tap_skip(k->name, "no FUTEX_LOCK_PI");
			continue;
		}
		answers(k);
		excludes(k);
		if (k->shared)
			between(k);
		if (k->robust)
			owner_thread_dies(k);
		if (k->robust && k->shared)
			owner_process_dies(k);
	}
	many_robust();
	return tap_done();
}
