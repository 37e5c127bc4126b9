/* SPDX-License-Identifier: MIT */
/* eventfd, timerfd and epoll. */
#include <poll.h>
#include <time.h>
#include "tap.h"

#define EFD_SEMAPHORE	1
#define CTL_ADD		1
#define CTL_DEL		2
#define CTL_MOD		3
#define ONESHOT		(1u << 30)
#define ET		(1u << 31)

struct event {
	uint32_t events;
	uint64_t data;
}
#ifdef __i386__
__attribute__((packed))
#endif
;

static int eventfd(unsigned count, unsigned flags)
{
	return (int)syscall(SYS_eventfd2, count, flags);
}

static void counters(void)
{
	uint64_t v = 0;
	int fd = eventfd(5, O_NONBLOCK);
	struct pollfd p = { fd, POLLIN | POLLOUT, 0 };

	check(read(fd, &v, 8) == 8 && v == 5, "eventfd: the count");
	check_err(EAGAIN, read(fd, &v, 8), "eventfd: then nothing");
	check(poll(&p, 1, 0) == 1 && p.revents == POLLOUT,
	      "eventfd: writable");
	v = 3;
	write(fd, &v, 8);
	write(fd, &v, 8);
	check(poll(&p, 1, 0) == 1 && p.revents == (POLLIN | POLLOUT),
	      "eventfd: readable");
	check(read(fd, &v, 8) == 8 && v == 6, "eventfd: the sum");
	v = ~0ULL;
	check_err(EINVAL, write(fd, &v, 8), "eventfd: too large a value");
	v = ~0ULL - 1;
	check_eq(write(fd, &v, 8), 8, "eventfd: the largest count");
	v = 1;
	check_err(EAGAIN, write(fd, &v, 8), "eventfd: full");
	check_err(EINVAL, read(fd, &v, 7), "eventfd: short buffer");
	close(fd);
	fd = eventfd(2, EFD_SEMAPHORE | O_NONBLOCK);
	check(read(fd, &v, 8) == 8 && v == 1 && read(fd, &v, 8) == 8 &&
	      v == 1 && read(fd, &v, 8) == -1, "eventfd: one at a time");
	close(fd);
	check_err(EINVAL, eventfd(0, 0x100), "eventfd: unknown flags");
}

static long long now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000000000LL + t.tv_nsec;
}

/* In the 64-bit layout on both machines: nanoseconds. */
static int arm(int fd, int flags, long long first, long long interval)
{
	int64_t t[4] = { interval / 1000000000, interval % 1000000000,
			 first / 1000000000, first % 1000000000 };

#ifdef SYS_timerfd_settime64
	return (int)syscall(SYS_timerfd_settime64, fd, flags, t, NULL);
#else
	return (int)syscall(SYS_timerfd_settime, fd, flags, t, NULL);
#endif
}

static void timers(void)
{
	uint64_t v = 0;
	int fd = (int)syscall(SYS_timerfd_create, CLOCK_MONOTONIC, 0);
	struct pollfd p = { fd, POLLIN, 0 };
	long long start = now();

	check(fd >= 0, "timerfd");
	check_ok(arm(fd, 0, 20000000, 0), "timerfd: 20 ms");
	check(read(fd, &v, 8) == 8 && v == 1, "timerfd: one expiry");
	check(now() - start >= 20000000, "timerfd: not too early");
	check_eq(poll(&p, 1, 0), 0, "timerfd: once only");
	arm(fd, 1, now() - 1000, 0);
	check(read(fd, &v, 8) == 8 && v == 1, "timerfd: an absolute past");
	arm(fd, 0, 5000000, 5000000);
	usleep(32000);
	check(read(fd, &v, 8) == 8 && v >= 5 && v < 100,
	      "timerfd: an interval counts");
	arm(fd, 0, 0, 0);
	usleep(8000);
	check_eq(poll(&p, 1, 0), 0, "timerfd: disarmed");
	check_err(EINVAL, arm(fd, 0, 0, -1), "timerfd: bad time");
	check_err(EINVAL, syscall(SYS_timerfd_create, 77, 0),
		  "timerfd: unknown clock");
	close(fd);
}

static int ctl(int ep, int op, int fd, unsigned events, uint64_t data)
{
	struct event e = { events, data };

	return (int)syscall(SYS_epoll_ctl, ep, op, fd, &e);
}

static int wait_for(int ep, struct event *e, int max, int ms)
{
	return (int)syscall(SYS_epoll_pwait, ep, e, max, ms, NULL, 8);
}

static void levels(int ep)
{
	struct event e[4];
	int p[2];
	char c;

	pipe(p);
	check_ok(ctl(ep, CTL_ADD, p[0], POLLIN, 42), "epoll: add");
	check_err(EEXIST, ctl(ep, CTL_ADD, p[0], POLLIN, 42), "epoll: twice");
	check_eq(wait_for(ep, e, 4, 0), 0, "epoll: nothing yet");
	write(p[1], "ab", 2);
	check(wait_for(ep, e, 4, -1) == 1 && e[0].events == POLLIN &&
	      e[0].data == 42, "epoll: readable, with its data");
	check_eq(wait_for(ep, e, 4, 0), 1, "epoll: still so");
	read(p[0], &c, 1);
	check_eq(wait_for(ep, e, 4, 0), 1, "epoll: one byte is left");
	read(p[0], &c, 1);
	check_eq(wait_for(ep, e, 4, 0), 0, "epoll: empty");
	check_ok(ctl(ep, CTL_MOD, p[0], POLLIN | ET, 43), "epoll: edges");
	write(p[1], "x", 1);
	check(wait_for(ep, e, 4, 0) == 1 && e[0].data == 43,
	      "epoll: an edge");
	check_eq(wait_for(ep, e, 4, 0), 0, "epoll: only once");
	write(p[1], "x", 1);
	check_eq(wait_for(ep, e, 4, 0), 1, "epoll: the next edge");
	check_ok(ctl(ep, CTL_MOD, p[0], POLLIN | ONESHOT, 44),
		 "epoll: one shot");
	check_eq(wait_for(ep, e, 4, 0), 1, "epoll: it comes");
	write(p[1], "x", 1);
	check_eq(wait_for(ep, e, 4, 0), 0, "epoll: and no more");
	ctl(ep, CTL_MOD, p[0], POLLIN | ONESHOT, 44);
	check_eq(wait_for(ep, e, 4, 0), 1, "epoll: until it is armed again");
	check_ok(ctl(ep, CTL_DEL, p[0], 0, 0), "epoll: delete");
	check_err(ENOENT, ctl(ep, CTL_DEL, p[0], 0, 0), "epoll: twice");
	ctl(ep, CTL_ADD, p[0], 0, 45);
	close(p[1]);
	check(wait_for(ep, e, 4, 0) == 1 && e[0].events & POLLHUP,
	      "epoll: hang-up unasked");
	close(p[0]);
	check_eq(wait_for(ep, e, 4, 0), 0, "epoll: a closed file is gone");
}

static void several(int ep)
{
	struct event e[8];
	int fd[5], n;
	uint64_t one = 1, seen = 0;

	for (int i = 0; i < 5; i++) {
		fd[i] = eventfd(0, 0);
		ctl(ep, CTL_ADD, fd[i], POLLIN, (uint64_t)i);
		write(fd[i], &one, 8);
	}
	for (int round = 0; round < 5; round++) {
		n = wait_for(ep, e, 2, 0);
		for (int k = 0; k < n; k++)
			seen |= 1u << e[k].data;
	}
	check_eq(seen, 31, "epoll: nobody starves");
	check_eq(wait_for(ep, e, 8, 0), 5, "epoll: all of them");
	for (int i = 0; i < 5; i++)
		close(fd[i]);
}

static void sets_of_sets(int ep)
{
	struct event e[2];
	int inner = (int)syscall(SYS_epoll_create1, 0);
	int fd = eventfd(0, 0);
	struct pollfd p = { inner, POLLIN, 0 };
	uint64_t v = 1;

	check_ok(ctl(ep, CTL_ADD, inner, POLLIN, 1), "epoll: a set in a set");
	check_err(ELOOP, ctl(inner, CTL_ADD, ep, POLLIN, 1),
		  "epoll: but no loop");
	check_err(EINVAL, ctl(ep, CTL_ADD, ep, POLLIN, 1),
		  "epoll: not itself");
	ctl(inner, CTL_ADD, fd, POLLIN, 2);
	check_eq(wait_for(ep, e, 2, 0), 0, "epoll: quiet");
	write(fd, &v, 8);
	check_eq(wait_for(ep, e, 2, 0), 1, "epoll: seen through both");
	check_eq(poll(&p, 1, 0), 1, "epoll: and by poll");
	read(fd, &v, 8);
	check_eq(poll(&p, 1, 0), 0, "epoll: no more");
	close(fd);
	close(inner);
}

static void woken(int ep)
{
	struct event e[2];
	int p[2], st;
	pid_t pid;

	pipe(p);
	ctl(ep, CTL_ADD, p[0], POLLIN, 9);
	pid = fork();
	if (!pid) {
		usleep(30000);
		write(p[1], "x", 1);
		_exit(0);
	}
	check(wait_for(ep, e, 2, 5000) == 1 && e[0].data == 9,
	      "epoll: woken by another process");
	waitpid(pid, &st, 0);
	close(p[0]);
	close(p[1]);
}

static void errors(int ep)
{
	struct event e[2];
	int fd = open("/proc/self/stat", O_RDONLY), reg;

	reg = open("f", O_RDWR | O_CREAT, 0600);
	check_err(EPERM, ctl(ep, CTL_ADD, reg, POLLIN, 1),
		  "epoll: no regular files");
	unlink("f");
	close(reg);
	check_err(EBADF, ctl(ep, CTL_ADD, 99, POLLIN, 1), "epoll: closed");
	check_err(EINVAL, ctl(0, CTL_ADD, ep, POLLIN, 1), "epoll: no set");
	check_err(EINVAL, wait_for(ep, e, 0, 0), "epoll: no room");
	check_err(EINVAL, wait_for(ep, e, 0x7fffffff, 0), "epoll: too much");
	check_err(EINVAL, syscall(SYS_epoll_create1, 0x77),
		  "epoll: unknown flags");
	close(fd);
}

int main(void)
{
	int ep;

	tap_scratch("events");
	counters();
	timers();
	ep = (int)syscall(SYS_epoll_create1, O_CLOEXEC);
	check(ep >= 0, "epoll: create");
	levels(ep);
	several(ep);
	sets_of_sets(ep);
	woken(ep);
	errors(ep);
	close(ep);
	tap_scratch_end();
	return tap_done();
}
