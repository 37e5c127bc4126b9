/* SPDX-License-Identifier: MIT */
/*
 * NETLINK_ROUTE (row B5): links, addresses and routes asked for as the C
 * library does, one or all; names of sockets, acknowledgements, errors.
 */
#include "sockets.h"


#define REQUEST		1
#define MULTI		2
#define ACK		4
#define DUMP		0x300
#define MANY		1000
#define ERROR		2
#define DONE		3
#define NEWLINK		16
#define GETLINK		18
#define NEWADDR		20
#define GETADDR		22
#define NEWROUTE	24
#define GETROUTE	26
#define GETNEIGH	30

struct name {
	unsigned short family, pad;
	unsigned pid, groups;
};

struct head {
	unsigned len;
	unsigned short type, flags;
	unsigned seq, pid;
};

struct ask {
	struct head h;
	union {
		unsigned char family;
		struct {
			unsigned char family, pad;
			unsigned short type;
			int index;
			unsigned flags, change;
			unsigned short len, attr;	/* rtattr */
			char name[8];
		} link;
	} u;
};

struct seen {				/* of a list */
	int links, four, six, routes, others, error;
	int multi, done;
	unsigned pid;
};

static int nl;
static unsigned port, seq;
static char buf[16384];

static int netlink_socket(int type, int protocol)
{
	return (int)syscall(SYS_socket, AF_NETLINK, type, protocol);
}

static long netlink_name(int s, struct name *n)
{
	int len = sizeof(*n);
	long err = syscall(SYS_getsockname, s, n, &len);

	return err ? err : len;
}

static long send_request(struct ask *a, unsigned type, unsigned flags,
			 unsigned n)
{
	a->h = (struct head){ n, (unsigned short)type, (unsigned short)flags,
			      ++seq, 0 };
	return syscall(SYS_sendto, nl, a, n, 0, NULL, 0);
}

/* The attribute of a type behind the body of a message, NULL: none */
static const char *attr(const struct head *h, unsigned body, unsigned type)
{
	const char *at = (const char *)(h + 1) + body;
	const char *end = (const char *)h + h->len;
	unsigned short a[2];

	while (end - at >= 4) {
		memcpy(a, at, sizeof(a));
		if (a[0] < 4)
			break;
		if (a[1] == type)
			return at + 4;
		at += (a[0] + 3) & ~3;
	}
	return NULL;
}

static int is_lo(const struct head *h)
{
	const char *name = attr(h, 16, 3), *mtu = attr(h, 16, 4);
	int body[4], n;

	memcpy(body, h + 1, sizeof(body));
	if (mtu)
		memcpy(&n, mtu, sizeof(n));
	return body[1] == 1 && (body[2] & 0x49) == 0x49 && mtu && n == 65536 &&
		name && !strcmp(name, "lo") && attr(h, 16, 1);
}

static void count_answer(const struct head *h, struct seen *s)
{
	const unsigned char *body = (const unsigned char *)(h + 1);
	int err;

	s->multi += (h->flags & MULTI) != 0;
	s->pid = h->pid;
	switch (h->type) {
	case NEWLINK:
		s->links += is_lo(h);
		break;
	case NEWADDR:
		s->four += body[0] == AF_INET && body[1] == 8 &&
			attr(h, 8, 2) && !memcmp(attr(h, 8, 2), "\177\0\0\1", 4)
			&& attr(h, 8, 3) && !strcmp(attr(h, 8, 3), "lo");
		s->six += body[0] == AF_INET6 && body[1] == 128 &&
			attr(h, 8, 1) && attr(h, 8, 1)[15] == 1;
		break;
	case NEWROUTE:
		s->routes += body[0] == AF_INET && body[1] == 8 &&
			attr(h, 12, 1) && attr(h, 12, 1)[0] == 127;
		break;
	case DONE:
		s->done++;
		break;
	case ERROR:
		memcpy(&err, body, sizeof(err));
		s->error = -err;
		s->done++;
		break;
	default:
		s->others++;
	}
}

/* All messages up to the end or an error, at most `most` of them. */
static struct seen take_answers(int most)
{
	struct seen s = { .error = -1 };
	struct head h;
	long n = 0;

	while (!s.done && most) {
		n = syscall(SYS_recvfrom, nl, buf, sizeof(buf), MSG_DONTWAIT,
			    NULL, NULL);
		if (n <= 0)
			break;
		for (long at = 0; at + (long)sizeof(h) <= n && most; most--) {
			memcpy(&h, buf + at, sizeof(h));
			if (h.seq != seq || h.len < sizeof(h))
				break;
			count_answer((const struct head *)(buf + at), &s);
			at += (h.len + 3) & ~3u;
		}
	}
	return s;
}

static struct seen ask_list(unsigned type, unsigned char family)
{
	struct ask a = { .u.family = family };

	if (send_request(&a, type, REQUEST | DUMP, 20) != 20)
		return (struct seen){ .error = 999 };
	return take_answers(100);
}

static void list_everything(void)
{
	struct seen s = ask_list(GETLINK, 0);

	check_eq(s.links, 1, "lo is among the links");
	check(s.done && s.multi && s.pid == port, "a list of ours, ended");
	s = ask_list(GETADDR, 0);
	check(s.four == 1 && s.six == 1 && s.done,
	      "addresses of both families");
	s = ask_list(GETADDR, AF_INET);
	check(s.four == 1 && !s.six && s.done, "of IPv4");
	s = ask_list(GETADDR, AF_INET6);
	check(!s.four && s.six == 1 && s.done, "of IPv6");
	s = ask_list(GETROUTE, AF_INET);
	check(s.routes == 1 && s.done, "the way to 127.0.0.0/8");
	s = ask_list(GETNEIGH, 0);
	check(s.done && s.error == -1, "neighbours, if there are any");
}

static struct seen ask_link(int index, const char *name, unsigned flags)
{
	struct ask a;
	unsigned n = 32;

	memset(&a, 0, sizeof(a));
	a.u.link.index = index;
	if (name) {
		strcpy(a.u.link.name, name);
		a.u.link.attr = 3;
		a.u.link.len = (unsigned short)(4 + strlen(name) + 1);
		n += 4 + 8;
	}
	send_request(&a, GETLINK, REQUEST | flags, n);
	return take_answers(flags & ACK ? 100 : 1);
}

static void ask_one_link(void)
{
	struct seen s = ask_link(1, NULL, 0);

	check(s.links == 1 && !s.multi, "the link of an index");
	s = ask_link(0, "lo", 0);
	check(s.links == 1 && s.pid == port, "the link of a name");
	s = ask_link(1, NULL, ACK);
	check(s.links == 1 && s.done && !s.error, "acknowledged");
	s = ask_link(0, "none", 0);
	check_eq(s.error, ENODEV, "no such name");
	s = ask_link(4711, NULL, 0);
	check_eq(s.error, ENODEV, "no such index");
	s = ask_link(0, NULL, 0);
	check_eq(s.error, EINVAL, "neither name nor index");
}

static void odd(void)
{
	struct ask a;
	struct head h = { sizeof(h) - 1, GETLINK, REQUEST | DUMP, 0, 0 };
	struct seen s;

	memset(&a, 0, sizeof(a));
	check_eq(send_request(&a, GETLINK, DUMP, 20), 20, "no request");
	check_eq(take_answers(1).error, -1, "is not answered");
	check_eq(send_request(&a, 3, REQUEST | ACK, 20), 20,
		 "a control message");
	s = take_answers(1);
	check_eq(s.error, 0, "is acknowledged, as nothing was to be done");
	check_eq(syscall(SYS_sendto, nl, &h, sizeof(h), 0, NULL, 0), sizeof(h),
		 "a bad length");
	check_eq(syscall(SYS_sendto, nl, &h, 3, 0, NULL, 0), 3, "a stump");
	check_eq(take_answers(1).error, -1, "neither is answered");
	check_err(EFAULT, syscall(SYS_sendto, nl, BAD, 20, 0, NULL, 0),
		  "bad buffer");
}

/* Two requests of one datagram; what follows the last is none. */
static void send_two_requests(void)
{
	struct { struct ask a[2]; char rest[8]; } two;
	struct name other = { AF_NETLINK, 0, 12345, 0 };
	long n = (long)((char *)&two.a[1] - (char *)&two) + 20;

	memset(&two, 0, sizeof(two));
	for (int i = 0; i < 2; i++)
		two.a[i].h = (struct head){ i ? 20 : sizeof(two.a[0]), 3,
					    REQUEST | ACK, seq, 0 };
	check_eq(syscall(SYS_sendto, nl, &two, n, 0, NULL, 0), n,
		 "two requests");
	check_eq(take_answers(1).error, 0, "one is answered");
	check_eq(take_answers(1).error, 0, "and the other");
	check_eq(take_answers(1).error, -1, "no more");
	check_err(ECONNREFUSED, syscall(SYS_sendto, nl, &two, n, 0, &other,
					sizeof(other)), "to nobody");
}

/* More answers than there is room for are lost, which is told. */
static void overrun_socket(void)
{
	int least = 1, n = 0;
	struct ask a;

	syscall(SYS_setsockopt, nl, 1, 8, &least, sizeof(least));
	memset(&a, 0, sizeof(a));
	while (n < MANY && send_request(&a, 3, REQUEST | ACK, 20) == 20)
		n++;
	check_eq(n, MANY, "whoever asks is not told");
	check_err(ENOBUFS, syscall(SYS_recvfrom, nl, buf, sizeof(buf),
				   MSG_DONTWAIT, NULL, NULL),
		  "whoever reads is");
	while (syscall(SYS_recvfrom, nl, buf, sizeof(buf), MSG_DONTWAIT, NULL,
		       NULL) > 0)
		;
	check_eq(errno, EAGAIN, "once; then come those that fitted");
	check_eq(send_request(&a, 3, REQUEST | ACK, 20), 20, "it goes on");
	check_eq(take_answers(1).error, 0, "once they are read");
}

static void bind_names(void)
{
	struct name n = { .family = 1 }, to = { .family = AF_NETLINK };
	struct name two = { AF_NETLINK, 0, 0, 0 };
	int other, len = sizeof(n);

	check_err(ESOCKTNOSUPPORT, netlink_socket(1, 0), "no streams");
	check_err(EPROTONOSUPPORT, netlink_socket(SOCK_RAW, 99),
		  "no such protocol");
	check_err(EPROTONOSUPPORT, netlink_socket(SOCK_RAW, -1), "nor that");
	check_eq(netlink_name(nl, &n), 12, "its name");
	check(n.family == AF_NETLINK && !n.pid && !n.groups, "none yet");
	check_err(EINVAL, syscall(SYS_bind, nl, &to, 11), "a short name");
	check_ok(syscall(SYS_bind, nl, &to, sizeof(to)), "bound");
	netlink_name(nl, &n);
	port = n.pid;
	check(port != 0, "to a number of its own");
	to.pid = port + 1;
	check_err(EINVAL, syscall(SYS_bind, nl, &to, sizeof(to)),
		  "that cannot be changed");
	other = netlink_socket(SOCK_RAW | O_CLOEXEC | O_NONBLOCK, 0);
	to.pid = port;
	check_err(EADDRINUSE, syscall(SYS_bind, other, &to, sizeof(to)),
		  "nor had twice");
	two.groups = 1;
	check_ok(syscall(SYS_bind, other, &two, sizeof(two)), "with a group");
	netlink_name(other, &n);
	check(n.pid && n.pid != port && n.groups == 1, "another number");
	check_err(EAGAIN, syscall(SYS_recvfrom, other, buf, 9, 0, 0, 0),
		  "nothing happens to hear of");
	check_eq(syscall(SYS_getpeername, other, &n, &len), 0, "its peer");
	check(n.family == AF_NETLINK && !n.pid, "is the kernel");
	two.groups = 0;
	check_ok(syscall(SYS_connect, other, &two, sizeof(two)), "for good");
	check_err(EOPNOTSUPP, syscall(SYS_listen, other, 1), "no listening");
	check_err(EOPNOTSUPP, syscall(SYS_shutdown, other, 1), "no shutdown");
	len = 1;
	check_err(ENOPROTOOPT, syscall(SYS_setsockopt, other, 6, 1, &len,
				       sizeof(len)), "no options of TCP");
	close(other);
}

static void tell_netlink_options(void)
{
	int s = netlink_socket(SOCK_DGRAM, 0), v, len;

	len = sizeof(v);
	syscall(SYS_getsockopt, s, 1, 3, &v, &len);
	check_eq(v, SOCK_DGRAM, "a datagram socket");
	close(s);
	syscall(SYS_getsockopt, nl, 1, 3, &v, &len);
	check_eq(v, SOCK_RAW, "a raw one");
	syscall(SYS_getsockopt, nl, 1, 39, &v, &len);
	check_eq(v, AF_NETLINK, "its family");
	syscall(SYS_getsockopt, nl, 1, 38, &v, &len);
	check_eq(v, 0, "its protocol");
}

/* A peek tells the length; the sender is the kernel. */
static void peek_at_answer(void)
{
	struct ask a;
	struct name from = { .family = 1, .pid = 5 };
	int len = sizeof(from);
	long n;

	memset(&a, 0, sizeof(a));
	send_request(&a, GETLINK, REQUEST | DUMP, 20);
	n = syscall(SYS_recvfrom, nl, buf, 1, MSG_PEEK | MSG_TRUNC, &from,
		    &len);
	check(n > 16, "a peek tells how long it is");
	check(len == 12 && from.family == AF_NETLINK && !from.pid,
	      "it is from the kernel");
	check_eq(take_answers(100).links, 1, "and it is still there");
}

/* With SO_PASSCRED the kernel names itself: no process, run by root. */
static void read_credentials_of_kernel(void)
{
	struct {
		unsigned long len;
		int level, type;
		unsigned pid, uid, gid;
	} cred;
	struct { void *at; unsigned long n; } part = { buf, sizeof(buf) };
	struct {
		void *name;
		unsigned name_len;
		void *parts;
		unsigned long nr_parts;
		void *control;
		unsigned long control_len;
		unsigned flags;
	} m = { .parts = &part, .nr_parts = 1, .control = &cred,
		.control_len = sizeof(cred) };
	struct ask a;
	int on = 1;

	memset(&a, 0, sizeof(a));
	memset(&cred, 0xff, sizeof(cred));
	syscall(SYS_setsockopt, nl, 1, 16, &on, sizeof(on));
	send_request(&a, GETLINK, REQUEST | DUMP, 20);
	check(syscall(SYS_recvmsg, nl, &m, 0) > 0, "an answer");
	check(m.control_len && cred.level == 1 && cred.type == 2,
	      "with credentials");
	check(!cred.pid && !cred.uid && !cred.gid, "those of the kernel");
	on = 0;
	syscall(SYS_setsockopt, nl, 1, 16, &on, sizeof(on));
	take_answers(100);
}

/* A user may look, and change nothing. */
static void look_as_user_only(void)
{
	struct { unsigned short family, pad; unsigned pid, groups; }
		to = { 16, 0, 4711, 0 };	/* nobody */
	int pid = fork(), status;

	if (!pid) {
		struct seen s;
		struct ask a;

		if (syscall(SYS_setresuid, 65534, 65534, 65534))
			_exit(9);
		close(nl);
		nl = netlink_socket(SOCK_RAW, 0);
		memset(&a, 0, sizeof(a));
		a.u.link.index = 1;
		send_request(&a, 19, REQUEST, 32);	/* RTM_SETLINK */
		s = take_answers(1);
		if (s.error != EPERM)
			_exit(1);
		if (syscall(SYS_sendto, nl, &a, 32, 0, &to, sizeof(to)) != -1 ||
		    errno != EPERM)
			_exit(3);
		if (syscall(SYS_connect, nl, &to, sizeof(to)) != -1 ||
		    errno != EPERM)
			_exit(4);
		_exit(ask_list(GETLINK, 0).links == 1 ? 0 : 2);
	}
	waitpid(pid, &status, 0);
	check_eq(status, 0,
		 "a user sees all, changes nothing, writes to nobody");
	check_err(ECONNREFUSED,
		  syscall(SYS_sendto, nl, "x", 1, 0, &to, sizeof(to)),
		  "root may, if there is one");
}

static void send_empty_requests(void)
{
	static const unsigned short inet_name[8] = { AF_INET };
	int fd = (int)syscall(SYS_socket, AF_NETLINK, SOCK_RAW, 0);

	check_eq(raw_syscall(SYS_sendto, fd, buf, 0, 0, NULL, 0), -ENODATA,
		 "netlink: a request of nothing");
	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 0, inet_name, 16),
		 -EINVAL, "to another family");
	close(fd);
}

int main(void)
{
	nl = netlink_socket(SOCK_RAW, 0);
	if (!check(nl >= 0, "a netlink socket"))
		return tap_done();
	bind_names();
	tell_netlink_options();
	list_everything();
	ask_one_link();
	odd();
	send_two_requests();
	overrun_socket();
	peek_at_answer();
	read_credentials_of_kernel();
	look_as_user_only();
	send_empty_requests();
	close(nl);
	return tap_done();
}
