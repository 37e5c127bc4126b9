/* SPDX-License-Identifier: MIT */
/*
 * Leases of files (fcntl(2), row B5): who may have which, what opening and
 * truncating does to them, the signal that says so, and what ends one.
 */
#include "texts.h"

#define F_SETSIG	10
#define F_GETSIG	11
#define F_SETLEASE	1024
#define F_GETLEASE	1025
#define F_RDLCK	0
#define F_WRLCK	1
#define F_UNLCK	2

#ifndef O_ASYNC
#define O_ASYNC		020000
#endif
#define lease(f, type)	fcntl(f, F_SETLEASE, type)
#define held(f)		fcntl(f, F_GETLEASE, 0)

/* siginfo_t of SIGIO and its like */
struct poll_info {
	int signo, error, code;
	long band;
	int fd;
};

static volatile int told, told_fd, told_code;

static void note_lease_signal(int sig, siginfo_t *si, void *uc)
{
	(void)uc;
	told = sig;
	told_code = si->si_code;
	told_fd = ((struct poll_info *)si)->fd;
}

static void catch_signal(int sig)
{
	struct sigaction sa = { .sa_sigaction = note_lease_signal,
				.sa_flags = SA_SIGINFO };

	sigaction(sig, &sa, NULL);
	told = 0;
}

static void who_may(void)
{
	int r = open("f", O_RDONLY), r2, w, dir = open(".", O_RDONLY);

	check_eq(held(r), F_UNLCK, "none at first");
	check_err(EAGAIN, lease(r, F_UNLCK), "none to give up");
	check_err(EINVAL, lease(r, 7), "no such kind");
	check_err(EINVAL, lease(dir, F_RDLCK), "not of a directory");
	check_err(EBADF, fcntl(500, F_SETLEASE, 7), "nor of nothing");
	check_ok(lease(r, F_RDLCK), "to read");
	check_eq(held(r), F_RDLCK, "is had");
	check(fcntl(r, F_GETFL) & O_ASYNC, "and its file has O_ASYNC");
	check_ok(lease(r, F_WRLCK), "to write: nobody else has it open");
	check_eq(held(r), F_WRLCK, "is had");
	check_ok(lease(r, F_RDLCK), "back to read");
	r2 = open("f", O_RDONLY);
	check_ok(r2, "another may read");
	check_ok(lease(r2, F_RDLCK), "and have one too");
	check_err(EAGAIN, lease(r, F_WRLCK), "then nobody can write");
	check_ok(lease(r2, F_UNLCK), "given up");
	check_err(EAGAIN, lease(r, F_WRLCK), "it is open still");
	close(r2);
	check_ok(lease(r, F_WRLCK), "not any more");
	check_ok(lease(r, F_UNLCK), "given up");
	check_eq(held(r), F_UNLCK, "none is left");
	check(!(fcntl(r, F_GETFL) & O_ASYNC), "nor O_ASYNC");
	w = open("f", O_RDWR);
	check_err(EAGAIN, lease(r, F_RDLCK), "a writer is in the way");
	check_err(EAGAIN, lease(w, F_RDLCK), "to itself as well");
	check_err(EAGAIN, lease(w, F_WRLCK), "and a reader");
	close(r);
	check_ok(lease(w, F_WRLCK), "alone it may");
	r = dup(w);
	check_eq(held(r), F_WRLCK, "a duplicate has it too");
	close(w);
	check_eq(held(r), F_WRLCK, "until the last is closed");
	close(r);
	w = open("f", O_RDWR | O_NONBLOCK);
	check_ok(w, "then it is gone");
	close(w);
	close(dir);
}

/* Has /proc/locks a lease of ours that is so? */
static int lease_listed(const char *how)
{
	static char text[8192];
	char want[80];

	text_read("/proc/locks", text, sizeof(text));
	snprintf(want, sizeof(want), ": LEASE  %s%d ", how, getpid());
	return strstr(text, want) != NULL;
}

/* O_NONBLOCK: the holder is told, and who opens does not wait. */
static void told_of_it(void)
{
	int r = open("f", O_RDONLY), w;

	catch_signal(SIGIO);
	check_ok(lease(r, F_RDLCK), "a lease to read");
	check(lease_listed("ACTIVE    READ "), "in /proc/locks");
	w = open("f", O_RDONLY | O_NONBLOCK);
	check(w >= 0 && !told, "does not mind a reader");
	close(w);
	check_err(EAGAIN, open("f", O_WRONLY | O_NONBLOCK), "a writer it does");
	check_eq(told, SIGIO, "SIGIO");
	check(lease_listed("BREAKING  UNLCK "),
	      "what it is to become is listed");
	check_eq(held(r), F_UNLCK, "what it is to become");
	told = 0;
	check_err(EAGAIN, open("f", O_WRONLY | O_NONBLOCK), "once more");
	check_eq(told, 0, "it is told only once");
	check_ok(lease(r, F_UNLCK), "it lets go");
	w = open("f", O_WRONLY | O_NONBLOCK);
	check_ok(w, "now it is opened");
	close(w);
	check_ok(fcntl(r, F_SETSIG, SIGUSR1), "F_SETSIG");
	catch_signal(SIGUSR1);
	check_ok(lease(r, F_WRLCK), "a lease to write");
	check_err(EAGAIN, open("f", O_RDONLY | O_NONBLOCK), "a reader");
	check(told == SIGUSR1 && told_fd == r && told_code == 3,
	      "SIGUSR1 with POLL_MSG and the descriptor");
	check_eq(held(r), F_RDLCK, "is to become one to read");
	check_ok(lease(r, F_RDLCK), "becomes it");
	w = open("f", O_RDONLY | O_NONBLOCK);
	check_ok(w, "the reader opens it");
	close(w);
	check_ok(lease(r, F_UNLCK), "it goes");
	check_eq(fcntl(r, F_GETSIG, 0), 0, "and F_SETSIG with it");
	close(r);
}

static void opener(void *arg)
{
	const char *how = arg;
	int f;

	if (*how == 't')
		_exit(truncate("f", 3) ? errno : 0);
	f = open("f", *how == 'r' ? O_RDONLY : O_WRONLY);
	_exit(f < 0 ? errno : 0);
}

/* Another process waits until the lease gives way. */
static void wait_for_lease(const char *how, int type, int to, const char *what)
{
	int r = open("f", O_RDONLY), st;
	sigset_t block = sigmask(SIGIO), old;
	pid_t pid;

	catch_signal(SIGIO);
	check_ok(lease(r, type), "%s", what);
	sigprocmask(SIG_BLOCK, &block, &old);
	pid = fork();
	if (!pid) {
		close(r);
		opener((void *)how);
	}
	while (!told)
		sigsuspend(&old);
	sigprocmask(SIG_SETMASK, &old, NULL);
	check_eq(told, SIGIO, "told");
	comes_to(pid, "S");
	check_eq(waitpid(pid, &st, WNOHANG), 0, "it waits");
	check_ok(lease(r, to), "gives way");
	waitpid(pid, &st, 0);
	check_eq(st, 0, "it went on");
	close(r);
}

/* Nobody else's file, but with the right to. */
static void lease_as_stranger(void *arg)
{
	int f;

	(void)arg;
	if (setuid(1234))
		_exit(9);
	f = open("f", O_RDONLY);
	if (lease(f, F_RDLCK) != -1 || errno != EACCES)
		_exit(1);
	if (lease(f, F_UNLCK) != -1 || errno != EACCES)
		_exit(2);
	if (lease(f, 7) != -1 || errno != EINVAL)
		_exit(3);
}

static void interrupt_breaker(void *arg)
{
	struct sigaction sa = { .sa_handler = ignore_signal };
	struct itimerval often = { { 0, 50000 }, { 0, 50000 } };

	(void)arg;
	sigaction(SIGALRM, &sa, NULL);
	setitimer(ITIMER_REAL, &often, NULL);
	if (open("f", O_WRONLY) != -1 || errno != EINTR)
		_exit(1);
}

/* What does not give way is taken in the end. */
static void by_force(void)
{
	char was[16] = "", one[] = "1";
	int s = open("/proc/sys/fs/lease-break-time", O_RDWR), r;

	if (s < 0 || read(s, was, sizeof(was) - 1) <= 0 ||
	    pwrite(s, one, 1, 0) != 1) {
		tap_skip("a lease by force", "not the superuser");
		return;
	}
	catch_signal(SIGIO);
	r = open("f", O_RDONLY);
	lease(r, F_RDLCK);
	check_eq(in_child(opener, "w"), 0, "opened when its time is over");
	check(told == SIGIO && held(r) == F_UNLCK, "the lease is gone");
	check(!(fcntl(r, F_GETFL) & O_ASYNC), "and O_ASYNC with it");
	check_eq(lease(r, F_UNLCK), -1, "none to give up");
	check_eq(pwrite(s, was, strlen(was), 0), (long)strlen(was), "back");
	close(s);
	close(r);
}

int main(void)
{
	int r;

	tap_scratch("file_leases");
	chmod(".", 0755);
	put_file("f", "some text", 9, 0644);
	who_may();
	told_of_it();
	wait_for_lease("w", F_RDLCK, F_UNLCK,
		       "a writer waits for a lease to read");
	wait_for_lease("t", F_RDLCK, F_UNLCK, "truncate too");
	wait_for_lease("r", F_WRLCK, F_RDLCK, "a reader for one to write");
	wait_for_lease("w", F_WRLCK, F_UNLCK, "a writer as well");
	signal(SIGIO, SIG_IGN);
	r = open("f", O_RDONLY);
	lease(r, F_RDLCK);
	check_eq(in_child(interrupt_breaker, NULL), 0,
		 "a signal ends the wait");
	close(r);
	if (!geteuid())
		check_eq(in_child(lease_as_stranger, NULL), 0,
			 "of another's file");
	else
		tap_skip("of another's file", "not the superuser");
	by_force();
	unlink("f");
	tap_scratch_end();
	return tap_done();
}
