/* SPDX-License-Identifier: MIT */
/*
 * What tests of terminals share: pairs of a master and a slave, waiting for
 * what is typed, and sessions of their own.
 */
#ifndef TEST_TERMINAL_H
#define TEST_TERMINAL_H

#include <poll.h>
#include <termios.h>
#include "tap.h"

struct pair {
	int m, s, n;
	char name[24];
};

/* A fresh pair; the slave is open unless it is to be left. */
UNUSED static struct pair make_pty(int open_slave)
{
	struct pair p = { .s = -1 };
	int no = 0;

	p.m = open("/dev/ptmx", O_RDWR | O_NOCTTY);
	if (p.m < 0 || ioctl(p.m, TIOCGPTN, &p.n) ||
	    ioctl(p.m, TIOCSPTLCK, &no))
		tap_bail("/dev/ptmx");
	snprintf(p.name, sizeof(p.name), "/dev/pts/%d", p.n);
	if (open_slave)
		p.s = open(p.name, O_RDWR | O_NOCTTY);
	if (open_slave && p.s < 0)
		tap_bail(p.name);
	return p;
}

UNUSED static void close_pty(struct pair *p)
{
	close(p->s);
	close(p->m);
}

/* => errno of a user who opens it; 0: it worked */
UNUSED static int opened_by_another(const char *name)
{
	int st;

	if (fork() == 0) {
		setuid(1000);
		_exit(open(name, O_RDWR | O_NOCTTY) < 0 ? errno : 0);
	}
	wait(&st);
	return WEXITSTATUS(st);
}

UNUSED static void raw(int fd)
{
	struct termios t;

	tcgetattr(fd, &t);
	t.c_lflag = 0;
	t.c_iflag = t.c_oflag = 0;
	t.c_cc[VMIN] = 1;
	t.c_cc[VTIME] = 0;
	tcsetattr(fd, TCSANOW, &t);
}

UNUSED static int pty_events(int fd)
{
	struct pollfd f = { fd, POLLIN | POLLOUT | POLLPRI, 0 };

	poll(&f, 1, 0);
	return f.revents;
}

/* Something to read comes; what is typed may take a while to arrive. */
UNUSED static int pty_readable(int fd)
{
	struct pollfd f = { fd, POLLIN, 0 };

	return poll(&f, 1, 20000) == 1;
}

/* A pair whose slave is this process's controlling terminal. */
UNUSED static struct pair lead(void)
{
	struct pair p;

	setsid();
	signal(SIGHUP, SIG_IGN);	/* comes when the master is closed */
	p = make_pty(0);
	p.s = open(p.name, O_RDWR);
	return p;
}

/* Each in a process that can become the leader of a session. */
UNUSED static void run_alone(void (*fn)(void))
{
	int status, n[2], p[2];
	pid_t pid;

	pipe(p);
	pid = fork();
	if (pid == 0) {
		fn();
		n[0] = tap_n;
		n[1] = tap_failed;
		write(p[1], n, sizeof(n));
		_exit(0);
	}
	close(p[1]);
	waitpid(pid, &status, 0);
	if (read(p[0], n, sizeof(n)) == sizeof(n)) {
		tap_n = n[0];
		tap_failed = n[1];
	} else {
		check(0, "a session ended early, status %#x", status);
	}
	close(p[0]);
}

#endif
