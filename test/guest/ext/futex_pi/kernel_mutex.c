/* SPDX-License-Identifier: MIT */
/*
 * Mutexes of the kernel's lend priority, directly and as links of a chain of
 * futexes (row B14).  One is held for as long as one likes by whoever reads from
 * a terminal on which nothing is typed; the next reader sleeps for it.
 */
#include <signal.h>
#include "pi.h"
#include "terminal.h"

static struct pair tty;
static volatile int a, b;		/* words */

/* What a thread does: get a word or not, read a line, give back. */
struct reader {
	struct thread t;
	int fifo;			/* its priority, 0: none */
	volatile int *word;
	volatile int tid, ready, result, error;
	char line[8];
};

static void *read_line(void *arg)
{
	struct reader *r = arg;

	r->tid = gettid();
	if (r->fifo)
		set_policy(0, SCHED_FIFO, r->fifo);
	if (r->word)
		pi_op(r->word, FUTEX_LOCK_PI, NULL);
	r->ready = 1;
	r->result = (int)read(tty.s, r->line, sizeof(r->line) - 1);
	r->error = r->result < 0 ? errno : 0;
	if (r->word)
		pi_op(r->word, FUTEX_UNLOCK_PI, NULL);
	return NULL;
}

/* It does soon: its state says that it sleeps a moment before it lends. */
#define check_comes(tid, p, what)	\
	check(eventually(runs_with(tid) == ((p) ? -1 - (p) : 20)), what)

/* => once it sleeps */
static void begin(struct reader *r)
{
	if (thread_create(&r->t, read_line, r))
		tap_bail("thread_create");
	while (!r->ready)
		usleep(1000);
	wait_asleep(r->t.tid);
}

/* Somebody who wants a word. */
struct waiter {
	struct thread t;
	int fifo;
	volatile int *word;
	struct timespec until;		/* 0: without end */
	volatile int tid, ready, error;
};

static void *want(void *arg)
{
	struct waiter *w = arg;

	w->tid = gettid();
	set_policy(0, SCHED_FIFO, w->fifo);
	w->ready = 1;
	w->error = pi_op(w->word, FUTEX_LOCK_PI,
			 w->until.tv_sec ? &w->until : NULL) ? errno : 0;
	if (!w->error)
		pi_op(w->word, FUTEX_UNLOCK_PI, NULL);
	return NULL;
}

static void start(struct waiter *w)
{
	if (thread_create(&w->t, want, w))
		tap_bail("thread_create");
	while (!w->ready)
		usleep(1000);
	if (!w->until.tv_sec)
		wait_asleep(w->t.tid);
}

static void type(const char *line)
{
	if (write(tty.m, line, strlen(line)) != (ssize_t)strlen(line))
		tap_bail("write");
}

static void no_op(int sig)
{
	(void)sig;
}

/* ---- one mutex ----------------------------------------------------------- */

static void direct(void)
{
	struct sigaction sa = { .sa_handler = no_op };	/* no SA_RESTART */
	struct reader low = { .fifo = 5 }, plain = { .fifo = 0 };
	struct reader high = { .fifo = 30 };

	sigaction(SIGUSR1, &sa, NULL);
	begin(&low);
	begin(&plain);
	check_runs(low.tid, 5, "an ordinary one lends nothing");
	begin(&high);
	check_comes(low.tid, 30, "one of 30 sleeps");
	check_eq(get_param(low.tid), 5, "the priority told is its own");
	set_policy(high.tid, SCHED_FIFO, 35);
	check_runs(low.tid, 35, "it is raised");
	set_policy(plain.tid, SCHED_FIFO, 50);
	check_runs(low.tid, 50, "the ordinary one, too");
	set_policy(plain.tid, SCHED_OTHER, 0);
	check_runs(low.tid, 35, "and is so no more");
	syscall(SYS_tgkill, getpid(), high.tid, SIGUSR1);
	thread_join(&high.t);
	check_eq(high.error, EINTR, "a signal ends the sleep");
	check_runs(low.tid, 5, "nothing is lent");
	type("1\n");
	thread_join(&low.t);
	type("2\n");
	thread_join(&plain.t);
	check_eq(low.line[0] * 256 + plain.line[0], '1' * 256 + '2',
		 "both have read");
}

/* Who came last, but is the best, is next. */
static void best(void)
{
	struct reader owner = { .fifo = 5 }, plain = { .fifo = 0 };
	struct reader mid = { .fifo = 10 }, high = { .fifo = 20 };

	begin(&owner);
	begin(&plain);
	begin(&mid);
	begin(&high);
	type("1\n");
	thread_join(&owner.t);
	type("2\n");
	thread_join(&high.t);
	type("3\n");
	thread_join(&mid.t);
	type("4\n");
	thread_join(&plain.t);
	check_eq(high.line[0], '2', "the highest read next");
	check_eq(mid.line[0], '3', "then the other one");
	check_eq(plain.line[0], '4', "then the ordinary one");
}

/* ---- chains -------------------------------------------------------------- */

/* One has b and the mutex; one has a and sleeps for it; one waits for a. */
static void chain(void)
{
	struct timespec past = { 1, 0 };
	struct reader owner = { .fifo = 5, .word = &b };
	struct reader link = { .word = &a };
	struct waiter high = { .fifo = 40, .word = &a };
	struct waiter other = { .fifo = 50, .word = &b };

	begin(&owner);
	begin(&link);
	high.until = later(CLOCK_REALTIME, 20);
	start(&high);
	thread_join(&high.t);
	check_eq(high.error, ETIMEDOUT, "its time is over");
	check_runs(owner.tid, 5, "nothing is lent");
	high = (struct waiter){ .fifo = 40, .word = &a };
	start(&high);
	check_comes(link.tid, 40, "40 is lent by a futex");
	check_comes(owner.tid, 40, "and lent on by a mutex");
	set_policy(high.tid, SCHED_FIFO, 45);
	check_runs(owner.tid, 45, "it is raised");
	start(&other);
	check_comes(owner.tid, 50, "more by another futex");
	check_runs(link.tid, 45, "which has no part in this");
	check_err(ETIMEDOUT, pi_op(&a, FUTEX_LOCK_PI, &past), "no circle");
	type("1\n");
	thread_join(&owner.t);
	thread_join(&other.t);
	check_runs(link.tid, 45, "still lent");
	type("2\n");
	thread_join(&link.t);
	thread_join(&high.t);
	check_eq(link.line[0], '2', "it has read");
	check(!a && !b, "both words are free");
}

/* An owner dies: who is lent a priority has the mutex next. */
static void owner_dies(void)
{
	struct reader next = { .word = &a };
	struct reader last = { .fifo = 25 };
	struct waiter high = { .fifo = 40, .word = &a };
	char c;
	pid_t p = fork();

	if (!p)
		_exit((int)read(tty.s, &c, 1));
	comes_to(p, "S");
	usleep(20000);
	begin(&next);
	begin(&last);
	start(&high);
	kill(p, SIGKILL);
	waitpid(p, NULL, 0);
	check_comes(next.tid, 40, "what it waits for is not lost");
	type("1\n");
	thread_join(&next.t);
	thread_join(&high.t);
	type("2\n");
	thread_join(&last.t);
	check_eq(next.line[0], '1', "it was the best, and has read");
	check_eq(last.line[0], '2', "then the other one");
}

int main(void)
{
	if (on_other_kernel())
		return tap_skip_all("Linux's own mutexes lend nothing");
	tty = make(1);
	direct();
	best();
	chain();
	owner_dies();
	drop(&tty);
	return tap_done();
}
