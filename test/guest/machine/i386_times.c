/* SPDX-License-Identifier: MIT */
/*
 * Times of 64 bits in calls of i386: the upper half of a tv_nsec, which is a
 * long to the program, is padding, and says nothing wherever a time is taken
 * (rows B2, E15).
 */
#include <fcntl.h>
#include "tap.h"

#ifndef __i386__
int main(void)
{
	return tap_skip_all("a test of i386's own interfaces");
}
#else

struct time {
	int64_t sec;
	unsigned nsec, rubbish;
};

static const struct time none = { 0, 0, 0xdeadbeef };
static const struct time soon = { 0, 1000, 0x80000000 };

static void try_waits(void)
{
	uint64_t set = 1 << (SIGUSR1 - 1), event[2];
	struct time t = none;
	unsigned word = 1;
	int fd = syscall(329, 0);

	check_eq(syscall(407, 1, 0, &soon, 0), 0, "clock_nanosleep");
	check_eq(syscall(414, 0, 0, &t, 0, 8), 0, "ppoll");
	t = none;
	check_eq(syscall(413, 0, 0, 0, 0, &t, 0), 0, "pselect6");
	check_eq(syscall(441, fd, event, 1, &none, 0, 8), 0, "epoll_pwait2");
	check_err(ETIMEDOUT, syscall(422, &word, 0, 1, &soon), "futex");
	check_err(EAGAIN, syscall(421, &set, 0, &none, 8), "sigtimedwait");
	close(fd);
}

static void try_settings(void)
{
	struct time some[2] = { none, soon };
	int fd = syscall(322, 1, 0);

	check_eq(syscall(411, fd, 0, some, 0), 0, "timerfd_settime");
	close(fd);
	fd = open("times", O_RDWR | O_CREAT, 0600);
	check_eq(syscall(412, fd, 0, some, 0), 0, "utimensat");
	some[1].nsec = 1000000000;
	check_err(EINVAL, syscall(412, fd, 0, some, 0), "but not a second");
	check_err(EINVAL, syscall(407, 1, 0, &some[1], 0), "asleep, neither");
	check_err(EINVAL, syscall(414, 0, 0, &some[1], 0, 8), "nor to poll");
	close(fd);
	unlink("times");
}

int main(void)
{
	tap_scratch("i386_times");
	try_waits();
	try_settings();
	tap_scratch_end();
	return tap_done();
}
#endif
