/* SPDX-License-Identifier: MIT */
/*
 * AF_UNIX: what a sender says of itself (SCM_CREDENTIALS) and may not say, the
 * names that sockets get by themselves, and whom a datagram may go to (B5).
 */
#include "sockets.h"
#include "unix_message.h"

#define SO_PEERGROUPS	59
#ifndef EPROTOTYPE
#define EPROTOTYPE	91
#endif
#define AUTO_NAME	8		/* bytes: family, NUL, five digits */

struct control {
	unsigned long len;
	int level, type;
	int data[4];
};

#define sock(t)			(int)syscall(SYS_socket, AF_UNIX, t, 0)
#define pair(t, p)		syscall(SYS_socketpair, AF_UNIX, t, 0, p)
#define connect_to(s, a, n)	syscall(SYS_connect, s, a, n)
#define sendto(s, b, n, f, a, l) syscall(SYS_sendto, s, b, n, f, a, l)

static char buf[64];

static void pass_cred(int s)
{
	int on = 1;

	syscall(SYS_setsockopt, s, SOL_SOCKET, SO_PASSCRED, &on, sizeof(on));
}

/* A byte with a control message of n bytes beside its head. */
static long send_control(int s, int level, int type, const int *data, int n)
{
	struct control c = { .len = HEAD + (unsigned)n, .level = level,
			     .type = type };
	struct iovec v = { "C", 1 };
	struct message m = { .iov = &v, .nr_iov = 1, .control = &c,
			     .control_len = HEAD + (unsigned)n };

	memcpy(c.data, data, (unsigned)n);
	return syscall(SYS_sendmsg, s, &m, 0);
}

static long say(int s, int pid, int uid, int gid)
{
	int c[3] = { pid, uid, gid };

	return send_control(s, SOL_SOCKET, SCM_CREDENTIALS, c, sizeof(c));
}

static long receive_credentials(int s, struct control *c)
{
	struct iovec v = { buf, sizeof(buf) };
	struct message m = { .iov = &v, .nr_iov = 1, .control = c,
			     .control_len = sizeof(*c) };

	memset(c, 0, sizeof(*c));
	return syscall(SYS_recvmsg, s, &m, MSG_DONTWAIT);
}

static int name_length(int s)
{
	struct addr a;
	int n = sizeof(a);

	syscall(SYS_getsockname, s, &a, &n);
	return n;
}

/* ---- who it is ----------------------------------------------------------- */

static void say_as_user(void *arg)
{
	int s = *(int *)arg, me = getpid();

	if (syscall(SYS_setresgid, 50, 51, 52) ||
	    syscall(SYS_setresuid, 40, 41, 42))
		_exit(1);
	if (say(s, me, 40, 50) != 1 || say(s, me, 41, 51) != 1 ||
	    say(s, me, 42, 52) != 1)
		_exit(2);
	if (say(s, me, 0, 50) != -1 || errno != EPERM)
		_exit(3);
	if (say(s, me, 40, 0) != -1 || errno != EPERM)
		_exit(4);
	if (say(s, 1, 40, 50) != -1 || errno != EPERM)
		_exit(5);
}

/* What one wrote under other ids is told apart from what came before. */
static void writes_as_three(void *arg)
{
	int p[2];

	(void)arg;
	pair(SOCK_STREAM, p);
	pass_cred(p[1]);
	if (write(p[0], "a", 1) != 1 || syscall(SYS_setresgid, 50, -1, -1) ||
	    write(p[0], "b", 1) != 1 || write(p[0], "B", 1) != 1 ||
	    syscall(SYS_setresuid, 40, -1, -1) || write(p[0], "c", 1) != 1)
		_exit(1);
	if (read(p[1], buf, sizeof(buf)) != 1 || buf[0] != 'a')
		_exit(2);
	if (read(p[1], buf, sizeof(buf)) != 2 || buf[1] != 'B')
		_exit(3);
	if (read(p[1], buf, sizeof(buf)) != 1 || buf[0] != 'c')
		_exit(4);
	_exit(0);
}

static void pass_credentials(void)
{
	int p[2], none[4] = { 0 };
	struct control c;

	pair(SOCK_DGRAM, p);
	pass_cred(p[1]);
	check_eq(say(p[0], 1, 77, 88), 1, "root says it is another");
	check_eq(receive_credentials(p[1], &c), 1, "and is believed");
	check(c.level == SOL_SOCKET && c.type == SCM_CREDENTIALS &&
	      c.len == HEAD + 12 && c.data[1] == 77 && c.data[2] == 88,
	      "by what it says");
	check_eq(in_child(say_as_user, &p[0]), 0,
		 "a user may be what it is, and no more");
	for (int i = 0; i < 3; i++)
		check(receive_credentials(p[1], &c) == 1 &&
			      c.data[1] == 40 + i && c.data[2] == 50 + i,
		      "each of its ids");
	check_err(EAGAIN, receive_credentials(p[1], &c),
		  "the refused ones do not come");
	check_err(EINVAL, send_control(p[0], SOL_SOCKET, SCM_CREDENTIALS, none,
				       8), "no whole credentials");
	check_err(EINVAL, send_control(p[0], SOL_SOCKET, 99, none, 4),
		  "no such kind");
	check_eq(send_control(p[0], 41, 99, none, 4), 1,
		 "another level's does not matter");
	close(p[0]);
	close(p[1]);
	check_eq(in_child(writes_as_three, NULL), 0,
		 "a read ends where the writer's ids change");
}

/* => uid that the next message tells; -2: none */
static int told_uid(int s)
{
	struct control c;

	if (receive_credentials(s, &c) < 0)
		return -3;
	return c.type == SCM_CREDENTIALS ? c.data[1] : -2;
}

/* Credentials that nobody asked for when the message was sent. */
static void not_told(int type, const char *what)
{
	int p[2];

	pair(type, p);
	write(p[0], "x", 1);
	pass_cred(p[1]);
	write(p[0], "y", 1);
	check_eq(told_uid(p[1]), 65534, "%s: one sent before says nobody",
		 what);
	check_eq(told_uid(p[1]), 0, "one sent after is not read with it");
	close(p[0]);
	close(p[1]);
	pair(type, p);
	pass_cred(p[0]);
	write(p[0], "x", 1);
	pass_cred(p[1]);
	check_eq(told_uid(p[1]), 0, "or its sender asked");
	close(p[0]);
	close(p[1]);
}

/* What the listener passes, the sockets do that accept(2) returns. */
static void accept_passes(void)
{
	struct addr a = { AF_UNIX, "\0listens" };
	int l = sock(SOCK_STREAM), c = sock(SOCK_STREAM), s, on = 0, n = 4;

	syscall(SYS_bind, l, &a, 10);
	syscall(SYS_listen, l, 5);
	check_ok(connect_to(c, &a, 10), "connect");
	pass_cred(l);
	write(c, "x", 1);
	s = (int)syscall(SYS_accept4, l, NULL, NULL, 0);
	syscall(SYS_getsockopt, s, SOL_SOCKET, SO_PASSCRED, &on, &n);
	check_eq(on, 1, "accept passes SO_PASSCRED on");
	check_eq(told_uid(s), 0, "for what was sent before it, too");
	close(c);
	check_eq(told_uid(s), 0, "the end tells zeros");
	close(s);
	close(l);
}

static void no_such_process(void)
{
	int p[2];

	pair(SOCK_DGRAM, p);
	check_err(ESRCH, say(p[0], 0x3ffffffe, 0, 0), "nobody's number");
	check_err(ESRCH, say(p[0], 0, 0, 0), "nor is 0 a process");
	close(p[0]);
	close(p[1]);
}

static void peer_groups(void *arg)
{
	static const gid_t groups[3] = { 5, 7, 20 };
	int p[2], got[4] = { 0 }, n = sizeof(got), less = 8, s;

	(void)arg;
	if (setgroups(3, groups) || pair(SOCK_STREAM, p) ||
	    setgroups(0, NULL))
		_exit(1);
	if (syscall(SYS_getsockopt, p[0], SOL_SOCKET, SO_PEERGROUPS, got, &n) ||
	    n != sizeof(groups) || memcmp(got, groups, sizeof(groups)))
		_exit(2);
	errno = 0;
	if (syscall(SYS_getsockopt, p[0], SOL_SOCKET, SO_PEERGROUPS, got,
		    &less) != -1 || errno != ERANGE || less != sizeof(groups))
		_exit(3);
	s = sock(SOCK_STREAM);
	errno = 0;
	if (syscall(SYS_getsockopt, s, SOL_SOCKET, SO_PEERGROUPS, got,
		    &n) != -1 || errno != ENODATA)
		_exit(4);
	_exit(0);
}

/* A descriptor that comes to a receiver without room for control data. */
static void no_control(void)
{
	struct iovec v = { buf, 1 };
	struct message m = { .iov = &v, .nr_iov = 1, .control_len = 64 };
	int p[2], fd = 0;

	pair(SOCK_STREAM, p);
	send_control(p[0], SOL_SOCKET, SCM_RIGHTS, &fd, sizeof(fd));
	check_eq(syscall(SYS_recvmsg, p[1], &m, 0), 1, "no control buffer");
	check(m.flags == MSG_CTRUNC && m.control_len == 0,
	      "whatever length it should have");
	close(p[0]);
	close(p[1]);
}

/* ---- names --------------------------------------------------------------- */

/* Sockets of another type are not found; by a path they are the wrong ones. */
static void names_of_types(void)
{
	struct addr a = { AF_UNIX, "\0typed" }, path = { AF_UNIX, "path" };
	int l = sock(SOCK_STREAM), s = sock(SOCK_SEQPACKET);
	int other = sock(SOCK_SEQPACKET);

	syscall(SYS_bind, l, &a, 8);
	syscall(SYS_listen, l, 1);
	check_err(ECONNREFUSED, connect_to(s, &a, 8),
		  "an abstract name of another type");
	check_ok(syscall(SYS_bind, other, &a, 8), "is free for this one");
	close(l);
	close(other);
	l = sock(SOCK_STREAM);
	syscall(SYS_bind, l, &path, sizeof(path));
	syscall(SYS_listen, l, 1);
	check_err(EPROTOTYPE, connect_to(s, &path, sizeof(path)),
		  "a path of another type");
	unlink("path");
	close(l);
	close(s);
}

/* Whoever is to be told credentials has a name before anything is sent. */
static void automatic_names(void)
{
	struct addr to = { AF_UNIX, "\0named" }, none = { 0 };
	int a = sock(SOCK_DGRAM), b = sock(SOCK_DGRAM), p[2];

	check_ok(syscall(SYS_bind, b, &to, 8), "a name");
	check_eq(sendto(a, "x", 1, 0, &to, 8), 1, "a datagram to it");
	check_eq(name_length(a), 2, "from nobody");
	pass_cred(a);
	check_eq(sendto(a, "x", 1, 0, &to, 8), 1, "now with credentials");
	check_eq(name_length(a), AUTO_NAME, "from a name of its own");
	close(a);
	a = sock(SOCK_DGRAM);
	pass_cred(a);
	check_ok(connect_to(a, &none, 2), "connected to nobody");
	check_eq(name_length(a), 2, "needs no name");
	check_ok(connect_to(a, &to, 8), "to somebody");
	check_eq(name_length(a), AUTO_NAME, "does");
	close(a);
	pair(SOCK_STREAM, p);
	pass_cred(p[0]);
	check_eq(write(p[0], "x", 1), 1, "a stream");
	check_eq(name_length(p[0]), 2, "needs none");
	close(p[0]);
	close(p[1]);
	close(b);
}

/* ---- whom to ------------------------------------------------------------- */

static void destinations(void)
{
	struct addr to = { AF_UNIX, "\0taken" }, file = { AF_UNIX, "plain" };
	struct addr friend = { AF_UNIX, "\0mate" };
	int a = sock(SOCK_DGRAM), b = sock(SOCK_DGRAM), c = sock(SOCK_DGRAM);

	syscall(SYS_bind, a, &to, 8);
	syscall(SYS_bind, b, &friend, 7);
	check_ok(connect_to(a, &friend, 7), "one that listens to another");
	check_err(EPERM, connect_to(c, &to, 8), "is nobody else's");
	check_err(EPERM, sendto(c, "x", 1, 0, &to, 8), "nor told anything");
	check_ok(connect_to(b, &to, 8), "but its friend's");
	close(open("plain", O_CREAT | O_WRONLY, 0600));
	check_err(ECONNREFUSED, sendto(c, "x", 1, 0, &file, sizeof(file)),
		  "a file is no socket");
	unlink("plain");
	check_err(ENOENT, sendto(c, "x", 1, 0, &file, sizeof(file)),
		  "nor is nothing");
	close(a);
	close(b);
	close(c);
}

/* A sender waits until a full queue has room, as long as it is to. */
static void full_queue(void)
{
	struct addr to = { AF_UNIX, "\0full" };
	long soon[2] = { 0, 20000 };
	int a = sock(SOCK_DGRAM), b = sock(SOCK_DGRAM), n = 0, status;
	pid_t pid;

	syscall(SYS_bind, b, &to, 7);
	while (sendto(a, "fill", 4, MSG_DONTWAIT, &to, 7) == 4)
		n++;
	check(errno == EAGAIN && n > 0, "a queue that is full");
	pid = fork();
	if (!pid)
		_exit(sendto(a, "last", 4, 0, &to, 7) == 4 ? 0 : 1);
	check(comes_to(pid, "S"), "makes its sender wait");
	check_eq(read(b, buf, sizeof(buf)), 4, "until somebody reads");
	waitpid(pid, &status, 0);
	check_eq(status, 0, "then it goes");
	syscall(SYS_setsockopt, a, SOL_SOCKET, SO_SNDTIMEO, soon,
		sizeof(soon));
	check_err(EAGAIN, sendto(a, "late", 4, 0, &to, 7), "or not in time");
	close(a);
	close(b);
}

/* That the other has gone, with something unread, is told before the rest. */
static void broken_packets(void)
{
	int p[2];

	pair(SOCK_SEQPACKET, p);
	write(p[0], "unread", 6);
	write(p[1], "last", 4);
	close(p[1]);
	check_err(ECONNRESET, read(p[0], buf, sizeof(buf)), "a broken end");
	check_eq(read(p[0], buf, sizeof(buf)), 4, "then what was sent");
	check_eq(read(p[0], buf, sizeof(buf)), 0, "and no more");
	close(p[0]);
}

/* A sender that got its name after it sent is told by that. */
static void named_later(int type)
{
	struct addr a = { AF_UNIX, "\0later" }, from = { 0 };
	int p[2], n = sizeof(from);

	pair(type, p);
	check_eq(write(p[0], "x", 1), 1, "from who has no name");
	check_ok(syscall(SYS_bind, p[0], &a, 8), "who gets one");
	close(p[0]);
	check_eq(syscall(SYS_recvfrom, p[1], buf, sizeof(buf), 0, &from, &n),
		 1, "is read");
	check(n == 8 && !memcmp(&from, &a, 8), "with the name");
	close(p[1]);
}

static void urgent_packets(void)
{
	int s = sock(SOCK_SEQPACKET), p[2];

	check_err(ENOTCONN, syscall(SYS_recvfrom, s, buf, 1, 1, NULL, NULL),
		  "MSG_OOB of packets, not connected");
	pair(SOCK_SEQPACKET, p);
	check_err(EOPNOTSUPP, syscall(SYS_recvfrom, p[0], buf, 1, 1, NULL,
				      NULL), "and connected");
	close(p[0]);
	close(p[1]);
	close(s);
}

int main(void)
{
	tap_scratch("sender_names");
	pass_credentials();
	not_told(SOCK_STREAM, "stream");
	not_told(SOCK_DGRAM, "datagrams");
	not_told(SOCK_SEQPACKET, "packets");
	accept_passes();
	no_such_process();
	check_eq(in_child(peer_groups, NULL), 0, "SO_PEERGROUPS");
	no_control();
	names_of_types();
	automatic_names();
	destinations();
	full_queue();
	broken_packets();
	named_later(SOCK_STREAM);
	named_later(SOCK_DGRAM);
	named_later(SOCK_SEQPACKET);
	urgent_packets();
	tap_scratch_end();
	return tap_done();
}
