/* SPDX-License-Identifier: MIT */
/*
 * TCP: what each end of a connection is told when the other has closed, reset,
 * shut down or refused it (rows B3, B5).
 */
#include "sockets.h"

#ifndef ECONNRESET
#define ECONNRESET	104
#endif

static char buf[1u << 20];

/* A socket bound to a free port of 127.0.0.1, which *a becomes. */
static int bound(struct in *a)
{
	int s = open_socket(AF_INET, SOCK_STREAM), n = sizeof(*a);

	*a = (struct in){ .family = AF_INET, .ip = { 127, 0, 0, 1 } };
	if (syscall(SYS_bind, s, a, n) ||
	    syscall(SYS_getsockname, s, a, &n))
		tap_bail("bind");
	return s;
}

/* Two ends of a connection: that of connect, that of accept. */
static void connection(int *c, int *s)
{
	struct in a;
	int l = bound(&a);

	*c = open_socket(AF_INET, SOCK_STREAM);
	if (syscall(SYS_listen, l, 1) ||
	    syscall(SYS_connect, *c, &a, sizeof(a)))
		tap_bail("connect");
	*s = (int)syscall(SYS_accept4, l, NULL, NULL, 0);
	close(l);
}

static long send_to(int s, const void *from, unsigned long n)
{
	return raw_syscall(SYS_sendto, s, from, n, MSG_NOSIGNAL, NULL, 0);
}

/* ---- after a close ------------------------------------------------------- */

/* More than was on its way before the other end's reply is not sent. */
static void much_to_closed(void)
{
	struct iovec v[64];
	int c, s;
	long n;

	for (int i = 0; i < COUNT(v); i++)
		v[i] = (struct iovec){ buf, sizeof(buf) };
	connection(&c, &s);
	close(s);
	n = syscall(SYS_writev, c, v, COUNT(v));
	check(n > 0 && n < 8l << 20,
	      "64 MiB to one who has left: some of it went");
	check_eq(send_to(c, buf, 1), -EPIPE, "and then no more");
	close(c);
	connection(&c, &s);
	close(s);
	v[0].iov_base = BAD;
	check_eq(raw_syscall(SYS_writev, c, v, 1), -EFAULT,
		 "bytes that are not there do not go to one who has left");
	close(c);
}

/* ---- both ways ended ----------------------------------------------------- */

static int has_peer(int s)
{
	struct in a;
	int n = sizeof(a);

	return raw_syscall(SYS_getpeername, s, &a, &n) == 0;
}

static long shut(int s, int how)
{
	return raw_syscall(SYS_shutdown, s, how);
}

static long receive(int s, unsigned long n, int flags)
{
	return raw_syscall(SYS_recvfrom, s, buf, n, flags, NULL, NULL);
}

static void reset_by_unread(void)
{
	int c, s;

	connection(&c, &s);
	send_to(c, "abc", 3);
	close(s);
	check(!has_peer(c), "whoever was reset has no peer");
	check_eq(shut(c, SHUT_WR), -ENOTCONN, "and nothing to shut down");
	check_eq(send_to(c, "x", 1), -ECONNRESET, "is told so");
	check_eq(send_to(c, "x", 1), -EPIPE, "once");
	close(c);
}

/* => the state by TCP_INFO, or -1 */
static int state_of(int s)
{
	unsigned char info[248];
	int n = sizeof(info);

	return raw_syscall(SYS_getsockopt, s, 6, 11, info, &n) ? -1 : info[0];
}

static void both_shut(void)
{
	int c, s;

	connection(&c, &s);
	check(state_of(c) == 1 && state_of(s) == 1, "TCP_INFO: established");
	check_eq(shut(s, SHUT_WR), 0, "one end is shut");
	check_eq(shut(s, SHUT_WR), 0, "again");
	check(has_peer(s) && has_peer(c), "half a connection has both peers");
	check(eventually(state_of(s) == 5 && state_of(c) == 8),
	      "one end is in FIN-WAIT-2, the other in CLOSE-WAIT");
	check_eq(shut(c, 2), 0, "the other end is shut");
	check(eventually(state_of(s) == 7 && state_of(c) == 7),
	      "both are closed");
	check_eq(shut(s, SHUT_WR), -ENOTCONN, "then there is no connection");
	check(!has_peer(s) && !has_peer(c), "of either");
	check_eq(receive(s, 1, 0), 0, "whose end is read");
	close(c);
	close(s);
}

/* Data for one that is shut in both directions resets it. */
static void data_to_shut(void)
{
	int c, s;

	connection(&c, &s);
	shut(c, 2);
	check_eq(send_to(s, "yo", 2), 2, "data to an end that is shut");
	check(eventually(!has_peer(c)), "reset it");
	check_eq(send_to(s, "yo", 2), -EPIPE, "which the sender hears");
	check_eq(receive(c, 1, 0), -ECONNRESET, "and the end, too");
	close(c);
	close(s);
	connection(&c, &s);
	shut(c, 0);
	check_eq(send_to(s, "yo", 2), 2, "data to one shut for reading");
	check_eq(receive(c, 9, 0), 2, "can be read nevertheless");
	check_eq(receive(c, 9, 0), 0, "before its end");
	close(c);
	close(s);
}

/* ---- refused ------------------------------------------------------------- */

/* Does s have the address 127.0.0.1, and which port?  => port, network order */
static unsigned short named(int s, int *loopback)
{
	struct in a;
	int n = sizeof(a);

	syscall(SYS_getsockname, s, &a, &n);
	*loopback = a.ip[0] == 127;
	return a.port;
}

static void refused(void)
{
	struct in to, mine;
	int none = bound(&to), c = open_socket(AF_INET, SOCK_STREAM), loop, s;

	check_eq(raw_syscall(SYS_connect, c, &to, sizeof(to)), -ECONNREFUSED,
		 "nobody listens");
	check(named(c, &loop) && !loop, "the port is told, without address");
	close(c);
	c = bound(&mine);
	check_eq(raw_syscall(SYS_connect, c, &to, sizeof(to)), -ECONNREFUSED,
		 "from a port that was chosen by bind");
	s = open_socket(AF_INET, SOCK_STREAM);
	check_eq(raw_syscall(SYS_bind, s, &mine, sizeof(mine)), 0,
		 "which is free for others then");
	check(named(c, &loop) == mine.port && loop, "though its name tells it");
	check_eq(raw_syscall(SYS_connect, c, &to, sizeof(to)), -ECONNREFUSED,
		 "and it connects again");
	close(c);
	close(s);
	close(none);
}

static void shut_listener(void)
{
	struct in a;
	int l = bound(&a), c = open_socket(AF_INET, SOCK_STREAM);

	syscall(SYS_listen, l, 1);
	check_eq(raw_syscall(SYS_connect, c, &a, sizeof(a)), 0, "a listener");
	check_eq(shut(l, 0), 0, "is shut");
	check_eq(receive(c, 1, 0), -ECONNRESET, "and resets who waited");
	check_eq(shut(l, 0), -ENOTCONN, "it listens no more");
	check_eq(raw_syscall(SYS_accept4, l, NULL, NULL, 0), -EINVAL,
		 "and accepts nobody");
	check_eq(raw_syscall(SYS_listen, l, 1), 0, "until it does again");
	close(c);
	close(l);
}

/* ---- oneself ------------------------------------------------------------- */

static void connect_to_oneself(void)
{
	struct in a;
	int s = bound(&a);

	check_eq(raw_syscall(SYS_connect, s, &a, sizeof(a)), 0,
		 "connect to one's own port");
	check(has_peer(s), "has a peer");
	check_eq(send_to(s, "hello", 5), 5, "who is told");
	check(receive(s, 9, 0) == 5 && !memcmp(buf, "hello", 5),
	      "what one reads oneself");
	check_eq(raw_syscall(SYS_listen, s, 1), -EINVAL, "it does not listen");
	check_eq(shut(s, SHUT_WR), 0, "an end of it");
	check_eq(receive(s, 9, 0), 0, "is the end for the reader");
	check(!has_peer(s), "and of the connection");
	close(s);
	s = bound(&a);
	check_eq(raw_syscall(SYS_connect, s, &a, sizeof(a)), 0, "another");
	check_eq(send_to(s, "unread", 6), 6, "closed with data unread");
	close(s);
	s = bound(&a);
	syscall(SYS_connect, s, &a, sizeof(a));
	a.family = AF_UNSPEC;
	check_eq(raw_syscall(SYS_connect, s, &a, sizeof(a)), 0,
		 "another, dissolved");
	check(!has_peer(s), "is alone");
	close(s);
}

static void dissolve(int s)
{
	struct in none = { .family = AF_UNSPEC };

	check_eq(raw_syscall(SYS_connect, s, &none, sizeof(none)), 0,
		 "a stream is dissolved");
}

static void dissolved_after_loss(void)
{
	int c, s;

	connection(&c, &s);
	close(s);
	send_to(c, "x", 1);
	dissolve(c);
	check_eq(receive(c, 1, 0), -EPIPE, "of which a send was lost");
	check_eq(receive(c, 1, 0), -ENOTCONN, "which is told once");
	close(c);
}

/* A new connection knows nothing of the errors of the one before. */
static void connected_again(void)
{
	struct in a;
	int c, s, l = bound(&a);

	syscall(SYS_listen, l, 2);
	connection(&c, &s);
	dissolve(c);
	check_eq(raw_syscall(SYS_connect, c, &a, sizeof(a)), 0,
		 "one that was open connects again");
	close(s);
	s = (int)syscall(SYS_accept4, l, NULL, NULL, 0);
	check_eq(send_to(s, "hello", 5), 5, "and is sent to");
	check_eq(receive(c, 5, 0), 5, "and is not reset");
	close(s);
	close(c);
	close(l);
}

/* MSG_TRUNC of a stream: the bytes are gone, and not stored. */
static void discard_bytes(void)
{
	int c, s;

	connection(&c, &s);
	send_to(c, "hello world", 11);
	memset(buf, 1, 16);
	check_eq(receive(s, 5, MSG_TRUNC | MSG_PEEK), 5, "MSG_TRUNC, peeking");
	check_eq(receive(s, 6, MSG_TRUNC), 6, "MSG_TRUNC");
	check(buf[0] == 1 && buf[5] == 1, "stores nothing");
	check_eq(raw_syscall(SYS_recvfrom, s, BAD, 100, MSG_TRUNC, NULL, NULL),
		 5, "anywhere");
	close(c);
	close(s);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	bring_loopback_up();
	much_to_closed();
	reset_by_unread();
	both_shut();
	data_to_shut();
	refused();
	shut_listener();
	connect_to_oneself();
	dissolved_after_loss();
	connected_again();
	discard_bytes();
	return tap_done();
}
