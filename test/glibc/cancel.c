/* SPDX-License-Identifier: MIT */
/*
 * glibc's cancellation, which is a signal to the thread.  Every cancellation
 * point that can sleep is cancelled while it does and before it begins;
 * deferred, asynchronous, switched off; cleanup handlers in order (rows B6,
 * D1).
 */
#include <poll.h>
#include <semaphore.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/select.h>
#include <sys/uio.h>
#include "glibc.h"

static int empty[2], full[2], ep, locked;
static pid_t holder;
static pthread_mutex_t m = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t c = PTHREAD_COND_INITIALIZER;
static sem_t sem;
static pthread_t forever;
static const struct timespec ages = { 1000, 0 };

static void *sleeps(void *arg)
{
	for (;;)
		pause();
	return arg;
}

static void s_read(void) { char b; read(empty[0], &b, 1); }
static void s_write(void) { write(full[1], "abcd", 4); }
static void s_pause(void) { pause(); }
static void s_sleep(void) { sleep(1000); }
static void s_usleep(void) { usleep(900000000); }
static void s_nanosleep(void) { nanosleep(&ages, NULL); }
static void s_wait(void) { wait(NULL); }
static void s_waitpid(void) { waitpid(-1, NULL, 0); }
static void s_waitid(void) { waitid(P_ALL, 0, NULL, WEXITED); }
static void s_sem(void) { sem_wait(&sem); }
static void s_join(void) { pthread_join(forever, NULL); }
static void s_system(void) { system("read x <&9"); }
static void s_clock(void)
{
	clock_nanosleep(CLOCK_MONOTONIC, 0, &ages, NULL);
}

static void s_readv(void)
{
	char b[2];
	struct iovec v[2] = { { b, 1 }, { b + 1, 1 } };

	readv(empty[0], v, 2);
}

static void s_writev(void)
{
	struct iovec v[2] = { { "ab", 2 }, { "cd", 2 } };

	writev(full[1], v, 2);
}

static void s_poll(void)
{
	struct pollfd p = { .fd = empty[0], .events = POLLIN };

	poll(&p, 1, -1);
}

static void s_ppoll(void)
{
	struct pollfd p = { .fd = empty[0], .events = POLLIN };

	ppoll(&p, 1, &ages, NULL);
}

static void s_select(void)
{
	fd_set in;

	FD_ZERO(&in);
	FD_SET(empty[0], &in);
	select(empty[0] + 1, &in, NULL, NULL, NULL);
}

static void s_pselect(void)
{
	fd_set in;

	FD_ZERO(&in);
	FD_SET(empty[0], &in);
	pselect(empty[0] + 1, &in, NULL, NULL, &ages, NULL);
}

static void s_epoll(void)
{
	struct epoll_event e;

	epoll_wait(ep, &e, 1, -1);
}

static void s_sigwait(void)
{
	sigset_t s;
	int sig;

	sigemptyset(&s);
	sigaddset(&s, SIGUSR2);
	sigwait(&s, &sig);
}

static void s_sigtimedwait(void)
{
	sigset_t s;

	sigemptyset(&s);
	sigaddset(&s, SIGUSR2);
	sigtimedwait(&s, NULL, &ages);
}

static void s_sigsuspend(void)
{
	sigset_t s;

	sigemptyset(&s);
	sigsuspend(&s);
}

static void unlock(void *arg)
{
	(void)arg;
	pthread_mutex_unlock(&m);
}

static void s_cond(void)
{
	pthread_mutex_lock(&m);
	pthread_cleanup_push(unlock, NULL);
	for (;;)
		pthread_cond_wait(&c, &m);
	pthread_cleanup_pop(1);
}

static void s_timed_cond(void)
{
	struct timespec t = moment(CLOCK_REALTIME, 1000000);

	pthread_mutex_lock(&m);
	pthread_cleanup_push(unlock, NULL);
	for (;;)
		pthread_cond_timedwait(&c, &m, &t);
	pthread_cleanup_pop(1);
}

static void s_timed_sem(void)
{
	struct timespec t = moment(CLOCK_REALTIME, 1000000);

	sem_timedwait(&sem, &t);
}

static void s_fifo(void)
{
	open("fifo", O_RDONLY);
}

static void s_lockf(void)
{
	struct flock f = { .l_type = F_WRLCK, .l_whence = SEEK_SET };

	fcntl(locked, F_SETLKW, &f);
}

static const struct point {
	const char *name;
	void (*fn)(void);
} points[] = {
	{ "read", s_read }, { "write", s_write }, { "readv", s_readv },
	{ "writev", s_writev }, { "pause", s_pause }, { "sleep", s_sleep },
	{ "usleep", s_usleep }, { "nanosleep", s_nanosleep },
	{ "clock_nanosleep", s_clock }, { "wait", s_wait },
	{ "waitpid", s_waitpid }, { "waitid", s_waitid }, { "poll", s_poll },
	{ "ppoll", s_ppoll }, { "select", s_select },
	{ "pselect", s_pselect }, { "epoll_wait", s_epoll },
	{ "sigwait", s_sigwait }, { "sigtimedwait", s_sigtimedwait },
	{ "sigsuspend", s_sigsuspend }, { "pthread_cond_wait", s_cond },
	{ "pthread_cond_timedwait", s_timed_cond }, { "sem_wait", s_sem },
	{ "sem_timedwait", s_timed_sem }, { "pthread_join", s_join },
	{ "open of a FIFO", s_fifo }, { "fcntl(F_SETLKW)", s_lockf },
	{ "system", s_system },
};

static void set_up(void)
{
	struct flock f = { .l_type = F_WRLCK, .l_whence = SEEK_SET };
	sigset_t s;

	if (pipe(empty) || pipe(full))
		tap_bail("pipe");
	dup2(empty[0], 9);
	fcntl(full[1], F_SETFL, O_NONBLOCK);
	while (write(full[1], "0123456789abcdef", 16) > 0)
		;
	fcntl(full[1], F_SETFL, 0);
	ep = epoll_create1(0);
	sem_init(&sem, 0, 0);
	mkfifo("fifo", 0600);
	locked = open("locked", O_RDWR | O_CREAT, 0600);
	sigemptyset(&s);
	sigaddset(&s, SIGUSR2);
	pthread_sigmask(SIG_BLOCK, &s, NULL);
	/* a child that never ends, and holds the lock of the file */
	holder = fork();
	if (holder == 0) {
		close(empty[1]);
		fcntl(locked, F_SETLK, &f);
		for (;;)
			pause();
	}
	f.l_type = F_WRLCK;
	while (fcntl(locked, F_GETLK, &f) == 0 && f.l_type == F_UNLCK) {
		f.l_type = F_WRLCK;
		usleep(500);
	}
	start(&forever, sleeps, NULL);
}

/* ---- each point ---------------------------------------------------------- */

static int cleaned;

static void clean(void *arg)
{
	cleaned = cleaned * 10 + (int)(long)arg;
}

static void *at_point(void *arg)
{
	const struct point *p = arg;

	pthread_cleanup_push(clean, (void *)1L);
	tell_tid();
	p->fn();
	pthread_cleanup_pop(0);
	return NULL;
}

static volatile int go;

/* Cancelled before it comes to the point. */
static void *late_at_point(void *arg)
{
	const struct point *p = arg;

	while (!go)
		sched_yield();
	p->fn();
	return NULL;
}

static void each_point(const struct point *p)
{
	pthread_t t;

	cleaned = 0;
	start(&t, at_point, (void *)p);
	told_and_asleep();
	pthread_cancel(t);
	check(join(t) == PTHREAD_CANCELED && cleaned == 1,
	      "%s: cancelled asleep", p->name);
	go = 0;
	start(&t, late_at_point, (void *)p);
	pthread_cancel(t);
	go = 1;
	check(join(t) == PTHREAD_CANCELED, "%s: cancelled before", p->name);
	check(!pthread_mutex_trylock(&m), "%s: no lock is left", p->name);
	pthread_mutex_unlock(&m);
}

/* ---- what holds for all -------------------------------------------------- */

static void *nested(void *arg)
{
	pthread_cleanup_push(clean, (void *)3L);
	pthread_cleanup_push(clean, (void *)2L);
	pthread_cleanup_push(clean, (void *)1L);
	tell_tid();
	pause();
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *by_exit(void *arg)
{
	pthread_cleanup_push(clean, (void *)5L);
	pthread_exit((void *)77L);
	pthread_cleanup_pop(0);
	return NULL;
}

static void *popped(void *arg)
{
	pthread_cleanup_push(clean, (void *)6L);
	pthread_cleanup_pop(1);
	pthread_cleanup_push(clean, (void *)7L);
	pthread_cleanup_pop(0);
	return NULL;
}

static void cleanup(void)
{
	pthread_t t;

	cleaned = 0;
	start(&t, nested, NULL);
	told_and_asleep();
	pthread_cancel(t);
	join(t);
	check_eq(cleaned, 123, "cleanup handlers, the last one first");
	cleaned = 0;
	start(&t, by_exit, NULL);
	check(join(t) == (void *)77L && cleaned == 5,
	      "pthread_exit runs them as well");
	cleaned = 0;
	start(&t, popped, NULL);
	join(t);
	check_eq(cleaned, 6, "popped: run if asked for");
}

static volatile int reached;

static void *disabled(void *arg)
{
	struct timespec t = { 0, 20000000 };
	int old;

	pthread_setcancelstate(PTHREAD_CANCEL_DISABLE, &old);
	tell_tid();
	while (!go)
		nanosleep(&t, NULL);
	reached = 1;
	pthread_setcancelstate(PTHREAD_CANCEL_ENABLE, &old);
	reached = 2;
	pthread_testcancel();
	reached = 3;
	return NULL;
}

static void *spinning(void *arg)
{
	pthread_setcanceltype(PTHREAD_CANCEL_ASYNCHRONOUS, NULL);
	tell_tid();
	for (;;)
		;
	return NULL;
}

static void *computing(void *arg)
{
	tell_tid();
	while (!go)
		;
	reached = 1;
	pthread_testcancel();
	reached = 2;
	return NULL;
}

static void *oneself(void *arg)
{
	pthread_cancel(pthread_self());
	reached = 1;
	pthread_testcancel();
	reached = 2;
	return NULL;
}

static void states(void)
{
	pthread_t t;

	go = reached = 0;
	start(&t, disabled, NULL);
	while (!told_tid)
		usleep(500);
	pthread_cancel(t);
	usleep(1000);
	check_eq(pthread_tryjoin_np(t, NULL), EBUSY, "disabled: it lives on");
	go = 1;
	check(join(t) == PTHREAD_CANCELED && reached == 2,
	      "until it allows it and comes to a point");
	start(&t, spinning, NULL);
	while (!told_tid)
		usleep(500);
	pthread_cancel(t);
	check(join(t) == PTHREAD_CANCELED, "asynchronous: anywhere");
	go = reached = 0;
	start(&t, computing, NULL);
	while (!told_tid)
		usleep(500);
	pthread_cancel(t);
	go = 1;
	check(join(t) == PTHREAD_CANCELED && reached == 1,
	      "deferred: not in a computation");
	reached = 0;
	start(&t, oneself, NULL);
	check(join(t) == PTHREAD_CANCELED && reached == 1, "oneself");
}

int main(void)
{
	tap_scratch("cancel");
	set_up();
	for (int i = 0; i < COUNT(points); i++)
		each_point(&points[i]);
	cleanup();
	states();
	unlink("fifo");
	unlink("locked");
	tap_scratch_end();
	kill(holder, SIGKILL);
	return tap_done();
}
