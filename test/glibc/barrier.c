/* SPDX-License-Identifier: MIT */
/*
 * glibc's barriers, reader-writer locks, spin locks and semaphores (unnamed,
 * and named ones in /dev/shm), between threads and between processes (rows
 * D1, D3, D10).
 */
#include <semaphore.h>
#include "glibc.h"

#define THREADS	8
#define ROUNDS	300

/* ---- barriers ------------------------------------------------------------ */

struct rounds {
	pthread_barrier_t b;
	volatile int arrived[ROUNDS], serial[ROUNDS], early;
};

/* Nobody is past round i before all have come to it. */
static void go_round(struct rounds *r, int n)
{
	for (int i = 0; i < ROUNDS; i++) {
		__atomic_add_fetch(&r->arrived[i], 1, __ATOMIC_SEQ_CST);
		if (pthread_barrier_wait(&r->b) ==
		    PTHREAD_BARRIER_SERIAL_THREAD)
			__atomic_add_fetch(&r->serial[i], 1, __ATOMIC_SEQ_CST);
		if (r->arrived[i] != n)
			r->early = 1;
	}
}

static int rounds_good(const struct rounds *r)
{
	for (int i = 0; i < ROUNDS; i++)
		if (r->serial[i] != 1)
			return 0;
	return !r->early;
}

static struct rounds mine;

static void *walker(void *arg)
{
	go_round(&mine, THREADS);
	return NULL;
}

static void barriers(void)
{
	struct rounds *r = shared_pages(sizeof(*r));
	pthread_barrierattr_t a;
	pthread_t t[THREADS];

	check_eq(pthread_barrier_init(&mine.b, NULL, 0), EINVAL,
		 "a barrier for nobody");
	pthread_barrier_init(&mine.b, NULL, THREADS);
	for (int i = 0; i < THREADS; i++)
		start(&t[i], walker, NULL);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	check(rounds_good(&mine), "%d threads through %d barriers, one serial "
	      "each", THREADS, ROUNDS);
	check_eq(pthread_barrier_destroy(&mine.b), 0, "destroyed");
	pthread_barrierattr_init(&a);
	pthread_barrierattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_barrier_init(&r->b, &a, 4);
	for (int i = 0; i < 4; i++) {
		if (fork() == 0) {
			go_round(r, 4);
			_exit(0);
		}
	}
	while (wait(NULL) > 0)
		;
	check(rounds_good(r), "four processes through as many");
	munmap(r, sizeof(*r));
}

/* ---- reader-writer locks ------------------------------------------------- */

static pthread_rwlock_t rw;
static volatile int readers, writers, clash;

static void *read_and_write(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		if (i % 8 == (long)arg % 8) {
			pthread_rwlock_wrlock(&rw);
			clash |= readers || writers;
			writers++;
			sched_yield();
			writers--;
		} else {
			pthread_rwlock_rdlock(&rw);
			clash |= writers;
			__atomic_add_fetch(&readers, 1, __ATOMIC_SEQ_CST);
			sched_yield();
			__atomic_sub_fetch(&readers, 1, __ATOMIC_SEQ_CST);
		}
		pthread_rwlock_unlock(&rw);
	}
	return NULL;
}

static void *try_read(void *arg)
{
	int r = pthread_rwlock_tryrdlock(&rw);

	if (!r)
		pthread_rwlock_unlock(&rw);
	return (void *)(long)r;
}

static void *try_write(void *arg)
{
	return (void *)(long)pthread_rwlock_trywrlock(&rw);
}

static void *timed_read(void *arg)
{
	struct timespec t = moment(CLOCK_REALTIME, 20);
	int r = pthread_rwlock_timedrdlock(&rw, &t);

	return (void *)(long)(is_over(CLOCK_REALTIME, &t) ? r : -1);
}

static void *timed_write(void *arg)
{
	struct timespec t = moment(CLOCK_MONOTONIC, 20);
	int r = pthread_rwlock_clockwrlock(&rw, CLOCK_MONOTONIC, &t);

	return (void *)(long)(is_over(CLOCK_MONOTONIC, &t) ? r : -1);
}

static long in_thread(void *(*fn)(void *))
{
	pthread_t t;

	start(&t, fn, NULL);
	return (long)join(t);
}

static void rw_answers(void)
{
	pthread_rwlock_rdlock(&rw);
	check_eq(in_thread(try_read), 0, "a second reader");
	check_eq(in_thread(try_write), EBUSY, "no writer beside a reader");
	check_eq(in_thread(timed_write), ETIMEDOUT, "a writer's limit");
	check_eq(in_thread(try_read), 0, "readers again after that");
	pthread_rwlock_unlock(&rw);
	pthread_rwlock_wrlock(&rw);
	check_eq(in_thread(try_read), EBUSY, "no reader beside a writer");
	check_eq(in_thread(timed_read), ETIMEDOUT, "a reader's limit");
	check_eq(pthread_rwlock_wrlock(&rw), EDEADLK, "twice by the writer");
	check_eq(pthread_rwlock_rdlock(&rw), EDEADLK, "and to read");
	pthread_rwlock_unlock(&rw);
}

static void rwlocks(int kind, const char *name)
{
	pthread_rwlockattr_t a;
	pthread_t t[THREADS];

	pthread_rwlockattr_init(&a);
	pthread_rwlockattr_setkind_np(&a, kind);
	pthread_rwlock_init(&rw, &a);
	rw_answers();
	clash = 0;
	for (long i = 0; i < THREADS; i++)
		start(&t[i], read_and_write, (void *)i);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	check(!clash, "%s: writers are alone", name);
	check_eq(pthread_rwlock_destroy(&rw), 0, "%s: destroyed", name);
}

static void shared_rwlock(void)
{
	struct {
		pthread_rwlock_t l;
		volatile long a, b, torn;
	} *s = shared_pages(PG);
	pthread_rwlockattr_t a;

	pthread_rwlockattr_init(&a);
	pthread_rwlockattr_setpshared(&a, PTHREAD_PROCESS_SHARED);
	pthread_rwlock_init(&s->l, &a);
	for (int p = 0; p < 4; p++) {
		if (fork())
			continue;
		for (int i = 0; i < ROUNDS; i++) {
			if (p < 2) {
				pthread_rwlock_wrlock(&s->l);
				s->a++;
				sched_yield();
				s->b++;
			} else {
				pthread_rwlock_rdlock(&s->l);
				s->torn |= s->a != s->b;
			}
			pthread_rwlock_unlock(&s->l);
		}
		_exit(0);
	}
	while (wait(NULL) > 0)
		;
	check(s->a == 2 * ROUNDS && s->b == s->a && !s->torn,
	      "a reader-writer lock between processes");
	munmap(s, PG);
}

/* ---- spin locks ---------------------------------------------------------- */

static pthread_spinlock_t spin;
static volatile long spun;

static void *spinner(void *arg)
{
	for (int i = 0; i < ROUNDS; i++) {
		pthread_spin_lock(&spin);
		spun = spun + 1;
		pthread_spin_unlock(&spin);
	}
	return NULL;
}

static void spins(void)
{
	pthread_t t[THREADS];

	pthread_spin_init(&spin, PTHREAD_PROCESS_PRIVATE);
	check_eq(pthread_spin_trylock(&spin), 0, "a spin lock, taken");
	check_eq(pthread_spin_trylock(&spin), EBUSY, "once");
	pthread_spin_unlock(&spin);
	for (int i = 0; i < THREADS; i++)
		start(&t[i], spinner, NULL);
	for (int i = 0; i < THREADS; i++)
		join(t[i]);
	check_eq(spun, THREADS * ROUNDS, "by %d threads", THREADS);
	check_eq(pthread_spin_destroy(&spin), 0, "destroyed");
}

/* ---- semaphores ---------------------------------------------------------- */

static sem_t sem;

static void *wait_sem(void *arg)
{
	tell_tid();
	return (void *)(long)(sem_wait(&sem) ? errno : 0);
}

static void on_signal(int sig)
{
	(void)sig;
}

static void unnamed(void)
{
	struct sigaction sa = { .sa_handler = on_signal };
	struct timespec t, bad = { 0, -1 };
	pthread_t w;
	int value;

	check_ok(sem_init(&sem, 0, 2), "a semaphore of 2");
	check_ok(sem_wait(&sem), "1");
	check_ok(sem_trywait(&sem), "0");
	check_err(EAGAIN, sem_trywait(&sem), "none left");
	t = moment(CLOCK_REALTIME, 20);
	check_err(ETIMEDOUT, sem_timedwait(&sem, &t), "its limit");
	check(is_over(CLOCK_REALTIME, &t), "not too early");
	t = moment(CLOCK_MONOTONIC, 20);
	check_err(ETIMEDOUT, sem_clockwait(&sem, CLOCK_MONOTONIC, &t),
		  "by the other clock");
	check_err(EINVAL, sem_timedwait(&sem, &bad), "no time");
	start(&w, wait_sem, NULL);
	told_and_asleep();
	sem_post(&sem);
	check_eq((long)join(w), 0, "a post wakes a waiter");
	sem_getvalue(&sem, &value);
	check_eq(value, 0, "which takes it");
	sigaction(SIGUSR1, &sa, NULL);
	start(&w, wait_sem, NULL);
	told_and_asleep();
	pthread_kill(w, SIGUSR1);
	check_eq((long)join(w), EINTR, "a handler ends the wait");
	check_err(EINVAL, sem_init(&sem, 0, ~0u), "too large a value");
	sem_init(&sem, 0, 0x7fffffff);
	check_err(EOVERFLOW, sem_post(&sem), "no more than that");
	sem_destroy(&sem);
}

static void named(void)
{
	sem_t *a, *b, *c;
	int st, value;
	pid_t pid;

	sem_unlink("/tap-sem");
	check_err(ENOENT, sem_open("/tap-sem", 0) == SEM_FAILED ? -1 : 0,
		  "a name that is not there");
	a = sem_open("/tap-sem", O_CREAT | O_EXCL, 0600, 3);
	check(a != SEM_FAILED, "a named semaphore");
	check_err(EEXIST, sem_open("/tap-sem", O_CREAT | O_EXCL, 0600, 1) ==
		  SEM_FAILED ? -1 : 0, "made once");
	b = sem_open("/tap-sem", 0);
	check(a == b, "the same one in the same process");
	check(access("/dev/shm/sem.tap-sem", F_OK) == 0, "in /dev/shm");
	pid = fork();
	if (pid == 0) {
		c = sem_open("/tap-sem", 0);
		for (int i = 0; i < 4; i++)
			sem_wait(c);	/* the fourth waits for the parent */
		_exit(sem_trywait(c) == -1 ? 5 : 6);
	}
	do {
		usleep(500);
		sem_getvalue(a, &value);
	} while (value > 0);
	sem_post(a);
	waitpid(pid, &st, 0);
	check_eq(st, 5 << 8, "another process finds it by name");
	check_ok(sem_unlink("/tap-sem"), "unlinked");
	check_err(ENOENT, sem_unlink("/tap-sem"), "once");
	check_ok(sem_post(a), "in use until it is closed");
	sem_close(a);
	sem_close(b);
}

/* Pass a ball round a ring of processes. */
static void ring(void)
{
	enum { N = 8, LAPS = 200 };
	sem_t *s = shared_pages(N * sizeof(*s));

	for (int i = 0; i < N; i++)
		sem_init(&s[i], 1, 0);
	for (int i = 0; i < N; i++) {
		if (fork())
			continue;
		for (int lap = 0; lap < LAPS; lap++) {
			sem_wait(&s[i]);
			sem_post(&s[(i + 1) % N]);
		}
		_exit(0);
	}
	sem_post(&s[0]);
	for (int i = 0; i < N; i++)
		wait(NULL);
	check_eq(sem_trywait(&s[0]), 0, "a ball through a ring of processes");
	munmap(s, N * sizeof(*s));
}

int main(void)
{
	barriers();
	rwlocks(PTHREAD_RWLOCK_PREFER_READER_NP, "readers first");
	rwlocks(PTHREAD_RWLOCK_PREFER_WRITER_NONRECURSIVE_NP, "writers first");
	shared_rwlock();
	spins();
	unnamed();
	named();
	ring();
	return tap_done();
}
