/* SPDX-License-Identifier: MIT */
/* Waiting for descriptors. */
#ifndef LIBC_POLL_H
#define LIBC_POLL_H

#include <sys/types.h>
#include <time.h>

#define POLLIN		0x0001
#define POLLPRI		0x0002
#define POLLOUT		0x0004
#define POLLERR		0x0008
#define POLLHUP		0x0010
#define POLLNVAL	0x0020

struct pollfd {
	int fd;
	short events;
	short revents;
};

int poll(struct pollfd *fds, unsigned long n, int timeout_ms);
int ppoll(struct pollfd *fds, unsigned long n, const struct timespec *t,
	  const uint64_t *sigmask);

#endif
