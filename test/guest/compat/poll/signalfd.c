/* SPDX-License-Identifier: MIT */
/* signalfd: signals as records, waited for with poll (B6). */
#include <poll.h>
#include "tap.h"

#define F_SETOWN	8
#define F_SETSIG	10
#define ADDR_AT		(72 - 44)	/* in the rest of a record */
#define ASYNC		020000		/* O_ASYNC */

struct record {
	unsigned signo;
	int err, code;
	unsigned pid, uid;
	int fd;
	unsigned tid, band, overrun, trapno;
	int status;
	char rest[128 - 44];
};

static int signalfd_ready(int fd, int ms)
{
	struct pollfd f = { .fd = fd, .events = POLLIN };

	return poll(&f, 1, ms) == 1 && f.revents == POLLIN;
}

/*
 * A siginfo_t is read as its signal is: only a SIGCHLD names a child, and any
 * other number with a code of its own tells of a file.
 */
static void other_exit_signals(void)
{
	uint64_t mask = 1ull << (SIGUSR2 - 1);
	int fd = (int)syscall(SYS_signalfd4, -1, &mask, 8, 0), status;
	int pid = (int)syscall(SYS_clone, SIGUSR2, 0, 0, 0, 0);
	struct record r;

	if (pid == 0)
		_exit(3);
	check_eq(read(fd, &r, sizeof(r)), sizeof(r), "a child ends by SIGUSR2");
	check(r.signo == SIGUSR2 && r.code == 1, "its code is CLD_EXITED");
	check(r.pid == 0 && r.status == 0, "but no child is named");
	check_eq(r.band, pid, "its number lies where an event's would");
	check_eq(r.fd, sizeof(long) == 8 ? 3 : (int)getuid(),
		 "and what comes next in place of a descriptor");
	check_eq(syscall(SYS_wait4, pid, &status, __WALL, NULL), pid, "reaped");
	close(fd);
}

static void signal_of_a_file(void)
{
	uint64_t mask = 1ull << (SIGUSR2 - 1);
	int fd = (int)syscall(SYS_signalfd4, -1, &mask, 8, 0), p[2];
	struct record r;

	if (pipe(p))
		tap_bail("pipe");
	fcntl(p[0], F_SETOWN, getpid());
	fcntl(p[0], F_SETSIG, SIGUSR2);
	fcntl(p[0], F_SETFL, ASYNC);
	check_eq(write(p[1], "x", 1), 1, "a byte for an asynchronous reader");
	check_eq(read(fd, &r, sizeof(r)), sizeof(r), "its chosen signal");
	check(r.band & POLLIN && r.fd == p[0] && r.pid == 0,
	      "names the event and the descriptor");
	close(p[0]);
	close(p[1]);
	close(fd);
}

/* siginfo_t, as a process may queue it to itself. */
union queued {
	struct {
		int signo, err, code;
#if __SIZEOF_LONG__ == 8
		int pad;
#endif
		union {
			struct { int id, overrun, value; } timer;
			struct { void *addr; } fault;
			struct { long band; int fd; } poll;
		};
	};
	char room[128];
};

/* => the record of a signal that is queued with that information */
static struct record queue_and_read(int fd, int sig, union queued *q)
{
	struct record r = { 0 };

	q->signo = sig;
	check_ok(syscall(SYS_rt_sigqueueinfo, getpid(), sig, q), "queued");
	check_eq(read(fd, &r, sizeof(r)), sizeof(r), "and read");
	return r;
}

/* What a record says follows from the signal and its code. */
static void told_by_code(void)
{
	uint64_t mask = 1ull << (SIGSEGV - 1) | 1ull << (SIGIO - 1) |
		1ull << (SIGUSR1 - 1);
	int fd = (int)syscall(SYS_signalfd4, -1, &mask, 8, O_NONBLOCK);
	union queued q = { 0 };
	struct record r;

	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &mask, NULL, 8);
	q.code = -2;		/* SI_TIMER */
	q.timer.id = 41;
	q.timer.overrun = 42;
	r = queue_and_read(fd, SIGUSR1, &q);
	check(r.code == -2 && r.tid == 41 && r.overrun == 42,
	      "a timer's number and overruns");
	memset(&q, 0, sizeof(q));
	q.code = 1;
	q.fault.addr = (void *)0x1230;
	r = queue_and_read(fd, SIGSEGV, &q);
	memcpy(&mask, r.rest + ADDR_AT, 8);
	check(r.code == 1 && mask == 0x1230, "a fault's address");
	memset(&q, 0, sizeof(q));
	q.code = 1;
	q.poll.band = 4;
	q.poll.fd = 7;
	r = queue_and_read(fd, SIGIO, &q);
	check(r.code == 1 && r.band == 4 && r.fd == 7, "a file's events");
	close(fd);
}

struct event {
	uint32_t events;
	uint64_t data;
};

static int set_of(int fd)
{
	struct event e = { POLLIN, 0 };
	int set = (int)syscall(SYS_epoll_create1, 0);

	if (syscall(SYS_epoll_ctl, set, 1, fd, &e))
		tap_bail("epoll_ctl");
	return set;
}

static int epoll_tells(int set)
{
	struct event e;

	return syscall(SYS_epoll_pwait, set, &e, 1, 0, NULL, 8) == 1;
}

static int inherited, inherited_set;

/* => what the child sees of its own signal; a set watches for its maker */
static void raise_own(void *arg)
{
	int own = set_of(inherited), told;

	(void)arg;
	raise(SIGUSR2);
	told = epoll_tells(inherited_set) | epoll_tells(own) << 1;
	_exit(told | signalfd_ready(inherited, 0) << 2);
}

static void change_sets(void)
{
	uint64_t mask = 1ull << (SIGUSR2 - 1);
	struct record r;

	inherited = (int)syscall(SYS_signalfd4, -1, &mask, 8, 0);
	inherited_set = set_of(inherited);
	check_eq(in_child(raise_own, NULL), 6 << 8,
		 "a child's signal is for a set of its own, not for ours");
	check(!epoll_tells(inherited_set), "nor is it ours");
	raise(SIGUSR2);
	check(epoll_tells(inherited_set), "ours is");
	check_eq(read(inherited, &r, sizeof(r)), sizeof(r), "and read");
	for (int i = 0; i < 20; i++)
		in_child(raise_own, NULL);
	raise(SIGUSR2);
	check(epoll_tells(inherited_set), "after many children, too");
	close(inherited);
	check(!epoll_tells(inherited_set), "closed: it leaves the set");
	close(inherited_set);
}

int main(void)
{
	uint64_t mask = 1ull << (SIGUSR1 - 1) | 1ull << (SIGCHLD - 1), all;
	struct record r[3];
	int fd, pid, status;

	all = mask | 1ull << (SIGUSR2 - 1);
	syscall(SYS_rt_sigprocmask, SIG_BLOCK, &all, NULL, 8);
	fd = (int)syscall(SYS_signalfd4, -1, &mask, 8, O_CLOEXEC | O_NONBLOCK);
	check(fd >= 0, "signalfd4");
	check_eq(fcntl(fd, F_GETFD), FD_CLOEXEC, "SFD_CLOEXEC");
	check_err(EAGAIN, read(fd, r, sizeof(r)), "no signal: EAGAIN");
	check_err(EINVAL, read(fd, r, 100), "too small a buffer");
	check(!signalfd_ready(fd, 0), "not ready");
	kill(getpid(), SIGUSR2);
	check(!signalfd_ready(fd, 0), "nor by a signal outside its mask");
	kill(getpid(), SIGUSR1);
	check(signalfd_ready(fd, 0), "ready");
	check_eq(read(fd, r, sizeof(r)), sizeof(r[0]), "one record");
	check(r[0].signo == SIGUSR1 && r[0].pid == (unsigned)getpid() &&
	      r[0].code == 0, "who sent what");
	check(!signalfd_ready(fd, 0), "taken");
	mask = 1ull << (SIGUSR2 - 1);
	check_eq(syscall(SYS_signalfd4, fd, &mask, 8, 0), fd, "a new mask");
	check(signalfd_ready(fd, 0), "sees what was pending");
	fcntl(fd, F_SETFL, 0);
	check_eq(read(fd, r, sizeof(r)), sizeof(r[0]), "and reads it");
	fcntl(fd, F_SETFL, O_NONBLOCK);
	mask = 1ull << (SIGCHLD - 1);
	syscall(SYS_signalfd4, fd, &mask, 8, 0);
	pid = fork();
	if (pid == 0)
		_exit(3);
	check(signalfd_ready(fd, 10000), "a sleeping poll is woken");
	check_eq(read(fd, r, sizeof(r)), sizeof(r[0]), "a record");
	check_eq(r[0].signo, SIGCHLD, "of the end of a child");
	check_eq(r[0].pid, pid, "which it names");
	waitpid(pid, &status, 0);
	fcntl(fd, F_SETFL, 0);
	mask = 1ull << (SIGUSR2 - 1);
	syscall(SYS_signalfd4, fd, &mask, 8, 0);
	pid = fork();
	if (pid == 0) {
		comes_to(getppid(), "S");
		kill(getppid(), SIGUSR2);
		_exit(0);
	}
	check(read(fd, r, sizeof(r)) == sizeof(r[0]) &&
	      r[0].pid == (unsigned)pid, "a blocked read waits for one");
	waitpid(pid, &status, 0);
	check_err(EINVAL, syscall(SYS_signalfd4, 0, &mask, 8, 0),
		  "another kind of file");
	check_err(EINVAL, syscall(SYS_signalfd4, -1, &mask, 4, 0), "size");
	check_err(EINVAL, syscall(SYS_signalfd4, -1, &mask, 8, 1), "flags");
	check_err(EFAULT, syscall(SYS_signalfd4, -1, BAD, 8, 0), "memory");
	close(fd);
	other_exit_signals();
	signal_of_a_file();
	told_by_code();
	change_sets();
	return tap_done();
}
