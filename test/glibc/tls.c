/* SPDX-License-Identifier: MIT */
/*
 * Thread-local storage by glibc: __thread with and without a first value,
 * aligned and large; pthread_key_t with destructors that set the value again;
 * the same over fork, exec, signals and clone (rows D1, D12).
 */
#include <limits.h>
#include "glibc.h"

#define THREADS	16

static __thread int zero;
static __thread int first = 42;
static __thread char text[] = "first value";
static __thread int *pointer = (int *)0x1234;
static __thread struct { char pad; double d; } __attribute__((aligned(64)))
	aligned = { 'x', 2.5 };
static __thread char large[200000];
__thread long global_tls = -7;

static int intact(void)
{
	return zero == 0 && first == 42 && !strcmp(text, "first value") &&
		pointer == (int *)0x1234 && aligned.pad == 'x' &&
		aligned.d == 2.5 && large[0] == 0 &&
		large[sizeof(large) - 1] == 0 && global_tls == -7 &&
		(uintptr_t)&aligned % 64 == 0;
}

static pthread_barrier_t all_here;
static void *places[THREADS];

/* All change theirs, all look again. */
static void *change(void *arg)
{
	long i = (long)arg, good = intact();

	places[i] = &first;
	zero = first = (int)i;
	memset(large, (int)i, sizeof(large));
	memset(text, 'a' + (int)i, 3);
	global_tls = i;
	pthread_barrier_wait(&all_here);
	for (int n = 0; n < 200; n++) {
		zero++;
		if (n % 20 == 0)
			sched_yield();
	}
	good &= zero == i + 200 && first == i && global_tls == i &&
		text[0] == 'a' + i && large[100000] == i;
	pthread_barrier_wait(&all_here);
	return (void *)good;
}

static void variables(void)
{
	pthread_t t[THREADS];
	int good = 1, apart = 1;

	check(intact(), "the main thread's first values");
	pthread_barrier_init(&all_here, NULL, THREADS);
	for (long i = 0; i < THREADS; i++)
		start(&t[i], change, (void *)i);
	for (int i = 0; i < THREADS; i++)
		good &= (int)(long)join(t[i]);
	for (int i = 0; i < THREADS; i++)
		for (int k = 0; k < i; k++)
			apart &= places[i] != places[k];
	check(good, "each thread's own, from the first value on");
	check(apart, "at places of their own");
	check(intact(), "the main thread's are as they were");
}

/* errno is the one that all use. */
static void *fails(void *arg)
{
	int bad = 0;

	for (int i = 0; i < 300; i++) {
		if ((long)arg & 1) {
			close(-1);
			bad += errno != EBADF;
		} else {
			access("/nope", F_OK);
			bad += errno != ENOENT;
		}
		if (i % 10 == 0)
			sched_yield();
	}
	return (void *)(long)bad;
}

static void errnos(void)
{
	pthread_t t[4];
	long bad = 0;

	for (long i = 0; i < COUNT(t); i++)
		start(&t[i], fails, (void *)i);
	for (int i = 0; i < COUNT(t); i++)
		bad += (long)join(t[i]);
	check_eq(bad, 0, "errno is each thread's own");
}

/* ---- keys ---------------------------------------------------------------- */

static pthread_key_t key, again_key;
static int destroyed, rounds;

static void count_it(void *value)
{
	destroyed += value == &zero || value != NULL;
}

static void set_again(void *value)
{
	rounds++;
	pthread_setspecific(again_key, value);
}

static void *use_key(void *arg)
{
	if (pthread_getspecific(key))
		return (void *)1L;
	pthread_setspecific(key, arg);
	return pthread_getspecific(key) == arg ? NULL : (void *)2L;
}

static void *use_again(void *arg)
{
	pthread_setspecific(again_key, arg);
	return NULL;
}

static void keys(void)
{
	pthread_t t[8];
	long bad = 0;

	check_eq(pthread_key_create(&key, count_it), 0, "a key");
	check(pthread_getspecific(key) == NULL, "nothing there yet");
	for (int i = 0; i < COUNT(t); i++)
		start(&t[i], use_key, &t[i]);
	for (int i = 0; i < COUNT(t); i++)
		bad |= (long)join(t[i]);
	check(!bad && destroyed == COUNT(t), "a destructor a thread");
	pthread_key_create(&again_key, set_again);
	start(&t[0], use_again, &t);
	join(t[0]);
	check_eq(rounds, PTHREAD_DESTRUCTOR_ITERATIONS,
		 "one that sets it again is run %d times",
		 PTHREAD_DESTRUCTOR_ITERATIONS);
	check_eq(pthread_key_delete(key), 0, "deleted");
	check_eq(pthread_key_delete(key), EINVAL, "once");
	check_eq(pthread_setspecific(key, t), EINVAL, "then unknown");
	pthread_key_delete(again_key);
}

/* As many as there are; those beyond the first 32 lie elsewhere. */
static pthread_key_t all_keys[PTHREAD_KEYS_MAX + 1];

static void *use_all(void *arg)
{
	long n = (long)arg, bad = 0;

	for (long i = 0; i < n; i++)
		pthread_setspecific(all_keys[i], (void *)(i + 1));
	for (long i = 0; i < n; i++)
		bad += pthread_getspecific(all_keys[i]) != (void *)(i + 1);
	return (void *)bad;
}

static void many_keys(void)
{
	pthread_t t;
	long n = 0;
	int r;

	while (n <= PTHREAD_KEYS_MAX &&
	       (r = pthread_key_create(&all_keys[n], NULL)) == 0)
		n++;
	check(r == EAGAIN && n > PTHREAD_KEYS_MAX - 10, "%ld keys at most", n);
	start(&t, use_all, (void *)n);
	check_eq((long)join(t), 0, "all of them hold values");
	while (n-- > 0)
		pthread_key_delete(all_keys[n]);
}

/* ---- across other mechanisms --------------------------------------------- */

static void *fork_there(void *arg)
{
	int st;
	pid_t pid;

	first = 1000;
	pid = fork();
	if (pid == 0)
		_exit(first == 1000 && gettid() == getpid() ? 9 : 1);
	waitpid(pid, &st, 0);
	return (void *)(long)st;
}

static volatile int seen;

static void on_signal(int sig)
{
	(void)sig;
	seen = first;
}

static void *wait_signal(void *arg)
{
	first = 77;
	tell_tid();
	while (!seen)
		sched_yield();
	return (void *)(long)seen;
}

static void across(void)
{
	pthread_t t;
	int st;

	start(&t, fork_there, NULL);
	check_eq((long)join(t), 9 << 8, "a thread that forks takes it along");
	signal(SIGUSR1, on_signal);
	start(&t, wait_signal, NULL);
	while (!told_tid)
		usleep(500);
	pthread_kill(t, SIGUSR1);
	check_eq((long)join(t), 77, "a handler sees its thread's");
	first = 5;
	if (fork() == 0) {
		execl(tap_self, tap_self, "-intact", NULL);
		_exit(1);
	}
	wait(&st);
	check_eq(st, 0, "exec begins with first values");
	first = 42;
}

/* Threads that come and go get clean blocks, also from the cache. */
static void *look_and_soil(void *arg)
{
	long good = intact();

	memset(large, 0xee, sizeof(large));
	memset(text, 0xee, sizeof(text));
	zero = first = -1;
	pointer = NULL;
	aligned.d = global_tls = 0;
	aligned.pad = 0;
	return (void *)good;
}

static void used_again(void)
{
	long good = 1;
	pthread_t t;

	for (int i = 0; i < 100; i++) {
		start(&t, look_and_soil, NULL);
		good &= (long)join(t);
	}
	check(good, "a used stack begins with first values too");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return !intact();
	tap_find_self(argv[0]);
	variables();
	errnos();
	keys();
	many_keys();
	across();
	used_again();
	return tap_done();
}
