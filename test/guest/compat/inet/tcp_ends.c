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

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	bring_loopback_up();
	much_to_closed();
	return tap_done();
}
