/* SPDX-License-Identifier: MIT */
/*
 * AF_INET and AF_INET6 within the machine: servers, half-closed connections,
 * ports, datagrams, options and errors (rows B5, D16).
 */
#include <poll.h>
#include "note.h"
#include "sockets.h"

#ifndef POLLRDHUP
#define POLLRDHUP	0x2000
#endif
#define EPOLLET		(1u << 31)
#define ANY		0u
#define LO		0x7f000001u
#ifndef ECONNABORTED
#define ECONNABORTED	103
#endif
#ifndef ECONNRESET
#define ECONNRESET	104
#endif

static unsigned short net(unsigned port)
{
	return (unsigned short)(port >> 8 | port << 8);
}

static struct in in(unsigned ip, unsigned port)
{
	struct in a = { .family = AF_INET, .port = net(port) };

	for (int i = 0; i < 4; i++)
		a.ip[i] = (unsigned char)(ip >> (24 - 8 * i));
	return a;
}

static struct in6 in6(int last, unsigned port)
{
	struct in6 a = { .family = AF_INET6, .port = net(port) };

	a.ip[15] = (unsigned char)last;
	return a;
}

#define sock(f, t)	((int)syscall(SYS_socket, f, t, 0))
#define bind_to(s, a)	syscall(SYS_bind, s, &(a), sizeof(a))
#define connect_to(s, a) syscall(SYS_connect, s, &(a), sizeof(a))
#define listen_on(s)	syscall(SYS_listen, s, 5)
#define accept_on(s)	((int)syscall(SYS_accept4, s, NULL, NULL, 0))
#define shut(s, how)	syscall(SYS_shutdown, s, how)

static int inet_option(int s, int level, int name)
{
	int n = -1, len = sizeof(n);

	return syscall(SYS_getsockopt, s, level, name, &n, &len) ? -1 : n;
}

static long set_inet_option(int s, int level, int name, int value)
{
	return syscall(SYS_setsockopt, s, level, name, &value, sizeof(value));
}

/* The port a socket is bound to, by getsockname (peer: getpeername). */
static unsigned port_of(int s, int peer)
{
	struct in6 a = { 0 };
	int len = sizeof(a);

	syscall(peer ? SYS_getpeername : SYS_getsockname, s, &a, &len);
	return net(a.port);
}

static int wait_for_events(int s, int want)
{
	struct pollfd p = { .fd = s, .events = (short)want };

	return poll(&p, 1, 20000) == 1 ? p.revents : 0;
}

/* A listener on a port of its own. */
static int server(unsigned *port)
{
	struct in a = in(LO, 0);
	int l = sock(AF_INET, SOCK_STREAM);

	check(bind_to(l, a) == 0 && listen_on(l) == 0, "a server");
	*port = port_of(l, 0);
	return l;
}

/* Both ends of a connection. */
static void connection(int s[2])
{
	unsigned port;
	int l = server(&port);
	struct in a = in(LO, port);

	s[0] = sock(AF_INET, SOCK_STREAM);
	check_ok(connect_to(s[0], a), "connect");
	s[1] = accept_on(l);
	check(s[1] >= 0, "accept");
	close(l);
}

/* Much is written before anybody reads; in both directions. */
static void roomy(int a, int b)
{
	static char big[65536];
	int ends[] = { a, b };
	long n, all;

	for (int i = 0; i < 2; i++) {
		fcntl(ends[i], F_SETFL, O_NONBLOCK);
		fcntl(ends[!i], F_SETFL, O_NONBLOCK);
		for (all = 0; (n = write(ends[i], big, sizeof(big))) > 0;)
			all += n;
		check(n == -1 && errno == EAGAIN && all > 1000000,
		      "%ld bytes go in unread", all);
		for (; (n = read(ends[!i], big, sizeof(big))) > 0;)
			all -= n;
		check_eq(all, 0, "and come out");
	}
}

static void connect_streams(void)
{
	struct in a = { 0 };
	int s[2], len = sizeof(a);
	char c[8];

	connection(s);
	check_eq(port_of(s[0], 0), port_of(s[1], 1), "the client's port");
	check_eq(port_of(s[0], 1), port_of(s[1], 0), "and the server's");
	syscall(SYS_getpeername, s[1], &a, &len);
	check(len == 16 && a.family == AF_INET && a.ip[0] == 127 &&
	      a.ip[3] == 1, "the client's address");
	check_eq(write(s[0], "ping", 4), 4, "to the server");
	check(read(s[1], c, 8) == 4 && !memcmp(c, "ping", 4), "arrives");
	check_eq(write(s[1], "pong", 4), 4, "and back");
	check_eq(syscall(SYS_recvfrom, s[0], c, 2, 2, NULL, NULL), 2,
		 "MSG_PEEK");
	check(read(s[0], c, 8) == 4 && !memcmp(c, "pong", 4), "arrives");
	check_err(EISCONN, connect_to(s[0], a), "connected already");
	shut(s[0], 1);
	check_eq(read(s[1], c, 8), 0, "half closed: the end");
	check_eq(write(s[1], "late", 4), 4, "the other half goes on");
	check_eq(read(s[0], c, 8), 4, "and arrives");
	check_err(EPIPE, write(s[0], "x", 1), "no more from here");
	close(s[1]);
	check_eq(read(s[0], c, 8), 0, "the end of both");
	close(s[0]);
	connection(s);
	roomy(s[0], s[1]);
	close(s[0]);
	close(s[1]);
}

static void end_connections(void)
{
	struct { int on, time; } hard = { 1, 0 };
	int s[2];
	char c[8];

	connection(s);
	write(s[1], "last", 4);
	close(s[1]);
	check(wait_for_events(s[0], POLLIN | POLLRDHUP) == (POLLIN | POLLRDHUP),
	      "closed: readable, and told so");
	check_eq(read(s[0], c, 8), 4, "what was sent is there");
	check_eq(read(s[0], c, 8), 0, "then the end");
	check_eq(write(s[0], "x", 1), 1, "a write into the void");
	check(wait_for_events(s[0], POLLIN) & POLLHUP, "is answered");
	check_err(EPIPE, write(s[0], "x", 1), "the next fails");
	close(s[0]);
	connection(s);
	write(s[0], "unread", 6);
	wait_for_events(s[1], POLLIN);
	close(s[1]);
	check_err(ECONNRESET, read(s[0], c, 8), "closed unread: a reset");
	check_eq(read(s[0], c, 8), 0, "told once");
	close(s[0]);
	connection(s);
	syscall(SYS_setsockopt, s[1], 1, SO_LINGER, &hard, sizeof(hard));
	close(s[1]);
	check(wait_for_events(s[0], POLLIN) & POLLERR, "SO_LINGER 0: an error");
	check_eq(inet_option(s[0], 1, SO_ERROR), ECONNRESET, "a reset");
	close(s[0]);
}

static void refuse_connections(void)
{
	struct in far = in(0xc0000201, 80), a;
	unsigned port;
	int l = server(&port), s, t;

	close(l);
	a = in(LO, port);
	s = sock(AF_INET, SOCK_STREAM);
	check_err(ECONNREFUSED, connect_to(s, a), "nobody listens");
	check_err(ENETUNREACH, connect_to(s, far), "no way there");
	check_err(EADDRNOTAVAIL, bind_to(s, far), "not an address of ours");
	check_err(EPIPE, write(s, "x", 1), "not connected: write");
	check_err(ENOTCONN, read(s, &a, 1), "and read");
	check_err(ENOTCONN, shut(s, 2), "and shutdown");
	check_err(EINVAL, accept_on(s), "not listening");
	a = in(LO, 0);
	check_ok(bind_to(s, a), "bind");
	check_err(EINVAL, bind_to(s, a), "only once");
	t = sock(AF_INET, SOCK_STREAM);
	a = in(LO, port_of(s, 0));
	check_err(EADDRINUSE, bind_to(t, a), "a port has one owner");
	a = in(ANY, port_of(s, 0));
	check_err(EADDRINUSE, bind_to(t, a), "of any address");
	a = in(LO + 1, port_of(s, 0));
	check_ok(bind_to(t, a), "of another address another");
	close(t);
	t = sock(AF_INET6, SOCK_STREAM);
	check_err(EINVAL, syscall(SYS_bind, t, &a, 16), "too short");
	close(t);
	check_err(EINVAL, syscall(SYS_bind, s, &a, 8), "far too short");
	t = sock(AF_INET, SOCK_STREAM);
	a = in(LO, 0);
	a.family = 0;
	check_err(EAFNOSUPPORT, bind_to(t, a), "no family, and an address");
	check_err(EINVAL, syscall(SYS_bind, t, &a, 8), "nor all of one");
	a = in(ANY, 0);
	a.family = 0;
	check_ok(bind_to(t, a), "none and any address is IPv4's");
	check(port_of(t, 0) != 0, "with a port");
	close(t);
	t = sock(AF_INET6, SOCK_STREAM);
	check_err(EAFNOSUPPORT, syscall(SYS_bind, t, &(struct in6){ 0 }, 28),
		  "but not IPv6's");
	close(t);
	check_err(ESOCKTNOSUPPORT, syscall(SYS_socket, AF_INET, 5, 0),
		  "no sequenced packets");
	check_err(EPROTONOSUPPORT, syscall(SYS_socket, AF_INET, 1, 17),
		  "streams of datagrams");
	check_err(EOPNOTSUPP, syscall(SYS_socketpair, AF_INET, 1, 0, &a),
		  "no pairs");
	close(s);
}

static void reuse(void)
{
	int l = sock(AF_INET, SOCK_STREAM), m = sock(AF_INET, SOCK_STREAM);
	int s, k;
	struct in a = in(LO, 0);

	set_inet_option(l, 1, SO_REUSEADDR, 1);
	set_inet_option(m, 1, SO_REUSEADDR, 1);
	bind_to(l, a);
	a = in(LO, port_of(l, 0));
	check_ok(bind_to(m, a), "SO_REUSEADDR: two may bind");
	check_ok(listen_on(l), "one may listen");
	check_err(EADDRINUSE, listen_on(m), "the other not");
	close(m);
	s = sock(AF_INET, SOCK_STREAM);
	connect_to(s, a);
	k = accept_on(l);
	close(l);
	m = sock(AF_INET, SOCK_STREAM);
	check_err(EADDRINUSE, bind_to(m, a), "connections keep the port");
	set_inet_option(m, 1, SO_REUSEADDR, 1);
	check_ok(bind_to(m, a), "for whom does not share");
	close(s);
	close(k);
	close(m);
}

static void without_waiting(void)
{
	unsigned port;
	int l = server(&port), k;
	int s = sock(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
	struct in a = in(LO, port);
	char c;

	fcntl(l, F_SETFL, O_NONBLOCK);
	check_err(EAGAIN, accept_on(l), "nobody calls");
	check_err(EINPROGRESS, connect_to(s, a), "connect has begun");
	check(wait_for_events(s, POLLOUT) & POLLOUT, "and ended");
	check_eq(inet_option(s, 1, SO_ERROR), 0, "well");
	check(wait_for_events(l, POLLIN) == POLLIN, "the server hears of it");
	k = accept_on(l);
	check(k >= 0, "accepts");
	check_err(EAGAIN, read(s, &c, 1), "nothing to read");
	close(k);
	close(s);
	close(l);
	s = sock(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
	check_err(EINPROGRESS, connect_to(s, a), "to nobody");
	check(wait_for_events(s, POLLOUT) & POLLERR, "fails later");
	check_eq(inet_option(s, 1, SO_ERROR), ECONNREFUSED, "refused");
	close(s);
}

/* Who calls and leaves takes a place in the listener's queue, while it lasts. */
static void call_and_leave(void)
{
	unsigned port;
	int l = server(&port), s, n = 0;
	struct in a = in(LO, port);

	fcntl(l, F_SETFL, O_NONBLOCK);
	for (int i = 0; i < 1000; i++) {
		s = sock(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
		connect_to(s, a);
		close(s);
	}
	while ((s = accept_on(l)) >= 0) {
		close(s);
		n++;
	}
	check(n > 0 && n < 500, "of 1000 who called some wait: %d", n);
	close(l);
}

/* A set that tells of changes of s alone; what it is now has been told. */
static int edges_of(int s)
{
	struct { uint32_t events; uint64_t data; } e = {
		POLLIN | POLLOUT | POLLRDHUP | EPOLLET, 0
	};
	int set = (int)syscall(SYS_epoll_create1, 0);

	if (set < 0 || syscall(SYS_epoll_ctl, set, 1, s, &e) ||
	    syscall(SYS_epoll_pwait, set, &e, 1, 0, NULL, 8) < 0)
		tap_bail("no epoll");
	return set;
}

static unsigned edge_events(int set)
{
	struct { uint32_t events; uint64_t data; } e = { 0, 0 };

	syscall(SYS_epoll_pwait, set, &e, 1, 0, NULL, 8);
	return e.events;
}

/* A connection that was refused is over, in both directions. */
static void refused_later(void)
{
	unsigned port, all = POLLIN | POLLOUT | POLLRDHUP | POLLERR | POLLHUP;
	int l = server(&port), s = sock(AF_INET, SOCK_STREAM | SOCK_NONBLOCK);
	int set = edges_of(s);
	struct in a = in(LO, port);
	char c;

	close(l);
	connect_to(s, a);
	check_eq(wait_for_events(s, POLLIN | POLLOUT | POLLRDHUP), all,
		 "refused");
	check_eq(edge_events(set), all, "which is news");
	check_eq(inet_option(s, 1, SO_ERROR), ECONNREFUSED,
		 "its error is told");
	check_eq(wait_for_events(s, POLLIN | POLLRDHUP),
		 POLLIN | POLLRDHUP | POLLHUP, "then the end is left");
	check_eq(read(s, &c, 1), 0, "to be read");
	check_err(EPIPE, write(s, &c, 1), "and none to write to");
	check_err(ECONNABORTED, connect_to(s, a), "that attempt is over");
	check_eq(wait_for_events(s, POLLOUT | POLLRDHUP), POLLOUT | POLLHUP,
		 "as before it");
	check_err(EINPROGRESS, connect_to(s, a), "and one more");
	wait_for_events(s, POLLIN);
	check_err(ECONNREFUSED, connect_to(s, a), "is asked for by connect");
	check_eq(wait_for_events(s, POLLOUT | POLLRDHUP), POLLOUT | POLLHUP,
		 "as before it");
	connect_to(s, a);
	wait_for_events(s, POLLIN);
	check_err(ECONNREFUSED, read(s, &c, 1), "or by read");
	check_eq(read(s, &c, 1), 0, "once");
	close(set);
	close(s);
}

/* Both have said that they are done: that the other closes says no more. */
static void closed_after_ends(void)
{
	int s[2], set;

	connection(s);
	set = edges_of(s[0]);
	shut(s[1], 1);
	check(wait_for_events(s[0], POLLRDHUP) & POLLRDHUP &&
		      edge_events(set) & POLLRDHUP,
	      "the other end is done");
	shut(s[0], 1);
	check(wait_for_events(s[0], 0) & POLLHUP && edge_events(set) & POLLHUP,
	      "and so are we");
	usleep(20000);
	edge_events(set);
	close(s[1]);
	usleep(20000);
	check_eq(edge_events(set), 0, "its close is no news");
	close(set);
	close(s[0]);
}

static void listen_to_both_families(void)
{
	struct in6 a = in6(0, 0), got = { 0 };
	struct in b;
	int l = sock(AF_INET6, SOCK_STREAM), s, k, len = sizeof(got);

	if (l < 0) {
		tap_skip("AF_INET6", "not in this kernel");
		return;
	}
	check_eq(set_inet_option(l, 41, 26, 0), 0, "IPV6_V6ONLY off");
	check(bind_to(l, a) == 0 && listen_on(l) == 0, "a server on ::");
	check_err(EINVAL, set_inet_option(l, 41, 26, 1),
		  "bound: IPV6_V6ONLY is fixed");
	b = in(LO, port_of(l, 0));
	s = sock(AF_INET, SOCK_STREAM);
	check_ok(connect_to(s, b), "is reached at 127.0.0.1");
	k = (int)syscall(SYS_accept4, l, &got, &len, 0);
	check(k >= 0 && len == 28 && got.family == AF_INET6 &&
	      got.ip[10] == 0xff && got.ip[12] == 127, "mapped");
	close(s);
	close(k);
	a = in6(1, port_of(l, 0));
	s = sock(AF_INET6, SOCK_STREAM);
	check_ok(connect_to(s, a), "and at ::1");
	len = sizeof(got);
	k = (int)syscall(SYS_accept4, l, &got, &len, 0);
	check(k >= 0 && got.ip[15] == 1 && !got.ip[10], "not mapped");
	close(s);
	close(k);
	close(l);
}

static long send_to(int s, const char *text, struct in a)
{
	return syscall(SYS_sendto, s, text, strlen(text), 0, &a, sizeof(a));
}

/* As sendto(2) takes it on IPv4: an address of no family is one of IPv4. */
static long send_to_no_family(int s, const char *text, struct in a, int size)
{
	a.family = 0;
	return syscall(SYS_sendto, s, text, strlen(text), 0, &a, size);
}

static void send_datagrams(void)
{
	struct in a = in(LO, 0), from;
	int r = sock(AF_INET, SOCK_DGRAM), s = sock(AF_INET, SOCK_DGRAM);
	int t = sock(AF_INET, SOCK_DGRAM), len = sizeof(from), mute;
	char c[16];

	bind_to(r, a);
	a = in(LO, port_of(r, 0));
	check_eq(send_to(s, "one", a), 3, "a datagram");
	check_eq(send_to(s, "two", in(ANY, port_of(r, 0))), 3, "by 0.0.0.0");
	check_eq(syscall(SYS_recvfrom, r, c, 16, 0, &from, &len), 3, "arrives");
	check(len == 16 && from.ip[0] == 127 && from.ip[3] == 1 &&
	      from.port == net(port_of(s, 0)), "and from whom");
	check_eq(syscall(SYS_recvfrom, r, c, 2, 0x20, NULL, NULL), 3,
		 "MSG_TRUNC: its length");
	fcntl(r, F_SETFL, O_NONBLOCK);
	check_err(EAGAIN, read(r, c, 16), "nothing more");
	fcntl(r, F_SETFL, 0);		/* Linux may hand it over later */
	check_eq(send_to(s, "", a), 0, "an empty one");
	check_eq(read(r, c, 16), 0, "arrives, too");
	check_eq(send_to_no_family(s, "none", a, 16), 4, "to no family");
	check_eq(read(r, c, 16), 4, "is IPv4");
	check_err(EINVAL, send_to_no_family(s, "x", a, 15), "too short");
	check_err(EINVAL, send_to_no_family(s, "x", in(LO, 0), 16), "no port");
	check_err(EDESTADDRREQ, write(s, "x", 1), "to whom?");
	mute = sock(AF_INET, SOCK_DGRAM);
	check_ok(connect_to(mute, a), "one with a partner");
	check_ok(shut(mute, 1), "is silenced");
	check_err(EPIPE, send_to(mute, "x", a), "it says nothing");
	check_err(EINVAL, send_to(mute, "x", in(LO, 0)), "to nobody");
	close(mute);
	check_ok(connect_to(s, a), "connect");
	check_eq(write(s, "hi", 2), 2, "then it is known");
	check_eq(read(r, c, 16), 2, "arrives");
	a = in(LO, port_of(s, 0));
	check_eq(send_to(t, "stranger", a), 8, "somebody else writes");
	check_eq(send_to(r, "friend", a), 6, "and the partner");
	check(read(s, c, 16) == 6 && !memcmp(c, "friend", 6),
	      "only the partner is heard");
	close(r);
	check_eq(write(s, "x", 1), 1, "the partner has gone");
	check_err(ECONNREFUSED, read(s, c, 16), "which is told");
	check_err(EMSGSIZE, syscall(SYS_sendto, t, BAD, 70000, 0, &a, 16),
		  "too long");
	check_err(ENETUNREACH, send_to(t, "x", in(0xc0000201, 9)), "nowhere");
	close(s);
	close(t);
}

/* A datagram that nobody took is told of before what has come since. */
static void refused_first(void)
{
	struct in a = in(LO, 0), b = a;
	int s = sock(AF_INET, SOCK_DGRAM), t = sock(AF_INET, SOCK_DGRAM);
	char c[8];

	bind_to(s, a);
	bind_to(t, b);
	b.port = net(port_of(t, 0));
	a.port = net(port_of(s, 0));
	connect_to(s, b);
	close(t);
	check_eq(write(s, "lost", 4), 4, "to a port that is gone");
	t = sock(AF_INET, SOCK_DGRAM);
	bind_to(t, b);
	check_eq(send_to(t, "here", a), 4, "which is there again");
	check_err(ECONNREFUSED, read(s, c, sizeof(c)), "the error first");
	check_eq(read(s, c, sizeof(c)), 4, "then what came");
	close(s);
	close(t);
}

static struct in6 own_name(int s)
{
	struct in6 a = { 0 };
	int len = sizeof(a);

	syscall(SYS_getsockname, s, &a, &len);
	return a;
}

/* ::ffff:127.0.0.1 */
static struct in6 ipv4_mapped(unsigned port)
{
	struct in6 a = in6(1, port);

	a.ip[10] = a.ip[11] = 0xff;
	a.ip[12] = 127;
	return a;
}

static int has_ip(int s, const struct in6 *a)
{
	struct in6 n = own_name(s);

	return memcmp(n.ip, a->ip, sizeof(n.ip)) == 0;
}

/* From a name of IPv4 nothing goes to IPv6. */
static void named_by_ipv4(void)
{
	struct in6 one = in6(1, 9), four = ipv4_mapped(0);
	int s = sock(AF_INET6, SOCK_DGRAM), t = sock(AF_INET6, SOCK_STREAM);

	if (s < 0)
		return;
	bind_to(s, four);
	check_err(EAFNOSUPPORT, syscall(SYS_sendto, s, "x", 1, 0, &one,
					sizeof(one)),
		  "a datagram from ::ffff:127.0.0.1 to ::1");
	check_err(EAFNOSUPPORT, connect_to(s, one), "nor a partner");
	bind_to(t, four);
	check_err(EAFNOSUPPORT, connect_to(t, one), "nor a stream");
	four.port = one.port;
	check_ok(connect_to(s, four), "but to IPv4");
	close(s);
	close(t);
}

static long dissolve(int s)
{
	struct in none = { .family = 0 };

	return connect_to(s, none);
}

/* What bind(2) did not say goes with the partner (connect(2), AF_UNSPEC). */
static void dissolved(void)
{
	struct in6 any = in6(0, 0), one = in6(1, 9), four = ipv4_mapped(9), a;
	struct in four4 = in(LO, 9);
	int s = sock(AF_INET6, SOCK_DGRAM), t;
	unsigned port;

	if (s < 0) {
		tap_skip("a partner of AF_INET6", "not in this kernel");
		return;
	}
	check(connect_to(s, four) == 0 && has_ip(s, &four),
	      "a partner of IPv4: so is our name");
	port = port_of(s, 0);
	check_ok(dissolve(s), "AF_UNSPEC: no partner");
	check(has_ip(s, &any) && !port_of(s, 0), "nor a name");
	t = sock(AF_INET6, SOCK_DGRAM);
	a = in6(0, port);
	check_ok(bind_to(t, a), "its port is free");
	check(connect_to(s, one) == 0 && has_ip(s, &one) && port_of(s, 0),
	      "one of IPv6, with another name");
	check(dissolve(s) == 0 && connect_to(s, four) == 0 && has_ip(s, &four),
	      "and IPv4 again");
	close(s);
	check(connect_to(t, one) == 0 && dissolve(t) == 0 &&
	      has_ip(t, &any) && port_of(t, 0) == port,
	      "a port that was bound to stays");
	close(t);
	s = sock(AF_INET6, SOCK_DGRAM);
	a = in6(1, 0);
	bind_to(s, a);
	check_eq(inet_option(s, 41, 26), 1, "bound to ::1: IPV6_V6ONLY");
	check(dissolve(s) == 0 && has_ip(s, &one) && !port_of(s, 0),
	      "an address that was bound to stays");
	check_err(ENETUNREACH, connect_to(s, four), "which reaches no IPv4");
	check_err(EAFNOSUPPORT, connect_to(s, four4), "by no other name");
	check_err(EINVAL, bind_to(s, four), "nor is called so");
	check(connect_to(s, one) == 0 && has_ip(s, &one) && port_of(s, 0),
	      "with a new port");
	close(s);
}

static void dissolved4(void)
{
	struct in a = in(LO, 0), to = in(LO, 9);
	int s = sock(AF_INET, SOCK_DGRAM), t = sock(AF_INET, SOCK_DGRAM);

	connect_to(s, to);
	check(dissolve(s) == 0 && !port_of(s, 0), "IPv4: no name");
	check(bind_to(s, a) == 0 && port_of(s, 0), "it may be bound");
	check(dissolve(s) == 0 && !port_of(s, 0), "... and lose its port");
	check(send_to(s, "x", in(LO, 9)) == 1 && port_of(s, 0),
	      "... and send by another");
	check_err(EINVAL, bind_to(s, a), "... that is its own");
	a = in(LO, port_of(s, 0));
	check_err(EADDRINUSE, bind_to(t, a), "... alone");
	close(s);
	close(t);
}

/* True if anybody may have this port. */
static int is_free_port(unsigned port)
{
	int s = sock(AF_INET, SOCK_STREAM);
	struct in a = in(LO, port);
	int is_free = bind_to(s, a) == 0;

	close(s);
	return is_free;
}

/* Whoever dissolves a connection resets it, and may connect again. */
static void dissolved_streams(void)
{
	unsigned port;
	int s[2], l, k;
	struct in a = in(LO, 0);
	char c[8];

	connection(s);
	write(s[0], "last", 4);
	write(s[1], "unread", 6);
	wait_for_events(s[0], POLLIN);
	port = port_of(s[0], 0);
	check(!is_free_port(port), "a port of a connection");
	check_ok(dissolve(s[0]), "AF_UNSPEC: no connection");
	check(is_free_port(port) && !port_of(s[0], 1), "nor a port, nor a peer");
	check_eq(inet_option(s[0], 1, SO_ERROR), ECONNRESET, "a reset");
	check_err(ENOTCONN, read(s[0], c, 8), "what was unread is gone");
	check_err(EPIPE, write(s[0], c, 1), "nobody hears");
	check_eq(read(s[1], c, 8), 4, "the other reads what was sent");
	check_err(ECONNRESET, read(s[1], c, 8), "then of the reset");
	check_eq(read(s[1], c, 8), 0, "once");
	check_err(EPIPE, write(s[1], c, 1), "and cannot answer");
	check_eq(port_of(s[1], 1), 0, "anybody");
	l = server(&port);
	a = in(LO, port);
	check_ok(connect_to(s[0], a), "connected again");
	k = accept_on(l);
	close(s[1]);
	check(write(k, "new", 3) == 3 && read(s[0], c, 8) == 3,
	      "which the old end does not disturb");
	check_ok(dissolve(k), "the server may do so, too");
	check_err(ECONNRESET, read(s[0], c, 8), "to the client's surprise");
	close(k);
	close(s[0]);
	s[0] = sock(AF_INET, SOCK_STREAM);
	connect_to(s[0], a);
	check_ok(dissolve(s[0]), "not accepted yet");
	close(s[0]);
	k = accept_on(l);
	check_err(ECONNRESET, read(k, c, 8), "accepted, and reset");
	close(k);
	close(l);
}

/* Run in a child: fill s, and wait for room.  Return: the errno. */
static int error_of_writing(int s)
{
	static char big[65536];

	while (write(s, big, sizeof(big)) > 0)
		;
	return errno;
}

/* Linux has had several errors for this. */
static int fails_to_read(int s)
{
	char c;

	return read(s, &c, 1) < 0;
}

static int error_of_accepting(int s)
{
	return accept_on(s) < 0 ? errno : 0;
}

/* Who sleeps on s hears of it. */
static void dissolved_under(int s, int (*sleeps)(int), int answer,
			    const char *what)
{
	int st = 0, pid = fork();

	if (!pid)
		_exit(sleeps(s));
	check(comes_to(pid, "S") && dissolve(s) == 0, "dissolved under %s",
	      what);
	waitpid(pid, &st, 0);
	check_eq(WIFEXITED(st) ? WEXITSTATUS(st) : -1, answer, "who hears");
}

static void dissolved_under_others(void)
{
	unsigned port;
	int s[2], l = server(&port);

	connection(s);
	dissolved_under(s[0], fails_to_read, 1, "a reader");
	close(s[0]);
	close(s[1]);
	connection(s);
	dissolved_under(s[0], error_of_writing, ECONNRESET, "a writer");
	close(s[0]);
	close(s[1]);
	dissolved_under(l, error_of_accepting, EINVAL, "a server");
	close(l);
}

static void dissolved_after_ends(void)
{
	int s[2], k;
	struct in a = in(LO, 0);

	connection(s);
	shut(s[0], 1);
	wait_for_events(s[1], POLLRDHUP);
	close(s[1]);
	wait_for_events(s[0], POLLHUP);
	check_ok(dissolve(s[0]), "a connection that both ended");
	check_eq(inet_option(s[0], 1, SO_ERROR), 0, "is not reset");
	close(s[0]);
	k = sock(AF_INET, SOCK_STREAM);
	bind_to(k, a);
	check(dissolve(k) == 0 && port_of(k, 0), "no connection: a name stays");
	close(k);
}

static void dissolved_listeners(void)
{
	unsigned port;
	int l = server(&port), s = sock(AF_INET, SOCK_STREAM);
	struct in a = in(LO, port);
	char c;

	connect_to(s, a);
	check_ok(dissolve(l), "AF_UNSPEC: a listener");
	check_err(EINVAL, accept_on(l), "listens no longer");
	check_err(ECONNRESET, read(s, &c, 1), "who waited is reset");
	check(is_free_port(port), "its port was the kernel's choice");
	close(s);
	check(bind_to(l, a) == 0 && listen_on(l) == 0, "it listens again");
	check(dissolve(l) == 0 && !is_free_port(port), "its own port stays");
	s = sock(AF_INET, SOCK_STREAM);
	check_err(ECONNREFUSED, connect_to(s, a), "nobody there");
	check_ok(listen_on(l), "and once more");
	check_ok(connect_to(s, a), "with a client");
	close(s);
	s = accept_on(l);
	check(s >= 0, "accepted");
	close(s);
	close(l);
}

static void tell_inet_options(void)
{
	int s = sock(AF_INET, SOCK_STREAM), d = sock(AF_INET, SOCK_DGRAM);

	check_eq(inet_option(s, 1, 39), AF_INET, "SO_DOMAIN");
	check_eq(inet_option(s, 1, 38), 6, "SO_PROTOCOL of a stream");
	check_eq(inet_option(d, 1, 38), 17, "and of datagrams");
	check_eq(inet_option(s, 1, 3), SOCK_STREAM, "SO_TYPE");
	check_eq(inet_option(s, 6, 1), 0, "TCP_NODELAY");
	check_ok(set_inet_option(s, 6, 1, 7), "set");
	check_eq(inet_option(s, 6, 1), 1, "is one");
	check_eq(inet_option(s, 6, 4), 7200, "TCP_KEEPIDLE");
	check_err(EINVAL, set_inet_option(s, 6, 4, 0), "not zero");
	check_eq(inet_option(s, 0, 2), 64, "IP_TTL");
	check_err(ENOPROTOOPT, set_inet_option(s, 6, 99, 1), "no such option");
	check_err(EFAULT, syscall(SYS_setsockopt, s, 6, 1, BAD, 4), "memory");
	close(s);
	close(d);
}

static long send_none(int s)
{
	return syscall(SYS_sendto, s, "", 0, 0, NULL, 0);
}

/* A sender of no bytes hears of ends that it knows of, and sends nothing. */
static void send_no_bytes(void)
{
	int s[2];

	signal(SIGPIPE, note);
	connection(s);
	check_eq(send_none(s[0]), 0, "no bytes");
	close(s[1]);
	usleep(20000);
	check_eq(send_none(s[0]), 0, "the other may have ended reading");
	check_eq(send_none(s[0]), 0, "which none of these asks");
	shut(s[0], 1);
	check_err(EPIPE, send_none(s[0]), "after SHUT_WR");
	check_eq(noted[SIGPIPE], 1, "SIGPIPE");
	close(s[0]);
	connection(s);
	check_eq(write(s[0], "x", 1), 1, "a byte that is not read");
	usleep(20000);
	close(s[1]);
	usleep(20000);
	noted[SIGPIPE] = 0;
	check_err(ECONNRESET, write(s[0], "y", 1), "the reset is told first");
	check_eq(noted[SIGPIPE], 0, "without a signal");
	check_err(EPIPE, send_none(s[0]), "then EPIPE");
	check_eq(noted[SIGPIPE], 1, "and SIGPIPE");
	close(s[0]);
	signal(SIGPIPE, SIG_IGN);
}

static long receive_now(int s, int flags)
{
	char c;

	return syscall(SYS_recvfrom, s, &c, 1, flags | 0x40, NULL, NULL);
}

/* MSG_OOB (1), MSG_ERRQUEUE (0x2000) */
static void urgent(void)
{
	static const int families[] = { AF_INET, AF_INET6 };

	for (int i = 0; i < 2; i++) {
		int s = sock(families[i], SOCK_STREAM);
		int d = sock(families[i], SOCK_DGRAM);

		check_err(EAGAIN, receive_now(d, 1), "datagrams: no such flag");
		check_err(EAGAIN, receive_now(d, 0x2001), "and no error");
		check_err(EINVAL, receive_now(s, 1),
			  "a stream: nothing urgent");
		check_err(EAGAIN, receive_now(s, 0x2001), "errors come first");
		listen_on(s);
		check_err(ENOTCONN, receive_now(s, 1), "a listener");
		check_err(EAGAIN, receive_now(s, 0x2001), "its errors");
		close(s);
		close(d);
	}
}

/* What was shut before it listened can accept all the same. */
static void shut_then_listen(void)
{
	int s = sock(AF_INET, SOCK_STREAM), c, a;
	struct in to;

	shut(s, 2);
	check_ok(listen_on(s), "listen after shutdown");
	fcntl(s, F_SETFL, O_NONBLOCK);
	check_err(EAGAIN, accept_on(s), "waits for a connection");
	c = sock(AF_INET, SOCK_STREAM);
	to = in(LO, port_of(s, 0));
	check_ok(connect_to(c, to), "which comes");
	wait_for_events(s, POLLIN);
	a = (int)accept_on(s);
	check_ok(a, "and is accepted");
	close(a);
	close(c);
	close(s);
}

/* Connected to port 0, where nobody can be. */
static void port_nought(void)
{
	int d = sock(AF_INET, SOCK_DGRAM), len = sizeof(struct in);
	struct in to = in(LO, 0);

	check_ok(connect_to(d, to), "connect to port 0");
	check_err(ENOTCONN, syscall(SYS_getpeername, d, &to, &len),
		  "there is no peer");
	close(d);
}

/* Ten clients at once ask a server that answers each in a process. */
static void serve_crowd(void)
{
	unsigned port;
	int l = server(&port), st, bad = 0;
	struct in a = in(LO, port);
	char c[3000], r[3000];

	for (int i = 0; i < 10; i++)
		if (fork() == 0) {
			int s = sock(AF_INET, SOCK_STREAM);
			size_t n = 0;
			ssize_t k = 1;

			memset(c, 'a' + i, sizeof(c));
			if (connect_to(s, a) || write(s, c, sizeof(c)) < 0)
				_exit(1);
			shut(s, 1);
			while (k > 0 && n < sizeof(r)) {
				k = read(s, r + n, sizeof(r) - n);
				n += k > 0 ? (size_t)k : 0;
			}
			_exit(n != sizeof(c) || memcmp(c, r, n));
		}
	for (int i = 0; i < 10; i++) {
		int s = accept_on(l);

		if (fork() == 0) {
			ssize_t k;

			while ((k = read(s, c, 700)) > 0)
				write(s, c, (size_t)k);
			_exit(0);
		}
		close(s);
	}
	while (wait(&st) > 0)
		bad |= st;
	check_eq(bad, 0, "ten clients got their own back");
	close(l);
}

int main(void)
{
	signal(SIGPIPE, SIG_IGN);
	bring_loopback_up();
	connect_streams();
	end_connections();
	refuse_connections();
	reuse();
	without_waiting();
	call_and_leave();
	refused_later();
	closed_after_ends();
	listen_to_both_families();
	send_datagrams();
	refused_first();
	named_by_ipv4();
	dissolved();
	dissolved4();
	dissolved_streams();
	dissolved_under_others();
	dissolved_after_ends();
	dissolved_listeners();
	tell_inet_options();
	send_no_bytes();
	urgent();
	shut_then_listen();
	port_nought();
	serve_crowd();
	return tap_done();
}
