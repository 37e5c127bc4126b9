/* SPDX-License-Identifier: MIT */
/*
 * epoll, eventfd and timerfd, flag by flag (rows B5, B11): each operation,
 * each event a file can have, once, at an edge, alone; counters that are
 * semaphores; timers by two clocks.
 */
#include <poll.h>
#include <time.h>
#include <sys/uio.h>
#include "tap.h"

#define IN		0x1u
#define PRI		0x2u
#define OUT		0x4u
#define ERR		0x8u
#define HUP		0x10u
#define RDNORM		0x40u
#define RDBAND		0x80u
#define WRNORM		0x100u
#define WRBAND		0x200u
#define RDHUP		0x2000u
#define EXCLUSIVE	0x10000000u
#define WAKEUP		0x20000000u
#define ONESHOT		0x40000000u
#define EDGE		0x80000000u
enum { ADD = 1, DEL, MOD };
#define NONBLOCK	04000
#define CLOEXEC		02000000
#define SEMAPHORE	1

struct event {
	uint32_t events;
	uint64_t data;
}
#ifdef __i386__
__attribute__((packed))
#endif
;

static int ep;

static long control_ep(int op, int fd, unsigned events)
{
	struct event e = { .events = events, .data = (uint64_t)fd << 32 | 7 };

	return syscall(SYS_epoll_ctl, ep, op, fd, &e);
}

/* The events that fd has now, ~0: it is not among those told. */
static unsigned events_seen(int fd)
{
	struct event e[8];
	long n = syscall(SYS_epoll_pwait, ep, e, 8, 0, NULL, 8);

	for (long i = 0; i < n; i++)
		if (e[i].data == ((uint64_t)fd << 32 | 7))
			return e[i].events;
	return n < 0 ? ~1u : ~0u;
}

static int is_cloexec(int fd)
{
	return fcntl(fd, F_GETFD) == 1;
}

/* ---- epoll ----------------------------------------------------------------- */

static void control_watches(void)
{
	int p[2];

	pipe(p);
	check_ok(control_ep(ADD, p[0], IN), "EPOLL_CTL_ADD");
	check_err(EEXIST, control_ep(ADD, p[0], IN), "once");
	check_eq(events_seen(p[0]), ~0u, "an empty pipe tells nothing");
	check_ok(control_ep(MOD, p[0], 0), "EPOLL_CTL_MOD");
	write(p[1], "x", 1);
	check_eq(events_seen(p[0]), ~0u, "not asked for any more");
	check_ok(control_ep(MOD, p[0], IN | RDNORM), "asked for again");
	check_eq(events_seen(p[0]), IN | RDNORM, "both names of it");
	check_ok(control_ep(DEL, p[0], 0), "EPOLL_CTL_DEL");
	check_eq(events_seen(p[0]), ~0u, "gone");
	check_err(ENOENT, control_ep(DEL, p[0], 0), "twice");
	check_err(ENOENT, control_ep(MOD, p[0], 0), "nothing to change");
	check_err(EINVAL, control_ep(9, p[0], IN), "no such operation");
	check_err(EINVAL, control_ep(ADD, ep, IN), "itself");
	check_err(EBADF, control_ep(ADD, 999, IN), "no file");
	check_ok(control_ep(ADD, p[1], OUT | WRNORM | WRBAND | ERR | HUP),
		 "the other end");
	check_eq(events_seen(p[1]) & (OUT | WRNORM), OUT | WRNORM, "has room");
	close(p[0]);
	check(events_seen(p[1]) & ERR, "EPOLLERR: no reader");
	close(p[1]);
	check_eq(events_seen(p[1]), ~0u, "a closed file leaves the set");
}

static void stream(void)
{
	int s[2];

	syscall(SYS_socketpair, 1, 1, 0, s);
	check_ok(control_ep(ADD, s[0], IN | PRI | RDBAND | RDHUP | WAKEUP),
		 "all that can be asked for");
	check_eq(events_seen(s[0]), ~0u, "nothing yet");
	syscall(SYS_shutdown, s[1], 1);
	check_eq(events_seen(s[0]), IN | RDHUP, "EPOLLRDHUP: half closed");
	close(s[1]);
	check_eq(events_seen(s[0]) & (HUP | RDHUP), HUP | RDHUP,
		 "EPOLLHUP: closed");
	close(s[0]);
}

static void shots(void)
{
	int p[2];

	pipe(p);
	control_ep(ADD, p[0], IN | ONESHOT);
	write(p[1], "x", 1);
	check_eq(events_seen(p[0]), IN, "EPOLLONESHOT tells");
	check_eq(events_seen(p[0]), ~0u, "once");
	check_ok(control_ep(MOD, p[0], IN | ONESHOT), "armed");
	check_eq(events_seen(p[0]), IN, "again");
	control_ep(MOD, p[0], IN | EDGE);
	check_eq(events_seen(p[0]), IN, "EPOLLET tells");
	check_eq(events_seen(p[0]), ~0u, "not what it told");
	write(p[1], "y", 1);
	check_eq(events_seen(p[0]), IN, "but what is new");
	control_ep(DEL, p[0], 0);
	check_ok(control_ep(ADD, p[0], IN | EXCLUSIVE), "EPOLLEXCLUSIVE");
	check_eq(events_seen(p[0]), IN, "tells");
	check_err(EINVAL, control_ep(MOD, p[0], IN), "but is never changed");
	control_ep(DEL, p[0], 0);
	check_err(EINVAL, control_ep(ADD, p[0], IN | EXCLUSIVE | ONESHOT),
		  "nor is it with EPOLLONESHOT");
	close(p[0]);
	close(p[1]);
}

static void wait_with_masks(void)
{
	struct { long long sec, nsec; } ms64 = { 0, 1000000 };
	struct event e[2];
	int inner = (int)syscall(SYS_epoll_create1, CLOEXEC), p[2], outer = ep;

	check(is_cloexec(inner), "EPOLL_CLOEXEC");
	check_err(EINVAL, syscall(SYS_epoll_create1, 1), "no such flag");
	pipe(p);
	check_ok(control_ep(ADD, inner, IN), "a set in a set");
	ep = inner;
	control_ep(ADD, p[0], IN);
	check_eq(events_seen(outer), ~0u, "quiet");
	write(p[1], "x", 1);
	ep = outer;
	check_eq(events_seen(inner), IN, "ready when one in it is");
	ep = inner;
	check_err(ELOOP, control_ep(ADD, outer, IN), "no circle");
	ep = outer;
	control_ep(DEL, inner, 0);
	check_eq(syscall(SYS_epoll_pwait, ep, e, 2, 1, NULL, 8), 0,
		 "a millisecond in vain");
	check_eq(syscall(SYS_epoll_pwait2, ep, e, 2, &ms64, NULL, 8), 0,
		 "epoll_pwait2");
	check_err(EINVAL, syscall(SYS_epoll_pwait, ep, e, 0, 0, NULL, 8),
		  "room for none");
	check_err(EINVAL, syscall(SYS_epoll_pwait, p[0], e, 2, 0, NULL, 8),
		  "no set");
#ifdef SYS_epoll_wait
	check_eq(syscall(SYS_epoll_wait, inner, e, 2, 0), 1, "epoll_wait");
	close((int)syscall(SYS_epoll_create, 1));
	check_err(EINVAL, syscall(SYS_epoll_create, 0), "epoll_create(0)");
#endif
	close(inner);
	close(p[0]);
	close(p[1]);
}

/* ---- eventfd --------------------------------------------------------------- */

static long take_counter(int fd)
{
	uint64_t v = 0;

	return read(fd, &v, 8) == 8 ? (long)v : -errno;
}

static int add_to_counter(int fd, uint64_t v)
{
	return write(fd, &v, 8) == 8 ? 0 : -errno;
}

static void use_counters(void)
{
	int fd = (int)syscall(SYS_eventfd2, 3, NONBLOCK | CLOEXEC);

	check(is_cloexec(fd) && fcntl(fd, F_GETFL) & NONBLOCK,
	      "EFD_CLOEXEC, EFD_NONBLOCK");
	check_eq(add_to_counter(fd, 4), 0, "added");
	check_eq(take_counter(fd), 7, "all of it");
	check_eq(take_counter(fd), -EAGAIN, "nothing left");
	check_eq(add_to_counter(fd, ~1ull), 0, "the largest");
	check_eq(add_to_counter(fd, 1), -EAGAIN, "no room");
	check_eq(add_to_counter(fd, ~0ull), -EINVAL, "no number");
	close(fd);
	fd = (int)syscall(SYS_eventfd2, 2, SEMAPHORE | NONBLOCK);
	check_eq(take_counter(fd), 1, "EFD_SEMAPHORE: one");
	check_eq(take_counter(fd), 1, "at a time");
	check_eq(take_counter(fd), -EAGAIN, "and no more");
	close(fd);
	check_err(EINVAL, syscall(SYS_eventfd2, 0, 2), "no such flag");
#ifdef SYS_eventfd
	fd = (int)syscall(SYS_eventfd, 5);
	check_eq(take_counter(fd), 5, "eventfd");
	close(fd);
#endif
}

/* A vector is a write of each of its buffers. */
static void counter_vectors(void)
{
	int fd = (int)syscall(SYS_eventfd2, 0, NONBLOCK);
	uint64_t n[2] = { 1, 2 };
	struct iovec v[3] = { { &n[0], 8 }, { NULL, 0 }, { &n[1], 8 } };

	check_eq(writev(fd, v, 3), 16, "two numbers, and nothing between");
	check_eq(take_counter(fd), 3, "both are added");
	check_err(EINVAL, writev(fd, &v[1], 2), "nothing first");
	v[0].iov_len = v[1].iov_len = 4;
	v[1].iov_base = (char *)n + 4;
	check_err(EINVAL, writev(fd, v, 3), "a number in two parts");
	v[0].iov_len = 8;
	check_eq(writev(fd, v, 2), 8, "a number, and a part");
	check_eq(take_counter(fd), 1, "the one");
	v[1] = (struct iovec){ (void *)16, 8 };
	check_eq(writev(fd, v, 2), 8, "a number, and no memory");
	check_eq(take_counter(fd), 1, "the one");
	n[0] = ~1ull;
	check_eq(writev(fd, (struct iovec[]){ v[0], v[2] }, 2), 8,
		 "a number, and no room for another");
	check_eq(take_counter(fd) != 0, 1, "the one");
	close(fd);
}

/* Whoever adds too much waits until somebody has read. */
static void full_counter(void)
{
	int fd = (int)syscall(SYS_eventfd2, 0, 0), status;
	pid_t pid;

	add_to_counter(fd, ~1ull);
	pid = fork();
	if (!pid)
		_exit(add_to_counter(fd, 5) ? 1 : 0);
	check(comes_to(pid, "S"), "a writer waits for room");
	check(take_counter(fd) != 0, "what was there");
	waitpid(pid, &status, 0);
	check_eq(status, 0, "it goes on");
	check_eq(take_counter(fd), 5, "with what it adds");
	close(fd);
}

#ifdef SYS_poll
#define POLL(f, n, ms)	syscall(SYS_poll, f, n, ms)
#else
#define POLL(f, n, ms)	poll(f, n, ms)
#endif

/* A poll that is stopped goes on to its own end. */
static void stopped_poll(void)
{
	struct pollfd f = { .events = POLLIN };
	int p[2], status;
	pid_t pid;

	pipe(p);
	f.fd = p[0];
	pid = fork();
	if (!pid)
		_exit(POLL(&f, 1, 1000000) == 1 ? 0 : 1);
	check(comes_to(pid, "S"), "a poll sleeps");
	kill(pid, SIGSTOP);
	waitpid(pid, &status, WUNTRACED);
	check(WIFSTOPPED(status) && comes_to(pid, "T"), "is stopped");
	kill(pid, SIGCONT);
	check(comes_to(pid, "S"), "sleeps again");
	write(p[1], "x", 1);
	waitpid(pid, &status, 0);
	check_eq(status, 0, "and finds what comes then");
	close(p[0]);
	close(p[1]);
}

/* ---- timerfd --------------------------------------------------------------- */

struct itimer64 {
	struct { long long sec, nsec; } interval, value;
};
#ifdef SYS_timerfd_settime64
#define SETTIME		SYS_timerfd_settime64
#define GETTIME		SYS_timerfd_gettime64
#define CLOCK_GET	SYS_clock_gettime64
#else
#define SETTIME		SYS_timerfd_settime
#define GETTIME		SYS_timerfd_gettime
#define CLOCK_GET	SYS_clock_gettime
#endif
#define ABSTIME		1
#define CANCEL_ON_SET	2

/* A timer of that clock ends by an absolute time, and by a span. */
static void timer(int clock, const char *name)
{
	int fd = (int)syscall(SYS_timerfd_create, clock, CLOEXEC);
	struct itimer64 t = { { 0, 0 }, { 0, 1000000 } }, left;

	check(fd >= 0 && is_cloexec(fd), "a timer of %s, TFD_CLOEXEC", name);
	check_ok(syscall(SETTIME, fd, 0, &t, NULL), "set");
	check_eq(take_counter(fd), 1, "it ends");
	syscall(CLOCK_GET, clock == 8 ? 0 : clock == 9 ? 7 : clock, &t.value);
	check_ok(syscall(SETTIME, fd, ABSTIME, &t, NULL), "TFD_TIMER_ABSTIME");
	check_eq(take_counter(fd), 1, "is over at once");
	t = (struct itimer64){ { 1000, 0 }, { 2000, 0 } };
	syscall(SETTIME, fd, 0, &t, NULL);
	check_ok(syscall(GETTIME, fd, &left), "timerfd_gettime");
	check(left.interval.sec == 1000 && left.value.sec > 1000 &&
	      left.value.sec <= 2000, "what is left");
	memset(&t, 0, sizeof(t));
	check_ok(syscall(SETTIME, fd, 0, &t, &left), "disarmed");
	check(left.value.sec > 1000, "the old one");
	fcntl(fd, F_SETFL, NONBLOCK);
	check_eq(take_counter(fd), -EAGAIN, "it does not end");
	close(fd);
}

static void arm_each_clock(void)
{
	struct itimer64 t = { { 0, 0 }, { 1ll << 40, 0 } };
	struct { long long sec, nsec; } now;
	int fd;

	timer(0, "CLOCK_REALTIME");
	timer(1, "CLOCK_MONOTONIC");
	timer(7, "CLOCK_BOOTTIME");
	timer(8, "CLOCK_REALTIME_ALARM");
	timer(9, "CLOCK_BOOTTIME_ALARM");
	check_err(EINVAL, syscall(SYS_timerfd_create, 2, 0), "no such clock");
	check_err(EINVAL, syscall(SYS_timerfd_create, 1, 1), "no such flag");
	fd = (int)syscall(SYS_timerfd_create, 0, NONBLOCK);
	check(fcntl(fd, F_GETFL) & NONBLOCK, "TFD_NONBLOCK");
	check_ok(syscall(SETTIME, fd, ABSTIME | CANCEL_ON_SET, &t, NULL),
		 "TFD_TIMER_CANCEL_ON_SET");
	check_eq(take_counter(fd), -EAGAIN, "far away");
	syscall(CLOCK_GET, 0, &now);
#ifdef SYS_clock_settime64
	check_ok(syscall(SYS_clock_settime64, 0, &now), "the clock is set");
#else
	check_ok(syscall(SYS_clock_settime, 0, &now), "the clock is set");
#endif
	check_eq(take_counter(fd), -ECANCELED, "which ends it");
	check_err(EINVAL, syscall(SETTIME, fd, 4, &t, NULL), "no such flag");
	close(fd);
#ifdef SYS_timerfd_settime64
	{
		struct { int i, in, v, vn; } s = { 0, 0, 500, 0 };

		fd = (int)syscall(SYS_timerfd_create, 1, 0);
		check_ok(syscall(SYS_timerfd_settime, fd, 0, &s, NULL),
			 "with 32-bit times");
		check_ok(syscall(SYS_timerfd_gettime, fd, &s), "told back");
		check(s.v > 0 && s.v <= 500, "so much is left");
		close(fd);
	}
#endif
}

int main(void)
{
	ep = (int)syscall(SYS_epoll_create1, 0);
	control_watches();
	stream();
	shots();
	wait_with_masks();
	use_counters();
	counter_vectors();
	full_counter();
	stopped_poll();
	arm_each_clock();
	close(ep);
	return tap_done();
}
