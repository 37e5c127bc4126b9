/* SPDX-License-Identifier: MIT */
/*
 * Socket options and flags, one by one (rows B5, D16): what is set is told
 * back, what a packet of several messages is cut into, what close-on-exec
 * and not waiting mean for each call that takes a flag.
 */
#include "tap.h"

#define UNIX		1
#define INET		2
#define INET6		10
enum { STREAM = 1, DGRAM, RAW, SEQPACKET = 5 };
#define NONBLOCK	04000
#define CLOEXEC		02000000
#define SOL		1
enum { OOB = 1, PEEK = 2, TRUNC = 0x20, DONTWAIT = 0x40, WAITALL = 0x100,
       ERRQUEUE = 0x2000, NOSIGNAL = 0x4000, WAITFORONE = 0x10000,
       CMSG_CLOEXEC = 0x40000000 };

static int get(int s, int level, int name)
{
	int v[4] = { -77 }, len = sizeof(v);

	if (syscall(SYS_getsockopt, s, level, name, v, &len))
		return -errno;
	return v[0];
}

static long set(int s, int level, int name, int v)
{
	return syscall(SYS_setsockopt, s, level, name, &v, sizeof(v)) ?
		-errno : 0;
}

static int sock(int family, int type)
{
	return (int)syscall(SYS_socket, family, type, 0);
}

/* An option that keeps what it is given. */
static void keeps(int s, int level, int name, int v, const char *what)
{
	check_eq(set(s, level, name, v), 0, "%s", what);
	check_eq(get(s, level, name), v, "%s is told back", what);
}

static void at_socket_level(void)
{
	int s = sock(INET, DGRAM), t = sock(INET, STREAM);
	int linger[2] = { 1, 5 }, len = sizeof(linger);

	keeps(s, SOL, 2, 1, "SO_REUSEADDR");
	keeps(s, SOL, 6, 1, "SO_BROADCAST");
	keeps(t, SOL, 9, 1, "SO_KEEPALIVE");
	keeps(s, SOL, 15, 1, "SO_REUSEPORT");
	check_eq(set(s, SOL, 7, 10000), 0, "SO_SNDBUF");
	check_eq(get(s, SOL, 7), 20000, "is doubled");
	check_eq(set(s, SOL, 8, 10000), 0, "SO_RCVBUF");
	check_eq(get(s, SOL, 8), 20000, "is doubled");
	check_eq(set(s, SOL, 32, 1000000), 0, "SO_SNDBUFFORCE");
	check_eq(get(s, SOL, 7), 2000000, "has no upper bound");
	check_eq(set(s, SOL, 33, 1000000), 0, "SO_RCVBUFFORCE");
	check_eq(get(s, SOL, 8), 2000000, "neither");
	check_eq(get(s, SOL, 3), DGRAM, "SO_TYPE");
	check_eq(get(s, SOL, 4), 0, "SO_ERROR");
	check_eq(get(s, SOL, 38), 17, "SO_PROTOCOL");
	check_eq(get(s, SOL, 39), INET, "SO_DOMAIN");
	check_eq(get(s, SOL, 30), 0, "SO_ACCEPTCONN");
	check_eq(get(s, SOL, 18), 1, "SO_RCVLOWAT");
	check_eq(get(s, SOL, 19), 1, "SO_SNDLOWAT");
	check_eq(get(s, SOL, 1), 0, "SO_DEBUG");
	check_eq(get(s, SOL, 5), 0, "SO_DONTROUTE");
	check_eq(get(s, SOL, 10), 0, "SO_OOBINLINE");
	check_eq(get(s, SOL, 12), 0, "SO_PRIORITY");
	check_eq(get(s, SOL, 29), 0, "SO_TIMESTAMP");
	keeps(s, SOL, 12, 6, "SO_PRIORITY 6");
	keeps(t, SOL, 12, 7, "7, by the superuser");
	check_ok(syscall(SYS_setsockopt, t, SOL, 13, linger, len), "SO_LINGER");
	memset(linger, 0, sizeof(linger));
	check_ok(syscall(SYS_getsockopt, t, SOL, 13, linger, &len), "told");
	check(len == 8 && linger[0] == 1 && linger[1] == 5, "both numbers");
	check_eq(set(s, SOL, 9999, 1), -ENOPROTOOPT, "no such option");
	check_eq(get(s, SOL, 9999), -ENOPROTOOPT, "nor to be asked for");
	close(s);
	close(t);
}

/* Of users 0 to 6. */
static void priority(void *arg)
{
	int s = sock(1, STREAM);

	(void)arg;
	if (setuid(1000) || set(s, SOL, 12, 7) != -EPERM ||
	    set(s, SOL, 12, -1) != -EPERM || get(s, SOL, 12) != 0)
		_exit(1);
	_exit(set(s, SOL, 12, 3) || get(s, SOL, 12) != 3 ? 2 : 0);
}

static void timeouts(void)
{
	static const int names[] = { 20, 21 }, wide[] = { 66, 67 };
	long t[2] = { 3, 500000 };
	long long w[2] = { 0, 0 };
	int s = sock(UNIX, DGRAM), len;

	for (int i = 0; i < 2; i++) {
		len = sizeof(t);
		check_ok(syscall(SYS_setsockopt, s, SOL, names[i], t, len),
			 "SO_%sTIMEO", i ? "SND" : "RCV");
		len = sizeof(w);
		check_ok(syscall(SYS_getsockopt, s, SOL, wide[i], w, &len),
			 "told in 64 bits");
		check(w[0] == 3 && w[1] == 500000, "the same");
		w[0] = 4;
		check_ok(syscall(SYS_setsockopt, s, SOL, wide[i], w, len),
			 "set in 64 bits");
		len = sizeof(t);
		check_ok(syscall(SYS_getsockopt, s, SOL, names[i], t, &len),
			 "told as a word");
		check(t[0] == 4 && t[1] == 500000, "the same");
		t[0] = 3;
	}
	keeps(s, SOL, 16, 1, "SO_PASSCRED");
	t[1] = 1000000;
	errno = 0;
	check(syscall(SYS_setsockopt, s, SOL, 20, t, sizeof(t)) == -1 &&
	      errno == EDOM, "no such microsecond");
	for (int i = 0; i < 2; i++) {
		const char *bits = i ? "of 64 bits" : "of words";

		check_err(EINVAL, syscall(SYS_setsockopt, s, SOL,
					  i ? 66 : 20, w, i ? 15 :
					  2 * sizeof(long) - 1),
			  "a time %s that is cut off", bits);
		check_err(EFAULT, syscall(SYS_setsockopt, s, SOL,
					  i ? 66 : 20, BAD, 16),
			  "a time %s from nowhere", bits);
	}
	close(s);
}

static void at_ip_levels(void)
{
	int s = sock(INET, DGRAM), t = sock(INET, STREAM);
	int six = sock(INET6, STREAM);

	keeps(s, 0, 1, 0x10, "IP_TOS");
	keeps(s, 0, 2, 7, "IP_TTL");
	keeps(s, 0, 11, 1, "IP_RECVERR");
	keeps(s, 0, 12, 1, "IP_RECVTTL");
	keeps(s, 0, 13, 1, "IP_RECVTOS");
	keeps(t, 6, 1, 1, "TCP_NODELAY");
	keeps(t, 6, 3, 1, "TCP_CORK");
	keeps(t, 6, 4, 100, "TCP_KEEPIDLE");
	keeps(t, 6, 5, 10, "TCP_KEEPINTVL");
	keeps(t, 6, 6, 3, "TCP_KEEPCNT");
	check_eq(set(t, 6, 12, 1), 0, "TCP_QUICKACK");
	check(get(t, 6, 12) >= 0, "is told");
	keeps(t, 6, 18, 1234, "TCP_USER_TIMEOUT");
	keeps(six, 41, 16, 9, "IPV6_UNICAST_HOPS");
	keeps(six, 41, 25, 1, "IPV6_RECVERR");
	keeps(six, 41, 26, 1, "IPV6_V6ONLY");
	keeps(six, 41, 67, 4, "IPV6_TCLASS");
	keeps(six, 41, 51, 1, "IPV6_RECVHOPLIMIT");
	keeps(six, 41, 66, 1, "IPV6_RECVTCLASS");
	check_eq(set(t, 6, 6, 200), -EINVAL, "too many probes");
	check_eq(set(s, 0, 9999, 1), -ENOPROTOOPT, "no such option of IP");
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
	int s = sock(INET, DGRAM), six = sock(INET6, DGRAM), one = 1;

	for (int i = 0; i < 5; i++) {
		check_eq(set_at(s, SOL, names[i], BAD, 3), -EINVAL,
			 "option %d: less than a number", names[i]);
		check_eq(set_at(s, SOL, names[i], BAD, 4), -EFAULT,
			 "a number is read");
		check_eq(set_at(s, SOL, names[i], &one, 4), -EINVAL,
			 "and is too short");
	}
	for (int i = 11; i < 14; i++) {
		set(s, 0, i, 1);
		check_eq(set_at(s, 0, i, BAD, 0), 0, "option %d of IP: none",
			 i);
		check_eq(get(s, 0, i), 0, "is zero");
	}
	check_eq(set_at(s, 0, 2, &one, 0), -EINVAL, "which is no IP_TTL");
	check_eq(set_at(s, 0, 2, BAD, 1), -EFAULT, "a byte is read");
	check_eq(set_at(s, 0, 99, BAD, 4), -ENOPROTOOPT,
		 "nothing is read for what there is not");
	check_eq(set_at(s, 0, 99, &one, 0), -ENOPROTOOPT, "nor none");
	set(s, 0, 2, 7);
	check_eq(set(s, 0, 2, -1), 0, "IP_TTL of -1");
	check_eq(get(s, 0, 2), 64, "is the machine's");
	set(six, 41, 16, 7);
	check_eq(set(six, 41, 16, -1), 0, "IPV6_UNICAST_HOPS of -1");
	check_eq(get(six, 41, 16), 64, "likewise");
	set(six, 41, 67, 7);
	check_eq(set(six, 41, 67, -1), 0, "IPV6_TCLASS of -1");
	check_eq(get(six, 41, 67), 0, "likewise");
	check_eq(set(six, 41, 67, -2), -EINVAL, "of -2");
	set(six, 41, 51, 1);
	check_eq(set_at(six, 41, 51, NULL, 4), 0, "IPv6: nowhere");
	check_eq(get(six, 41, 51), 0, "is zero");
	check_eq(set_at(six, 41, 51, NULL, 0), -EINVAL, "not of no length");
	check_eq(set_at(six, 41, 51, BAD, 4), -EFAULT, "elsewhere");
	close(s);
	close(six);
}

/* ---- flags ----------------------------------------------------------------- */

static int flags_are(int fd)
{
	return fcntl(fd, F_GETFD) == 1 && fcntl(fd, F_GETFL) & NONBLOCK;
}

static void of_descriptors(void)
{
	struct { unsigned short family; char path[20]; } a = { UNIX, "s" };
	int l, c, d, s[2];

	l = sock(UNIX, SEQPACKET | NONBLOCK | CLOEXEC);
	check(flags_are(l), "SOCK_SEQPACKET, SOCK_NONBLOCK, SOCK_CLOEXEC");
	check_ok(syscall(SYS_bind, l, &a, 4), "bind");
	check_ok(syscall(SYS_listen, l, 3), "listen");
	check_eq(get(l, SOL, 30), 1, "SO_ACCEPTCONN");
	c = sock(UNIX, SEQPACKET);
	check_ok(syscall(SYS_connect, c, &a, 4), "connect");
	d = (int)syscall(SYS_accept4, l, NULL, NULL, NONBLOCK | CLOEXEC);
	check(flags_are(d), "accept4 with both");
#ifdef SYS_accept
	check_err(EAGAIN, syscall(SYS_accept, l, NULL, NULL), "accept");
#endif
	check_err(EAGAIN, syscall(SYS_accept4, l, NULL, NULL, 0),
		  "a listener that does not wait");
	check_err(EINVAL, syscall(SYS_accept4, l, NULL, NULL, 1),
		  "no such flag");
	syscall(SYS_shutdown, c, 0);
	errno = 0;
	check(syscall(SYS_sendto, d, "x", 1, NOSIGNAL, NULL, 0) == -1 &&
	      errno == EPIPE, "SHUT_RD, and MSG_NOSIGNAL");
	check_ok(syscall(SYS_shutdown, c, 2), "SHUT_RDWR");
	check_eq(read(d, &a, 4), 0, "the end");
	check_err(EINVAL, syscall(SYS_shutdown, c, 3), "no such half");
	unlink("s");
	close(l);
	close(c);
	close(d);
	check_ok(syscall(SYS_socketpair, UNIX, STREAM | NONBLOCK | CLOEXEC, 0,
			 s), "socketpair with both");
	check(flags_are(s[0]) && flags_are(s[1]), "at both ends");
	check_eq(syscall(SYS_sendto, s[0], "x", 1, DONTWAIT | NOSIGNAL, NULL,
			 0), 1, "a byte");
	check_eq(syscall(SYS_recvfrom, s[1], &a, 9, PEEK | DONTWAIT, NULL,
			 NULL), 1, "looked at");
	check_eq(syscall(SYS_recvfrom, s[1], &a, 9, DONTWAIT, NULL, NULL), 1,
		 "taken");
	close(s[0]);
	close(s[1]);
}

/* No queue of errors: AF_UNIX ignores the flag, others find nothing. */
static void errors_later(void)
{
	int types[] = { STREAM, DGRAM, SEQPACKET }, s[2], u;
	char c = 0;

	for (int i = 0; i < 3; i++) {
		syscall(SYS_socketpair, UNIX, types[i], 0, s);
		syscall(SYS_sendto, s[0], "x", 1, 0, NULL, 0);
		check(syscall(SYS_recvfrom, s[1], &c, 1, ERRQUEUE, NULL,
			      NULL) == 1 && c == 'x',
		      "AF_UNIX, type %d: MSG_ERRQUEUE is ignored", types[i]);
		close(s[0]);
		close(s[1]);
	}
	u = syscall(SYS_socket, INET, DGRAM, 0);
	check_err(EAGAIN, syscall(SYS_recvfrom, u, &c, 1, ERRQUEUE, NULL,
				  NULL), "AF_INET: no error is waiting");
	close(u);
}

struct iov {
	void *base;
	unsigned long len;
};

struct message {			/* struct mmsghdr */
	void *name;
	int namelen;
	struct iov *iov;
	unsigned long iovs;
	void *control;
	unsigned long controls;
	long flags;
	unsigned len;
};

#ifdef SYS_recvmmsg_time64
#define RECVMMSG	SYS_recvmmsg_time64
#else
#define RECVMMSG	SYS_recvmmsg
#endif

static void many(void)
{
	char in[3][8];
	struct iov out = { "abcdef", 6 }, v[3];
	struct message m[3];
	int s[2];

	syscall(SYS_socketpair, UNIX, DGRAM, 0, s);
	memset(m, 0, sizeof(m));
	for (int i = 0; i < 3; i++)
		m[i].iov = &out, m[i].iovs = 1;
	check_eq(syscall(SYS_sendmmsg, s[0], m, 3, NOSIGNAL), 3, "sendmmsg");
	check_eq(m[2].len, 6, "all of each");
	memset(m, 0, sizeof(m));
	for (int i = 0; i < 3; i++) {
		v[i] = (struct iov){ in[i], i ? 8 : 2 };
		m[i].iov = &v[i], m[i].iovs = 1;
	}
	check_eq(syscall(RECVMMSG, s[1], m, 1, PEEK | TRUNC | DONTWAIT, NULL),
		 1, "recvmmsg with MSG_PEEK, MSG_TRUNC");
	check(m[0].len == 6 && m[0].flags & TRUNC, "tells the whole length");
	check_eq(syscall(RECVMMSG, s[1], m, 2, WAITALL | CMSG_CLOEXEC, NULL),
		 2, "two");
	check(m[0].len == 2 && m[1].len == 6, "the first cut");
	check_eq(syscall(RECVMMSG, s[1], m, 3, WAITFORONE, NULL), 1,
		 "MSG_WAITFORONE: what there is");
	check_err(EAGAIN, syscall(RECVMMSG, s[1], m, 3, DONTWAIT, NULL),
		  "MSG_DONTWAIT");
	close(s[0]);
	close(s[1]);
}

static void refusals(void)
{
	int s[2];

	check_err(EAFNOSUPPORT, sock(45, STREAM), "no such family");
	check_err(ESOCKTNOSUPPORT, sock(INET, SEQPACKET), "no such type");
	check_err(EINVAL, sock(UNIX, STREAM | 0x100000), "no such flag");
	check_err(EPROTONOSUPPORT, syscall(SYS_socket, INET, STREAM, 17),
		  "no such protocol");
	check_err(EOPNOTSUPP, syscall(SYS_socketpair, INET, STREAM, 0, s),
		  "no pairs but of AF_UNIX");
}

int main(void)
{
	tap_scratch("socket_options");
	at_socket_level();
	check_eq(in_child(priority, NULL), 0, "SO_PRIORITY by nobody");
	timeouts();
	at_ip_levels();
	short_values();
	of_descriptors();
	errors_later();
	many();
	refusals();
	tap_scratch_end();
	return tap_done();
}
