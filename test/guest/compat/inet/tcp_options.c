/* SPDX-License-Identifier: MIT */
/*
 * TCP's options that a program sets (rows B3, B5): maximal segments, windows,
 * algorithms, what is left to read, and what a listener hands on.
 */
#include "sockets.h"

#define IPPROTO_TCP	6
#define TCP_NODELAY	1
#define TCP_MAXSEG	2
#define TCP_KEEPIDLE	4
#define TCP_LINGER2	8
#define TCP_WINDOW_CLAMP 10
#define TCP_CONGESTION	13
#define TCP_INQ		36
#define SO_OOBINLINE	10
#define SO_NO_CHECK	11
#define SO_DETACH_FILTER 27

static long set(int s, int level, int name, int v)
{
	return syscall(SYS_setsockopt, s, level, name, &v, sizeof(v));
}

static int told(int s, int level, int name)
{
	int v = -77, len = sizeof(v);

	syscall(SYS_getsockopt, s, level, name, &v, &len);
	return v;
}

/* A socket bound to a free port of 127.0.0.1, which *a becomes. */
static int bound(struct in *a)
{
	int s = open_socket(AF_INET, SOCK_STREAM), n = sizeof(*a);

	*a = (struct in){ .family = AF_INET, .ip = { 127, 0, 0, 1 } };
	if (syscall(SYS_bind, s, a, n) || syscall(SYS_getsockname, s, a, &n))
		tap_bail("bind");
	return s;
}

/* Connect c to the listener l at a.  => the other end */
static int meet(int c, int l, const struct in *a)
{
	if (syscall(SYS_listen, l, 1) || syscall(SYS_connect, c, a, sizeof(*a)))
		tap_bail("connect");
	return (int)syscall(SYS_accept4, l, NULL, NULL, 0);
}

/* What each end may send depends on what both have asked for before. */
static void segments(void)
{
	struct in a;
	int c, l, s;

	for (int at_listener = 0; at_listener < 2; at_listener++) {
		l = bound(&a);
		c = open_socket(AF_INET, SOCK_STREAM);
		check_err(EINVAL, set(c, IPPROTO_TCP, TCP_MAXSEG, 87),
			  "segments of 87 bytes");
		check_err(EINVAL, set(c, IPPROTO_TCP, TCP_MAXSEG, 32768),
			  "of 32 KiB");
		check_ok(set(at_listener ? l : c, IPPROTO_TCP, TCP_MAXSEG,
			     1000), "of 1000");
		check_eq(told(at_listener ? l : c, IPPROTO_TCP, TCP_MAXSEG),
			 1000, "are told");
		s = meet(c, l, &a);
		check_eq(told(c, IPPROTO_TCP, TCP_MAXSEG), 988,
			 "less the time stamps: where the connection began");
		check_eq(told(s, IPPROTO_TCP, TCP_MAXSEG), 988, "and ended");
		check_ok(set(c, IPPROTO_TCP, TCP_MAXSEG, 500), "later");
		check_eq(told(c, IPPROTO_TCP, TCP_MAXSEG), 988, "is too late");
		close(c);
		close(l);
		close(s);
	}
}

static void windows(void)
{
	struct in a;
	int l = bound(&a), c = open_socket(AF_INET, SOCK_STREAM), s;

	check_ok(set(c, IPPROTO_TCP, TCP_WINDOW_CLAMP, 5000), "a window");
	check_eq(told(c, IPPROTO_TCP, TCP_WINDOW_CLAMP), 5000, "is told");
	check_ok(set(c, IPPROTO_TCP, TCP_WINDOW_CLAMP, 1), "a tiny one");
	check(told(c, IPPROTO_TCP, TCP_WINDOW_CLAMP) > 1, "is a small one");
	check_ok(set(c, IPPROTO_TCP, TCP_WINDOW_CLAMP, 0), "none");
	s = meet(c, l, &a);
	check_err(EINVAL, set(c, IPPROTO_TCP, TCP_WINDOW_CLAMP, 0),
		  "not of a connection");
	close(c);
	close(l);
	close(s);
}

/* How long an end that has closed waits for the other. */
static void waits_to_end(void)
{
	static const struct { int given, told; } waits[] = {
		{ 10, 10 }, { 0, 60 }, { -1, -1 }, { -20, -1 }, { 500, 120 },
	};
	int s = open_socket(AF_INET, SOCK_STREAM);

	for (int i = 0; i < COUNT(waits); i++) {
		check_ok(set(s, IPPROTO_TCP, TCP_LINGER2, waits[i].given),
			 "TCP_LINGER2 of %d", waits[i].given);
		check_eq(told(s, IPPROTO_TCP, TCP_LINGER2), waits[i].told,
			 "is told");
	}
	close(s);
}

/* => a copy of text at the end of a page, behind which nothing is mapped */
static char *text_before_nothing(const char *text)
{
	unsigned long page = 4096, n = strlen(text) + 1;
	char *at = mmap(NULL, 2 * page, PROT_READ | PROT_WRITE,
			MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (at == MAP_FAILED || munmap(at + page, page))
		tap_bail("mmap");
	return memcpy(at + page - n, text, n);
}

static void algorithms(void)
{
	static const char *const names[] = { "reno", "cubic" };
	int s = open_socket(AF_INET, SOCK_STREAM), len;
	char name[20];

	for (int i = 0; i < COUNT(names); i++) {
		check_ok(syscall(SYS_setsockopt, s, IPPROTO_TCP,
				 TCP_CONGESTION, names[i], strlen(names[i])),
			 "%s", names[i]);
		len = sizeof(name);
		syscall(SYS_getsockopt, s, IPPROTO_TCP, TCP_CONGESTION, name,
			&len);
		check(len == 16 && !strcmp(name, names[i]), "is told");
	}
	len = 3;
	memset(name, 'x', sizeof(name));
	syscall(SYS_getsockopt, s, IPPROTO_TCP, TCP_CONGESTION, name, &len);
	check(len == 3 && !memcmp(name, "cubx", 4), "or a part of it");
	check_err(ENOENT, syscall(SYS_setsockopt, s, IPPROTO_TCP,
				  TCP_CONGESTION, "none such", 9), "no other");
	check_ok(syscall(SYS_setsockopt, s, IPPROTO_TCP, TCP_CONGESTION,
			 text_before_nothing("cubic"), 15),
		 "no byte behind the NUL is read");
	check_err(EINVAL, syscall(SYS_setsockopt, s, IPPROTO_TCP,
				  TCP_CONGESTION, "reno", 0), "an empty name");
	close(s);
}

/* Receive at most n bytes; => what is left by TCP_INQ, -1 if not told */
static int left_after(int s, unsigned long n)
{
	struct {
		unsigned long len;
		int level, type, left;
	} c = { .left = -1 };
	char buf[64];
	struct iovec v = { buf, n };
	struct message m = { .iov = &v, .nr_iov = 1, .control = &c,
			     .control_len = sizeof(c) };

	if ((long)syscall(SYS_recvmsg, s, &m, 0) < 0)
		return -2;
	return c.level == IPPROTO_TCP && c.type == TCP_INQ &&
		c.len == sizeof(long) + 8 + sizeof(int) ? c.left : -1;
}

static void left_to_read(void)
{
	struct in a;
	int l = bound(&a), c = open_socket(AF_INET, SOCK_STREAM), s;

	s = meet(c, l, &a);
	check_err(EINVAL, set(s, IPPROTO_TCP, TCP_INQ, 2), "TCP_INQ of 2");
	check_err(EINVAL, set(s, IPPROTO_TCP, TCP_INQ, -1), "of -1");
	write(c, "0123456789", 10);
	check_eq(left_after(s, 1), -1, "what is left is not told");
	check_ok(set(s, IPPROTO_TCP, TCP_INQ, 1), "before it is asked for");
	check_eq(told(s, IPPROTO_TCP, TCP_INQ), 1, "by this option");
	check_eq(left_after(s, 4), 5, "5 of 10 bytes");
	check_eq(left_after(s, 5), 0, "none");
	syscall(SYS_shutdown, c, SHUT_WR);
	check_eq(left_after(s, 5), 1, "1 at the end");
	close(c);
	close(l);
	close(s);
}

static void from_listener(void)
{
	struct in a;
	int l = bound(&a), c = open_socket(AF_INET, SOCK_STREAM), s;

	set(l, IPPROTO_TCP, TCP_NODELAY, 1);
	set(l, IPPROTO_TCP, TCP_KEEPIDLE, 77);
	s = meet(c, l, &a);
	check_eq(told(s, IPPROTO_TCP, TCP_NODELAY), 1,
		 "what is accepted has its listener's TCP_NODELAY");
	check_eq(told(s, IPPROTO_TCP, TCP_KEEPIDLE), 77, "and TCP_KEEPIDLE");
	check_eq(told(c, IPPROTO_TCP, TCP_NODELAY), 0, "the other end has not");
	close(c);
	close(l);
	close(s);
}

static void of_sockets(void)
{
	int s = open_socket(AF_INET, SOCK_DGRAM);

	check_ok(set(s, SOL_SOCKET, SO_NO_CHECK, 5), "SO_NO_CHECK");
	check_eq(told(s, SOL_SOCKET, SO_NO_CHECK), 1, "is told");
	check_ok(set(s, SOL_SOCKET, SO_OOBINLINE, 2), "SO_OOBINLINE");
	check_eq(told(s, SOL_SOCKET, SO_OOBINLINE), 1, "is told");
	check_err(ENOENT, set(s, SOL_SOCKET, SO_DETACH_FILTER, 0),
		  "detach a filter that is not there");
	close(s);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	bring_loopback_up();
	segments();
	windows();
	waits_to_end();
	algorithms();
	left_to_read();
	from_listener();
	of_sockets();
	return tap_done();
}
