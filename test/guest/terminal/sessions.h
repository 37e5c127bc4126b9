/* SPDX-License-Identifier: MIT */
/*
 * What the tests of job control and of hang-ups share: whose a terminal is, and
 * which process noted which signal.
 */
#ifndef TEST_SESSIONS_H
#define TEST_SESSIONS_H

#include "terminal.h"

static int has_terminal(void)
{
	int fd = open("/dev/tty", O_RDWR | O_NOCTTY);

	if (fd >= 0)
		close(fd);
	return fd >= 0;
}

/* => the session that fd is the terminal of, or -errno */
static int session_of(int fd)
{
	int id = 0;

	return ioctl(fd, TIOCGSID, &id) ? -errno : id;
}

/* What several processes note for the test. */
struct shared {
	volatile int ready, hup[3], cont[3], mark[3], terminal[3];
	volatile pid_t id[3];
};

static struct shared *all;
static int me;			/* which of them this process is */

static void note_in_session(int sig)
{
	if (sig == SIGUSR1)
		all->terminal[me] = has_terminal();
	(sig == SIGHUP ? all->hup : sig == SIGCONT ? all->cont :
	 all->mark)[me]++;
}

/* All that was sent before has been noted. */
static void settle(int n)
{
	int was = all->mark[n];

	kill(all->id[n], SIGUSR1);
	check(eventually(all->mark[n] > was), "%d still listens", n);
}

static void forget_notes(void)
{
	if (!all)
		all = mmap(NULL, PG, PROT_READ | PROT_WRITE,
			   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	memset(all, 0, sizeof(*all));
}

#endif
