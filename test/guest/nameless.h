/* SPDX-License-Identifier: MIT */
/* A file of each kind that has no name. */
#ifndef TEST_NAMELESS_H
#define TEST_NAMELESS_H

#include "tap.h"

#define KINDS	7

static const char *const kinds[KINDS] = {
	"eventfd", "timerfd", "signalfd", "inotify", "epoll", "pidfd", "pipe",
};

static void open_kinds(int fd[KINDS + 1])
{
	static const unsigned long none[2];

	fd[0] = (int)raw_syscall(SYS_eventfd2, 0, 0);
	fd[1] = (int)raw_syscall(SYS_timerfd_create, 1, 0);
	fd[2] = (int)raw_syscall(SYS_signalfd4, -1, none, 8, 0);
	fd[3] = (int)raw_syscall(SYS_inotify_init1, 0);
	fd[4] = (int)raw_syscall(SYS_epoll_create1, 0);
	fd[5] = (int)raw_syscall(SYS_pidfd_open, getpid(), 0);
	pipe(fd + 6);
}

static void close_kinds(const int fd[KINDS + 1])
{
	for (int k = 0; k <= KINDS; k++)
		close(fd[k]);
}

#endif
