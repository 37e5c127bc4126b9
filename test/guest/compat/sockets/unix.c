/* SPDX-License-Identifier: MIT */
/*
 * AF_UNIX: streams, datagrams and packets, names, ends, descriptors and
 * credentials passed along, cycles of those (row B5).
 */
#include <poll.h>
#include <termios.h>
#include <sys/resource.h>
#include "note.h"
#include "sockets.h"
#include "unix_message.h"


struct control {
	unsigned long len;
	int level, type;
	int data[8];
};

#define sock(t)			syscall(SYS_socket, AF_UNIX, t, 0)
#define pair(t, p)		syscall(SYS_socketpair, AF_UNIX, t, 0, p)
#define bind_to(s, a, n)	syscall(SYS_bind, s, a, n)
#define listen_on(s, n)		syscall(SYS_listen, s, n)
#define connect_to(s, a, n)	syscall(SYS_connect, s, a, n)
#define accept_from(s, f)	syscall(SYS_accept4, s, 0, 0, f)
#define sendto(s, b, n, f, a, l) syscall(SYS_sendto, s, b, n, f, a, l)
#define send(s, b, n, f)	sendto(s, b, n, f, 0, 0)
#define recvfrom(s, b, n, f, a, l) syscall(SYS_recvfrom, s, b, n, f, a, l)
#define recv(s, b, n, f)	recvfrom(s, b, n, f, 0, 0)
#define shutdown(s, h)		syscall(SYS_shutdown, s, h)

static char buf[300000];

static struct addr name_of_path(const char *path, int *len)
{
	struct addr a = { .family = AF_UNIX };

	memcpy(a.path, path, strlen(path + 1) + 1);
	*len = 2 + (int)strlen(path + 1) + 1 + (path[0] != 0);
	return a;
}

static int events_of(int fd)
{
	struct pollfd f = { fd, POLLIN | POLLOUT | 0x2000, 0 };

	poll(&f, 1, 0);
	return f.revents;
}

static int unix_option(int s, int name)
{
	int v = -1, n = sizeof(v);

	if (syscall(SYS_getsockopt, s, SOL_SOCKET, name, &v, &n))
		return -errno;
	return v;
}

static long receive_message(int s, struct control *c, unsigned long room,
			    unsigned flags, struct message *m)
{
	static struct iovec v = { buf, 99 };

	*m = (struct message){ .iov = &v, .nr_iov = 1, .control = c,
			       .control_len = room };
	memset(c, 0, sizeof(*c));
	return syscall(SYS_recvmsg, s, m, flags);
}

static void use_stream_pair(void)
{
	int p[2], n = 0;

	check_ok(pair(SOCK_STREAM | SOCK_CLOEXEC, p), "a pair of streams");
	check_eq(fcntl(p[0], F_GETFD), FD_CLOEXEC, "SOCK_CLOEXEC");
	check_eq(unix_option(p[0], SO_TYPE), SOCK_STREAM, "SO_TYPE");
	check_eq(unix_option(p[0], SO_DOMAIN), AF_UNIX, "SO_DOMAIN");
	check_eq(events_of(p[0]), POLLOUT, "nothing to read, room to write");
	check_err(EAGAIN, recv(p[0], buf, 1, MSG_DONTWAIT), "MSG_DONTWAIT");
	write(p[0], "abc", 3);
	write(p[0], "defg", 4);
	ioctl(p[1], 0x541b, &n);
	check_eq(n, 7, "FIONREAD: all of it");
	check_eq(recv(p[1], buf, 99, MSG_PEEK), 7, "a look: both pieces");
	check_eq(read(p[1], buf, 5), 5, "a read goes over pieces");
	check(!memcmp(buf, "abcde", 5), "in order");
	check_eq(read(p[1], buf, 99), 2, "and takes what is there");
	check_err(EISCONN, sendto(p[0], "x", 1, 0, &(struct addr){ .family = 1 },
				  3), "an address: EISCONN");
	check_err(ESPIPE, lseek(p[0], 0, SEEK_CUR), "no seeking");
	shutdown(p[0], 1);
	check_eq(events_of(p[1]) & (POLLIN | 0x2000), POLLIN | 0x2000,
		 "the other writes no more: POLLRDHUP");
	check_eq(read(p[1], buf, 9), 0, "the end");
	signal(SIGPIPE, SIG_IGN);
	check_err(EPIPE, write(p[0], "x", 1), "writing after it: EPIPE");
	check_eq(write(p[1], "back", 4), 4, "the other way is open");
	check_eq(read(p[0], buf, 9), 4, "and carries");
	close(p[1]);
	check(events_of(p[0]) & POLLHUP, "closed: POLLHUP");
	close(p[0]);
	pair(SOCK_STREAM, p);
	write(p[0], "lost", 4);
	close(p[1]);
	check_eq(unix_option(p[0], SO_ERROR), ECONNRESET,
		 "unread bytes: reset");
	check_eq(read(p[0], buf, 9), 0, "told once");
	close(p[0]);
}

/* Who has an end says so to a sender of no bytes, too. */
static void send_no_bytes_locally(void)
{
	static const char *const ends[] = { "SHUT_WR", "the other's SHUT_RD",
		"the other's close" };
	struct { struct message h; unsigned len; } m = { 0 };
	struct iovec v = { buf, 0 };
	int p[2];

	signal(SIGPIPE, note);
	for (int i = 0; i < 3; i++) {
		pair(SOCK_STREAM, p);
		check_eq(send(p[0], buf, 0, 0), 0, "no bytes to a reader");
		if (i < 2)
			shutdown(p[i], !i);
		else
			close(p[1]);
		noted[SIGPIPE] = 0;
		check_err(EPIPE, send(p[0], buf, 0, 0), "%s: send", ends[i]);
		check_err(EPIPE, write(p[0], buf, 0), "write");
		check_err(EPIPE, syscall(SYS_sendmsg, p[0], &m.h, 0),
			  "sendmsg");
		check_err(EPIPE, syscall(SYS_sendmmsg, p[0], &m, 1, 0),
			  "sendmmsg");
		check_eq(noted[SIGPIPE], 4, "and SIGPIPE each time");
		check_err(EPIPE, send(p[0], buf, 0, MSG_NOSIGNAL),
			  "MSG_NOSIGNAL");
		check_eq(noted[SIGPIPE], 4, "no signal");
		check_eq(syscall(SYS_writev, p[0], &v, 1), 0, "writev does not ask");
		close(p[0]);
		if (i < 2)
			close(p[1]);
	}
	signal(SIGPIPE, SIG_IGN);
}

/* One that nobody read is missed when it, or one behind it, has bytes. */
static void empty_packets_lost(void)
{
	int p[2];

	pair(SOCK_SEQPACKET, p);
	send(p[0], buf, 0, 0);
	close(p[1]);
	check_eq(unix_option(p[0], SO_ERROR), 0, "one of no bytes is unread");
	close(p[0]);
	pair(SOCK_SEQPACKET, p);
	send(p[0], buf, 0, 0);
	send(p[0], buf, 0, 0);
	close(p[1]);
	check_eq(unix_option(p[0], SO_ERROR), ECONNRESET, "two of them: reset");
	close(p[0]);
}

static void block_write(void *arg)
{
	int *p = arg;
	long n = 0;

	close(p[1]);
	while (n < 1000000)
		n += write(p[0], buf, sizeof(buf));
	_exit(n == 1200000 ? 0 : 1);
}

static void filling(void)
{
	int p[2], status;
	long in = 0, n;
	pid_t pid;

	pair(SOCK_STREAM | SOCK_NONBLOCK, p);
	while ((n = write(p[0], buf, 5000)) > 0)
		in += n;
	check(n < 0 && errno == EAGAIN && in >= 50000, "a stream fills up");
	check(!(events_of(p[0]) & POLLOUT), "no room");
	while (in > 0 && (n = read(p[1], buf, sizeof(buf))) > 0)
		in -= n;
	check_eq(in, 0, "all of it is read");
	check(events_of(p[0]) & POLLOUT, "room again");
	fcntl(p[0], F_SETFL, 0);
	fcntl(p[1], F_SETFL, 0);
	pid = fork();
	if (pid == 0)
		block_write(p);
	close(p[0]);
	check_eq(recv(p[1], buf, sizeof(buf), MSG_WAITALL), sizeof(buf),
		 "MSG_WAITALL");
	while ((n = read(p[1], buf, sizeof(buf))) > 0)
		in += n;
	waitpid(pid, &status, 0);
	check(status == 0 && in == 900000, "a writer waits for its reader");
	close(p[1]);
}

static void connecting(void)
{
	int len, l, c, s, n = 0;
	struct addr a = name_of_path("sock", &len),
		    b = name_of_path("suck", &len), got;
	struct stat st;
	struct { int pid; unsigned uid, gid; } cred;

	l = sock(SOCK_STREAM);
	check_err(EINVAL, listen_on(l, 5), "no name: no listening");
	check_eq(events_of(l), POLLOUT | POLLHUP, "neither this nor that yet");
	check_ok(bind_to(l, &a, len), "bind makes a node");
	check(stat("sock", &st) == 0 && (st.st_mode & 0170000) == 0140000,
	      "a socket");
	s = sock(SOCK_DGRAM);
	check_eq(fchmod(s, 04710), 0, "fchmod of what has no name");
	check_ok(bind_to(s, &b, len), "bind");
	check(stat("suck", &st) == 0 && st.st_mode == 0144710,
	      "makes a node of that mode");
	close(s);
	unlink("suck");
	check_err(ENXIO, open("sock", O_RDWR), "that cannot be opened");
	check_err(EADDRINUSE, bind_to(sock(SOCK_STREAM), &a, len), "twice");
	check_err(EINVAL, bind_to(l, "\1\0\0x", 4), "a second name");
	c = sock(SOCK_STREAM);
	check_err(ECONNREFUSED, connect_to(c, &a, len), "nobody listens");
	check_err(EPROTOTYPE, connect_to(sock(SOCK_DGRAM), &a, len),
		  "another type");
	check_ok(listen_on(l, 1), "listen");
	check_eq(unix_option(l, SO_ACCEPTCONN), 1, "SO_ACCEPTCONN");
	check_err(ENOTCONN, send(c, "x", 1, 0), "not connected yet");
	check_ok(connect_to(c, &a, len), "connect");
	check_err(EISCONN, connect_to(c, &a, len), "again: EISCONN");
	check_eq(write(c, "early", 5), 5, "bytes before accept");
	check_eq(events_of(l), POLLIN, "the listener has one");
	s = (int)accept_from(l, 0);
	check_eq(read(s, buf, 99), 5, "accepted with its bytes");
	n = sizeof(got);
	syscall(SYS_getpeername, c, &got, &n);
	check(n == 7 && !strcmp(got.path, "sock"), "the peer's name");
	check_err(EFAULT, syscall(SYS_getpeername, c, NULL, &n), "to nowhere");
	n = sizeof(got);
	syscall(SYS_getsockname, c, &got, &n);
	check_eq(n, 2, "ours: none");
	n = sizeof(cred);
	syscall(SYS_getsockopt, s, SOL_SOCKET, SO_PEERCRED, &cred, &n);
	check(cred.pid == getpid() && cred.uid == 0, "SO_PEERCRED");
	close(s);
	check_eq(read(c, buf, 9), 0, "closed");
	close(c);
	fcntl(l, F_SETFL, O_NONBLOCK);
	check_err(EAGAIN, accept_from(l, 0), "no more: EAGAIN");
	c = sock(SOCK_STREAM | SOCK_NONBLOCK);
	connect_to(c, &a, len);
	connect_to(sock(SOCK_STREAM | SOCK_NONBLOCK), &a, len);
	check_err(EAGAIN, connect_to(sock(SOCK_STREAM | SOCK_NONBLOCK), &a,
				     len), "a full queue: EAGAIN");
	close(l);
	check(events_of(c) & POLLHUP, "the listener is gone: hung up");
	check_err(ECONNRESET, read(c, buf, 1), "reset");
	check_err(ECONNREFUSED, connect_to(sock(SOCK_STREAM), &a, len),
		  "the node refuses");
	unlink("sock");
	for (n = 3; n < 40; n++)
		close(n);
}

static void send_named_datagrams(void)
{
	struct control c;
	struct message m;
	int len, n, a, b, p[2];
	struct addr x = name_of_path("\0left", &len), y, from;

	a = sock(SOCK_DGRAM);
	b = sock(SOCK_DGRAM);
	check_ok(bind_to(a, &x, len), "an abstract name");
	check_err(EADDRINUSE, bind_to(b, &x, len), "is there once");
	check_ok(bind_to(b, &x, 2), "a name is found");
	n = sizeof(y);
	syscall(SYS_getsockname, b, &y, &n);
	check(n == 8 && y.path[0] == 0, "of five characters");
	check_err(ENOTCONN, send(b, "x", 1, 0), "to nobody");
	check_eq(sendto(b, "hello", 5, 0, &x, len), 5, "sent to a name");
	sendto(b, "", 0, 0, &x, len);
	sendto(b, "second", 6, 0, &x, len);
	n = sizeof(from);
	check_eq(recvfrom(a, buf, 99, 0, &from, &n), 5, "one message");
	check(n == 8 && !memcmp(from.path, y.path, 6), "from that name");
	check_eq(recv(a, buf, 99, 0), 0, "an empty one");
	check_eq(recv(a, buf, 3, MSG_TRUNC), 6, "cut off, with its length");
	check_err(EAGAIN, recv(a, buf, 9, MSG_DONTWAIT), "the rest is lost");
	check_ok(connect_to(b, &x, len), "a default destination");
	check_eq(send(b, "c", 1, 0), 1, "send without a name");
	for (n = 0; send(b, "fill", 4, MSG_DONTWAIT) == 4; )
		n++;
	check(errno == EAGAIN && n >= 5, "a queue has a length");
	check(!(events_of(b) & POLLOUT), "poll says so");
	recv(a, buf, 9, 0);
	recv(a, buf, 9, 0);
	check(events_of(b) & POLLOUT, "and when there is room");
	check_err(EMSGSIZE, send(b, buf, 300000, 0), "too long");
	close(a);
	check_err(ECONNREFUSED, send(b, "x", 1, 0), "the other is gone");
	close(b);
	pair(SOCK_DGRAM | SOCK_NONBLOCK, p);
	for (n = 0; n < 50 && send(p[0], buf, 60000, 0) == 60000; )
		n++;
	check(errno == EAGAIN && n > 0 && n < 8,
	      "what is under way has a length in bytes: %d", n * 60000);
	check(!(events_of(p[0]) & POLLOUT), "poll says so");
	while (n-- > 0)
		recv(p[1], buf, 60000, 0);
	check(events_of(p[0]) & POLLOUT, "and when it has come");
	close(p[0]);
	close(p[1]);
	pair(SOCK_SEQPACKET, p);
	send(p[0], "one", 3, MSG_EOR);
	write(p[0], "two", 3);
	check(receive_message(p[1], &c, 0, 0, &m) == 3 && m.flags == 0,
	      "packets keep their edges, of which no flag tells");
	close(p[0]);
	check_eq(read(p[1], buf, 99), 3, "outlive their sender");
	check_eq(read(p[1], buf, 99), 0, "and end");
	close(p[1]);
}

#ifdef SYS_recvmmsg_time64
#define recvmmsg(s, m, n, f, t) syscall(SYS_recvmmsg_time64, s, m, n, f, t)
#else
#define recvmmsg(s, m, n, f, t) syscall(SYS_recvmmsg, s, m, n, f, t)
#endif

/* Several at once; the time limit counts when one has come. */
static void receive_several(void)
{
	static char text[3][8];
	struct iovec v[3];
	struct { struct message h; unsigned len; } m[3] = { 0 };
	int64_t t[2] = { 0, 0 };
	int p[2];

	for (int i = 0; i < 3; i++) {
		v[i] = (struct iovec){ text[i], sizeof(text[i]) };
		m[i].h.iov = &v[i];
		m[i].h.nr_iov = 1;
	}
	pair(SOCK_DGRAM, p);
	for (int i = 0; i < 6; i++)
		send(p[0], "packet", i + 1, 0);
	check_eq(recvmmsg(p[1], m, 3, 0, t), 1, "no time: one that is there");
	check(m[0].len == 1 && text[0][0] == 'p', "its length");
	t[0] = 1000;
	check_eq(recvmmsg(p[1], m, 3, 0, t), 3, "time enough: all");
	check(m[0].len == 2 && m[1].len == 3 && m[2].len == 4, "in order");
	check(t[0] < 1000 && t[0] > 0, "what is left of the time");
	check_eq(recvmmsg(p[1], m, 3, MSG_WAITFORONE, NULL), 2,
		 "MSG_WAITFORONE: what is there");
	t[0] = -1;
	check_err(EINVAL, recvmmsg(p[1], m, 1, 0, t), "time before now");
	t[0] = 0;
	t[1] = 1000000000;
	check_err(EINVAL, recvmmsg(p[1], m, 1, 0, t), "too many of a second");
	check_err(EFAULT, recvmmsg(p[1], m, 1, 0, BAD), "bad pointer");
	check_err(EAGAIN, recvmmsg(p[1], m, 1, MSG_DONTWAIT, NULL), "none");
	close(p[0]);
	close(p[1]);
}

/* What ends a call that has received something is told by the next. */
static void later_told(int type)
{
	struct iovec v[2] = { { buf, 1 }, { BAD, 1 } };
	struct { struct message h; unsigned len; } m[2] = { 0 };
	int p[2];

	for (int i = 0; i < 2; i++) {
		m[i].h.iov = &v[i];
		m[i].h.nr_iov = 1;
	}
	pair(type, p);
	send(p[0], "a", 1, 0);
	send(p[0], "b", 1, 0);
	check_eq(recvmmsg(p[1], m, 2, MSG_DONTWAIT, NULL), 1,
		 "type %d: one, and no memory for another", type);
	check_eq(unix_option(p[1], SO_ERROR), EFAULT, "is kept");
	check_eq(unix_option(p[1], SO_ERROR), 0, "and told once");
	recv(p[1], buf, 1, MSG_DONTWAIT);
	send(p[0], "a", 1, 0);
	check_eq(recvmmsg(p[1], m, 2, MSG_DONTWAIT, NULL), 1, "one, no more");
	check_eq(unix_option(p[1], SO_ERROR), 0, "which is no error");
	m[1].h.nr_iov = 5000;
	for (int i = 0; i < 3; i++)
		send(p[0], "a", 1, 0);
	check_eq(recvmmsg(p[1], m, 2, MSG_DONTWAIT, NULL), 1, "one again");
	check_err(EMSGSIZE, recvmmsg(p[1], m, 1, MSG_DONTWAIT, NULL),
		  "recvmmsg is told before it looks");
	check_eq(recvmmsg(p[1], m, 2, MSG_DONTWAIT, NULL), 1, "once");
	check_err(EMSGSIZE, recvmmsg(p[1], m, 0, MSG_DONTWAIT, NULL),
		  "even one of no messages");
	check_eq(recvmmsg(p[1], m, 2, MSG_DONTWAIT, NULL), 1, "the third");
	check_err(EMSGSIZE, send(p[1], "x", 1, 0), "and so is a sender");
	check_eq(send(p[1], "x", 1, 0), 1, "once");
	close(p[0]);
	close(p[1]);
}

/* As many as are named: the bound of sendmmsg is that of a call to send. */
static void very_many(void)
{
	static struct { struct message h; unsigned len; } m[1100];
	int p[2];

	pair(SOCK_STREAM, p);
	shutdown(p[0], 1);
	check_eq(recvmmsg(p[1], m, 1100, 0, NULL), 1100,
		 "the end, as often as is asked");
	check_eq(syscall(SYS_sendmmsg, p[1], m, 1100, 0), 1024,
		 "sendmmsg has a bound");
	close(p[0]);
	close(p[1]);
}

/* A message of one byte with n descriptors. */
static long send_fds(int s, const int *fds, int n)
{
	struct control c = { .len = HEAD + (unsigned)n * sizeof(int),
			     .level = SOL_SOCKET, .type = 1 };
	struct iovec v = { "F", 1 };
	struct message m = { .iov = &v, .nr_iov = 1, .control = &c,
			     .control_len = sizeof(c) };

	memcpy(c.data, fds, (unsigned)n * sizeof(int));
	m.control_len = (c.len + sizeof(long) - 1) & ~(sizeof(long) - 1);
	return syscall(SYS_sendmsg, s, &m, 0);
}

static void pass_descriptors(void)
{
	int p[2], q[2], r[2], on = 1, bad[1] = { 99 };
	struct control c;
	struct message m;
	struct stat a, b;

	pair(SOCK_STREAM, p);
	pipe(q);
	check_eq(send_fds(p[0], q, 2), 1, "two descriptors sent");
	check_err(EBADF, send_fds(p[0], bad, 1), "a bad one: EBADF");
	close(q[0]);
	write(p[0], "more", 4);
	check_eq(receive_message(p[1], &c, sizeof(c), MSG_CMSG_CLOEXEC, &m), 1,
		 "received alone, before what follows");
	check(c.level == SOL_SOCKET && c.type == 1 &&
	      c.len == HEAD + 2 * sizeof(int), "as SCM_RIGHTS");
	memcpy(r, c.data, sizeof(r));
	check_eq(fcntl(r[0], F_GETFD), FD_CLOEXEC, "MSG_CMSG_CLOEXEC");
	fstat(q[1], &a);
	fstat(r[1], &b);
	check_eq(a.st_ino, b.st_ino, "the same file");
	write(q[1], "piped", 5);
	check_eq(read(r[0], buf, 9), 5, "that works");
	check_eq(read(p[1], buf, 9), 4, "then the bytes after");
	write(p[0], "some", 4);
	send_fds(p[0], r, 1);
	write(p[0], "more", 4);
	check_eq(receive_message(p[1], &c, sizeof(c), MSG_PEEK, &m), 5,
		 "with the bytes before them, seen");
	check(c.len == HEAD + sizeof(int), "... a copy");
	close(c.data[0]);
	check(receive_message(p[1], &c, sizeof(c), 0, &m) == 5 && buf[4] == 'F',
	      "and read");
	check(c.len == HEAD + sizeof(int), "... the descriptor");
	close(c.data[0]);
	check_eq(read(p[1], buf, 9), 4, "then the bytes after");
	send_fds(p[0], r, 2);
	receive_message(p[1], &c, HEAD + sizeof(int), 0, &m);
	check(m.flags & MSG_CTRUNC && c.len == HEAD + sizeof(int),
	      "room for one: MSG_CTRUNC");
	close(c.data[0]);
	send_fds(p[0], r, 1);
	check_eq(read(p[1], buf, 9), 1, "read drops them");
	syscall(SYS_setsockopt, p[1], SOL_SOCKET, SO_PASSCRED, &on,
		sizeof(on));
	write(p[0], "who", 3);
	receive_message(p[1], &c, sizeof(c), 0, &m);
	check(c.type == 2 && c.data[0] == getpid() && c.data[1] == 0,
	      "SO_PASSCRED tells who");
	close(r[0]);
	close(r[1]);
	close(q[1]);
	close(p[0]);
	close(p[1]);
}

/* Sockets that only hold each other must not stay: the audit counts them. */
static void cycles(void)
{
	for (int i = 0; i < 50; i++) {
		int p[2], q[2];

		pair(SOCK_STREAM, p);
		pair(SOCK_DGRAM, q);
		send_fds(p[0], &p[1], 1);	/* itself */
		send_fds(q[0], &p[0], 1);
		send_fds(p[1], &q[1], 1);	/* each the other */
		close(p[0]);
		close(p[1]);
		close(q[0]);
		close(q[1]);
	}
	check(1, "fifty cycles closed");
}

static void live_cycle(void)
{
	int p[2], q[2], k[2];
	struct control c;
	struct message m;

	pair(SOCK_STREAM, p);
	pair(SOCK_STREAM, q);
	send_fds(p[0], &q[0], 1);	/* q[0] waits at p[1] */
	write(q[1], "kept", 4);
	close(q[0]);
	pair(SOCK_STREAM, k);
	send_fds(k[0], &k[1], 1);	/* a cycle: collects */
	close(k[0]);
	close(k[1]);
	check_eq(receive_message(p[1], &c, sizeof(c), 0, &m), 1,
		 "what can be reached");
	check_eq(read(c.data[0], buf, 9), 4, "is kept, bytes and all");
	close(c.data[0]);
	close(q[1]);
	close(p[0]);
	close(p[1]);
}

static void refuse_unix_calls(void)
{
	int p[2], t[4] = { 0 };
	long wait[2] = { 0, 50000 };
	struct rlimit files, none;

	check_err(EAFNOSUPPORT, syscall(SYS_socket, 45, 1, 0), "no family");
	check_err(ESOCKTNOSUPPORT, sock(4), "no type");
	check_err(EPROTONOSUPPORT, syscall(SYS_socket, AF_UNIX, 1, 77),
		  "no protocol");
	pipe(p);
	check_err(ENOTSOCK, listen_on(p[0], 1), "a pipe is no socket");
	getrlimit(RLIMIT_NOFILE, &files);
	none = files;
	none.rlim_cur = 0;
	setrlimit(RLIMIT_NOFILE, &none);
	check_err(EMFILE, syscall(SYS_accept4, p[0], NULL, NULL, 0),
		  "accept wants room first");
	setrlimit(RLIMIT_NOFILE, &files);
	check_err(EBADF, listen_on(77, 1), "nothing is none either");
	close(p[0]);
	close(p[1]);
	pair(SOCK_STREAM, p);
	check_err(EOPNOTSUPP, listen_on(sock(SOCK_DGRAM), 1), "datagrams");
	check_err(EINVAL, accept_from(p[0], 0), "not listening");
	syscall(SYS_setsockopt, p[0], SOL_SOCKET, SO_RCVTIMEO, wait,
		sizeof(wait));
	check_err(EAGAIN, read(p[0], buf, 1), "SO_RCVTIMEO");
	check_err(EFAULT, send(p[1], BAD, 9, 0), "bad memory");
	check_err(EFAULT, syscall(SYS_socketpair, AF_UNIX, 1, 0, BAD),
		  "bad place for a pair");
	check_eq(dup(t[0]), 6, "no descriptor is left behind");
	for (int i = 3; i < 9; i++)
		close(i);
}

int main(void)
{
	for (int i = 3; i < 20; i++)
		close(i);
	tap_scratch("unix");
	use_stream_pair();
	send_no_bytes_locally();
	empty_packets_lost();
	filling();
	connecting();
	send_named_datagrams();
	receive_several();
	later_told(SOCK_STREAM);
	later_told(SOCK_DGRAM);
	later_told(SOCK_SEQPACKET);
	very_many();
	pass_descriptors();
	cycles();
	live_cycle();
	tap_scratch_end();
	refuse_unix_calls();
	return tap_done();
}
