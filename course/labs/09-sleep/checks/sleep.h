/* SPDX-License-Identifier: MIT */
/* Lab 9: naps, children that sleep, and the time that they use. */
#ifndef SLEEP_H
#define SLEEP_H

#include "check.h"
#include <poll.h>

#define CLONE_WAITING	0x4000		/* CLONE_VFORK */
#define EPOLL_ADD	1
#define EPOLL_ONE	(1u << 28)	/* EPOLLEXCLUSIVE */
#define MS		1000000ull

/* What children tell: each byte or number belongs to one of them. */
struct board {
	volatile unsigned count;
	volatile unsigned long long at, used;
	volatile int result, error;
};

static struct board *board;

static inline void board_open(void)
{
	board = mmap(NULL, LAB_PAGE, PROT_READ | PROT_WRITE,
		     MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	lab_check(board != MAP_FAILED, "mmap failed: %s", strerror(errno));
	memset(board, 0, sizeof(*board));
}

static inline void board_close(void)
{
	munmap(board, LAB_PAGE);
}

static inline int nap(unsigned ms)
{
	struct timespec t = { 0, (long)ms * 1000000 };

	return nanosleep(&t, NULL);
}

/* The CPU time of this process. */
static inline unsigned long long used(void)
{
	struct timespec t;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (unsigned long long)t.tv_sec * 1000000000ULL +
	       (unsigned long long)t.tv_nsec;
}

static inline void end_child(pid_t pid)
{
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
}

static inline void on_signal(int sig)
{
	(void)sig;
}

/* Catch a signal; calls that it interrupts end with EINTR. */
static inline void catch_signal(int sig)
{
	struct sigaction sa;

	memset(&sa, 0, sizeof(sa));
	sa.sa_handler = on_signal;
	sigaction(sig, &sa, NULL);
}

#endif
