/* SPDX-License-Identifier: MIT */
/*
 * Descriptors under way in AF_UNIX messages (row B5): chains of sockets each
 * sent over the next end without a stack as deep, cycles that nobody can
 * reach any more are given back, and a user has a limit.
 */
#include <poll.h>
#include <sys/resource.h>
#include "audit.h"
#include "unix_message.h"

#define DEEP		1000		/* more than any kernel stack has */
#define FEW		20		/* a user's descriptors */

struct control {
	unsigned long len;
	int level, type;
	int fd[2];
};

/* One byte with fd.  => 1, or -1 with errno */
static long send_fd(int over, int fd)
{
	static char byte;
	struct control c = { HEAD + sizeof(int), SOL_SOCKET, SCM_RIGHTS,
			     { fd, 0 } };
	struct iovec v = { &byte, 1 };
	struct message m = { .iov = &v, .nr_iov = 1, .control = &c,
			     .control_len = sizeof(c) };

	if (sizeof(long) == 4)
		m.control_len = HEAD + sizeof(int);
	return syscall(SYS_sendmsg, over, &m, MSG_DONTWAIT);
}

/* => the descriptor that came, or -1 */
static int take_fd(int from)
{
	static char byte;
	struct control c = { .fd = { -1, -1 } };
	struct iovec v = { &byte, 1 };
	struct message m = { .iov = &v, .nr_iov = 1, .control = &c,
			     .control_len = sizeof(c) };

	return syscall(SYS_recvmsg, from, &m, MSG_DONTWAIT) < 0 ? -1 : c.fd[0];
}

/* ---- chains -------------------------------------------------------------- */

/* => the last end of a chain of n sockets, each waiting at the next */
static int chain_sockets(int type, int n)
{
	int last = -1, p[2];

	while (n--) {
		if (open_pair(type, p) ||
		    (last >= 0 && send_fd(p[0], last) != 1))
			tap_bail("a link");
		close(last);
		close(p[0]);
		last = p[1];
	}
	return last;
}

/* A connection that waits at a listener, with `carried` waiting at it. */
static int make_listener(int carried)
{
	struct addr a = { AF_UNIX, { 0 } };
	int l = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
	int c = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
	int len = sizeof(a);

	if (l < 0 || c < 0 || syscall(SYS_bind, l, &a, 2) ||
	    syscall(SYS_listen, l, 1) ||
	    syscall(SYS_getsockname, l, &a, &len) ||
	    syscall(SYS_connect, c, &a, len))
		tap_bail("a listener");
	if (carried >= 0 && send_fd(c, carried) != 1)
		tap_bail("a link");
	close(c);
	close(carried);
	return l;
}

static int listeners(int n)
{
	int last = -1;

	while (n--)
		last = make_listener(last);
	return last;
}

/* A pipe's end in the middle of it all: not every link is a socket. */
static int with_pipe(int n)
{
	int p[2], q[2], last = chain_sockets(SOCK_STREAM, n);

	if (pipe(q) || open_pair(SOCK_DGRAM, p) || send_fd(p[0], q[0]) != 1 ||
	    send_fd(p[0], last) != 1)
		tap_bail("a link");
	close(q[0]);
	close(q[1]);
	close(last);
	close(p[0]);
	return p[1];
}

static void given_back(const char *what)
{
	if (audit_before[0])
		check(audit_same(64), "%s: all is given back", what);
	else
		tap_skip(what, "no audit here");
}

static void chains(void)
{
	close(chain_sockets(SOCK_STREAM, DEEP));	/* slabs grow once */
	close(listeners(DEEP / 10));
	audit_take();
	close(chain_sockets(SOCK_STREAM, DEEP));
	given_back("a chain of streams");
	close(chain_sockets(SOCK_DGRAM, DEEP));
	given_back("a chain of datagram sockets");
	close(listeners(DEEP / 10));
	given_back("a chain of listeners");
	close(with_pipe(DEEP));
	given_back("a chain beside a pipe");
}

static void by_exit(void *arg)
{
	(void)arg;
	chain_sockets(SOCK_STREAM, DEEP);
}

static void by_reading(void)
{
	int last = chain_sockets(SOCK_STREAM, DEEP);
	char c;

	check_eq(read(last, &c, 1), 1, "a read drops a chain");
	close(last);
	given_back("a chain that was read");
}

/* The first of a chain can be had by taking every link from the one above. */
static void taken_apart(void)
{
	int last = chain_sockets(SOCK_STREAM, DEEP), below, n = 0;

	while ((below = take_fd(last)) >= 0) {
		close(last);
		last = below;
		n++;
	}
	check_eq(n, DEEP - 1, "a chain can be taken apart again");
	close(last);
}

/* ---- cycles -------------------------------------------------------------- */

/* A ring of n sockets, each waiting at the next, and the last at the first. */
static void ring_sockets(int n, int keep)
{
	int first[2], last, p[2];

	open_pair(SOCK_STREAM, first);
	last = dup(first[1]);
	while (--n > 0) {
		open_pair(SOCK_STREAM, p);
		send_fd(p[0], last);
		close(last);
		close(p[0]);
		last = p[1];
	}
	if (send_fd(first[0], last) != 1)
		tap_bail("a ring");
	close(last);
	close(first[0]);
	if (!keep)
		close(first[1]);
}

static void give_rings_back(void)
{
	int p[2];

	for (int n = 1; n < 5; n++)
		ring_sockets(n, 0);
	ring_sockets(DEEP / 3, 0);
	open_pair(SOCK_STREAM, p);		/* what ends now finds them */
	close(p[0]);
	close(p[1]);
	given_back("rings that nobody can reach");
	/* a ring held by a listener's connection, which is in the ring */
	for (int i = 0; i < 3; i++) {
		struct addr a = { AF_UNIX, { 0 } };
		int l = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
		int c = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
		int len = sizeof(a);

		syscall(SYS_bind, l, &a, 2);
		syscall(SYS_listen, l, 1);
		syscall(SYS_getsockname, l, &a, &len);
		syscall(SYS_connect, c, &a, len);
		send_fd(c, l);
		close(l);
		close(c);
	}
	open_pair(SOCK_STREAM, p);
	close(p[0]);
	close(p[1]);
	given_back("listeners that wait at themselves");
}

/* Reachable from a ring, or through one: kept as long as the ring is. */
static void keep_reachable(void)
{
	int r[2], q[2], p[2], got;
	char c[8];

	open_pair(SOCK_STREAM, r);
	open_pair(SOCK_STREAM, q);
	write(q[0], "kept", 4);
	send_fd(r[0], r[1]);		/* the ring: r[1] waits at itself */
	send_fd(r[0], q[1]);		/* and carries q[1] */
	close(q[1]);
	close(r[0]);
	for (int i = 0; i < 3; i++) {
		open_pair(SOCK_STREAM, p);
		close(p[0]);
		close(p[1]);
	}
	got = take_fd(r[1]);
	check(got >= 0, "a ring that somebody holds is kept");
	close(got);
	got = take_fd(r[1]);
	check(got >= 0 && read(got, c, 8) == 4, "and what hangs on it");
	close(got);
	close(r[1]);
	close(q[0]);
	given_back("a ring that was taken apart");
}

/* ---- the limit ----------------------------------------------------------- */

/* => how many more go into p before errno, which is told */
static int send_until_refused(int over, int fd, int *err)
{
	int n = 0;

	while (send_fd(over, fd) == 1)
		n++;
	*err = errno;
	return n;
}

static int report[2];

/* Sends what a user may have under way and tells how that ended. */
static void send_as_user(void *arg)
{
	struct rlimit few = { FEW, FEW };
	int p[2], out[3], more[2];

	if (setrlimit(RLIMIT_NOFILE, &few) || setgid(3000) ||
	    setuid(3000 + (unsigned)(long)arg))
		_exit(1);
	open_pair(SOCK_STREAM, p);
	out[0] = send_until_refused(p[0], report[1], &out[1]);
	open_pair(SOCK_STREAM, more);
	out[2] = send_until_refused(more[0], report[1], &out[1]);
	if (out[2] == 0)		/* as many as are read may come again */
		for (int i = 0; i < 3; i++)
			close(take_fd(p[1]));
	out[2] = send_until_refused(more[0], report[1], &out[1]);
	write(report[1], out, sizeof(out));
}

static void limit_descriptors_in_flight(void)
{
	int out[3] = { 0 }, err, p[2];

	pipe(report);
	check_eq(in_child(send_as_user, (void *)1), 0,
		 "a user sends descriptors");
	read(report[0], out, sizeof(out));
	check_eq(out[0], FEW + 1, "as many as it may have open, and one");
	check_eq(out[1], ETOOMANYREFS, "then ETOOMANYREFS");
	check_eq(out[2], 3, "those that were taken make room");
	close(report[0]);
	open_pair(SOCK_STREAM, p);
	check(send_until_refused(p[0], report[1], &err) > FEW && err == EAGAIN,
	      "who has the capability is not limited");
	close(report[1]);
	close(p[0]);
	close(p[1]);
	given_back("what was limited");
}

/* ---- a receiver who cannot be told --------------------------------------- */

static int count_fds(void)
{
	int n = 0;

	for (int fd = 0; fd < 64; fd++)
		n += fcntl(fd, F_GETFD) != -1;
	return n;
}

static void tell_nobody(void)
{
	static char byte;
	char *bad_at = anon_pages(1, PROT_NONE);
	struct iovec v = { &byte, 1 };
	struct message m = { .iov = &v, .nr_iov = 1, .control = bad_at,
			     .control_len = 64 };
	int over[2], p[2], before;

	open_pair(SOCK_STREAM, over);
	pipe2(p, O_NONBLOCK);
	before = count_fds();
	send_fd(over[0], p[1]);
	check_eq(syscall(SYS_recvmsg, over[1], &m, MSG_DONTWAIT), 1,
		 "bytes arrive without room for the descriptor's number");
	check(m.flags & 8, "MSG_CTRUNC");
	check_eq(count_fds(), before, "the descriptor is not installed");
	close(p[1]);
	check_eq(read(p[0], &byte, 1), 0, "but closed");
	close(p[0]);
	close(over[0]);
	close(over[1]);
	munmap(bad_at, PG);
}

int main(void)
{
	chains();
	in_child(by_exit, NULL);
	given_back("a chain at its owner's exit");
	by_reading();
	taken_apart();
	give_rings_back();
	keep_reachable();
	limit_descriptors_in_flight();
	tell_nobody();
	return tap_done();
}
