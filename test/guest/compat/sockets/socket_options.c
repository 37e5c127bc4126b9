/* SPDX-License-Identifier: MIT */
/*
 * Socket options and flags, one by one (row B5): what is set is told
 * back, what a packet of several messages is cut into, what close-on-exec
 * and not waiting mean for each call that takes a flag.
 */
#include <poll.h>
#include "sockets.h"

static char buf[256];

static int get_option(int s, int level, int name)
{
	int v[4] = { -77 }, len = sizeof(v);

	if (syscall(SYS_getsockopt, s, level, name, v, &len))
		return -errno;
	return v[0];
}

static long set_option(int s, int level, int name, int v)
{
	return syscall(SYS_setsockopt, s, level, name, &v, sizeof(v)) ?
		-errno : 0;
}

/* An option that keeps what it is given. */
static void keep_option(int s, int level, int name, int v, const char *what)
{
	check_eq(set_option(s, level, name, v), 0, "%s", what);
	check_eq(get_option(s, level, name), v, "%s is told back", what);
}

static void at_socket_level(void)
{
	int s = open_socket(AF_INET, SOCK_DGRAM),
	    t = open_socket(AF_INET, SOCK_STREAM);
	int linger[2] = { 1, 5 }, len = sizeof(linger);

	keep_option(s, SOL_SOCKET, 2, 1, "SO_REUSEADDR");
	keep_option(s, SOL_SOCKET, 6, 1, "SO_BROADCAST");
	keep_option(t, SOL_SOCKET, 9, 1, "SO_KEEPALIVE");
	keep_option(s, SOL_SOCKET, 15, 1, "SO_REUSEPORT");
	check_eq(set_option(s, SOL_SOCKET, 7, 10000), 0, "SO_SNDBUF");
	check_eq(get_option(s, SOL_SOCKET, 7), 20000, "is doubled");
	check_eq(set_option(s, SOL_SOCKET, 8, 10000), 0, "SO_RCVBUF");
	check_eq(get_option(s, SOL_SOCKET, 8), 20000, "is doubled");
	check_eq(set_option(s, SOL_SOCKET, 32, 1000000), 0, "SO_SNDBUFFORCE");
	check_eq(get_option(s, SOL_SOCKET, 7), 2000000, "has no upper bound");
	check_eq(set_option(s, SOL_SOCKET, 33, 1000000), 0, "SO_RCVBUFFORCE");
	check_eq(get_option(s, SOL_SOCKET, 8), 2000000, "neither");
	check_eq(get_option(s, SOL_SOCKET, 3), SOCK_DGRAM, "SO_TYPE");
	check_eq(get_option(s, SOL_SOCKET, 4), 0, "SO_ERROR");
	check_eq(get_option(s, SOL_SOCKET, 38), 17, "SO_PROTOCOL");
	check_eq(get_option(s, SOL_SOCKET, 39), AF_INET, "SO_DOMAIN");
	check_eq(get_option(s, SOL_SOCKET, 30), 0, "SO_ACCEPTCONN");
	check_eq(get_option(s, SOL_SOCKET, 18), 1, "SO_RCVLOWAT");
	check_eq(get_option(s, SOL_SOCKET, 19), 1, "SO_SNDLOWAT");
	check_eq(get_option(s, SOL_SOCKET, 1), 0, "SO_DEBUG");
	check_eq(get_option(s, SOL_SOCKET, 5), 0, "SO_DONTROUTE");
	check_eq(get_option(s, SOL_SOCKET, 10), 0, "SO_OOBINLINE");
	check_eq(get_option(s, SOL_SOCKET, 12), 0, "SO_PRIORITY");
	check_eq(get_option(s, SOL_SOCKET, 29), 0, "SO_TIMESTAMP");
	keep_option(s, SOL_SOCKET, 12, 6, "SO_PRIORITY 6");
	keep_option(t, SOL_SOCKET, 12, 7, "7, by the superuser");
	check_ok(syscall(SYS_setsockopt, t, SOL_SOCKET, 13, linger, len),
		 "SO_LINGER");
	memset(linger, 0, sizeof(linger));
	check_ok(syscall(SYS_getsockopt, t, SOL_SOCKET, 13, linger, &len),
		 "told");
	check(len == 8 && linger[0] == 1 && linger[1] == 5, "both numbers");
	check_eq(set_option(s, SOL_SOCKET, 9999, 1), -ENOPROTOOPT,
		 "no such option");
	check_eq(get_option(s, SOL_SOCKET, 9999), -ENOPROTOOPT,
		 "nor to be asked for");
	close(s);
	close(t);
}

/* Of users 0 to 6. */
static void priority(void *arg)
{
	int s = open_socket(1, SOCK_STREAM);

	(void)arg;
	if (setuid(1000) || set_option(s, SOL_SOCKET, 12, 7) != -EPERM ||
	    set_option(s, SOL_SOCKET, 12, -1) != -EPERM ||
	    get_option(s, SOL_SOCKET, 12) != 0)
		_exit(1);
	_exit(set_option(s, SOL_SOCKET, 12, 3) ||
			      get_option(s, SOL_SOCKET, 12) != 3
		      ? 2
		      : 0);
}

static void timeouts(void)
{
	static const int names[] = { 20, 21 }, wide[] = { 66, 67 };
	long t[2] = { 3, 500000 };
	long long w[2] = { 0, 0 };
	int s = open_socket(AF_UNIX, SOCK_DGRAM), len;

	for (int i = 0; i < 2; i++) {
		len = sizeof(t);
		check_ok(syscall(SYS_setsockopt, s, SOL_SOCKET, names[i], t,
				 len),
			 "SO_%sTIMEO", i ? "SND" : "RCV");
		len = sizeof(w);
		check_ok(syscall(SYS_getsockopt, s, SOL_SOCKET, wide[i], w,
				 &len),
			 "told in 64 bits");
		check(w[0] == 3 && w[1] == 500000, "the same");
		w[0] = 4;
		check_ok(syscall(SYS_setsockopt, s, SOL_SOCKET, wide[i], w,
				 len),
			 "set in 64 bits");
		len = sizeof(t);
		check_ok(syscall(SYS_getsockopt, s, SOL_SOCKET, names[i], t,
				 &len),
			 "told as a word");
		check(t[0] == 4 && t[1] == 500000, "the same");
		t[0] = 3;
	}
	keep_option(s, SOL_SOCKET, 16, 1, "SO_PASSCRED");
	t[1] = 1000000;
	errno = 0;
	check(syscall(SYS_setsockopt, s, SOL_SOCKET, 20, t, sizeof(t)) == -1 &&
	      errno == EDOM, "no such microsecond");
	for (int i = 0; i < 2; i++) {
		const char *bits = i ? "of 64 bits" : "of words";

		check_err(EINVAL, syscall(SYS_setsockopt, s, SOL_SOCKET,
					  i ? 66 : 20, w, i ? 15 :
					  2 * sizeof(long) - 1),
			  "a time %s that is cut off", bits);
		check_err(EFAULT, syscall(SYS_setsockopt, s, SOL_SOCKET,
					  i ? 66 : 20, BAD, 16),
			  "a time %s from nowhere", bits);
	}
	close(s);
}

static void at_ip_levels(void)
{
	int s = open_socket(AF_INET, SOCK_DGRAM),
	    t = open_socket(AF_INET, SOCK_STREAM);
	int six = open_socket(AF_INET6, SOCK_STREAM);

	keep_option(s, 0, 1, 0x10, "IP_TOS");
	keep_option(s, 0, 2, 7, "IP_TTL");
	keep_option(s, 0, 11, 1, "IP_RECVERR");
	keep_option(s, 0, 12, 1, "IP_RECVTTL");
	keep_option(s, 0, 13, 1, "IP_RECVTOS");
	keep_option(t, 6, 1, 1, "TCP_NODELAY");
	keep_option(t, 6, 3, 1, "TCP_CORK");
	keep_option(t, 6, 4, 100, "TCP_KEEPIDLE");
	keep_option(t, 6, 5, 10, "TCP_KEEPINTVL");
	keep_option(t, 6, 6, 3, "TCP_KEEPCNT");
	check_eq(set_option(t, 6, 12, 1), 0, "TCP_QUICKACK");
	check(get_option(t, 6, 12) >= 0, "is told");
	keep_option(t, 6, 18, 1234, "TCP_USER_TIMEOUT");
	keep_option(six, 41, 16, 9, "IPV6_UNICAST_HOPS");
	keep_option(six, 41, 25, 1, "IPV6_RECVERR");
	keep_option(six, 41, 26, 1, "IPV6_V6ONLY");
	keep_option(six, 41, 67, 4, "IPV6_TCLASS");
	keep_option(six, 41, 51, 1, "IPV6_RECVHOPLIMIT");
	keep_option(six, 41, 66, 1, "IPV6_RECVTCLASS");
	check_eq(set_option(t, 6, 6, 200), -EINVAL, "too many probes");
	check_eq(set_option(s, 0, 9999, 1), -ENOPROTOOPT,
		 "no such option of IP");
	close(s);
	close(t);
	close(six);
}

static long set_at(int s, int level, int name, const void *at, int len)
{
	return syscall(SYS_setsockopt, s, level, name, at, len) ? -errno : 0;
}

/* What is looked at first: the length, the number, the name. */
static void short_values(void)
{
	static const int names[] = { 13, 20, 21, 66, 67 };
	int s = open_socket(AF_INET, SOCK_DGRAM),
	    six = open_socket(AF_INET6, SOCK_DGRAM), one = 1;

	for (int i = 0; i < 5; i++) {
		check_eq(set_at(s, SOL_SOCKET, names[i], BAD, 3), -EINVAL,
			 "option %d: less than a number", names[i]);
		check_eq(set_at(s, SOL_SOCKET, names[i], BAD, 4), -EFAULT,
			 "a number is read");
		check_eq(set_at(s, SOL_SOCKET, names[i], &one, 4), -EINVAL,
			 "and is too short");
	}
	for (int i = 11; i < 14; i++) {
		set_option(s, 0, i, 1);
		check_eq(set_at(s, 0, i, BAD, 0), 0, "option %d of IP: none",
			 i);
		check_eq(get_option(s, 0, i), 0, "is zero");
	}
	check_eq(set_at(s, 0, 2, &one, 0), -EINVAL, "which is no IP_TTL");
	check_eq(set_at(s, 0, 2, BAD, 1), -EFAULT, "a byte is read");
	check_eq(set_at(s, 0, 99, BAD, 4), -ENOPROTOOPT,
		 "nothing is read for what there is not");
	check_eq(set_at(s, 0, 99, &one, 0), -ENOPROTOOPT, "nor none");
	set_option(s, 0, 2, 7);
	check_eq(set_option(s, 0, 2, -1), 0, "IP_TTL of -1");
	check_eq(get_option(s, 0, 2), 64, "is the machine's");
	set_option(six, 41, 16, 7);
	check_eq(set_option(six, 41, 16, -1), 0, "IPV6_UNICAST_HOPS of -1");
	check_eq(get_option(six, 41, 16), 64, "likewise");
	set_option(six, 41, 67, 7);
	check_eq(set_option(six, 41, 67, -1), 0, "IPV6_TCLASS of -1");
	check_eq(get_option(six, 41, 67), 0, "likewise");
	check_eq(set_option(six, 41, 67, -2), -EINVAL, "of -2");
	set_option(six, 41, 51, 1);
	check_eq(set_at(six, 41, 51, NULL, 4), 0, "IPv6: nowhere");
	check_eq(get_option(six, 41, 51), 0, "is zero");
	check_eq(set_at(six, 41, 51, NULL, 0), -EINVAL, "not of no length");
	check_eq(set_at(six, 41, 51, BAD, 4), -EFAULT, "elsewhere");
	close(s);
	close(six);
}

/* ---- flags ---------------------------------------------------------------- */

static int both_flags_set(int fd)
{
	return fcntl(fd, F_GETFD) == 1 && fcntl(fd, F_GETFL) & SOCK_NONBLOCK;
}

static void flag_descriptors(void)
{
	struct { unsigned short family; char path[20]; } a = { AF_UNIX, "s" };
	int l, c, d, s[2];

	l = open_socket(AF_UNIX, SOCK_SEQPACKET | SOCK_NONBLOCK | SOCK_CLOEXEC);
	check(both_flags_set(l), "SOCK_SEQPACKET, SOCK_NONBLOCK, SOCK_CLOEXEC");
	check_ok(syscall(SYS_bind, l, &a, 4), "bind");
	check_ok(syscall(SYS_listen, l, 3), "listen");
	check_eq(get_option(l, SOL_SOCKET, 30), 1, "SO_ACCEPTCONN");
	c = open_socket(AF_UNIX, SOCK_SEQPACKET);
	check_ok(syscall(SYS_connect, c, &a, 4), "connect");
	d = (int)syscall(SYS_accept4, l, NULL, NULL,
			 SOCK_NONBLOCK | SOCK_CLOEXEC);
	check(both_flags_set(d), "accept4 with both");
#ifdef SYS_accept
	check_err(EAGAIN, syscall(SYS_accept, l, NULL, NULL), "accept");
#endif
	check_err(EAGAIN, syscall(SYS_accept4, l, NULL, NULL, 0),
		  "a listener that does not wait");
	check_err(EINVAL, syscall(SYS_accept4, l, NULL, NULL, 1),
		  "no such flag");
	syscall(SYS_shutdown, c, 0);
	errno = 0;
	check(syscall(SYS_sendto, d, "x", 1, MSG_NOSIGNAL, NULL, 0) == -1 &&
	      errno == EPIPE, "SHUT_RD, and MSG_NOSIGNAL");
	check_ok(syscall(SYS_shutdown, c, 2), "SHUT_RDWR");
	check_eq(read(d, &a, 4), 0, "the end");
	check_err(EINVAL, syscall(SYS_shutdown, c, 3), "no such half");
	unlink("s");
	close(l);
	close(c);
	close(d);
	check_ok(syscall(SYS_socketpair, AF_UNIX,
			 SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0, s),
		 "socketpair with both");
	check(both_flags_set(s[0]) && both_flags_set(s[1]), "at both ends");
	check_eq(syscall(SYS_sendto, s[0], "x", 1, MSG_DONTWAIT | MSG_NOSIGNAL,
			 NULL, 0),
		 1, "a byte");
	check_eq(syscall(SYS_recvfrom, s[1], &a, 9, MSG_PEEK | MSG_DONTWAIT,
			 NULL, NULL),
		 1, "looked at");
	check_eq(syscall(SYS_recvfrom, s[1], &a, 9, MSG_DONTWAIT, NULL, NULL),
		 1, "taken");
	close(s[0]);
	close(s[1]);
}

/* No queue of errors: AF_UNIX ignores the flag, others find nothing. */
static void errors_later(void)
{
	int types[] = { SOCK_STREAM, SOCK_DGRAM, SOCK_SEQPACKET }, s[2], u;
	char c = 0;

	for (int i = 0; i < 3; i++) {
		syscall(SYS_socketpair, AF_UNIX, types[i], 0, s);
		syscall(SYS_sendto, s[0], "x", 1, 0, NULL, 0);
		check(syscall(SYS_recvfrom, s[1], &c, 1, MSG_ERRQUEUE, NULL,
			      NULL) == 1 && c == 'x',
		      "AF_UNIX, type %d: MSG_ERRQUEUE is ignored", types[i]);
		close(s[0]);
		close(s[1]);
	}
	u = syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0);
	check_err(EAGAIN, syscall(SYS_recvfrom, u, &c, 1, MSG_ERRQUEUE, NULL,
				  NULL), "AF_INET: no error is waiting");
	close(u);
}

struct message_told {			/* struct mmsghdr */
	struct message m;
	unsigned len;
};

#ifdef SYS_recvmmsg_time64
#define RECVMMSG	SYS_recvmmsg_time64
#else
#define RECVMMSG	SYS_recvmmsg
#endif

static void send_several(void)
{
	char in[3][8];
	struct iovec out = { "abcdef", 6 }, v[3];
	struct message_told m[3];
	int s[2];

	syscall(SYS_socketpair, AF_UNIX, SOCK_DGRAM, 0, s);
	memset(m, 0, sizeof(m));
	for (int i = 0; i < 3; i++)
		m[i].m.iov = &out, m[i].m.nr_iov = 1;
	check_eq(syscall(SYS_sendmmsg, s[0], m, 3, MSG_NOSIGNAL), 3,
		 "sendmmsg");
	check_eq(m[2].len, 6, "all of each");
	memset(m, 0, sizeof(m));
	for (int i = 0; i < 3; i++) {
		v[i] = (struct iovec){ in[i], i ? 8 : 2 };
		m[i].m.iov = &v[i], m[i].m.nr_iov = 1;
	}
	check_eq(syscall(RECVMMSG, s[1], m, 1,
			 MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT, NULL),
		 1, "recvmmsg with MSG_PEEK, MSG_TRUNC");
	check(m[0].len == 6 && m[0].m.flags & MSG_TRUNC,
	      "tells the whole length");
	check_eq(syscall(RECVMMSG, s[1], m, 2, MSG_WAITALL | MSG_CMSG_CLOEXEC,
			 NULL),
		 2, "two");
	check(m[0].len == 2 && m[1].len == 6, "the first cut");
	check_eq(syscall(RECVMMSG, s[1], m, 3, MSG_WAITFORONE, NULL), 1,
		 "MSG_WAITFORONE: what there is");
	check_err(EAGAIN, syscall(RECVMMSG, s[1], m, 3, MSG_DONTWAIT, NULL),
		  "MSG_DONTWAIT");
	close(s[0]);
	close(s[1]);
}

static void refuse_options(void)
{
	int s[2];

	check_err(EAFNOSUPPORT, open_socket(45, SOCK_STREAM), "no such family");
	check_err(ESOCKTNOSUPPORT, open_socket(AF_INET, SOCK_SEQPACKET),
		  "no such type");
	check_err(EINVAL, open_socket(AF_UNIX, SOCK_STREAM | 0x100000),
		  "no such flag");
	check_err(EPROTONOSUPPORT,
		  syscall(SYS_socket, AF_INET, SOCK_STREAM, 17),
		  "no such protocol");
	check_err(EOPNOTSUPP,
		  syscall(SYS_socketpair, AF_INET, SOCK_STREAM, 0, s),
		  "no pairs but of AF_UNIX");
}

/* ---- of IP --------------------------------------------------------------- */

static void mark_packets(void)
{
	int fd = open_socket(AF_INET, SOCK_DGRAM), n = 0x1003, len = 4;

	check_eq(raw_syscall(SYS_setsockopt, fd, 0, 1, &n, 4), 0,
		 "IP_TOS: a byte of the number");
	raw_syscall(SYS_getsockopt, fd, 0, 1, &n, &len);
	check_eq(n, 3, "is kept");
	close(fd);
	fd = open_socket(AF_INET, SOCK_STREAM);
	raw_syscall(SYS_setsockopt, fd, 0, 1, &(int){ 0x1017 }, 4);
	raw_syscall(SYS_getsockopt, fd, 0, 1, &n, &len);
	check_eq(n, 0x14, "of a stream without two bits");
	close(fd);
}

static long set_device(int fd, const void *name, int len)
{
	return raw_syscall(SYS_setsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE,
			   name, len);
}

static long get_device(int fd, int *len)
{
	return raw_syscall(SYS_getsockopt, fd, SOL_SOCKET, SO_BINDTODEVICE,
			   buf, len);
}

static void bind_device_as_user(void *arg)
{
	int fd = *(int *)arg, own = open_socket(AF_INET, SOCK_DGRAM);

	become_user(4711);
	if (set_device(fd, "", 0) != -EPERM ||
	    set_device(fd, "lo", 2) != -EPERM)
		_exit(1);
	if (set_device(fd, "none", 4) != -ENODEV)
		_exit(2);
	_exit(set_device(own, "lo", 2) ? 3 : 0);
}

static void bind_devices(void)
{
	int fd = open_socket(AF_NETLINK, SOCK_DGRAM), len = 16;

	check_eq(set_device(fd, BAD, 0), 0, "SO_BINDTODEVICE: no name");
	check_eq(set_device(fd, BAD, 1), -EFAULT, "one that is not there");
	check_eq(set_device(fd, "none", 4), -ENODEV, "of no device");
	check_eq(set_device(fd, "lo-and-much-more-behind", 2), 0, "a part");
	close(fd);
	fd = open_socket(AF_INET, SOCK_DGRAM);
	check_eq(get_device(fd, &len), 0, "any device");
	check_eq(len, 0, "has no name");
	check_eq(set_device(fd, "lo\0 what is behind", 18), 0, "lo");
	len = 15;
	check_eq(get_device(fd, &len), -EINVAL, "no room for every name");
	len = 16;
	check_eq(get_device(fd, &len), 0, "its name");
	check(len == 3 && !memcmp(buf, "lo", 3), "is lo");
	check_eq(in_child(bind_device_as_user, &fd), 0,
		 "only root takes it back");
	check_eq(set_device(fd, "", 1), 0, "the name of no bytes takes it");
	close(fd);
}

/* A time-out of a negative number of seconds is over at once. */
static void negative_timeouts(void)
{
	static const int families[3] = { AF_UNIX, AF_INET, AF_NETLINK };
	long t[2] = { -5, 999999 }, got[2];
	int len;

	for (int i = 0; i < 3; i++) {
		int s = open_socket(families[i], SOCK_DGRAM);

		check_ok(syscall(SYS_setsockopt, s, SOL_SOCKET, SO_RCVTIMEO, t,
				 sizeof(t)), "family %d: time-out -5",
			 families[i]);
		len = sizeof(got);
		syscall(SYS_getsockopt, s, SOL_SOCKET, SO_RCVTIMEO, got, &len);
		check(!got[0] && !got[1], "is told as 0");
		check_err(EAGAIN, read(s, got, 1), "and waits for nothing");
		close(s);
	}
}

static void negative_send_timeout(void)
{
	static char much[4096];
	long t[2] = { -1, 0 };
	int p[2];

	open_pair(SOCK_STREAM, p);
	check_ok(syscall(SYS_setsockopt, p[0], SOL_SOCKET, SO_SNDTIMEO, t,
			 sizeof(t)), "likewise of a sender");
	while (write(p[0], much, sizeof(much)) == sizeof(much))
		;
	check_err(EAGAIN, write(p[0], much, sizeof(much)),
		  "whose buffer is full");
	close(p[0]);
	close(p[1]);
}

/* ---- times of messages --------------------------------------------------- */

/* SO_TIMESTAMP, _NS, both of 64 bits: bytes of seconds and their fractions */
static const struct { int name, bytes; } stamps[] = {
	{ 29, 2 * sizeof(long) }, { 35, 2 * sizeof(long) }, { 63, 16 },
	{ 64, 16 },
};

/* The time of day, give or take some seconds. */
static int is_now(int64_t seconds)
{
	return seconds >= time(NULL) - 600 && seconds <= time(NULL);
}

/* Receive; => the option whose time came with it, if that is right; -1: none */
static int stamped(int s)
{
	struct {
		unsigned long len;
		int level, type;
		char data[16];
	} c = { .type = -1 };
	char byte;
	struct iovec v = { &byte, 1 };
	struct message m = { .iov = &v, .nr_iov = 1, .control = &c,
			     .control_len = sizeof(c) };
	int64_t wide;
	long word;

	if (syscall(SYS_recvmsg, s, &m, MSG_DONTWAIT) != 1)
		return -2;
	memcpy(&wide, c.data, sizeof(wide));
	memcpy(&word, c.data, sizeof(word));
	for (int i = 0; i < COUNT(stamps); i++)
		if (c.level == SOL_SOCKET && c.type == stamps[i].name &&
		    c.len == sizeof(long) + 8 + (unsigned)stamps[i].bytes &&
		    is_now(stamps[i].bytes == 16 ? wide : word))
			return c.type;
	return c.type;
}

static void times_of_messages(int type)
{
	int p[2], on, len;

	open_pair(type, p);
	for (int i = 0; i < COUNT(stamps); i++) {
		on = 1;
		write(p[0], "a", 1);
		check_ok(syscall(SYS_setsockopt, p[1], SOL_SOCKET,
				 stamps[i].name, &on, 4), "times by option %d",
			 stamps[i].name);
		len = sizeof(on);
		syscall(SYS_getsockopt, p[1], SOL_SOCKET, stamps[i].name, &on,
			&len);
		check_eq(on, 1, "is set");
		write(p[0], "b", 1);
		for (int k = 0; k < 2; k++)
			check_eq(stamped(p[1]), type == SOCK_STREAM ? -1 :
				 stamps[i].name, "each message has one");
		on = 0;
		syscall(SYS_setsockopt, p[1], SOL_SOCKET, stamps[i].name, &on,
			4);
		write(p[0], "c", 1);
		check_eq(stamped(p[1]), -1, "or none");
	}
	close(p[0]);
	close(p[1]);
}

static void time_of_last(void)
{
	struct in a = { .family = AF_INET, .ip = { 127, 0, 0, 1 } };
	int s = open_socket(AF_INET, SOCK_DGRAM), n = sizeof(a);
	long t[2] = { 0 };

	syscall(SYS_bind, s, &a, n);
	syscall(SYS_getsockname, s, &a, &n);
	check_err(ENOENT, syscall(SYS_ioctl, s, 0x8906, t), "SIOCGSTAMP");
	syscall(SYS_sendto, s, "x", 1, 0, &a, n);
	check_err(ENOENT, syscall(SYS_ioctl, s, 0x8906, t), "nothing read");
	check_eq(read(s, buf, 9), 1, "a datagram");
	check_ok(syscall(SYS_ioctl, s, 0x8906, t), "tells when it came");
	check(is_now(t[0]) && t[1] >= 0 && t[1] < 1000000, "just now");
	check_ok(syscall(SYS_ioctl, s, 0x8907, t), "SIOCGSTAMPNS likewise");
	check(is_now(t[0]) && t[1] >= 0 && t[1] < 1000000000, "just now");
	close(s);
	s = open_socket(AF_INET, SOCK_DGRAM);
	syscall(SYS_bind, s, &a, n);
	set_option(s, SOL_SOCKET, 29, 1);
	syscall(SYS_sendto, s, "x", 1, 0, &a, n);
	check_eq(stamped(s), 29, "a time that is told with the datagram");
	check_err(ENOENT, syscall(SYS_ioctl, s, 0x8906, t), "is not kept");
	close(s);
}

/* ---- what is only told --------------------------------------------------- */

static void told_only(void)
{
	static const struct { int level, name, value; } told[] = {
		{ 0, 8, 0 }, { 0, 10, 1 }, { 0, 33, 1 }, { 0, 34, 1 },
		{ 6, 2, 536 }, { 6, 7, 6 }, { 6, 8, 60 }, { 6, 9, 0 },
		{ 6, 19, 0 }, { 6, 23, 0 }, { 1, 11, 0 }, { 1, 36, 0 },
		{ 1, 40, 0 }, { 1, 42, -1 }, { 1, 46, 0 }, { 1, 49, -1 },
		{ 1, 60, 0 }, { 1, 62, 0 }, { 1, 14, 0 }, { 1, 34, 0 },
		{ 1, 41, 0 }, { 1, 43, 0 }, { 1, 44, 0 }, { 1, 45, 0 },
		{ 1, 56, 0 }, { 0, 3, 0 }, { 0, 5, 0 }, { 0, 6, 0 },
		{ 0, 7, 0 }, { 0, 15, 0 }, { 0, 19, 0 }, { 0, 20, 0 },
		{ 0, 21, 0 }, { 0, 24, 0 }, { 0, 32, 0 }, { 0, 49, 1 },
		{ 6, 10, 0 }, { 6, 16, 0 }, { 6, 17, 0 }, { 6, 25, 0 },
		{ 6, 30, 0 }, { 6, 36, 0 }, { 41, 17, 0 }, { 41, 18, 1 },
		{ 41, 19, 1 }, { 41, 23, 1 }, { 41, 49, 0 },
	};
	int s = open_socket(AF_INET, SOCK_STREAM), n, len;
	int s6 = open_socket(AF_INET6, SOCK_STREAM);
	int other = open_socket(AF_UNIX, SOCK_STREAM);
	uint64_t cookie[2] = { 0 };
	unsigned info[9];
	char name[20];

	for (int i = 0; i < COUNT(told); i++) {
		n = 99;
		len = sizeof(n);
		syscall(SYS_getsockopt, told[i].level == 41 ? s6 : s,
			told[i].level, told[i].name, &n, &len);
		check_eq(n, told[i].value, "option %d of level %d",
			 told[i].name, told[i].level);
	}
	check_err(ENOTCONN, syscall(SYS_getsockopt, s, 0, 14, &n, &len),
		  "IP_MTU needs a connection");
	len = sizeof(name);
	check_ok(syscall(SYS_getsockopt, s, 6, 13, name, &len),
		 "TCP_CONGESTION");
	check(len == 16 && !strcmp(name, "cubic"), "is a name");
	for (int i = 0; i < 2; i++) {
		len = sizeof(cookie[i]);
		syscall(SYS_getsockopt, i ? other : s, SOL_SOCKET, 57,
			&cookie[i], &len);
	}
	check(cookie[0] && cookie[1] && cookie[0] != cookie[1],
	      "SO_COOKIE of two sockets");
	len = sizeof(info);
	check_ok(syscall(SYS_getsockopt, s, SOL_SOCKET, 55, info, &len),
		 "SO_MEMINFO");
	check(len == sizeof(info) && !info[0] && info[1] && info[3],
	      "tells nothing queued, and the limits");
	close(s);
	close(s6);
	close(other);
}

/* Numbers that a program sets, and reads back. */
static void set_and_told(void)
{
	static const struct { int family, level, name, value; } set[] = {
		{ AF_INET, 0, 10, 2 }, { AF_INET6, 41, 23, 0 },
		{ AF_INET, 6, 7, 3 },
	};

	for (int i = 0; i < COUNT(set); i++) {
		int s = open_socket(set[i].family, SOCK_STREAM), len = 4;
		int n = set[i].value;

		check_ok(syscall(SYS_setsockopt, s, set[i].level, set[i].name,
				 &n, 4), "option %d of level %d is set",
			 set[i].name, set[i].level);
		n = 99;
		syscall(SYS_getsockopt, s, set[i].level, set[i].name, &n, &len);
		check_eq(n, set[i].value, "and told");
		close(s);
	}
}

/* The path of a connected socket has a maximal size: 64 KiB over lo. */
static void path_sizes(void)
{
	struct in a = { .family = AF_INET, .port = 0x0900,
			.ip = { 127, 0, 0, 1 } };
	struct {
		unsigned short family, port;
		unsigned flow;
		unsigned char ip[16];
		unsigned scope;
	} a6 = { AF_INET6, 0x0900, 0, { [15] = 1 }, 0 };
	int s = open_socket(AF_INET, SOCK_DGRAM), len = 4, n = 0;
	int s6 = open_socket(AF_INET6, SOCK_DGRAM);

	check_ok(syscall(SYS_connect, s, &a, sizeof(a)), "connect");
	check_ok(syscall(SYS_getsockopt, s, 0, 14, &n, &len), "IP_MTU");
	check(n >= 16384, "of lo: %d", n);
	check_ok(syscall(SYS_connect, s6, &a6, sizeof(a6)), "connect");
	check_ok(syscall(SYS_getsockopt, s6, 41, 24, &n, &len), "IPV6_MTU");
	check(n >= 16384, "of lo: %d", n);
	close(s);
	close(s6);
}

/* Is there something to read, to a poll? */
static int polled(int s)
{
	struct pollfd p = { .fd = s, .events = POLLIN };

	return poll(&p, 1, 0) == 1;
}

/* A read of one end waits for 100 bytes; but not if it may not wait. */
static void low_water(int s, int peer, int polls, const char *what)
{
	char got[200];
	int pid, st;

	keep_option(s, SOL_SOCKET, 18, 100, what);
	write(peer, got, 60);
	check_eq(polled(s), !polls, "%s: 60 bytes are too few", what);
	write(peer, got, 40);
	check_eq(polled(s), 1, "%s: 100 are not", what);
	check_eq(syscall(SYS_recvfrom, s, got, 200, 0, 0, 0), 100,
		 "%s: are read", what);
	write(peer, got, 60);
	check_eq(syscall(SYS_recvfrom, s, got, 200, 0x40, 0, 0), 60,
		 "%s: 60 without waiting", what);
	write(peer, got, 30);
	check_eq(read(s, got, 30), 30, "%s: 30 if no more are wanted", what);
	pid = fork();
	if (pid == 0)
		_exit(read(s, got, 200) != 120);
	comes_to(pid, "SD");
	write(peer, got, 60);
	comes_to(pid, "SD");
	write(peer, got, 60);
	waitpid(pid, &st, 0);
	check_eq(st, 0, "%s: a read waits for the rest", what);
	write(peer, got, 1);
	close(peer);
	check_eq(polled(s), 1, "%s: the end comes at once", what);
	check_eq(read(s, got, 200), 1, "%s: with what there is", what);
	close(s);
}

static void low_waters(void)
{
	struct {
		unsigned short family, port;
		unsigned char addr[12];
	} a = { AF_INET, 0, { 127, 0, 0, 1 } };
	int l = open_socket(AF_INET, SOCK_STREAM), n = sizeof(a), c, p[2];

	check_ok(set_option(l, SOL_SOCKET, 18, 0), "SO_RCVLOWAT 0");
	check_eq(get_option(l, SOL_SOCKET, 18), 1, "is 1");
	set_option(l, SOL_SOCKET, 18, 50);
	syscall(SYS_bind, l, &a, n);
	syscall(SYS_listen, l, 1);
	syscall(SYS_getsockname, l, &a, &n);
	c = open_socket(AF_INET, SOCK_STREAM);
	check_ok(syscall(SYS_connect, c, &a, n), "a stream of TCP");
	p[0] = (int)syscall(SYS_accept4, l, NULL, NULL, 0);
	check_eq(get_option(p[0], SOL_SOCKET, 18), 50, "is inherited");
	low_water(p[0], c, 1, "of TCP");
	close(l);
	syscall(SYS_socketpair, AF_UNIX, SOCK_STREAM, 0, p);
	check_ok(set_option(p[0], SOL_SOCKET, 18, -1), "SO_RCVLOWAT -1");
	check_eq(get_option(p[0], SOL_SOCKET, 18), 0x7fffffff, "is the most");
	low_water(p[0], p[1], 0, "of Unix");
}

int main(void)
{
	tap_scratch("socket_options");
	low_waters();
	at_socket_level();
	check_eq(in_child(priority, NULL), 0, "SO_PRIORITY by nobody");
	timeouts();
	negative_timeouts();
	negative_send_timeout();
	times_of_messages(SOCK_DGRAM);
	times_of_messages(SOCK_SEQPACKET);
	times_of_messages(SOCK_STREAM);
	time_of_last();
	told_only();
	set_and_told();
	path_sizes();
	at_ip_levels();
	short_values();
	flag_descriptors();
	errors_later();
	send_several();
	refuse_options();
	mark_packets();
	bind_devices();
	tap_scratch_end();
	return tap_done();
}
