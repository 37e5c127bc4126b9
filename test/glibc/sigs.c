/* SPDX-License-Identifier: MIT */
/*
 * Signals and glibc's threads: to one thread, to any of them, queued with a
 * value, waited for, masked; timers that signal a thread or start one, as
 * SIGEV_THREAD does; CPU clocks of threads (rows B6, D1, D7).
 */
#include <sys/timerfd.h>
#include "glibc.h"

#ifndef sigev_notify_thread_id
#define sigev_notify_thread_id	_sigev_un._tid
#endif

static volatile pid_t ran_in;
static volatile int go, count;
static volatile int value_seen, code_seen;

static void handler(int sig, siginfo_t *si, void *uc)
{
	(void)uc;
	(void)sig;
	value_seen = si->si_value.sival_int;
	code_seen = si->si_code;
	ran_in = gettid();
	__atomic_add_fetch(&count, 1, __ATOMIC_SEQ_CST);
}

static void with_handler(int sig)
{
	struct sigaction sa = { .sa_sigaction = handler,
				.sa_flags = SA_SIGINFO | SA_RESTART };

	sigaction(sig, &sa, NULL);
}

static sigset_t set_of(int sig)
{
	sigset_t s;

	sigemptyset(&s);
	sigaddset(&s, sig);
	return s;
}

static volatile pid_t tids[8];

static void *until_go(void *arg)
{
	tids[(long)arg] = gettid();
	while (!go)
		usleep(500);
	return NULL;
}

static void until(volatile int *what, int n)
{
	while (*what < n)
		usleep(500);
}

static void *blocks_it(void *arg)
{
	sigset_t s = set_of(SIGUSR1), pending;
	long good;

	pthread_sigmask(SIG_BLOCK, &s, NULL);
	tids[(long)arg] = gettid();
	do {
		usleep(500);
		sigpending(&pending);
	} while (!sigismember(&pending, SIGUSR1));
	good = ran_in == 0;
	pthread_sigmask(SIG_UNBLOCK, &s, NULL);
	return (void *)(long)(good && ran_in == gettid());
}

static void *just_ends(void *arg)
{
	return arg;
}

static void to_threads(void)
{
	pthread_t t[4];
	union sigval v = { .sival_int = 4711 };
	int good = 1;

	with_handler(SIGUSR1);
	go = 0;
	for (long i = 0; i < COUNT(t); i++) {
		tids[i] = 0;
		start(&t[i], until_go, (void *)i);
		while (!tids[i])
			usleep(500);
	}
	for (int i = 0; i < COUNT(t); i++) {
		count = 0;
		pthread_kill(t[i], SIGUSR1);
		until(&count, 1);
		good &= ran_in == tids[i];
	}
	check(good, "pthread_kill: each thread runs its own handler");
	count = 0;
	pthread_sigqueue(t[2], SIGUSR1, v);
	until(&count, 1);
	check(ran_in == tids[2] && value_seen == 4711 &&
	      code_seen == SI_QUEUE, "pthread_sigqueue: with a value");
	check_eq(pthread_kill(t[0], 0), 0, "signal 0 is a question");
	check_eq(pthread_kill(t[0], 65), EINVAL, "no such signal");
	go = 1;
	for (int i = 0; i < COUNT(t); i++)
		join(t[i]);
	ran_in = 0;
	tids[0] = 0;
	start(&t[0], blocks_it, NULL);
	while (!tids[0])
		usleep(500);
	pthread_kill(t[0], SIGUSR1);
	check(join(t[0]) == (void *)1L, "blocked: pending for that thread");
}

/* Blocked in all but one: it is that one's. */
static void to_process(void)
{
	sigset_t s = set_of(SIGUSR1);
	pthread_t t;

	go = 0;
	tids[0] = 0;
	start(&t, until_go, NULL);
	while (!tids[0])
		usleep(500);
	pthread_sigmask(SIG_BLOCK, &s, NULL);
	count = 0;
	kill(getpid(), SIGUSR1);
	until(&count, 1);
	check_eq(ran_in, tids[0], "kill: a thread that does not block it");
	go = 1;
	join(t);
	pthread_sigmask(SIG_UNBLOCK, &s, NULL);
}

/* ---- waiting for signals ------------------------------------------------- */

static void *takes(void *arg)
{
	sigset_t s = set_of(SIGRTMIN + 3);
	siginfo_t si;
	long sum = 0;

	for (;;) {
		/* EINTR: woken, but another was faster to take it */
		if (sigwaitinfo(&s, &si) < 0)
			continue;
		if (si.si_value.sival_int == 0)
			return (void *)sum;
		sum += si.si_value.sival_int;
	}
}

static void waited_for(void)
{
	sigset_t s = set_of(SIGRTMIN + 3);
	pthread_t t[4];
	long sum = 0;

	pthread_sigmask(SIG_BLOCK, &s, NULL);
	for (int i = 0; i < COUNT(t); i++)
		start(&t[i], takes, NULL);
	for (int i = 1; i <= 200; i++)
		while (sigqueue(getpid(), SIGRTMIN + 3,
				(union sigval){ .sival_int = i }))
			usleep(500);
	for (int i = 0; i < COUNT(t); i++)
		sigqueue(getpid(), SIGRTMIN + 3, (union sigval){ 0 });
	for (int i = 0; i < COUNT(t); i++)
		sum += (long)join(t[i]);
	check_eq(sum, 200 * 201 / 2, "200 queued signals, each taken once");
}

static void *inherits(void *arg)
{
	sigset_t s, pending;

	pthread_sigmask(SIG_BLOCK, NULL, &s);
	sigpending(&pending);
	return (void *)(long)(sigismember(&s, SIGUSR2) == 1 &&
			      sigismember(&s, SIGUSR1) == 0 &&
			      sigismember(&pending, SIGUSR2) == 0);
}

static void masks(void)
{
	sigset_t s = set_of(SIGUSR2), cur;
	pthread_attr_t a;
	pthread_t t;

	with_handler(SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &s, NULL);
	pthread_kill(pthread_self(), SIGUSR2);
	start(&t, inherits, NULL);
	check(join(t) == (void *)1L,
	      "a thread begins with the mask, not with what is pending");
	pthread_attr_init(&a);
	pthread_attr_setsigmask_np(&a, &s);
	pthread_sigmask(SIG_UNBLOCK, &s, NULL);
	pthread_create(&t, &a, inherits, NULL);
	check(join(t) == (void *)1L, "or with that of its attributes");
	sigfillset(&s);
	pthread_sigmask(SIG_BLOCK, &s, NULL);
	pthread_sigmask(SIG_BLOCK, NULL, &cur);
	check(sigismember(&cur, 32) == 0 && sigismember(&cur, 33) == 0,
	      "glibc's own two are never blocked");
	pthread_sigmask(SIG_UNBLOCK, &s, NULL);
	check_eq(pthread_sigmask(99, &s, NULL), EINVAL, "no such change");
}

/* ---- timers -------------------------------------------------------------- */

static volatile int notified, notified_value, notified_tid;

static void notify(union sigval v)
{
	notified_value = v.sival_int;
	notified_tid = gettid();
	__atomic_add_fetch(&notified, 1, __ATOMIC_SEQ_CST);
}

static void arm(timer_t t, long ms, long interval_ms)
{
	struct itimerspec s = {
		.it_value = { ms / 1000, ms % 1000 * 1000000 },
		.it_interval = { interval_ms / 1000,
				 interval_ms % 1000 * 1000000 },
	};

	if (timer_settime(t, 0, &s, NULL))
		tap_bail("timer_settime");
}

static void thread_timers(void)
{
	struct sigevent e = { .sigev_notify = SIGEV_THREAD,
			      .sigev_value.sival_int = 99,
			      .sigev_notify_function = notify };
	struct itimerspec left;
	timer_t t;

	check_ok(timer_create(CLOCK_MONOTONIC, &e, &t), "SIGEV_THREAD");
	arm(t, 5, 0);
	until(&notified, 1);
	check(notified_value == 99 && notified_tid != gettid(),
	      "its function runs in a thread of its own");
	notified = 0;
	arm(t, 1, 1);
	until(&notified, 5);
	check(1, "again and again");
	arm(t, 0, 0);
	timer_gettime(t, &left);
	check(!left.it_value.tv_sec && !left.it_value.tv_nsec, "until it is "
	      "off");
	check_ok(timer_delete(t), "deleted");
}

static void *waits_for_timer(void *arg)
{
	sigset_t s = set_of(SIGRTMIN + 4);
	siginfo_t si;

	pthread_sigmask(SIG_BLOCK, &s, NULL);
	tids[0] = gettid();
	if (sigwaitinfo(&s, &si) != SIGRTMIN + 4)
		return (void *)-1L;
	return (void *)(long)si.si_value.sival_int;
}

static void timer_to_thread(void)
{
	struct sigevent e = { .sigev_notify = SIGEV_THREAD_ID,
			      .sigev_signo = SIGRTMIN + 4,
			      .sigev_value.sival_int = 31 };
	pthread_t t;
	timer_t timer;

	with_handler(SIGRTMIN + 4);
	tids[0] = 0;
	start(&t, waits_for_timer, NULL);
	while (!tids[0])
		usleep(500);
	e.sigev_notify_thread_id = tids[0];
	check_ok(timer_create(CLOCK_MONOTONIC, &e, &timer),
		 "SIGEV_THREAD_ID");
	arm(timer, 5, 0);
	check(join(t) == (void *)31L, "that thread gets the signal");
	timer_delete(timer);
	e.sigev_notify_thread_id = 1;
	check_err(EINVAL, timer_create(CLOCK_MONOTONIC, &e, &timer),
		  "not a thread of another process");
	e.sigev_notify = SIGEV_NONE;
	check_ok(timer_create(CLOCK_MONOTONIC, &e, &timer), "SIGEV_NONE");
	timer_delete(timer);
}

static void *burns(void *arg)
{
	struct timespec t;

	do {
		for (volatile int i = 0; i < 10000; i++)
			;
		clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	} while (!t.tv_sec && t.tv_nsec < 20000000);
	go = 1;
	while (go == 1)
		usleep(500);
	return arg;
}

static void cpu_clocks(void)
{
	struct timespec ts, own, all;
	clockid_t clock;
	pthread_t t;

	go = 0;
	start(&t, burns, NULL);
	while (!go)
		usleep(500);
	check_eq(pthread_getcpuclockid(t, &clock), 0, "a thread's clock");
	clock_gettime(clock, &ts);
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &all);
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &own);
	go = 2;
	join(t);
	check(ts.tv_sec || ts.tv_nsec >= 20000000, "what it used");
	check(all.tv_sec > ts.tv_sec || (all.tv_sec == ts.tv_sec &&
	      all.tv_nsec >= ts.tv_nsec), "the process used at least that");
	check(own.tv_sec <= all.tv_sec, "and the first thread less");
}

/*
 * A storm at threads that work, and nothing is lost or done twice.  They work
 * until it has begun.
 */
static void *works(void *arg)
{
	long sum;

	do {
		sum = 0;
		for (long i = 0; i < 3000; i++) {
			char *p = malloc(16 + i % 100);

			*p = 1;
			sum += *p;
			free(p);
		}
	} while (!count);
	__atomic_add_fetch(&go, 1, __ATOMIC_SEQ_CST);
	while (go < 100)
		usleep(500);
	return (void *)sum;
}

static void storm(void)
{
	pthread_t t[4];
	long sum = 0, sent = 0;

	with_handler(SIGUSR1);
	go = count = 0;
	for (int i = 0; i < COUNT(t); i++)
		start(&t[i], works, NULL);
	while (go < COUNT(t)) {
		for (int i = 0; i < COUNT(t); i++)
			pthread_kill(t[i], SIGUSR1);
		sent += COUNT(t);
		usleep(200);
	}
	go = 100;
	for (int i = 0; i < COUNT(t); i++)
		sum += (long)join(t[i]);
	check(sum == 3000 * COUNT(t) && count > 0 && count <= sent,
	      "a storm of signals at threads that work");
}

int main(void)
{
	pthread_t t;

	start(&t, just_ends, NULL);
	join(t);
	to_threads();
	to_process();
	waited_for();
	masks();
	thread_timers();
	timer_to_thread();
	cpu_clocks();
	storm();
	return tap_done();
}
