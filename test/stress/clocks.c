/* SPDX-License-Identifier: MIT */
/*
 * Timers and the terminal (rows B12, B16): sleeps are never short, timers of
 * all kinds tell as often as they should, job control stops who must not
 * touch the terminal.
 */
#include <poll.h>
#include <sys/stat.h>
#include "stress.h"

#ifdef SYS_timer_settime64
#define ABI_timer_settime	SYS_timer_settime64
#define ABI_timerfd_settime	SYS_timerfd_settime64
#else
#define ABI_timer_settime	SYS_timer_settime
#define ABI_timerfd_settime	SYS_timerfd_settime
#endif

struct its {
	struct timespec interval, value;
};

/* ---- sleeping ------------------------------------------------------------ */

static void *sleep_some(void *arg)
{
	unsigned long s = (unsigned long)arg;

	for (int i = 0; i < 10; i++) {
		struct timespec t = { 0, 1 + rnd_of(&s, 2000000) };
		uint64_t start = now_ns();

		need(!nanosleep(&t, NULL));
		need(now_ns() - start >= (uint64_t)t.tv_nsec);
		step();
	}
	return NULL;
}

static void sleep_round(void)
{
	struct thread t[4];

	for (int i = 0; i < COUNT(t); i++)
		need(!thread_create(&t[i], sleep_some,
				    (void *)(unsigned long)rnd(1 << 20)));
	for (int i = 0; i < COUNT(t); i++)
		thread_join(&t[i]);
}

const struct work work_sleep = { "sleep", NULL, sleep_round, NULL };

/* ---- timers -------------------------------------------------------------- */

struct event {
	union sigval value;
	int signo, notify, tid;
	char pad[52];
};

/* A timer that fires again and again: taken signals and overruns add up. */
static void by_signal(void)
{
	sigset_t set = sigmask(SIGRTMIN + 5);
	struct event e = { .signo = SIGRTMIN + 5 };
	struct its s = { { 0, MS / 2 }, { 0, MS / 2 } };
	uint64_t start = now_ns(), count = 0;
	siginfo_t si;
	int id;

	need(!syscall(SYS_timer_create, CLOCK_MONOTONIC, &e, &id));
	need(!syscall(ABI_timer_settime, id, 0, &s, NULL));
	for (int i = 0; i < 10; i++) {
		while (sigtimedwait(&set, &si, NULL) < 0)
			need(errno == EINTR);
		need(si.si_code == SI_TIMER);
		/* the overruns stand where the uid does */
		count += 1 + si.si_uid;
		need(count * (MS / 2) <= now_ns() - start);
		step();
	}
	need(!syscall(SYS_timer_delete, id));
	while (sigtimedwait(&set, &si, &(struct timespec){ 0, 0 }) > 0)
		;
}

static void by_descriptor(void)
{
	int fd = (int)syscall(SYS_timerfd_create, CLOCK_MONOTONIC, O_CLOEXEC);
	struct its s = { { 0, MS / 2 }, { 0, MS / 2 } };
	struct pollfd p = { .fd = fd, .events = POLLIN };
	uint64_t start = now_ns(), count = 0, n;

	need(fd >= 0);
	need(!syscall(ABI_timerfd_settime, fd, 0, &s, NULL));
	for (int i = 0; i < 10; i++) {
		need(poll(&p, 1, -1) == 1);
		need(read(fd, &n, 8) == 8 && n > 0);
		count += n;
		need(count * (MS / 2) <= now_ns() - start);
		step();
	}
	close(fd);
}

/* A process that dies with its timer armed, or of it. */
static void by_death(void)
{
	struct itimerval t = { { 0, 300 }, { 0, 300 } };
	int status;
	pid_t pid = branch();

	if (pid == 0) {
		need(!setitimer(ITIMER_REAL, &t, NULL));
		if (rnd(2))
			_exit(89);
		for (;;)
			sched_yield();
	}
	need(wait_for(pid, &status, 0) == pid);
	need(status == SIGALRM || status == 89 << 8);
}

static void timers_setup(void)
{
	sigset_t set = sigmask(SIGRTMIN + 5);

	sigprocmask(SIG_BLOCK, &set, NULL);
}

static void timers_round(void)
{
	switch (rnd(3)) {
	case 0: by_signal(); break;
	case 1: by_descriptor(); break;
	case 2: by_death(); break;
	}
}

const struct work work_timers = { "timers", timers_setup, timers_round,
	NULL };

/* ---- job control --------------------------------------------------------- */

static int tty = -1;			/* our session's, if we got one */

static void tty_setup(void)
{
	signal(SIGTTOU, SIG_IGN);
	need(setsid() > 0);
	tty = open("/dev/ttyS0", O_RDWR | O_CLOEXEC | O_NONBLOCK);
	/* another copy of this worker may have it */
	if (tty >= 0 && tcgetpgrp(tty) != getpgrp()) {
		close(tty);
		tty = -1;
	}
}

static void background_reader(void)
{
	char c;

	signal(SIGTTOU, SIG_DFL);
	setpgid(0, 0);
	read(tty, &c, 1);
	_exit(90);
}

/* A job that reads in the background stops; in the foreground it goes on. */
static void tty_round(void)
{
	pid_t pid = branch();
	int status;

	if (pid == 0 && tty < 0)
		_exit(90);
	if (pid == 0)
		background_reader();
	if (tty < 0) {
		reap(pid, 90);
		nap(10 * MS);
		return;
	}
	setpgid(pid, pid);
	need(wait_for(pid, &status, WUNTRACED) == pid);
	need(WIFSTOPPED(status) && WSTOPSIG(status) == SIGTTIN);
	if (rnd(3) == 0) {		/* hung up while it is stopped */
		kill(-pid, SIGHUP);
		kill(-pid, SIGCONT);
		need(wait_for(pid, &status, 0) == pid && status == SIGHUP);
		return;
	}
	need(!tcsetpgrp(tty, pid));
	kill(-pid, SIGCONT);
	reap(pid, 90);			/* there is no input, or there is */
	need(!tcsetpgrp(tty, getpgrp()));
}

const struct work work_tty = { "tty", tty_setup, tty_round, NULL };
