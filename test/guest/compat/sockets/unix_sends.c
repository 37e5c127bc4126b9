/* SPDX-License-Identifier: MIT */
/*
 * What a send or a receive on a socket of AF_UNIX tells when the bytes, the
 * name or the partner is not there, and which of these comes first (rows B3,
 * B5).
 */
#include "sockets.h"

#define MUCH		(16u << 20)	/* more than a socket has room for */

static char buf[256];

/* ---- what is sent -------------------------------------------------------- */

static void read_useless_control(void)
{
	struct iovec v = { buf, 1 };
	struct message m = { .iov = &v, .nr_iov = 1, .control = BAD,
			     .control_len = 1 };
	int s[2], fd;

	open_pair(SOCK_DGRAM, s);
	check_eq(raw_syscall(SYS_sendmsg, s[0], &m, 0), -EFAULT,
		 "sendmsg: control data are read, too few as they are");
	m.control = buf;
	check_eq(raw_syscall(SYS_sendmsg, s[0], &m, 0), 1, "and mean nothing");
	close(s[0]);
	close(s[1]);
	m.control = BAD;
	fd = open_socket(AF_UNIX, SOCK_DGRAM);
	check_eq(raw_syscall(SYS_sendmsg, fd, &m, 0), -EFAULT,
		 "before it is asked who would get it");
	close(fd);
	fd = open_socket(AF_NETLINK, SOCK_DGRAM);
	check_eq(raw_syscall(SYS_sendmsg, fd, &m, 0), -EFAULT, "of netlink");
	close(fd);
}

static long send_bytes(int fd, const void *from, unsigned long n)
{
	return raw_syscall(SYS_sendto, fd, from, n, MSG_NOSIGNAL, NULL, 0);
}

static void end_before_bytes(int type, const char *what)
{
	int s[2];

	open_pair(type, s);
	check_eq(send_bytes(s[0], BAD, 1), -EFAULT,
		 "%s: bytes that are not there", what);
	check_eq(send_bytes(s[0], BAD, MUCH), -EMSGSIZE, "too many of them");
	raw_syscall(SYS_shutdown, s[0], 1);
	check_eq(send_bytes(s[0], BAD, 1), -EPIPE,
		 "after shutdown it is the end");
	check_eq(send_bytes(s[0], BAD, MUCH), -EMSGSIZE,
		 "unless they are too many");
	close(s[0]);
	close(s[1]);
}

static void send_to_closed(void)
{
	int s[2];

	open_pair(SOCK_SEQPACKET, s);
	close(s[1]);
	check_eq(send_bytes(s[0], BAD, 1), -EPIPE, "packets to one that left");
	close(s[0]);
	open_pair(SOCK_DGRAM, s);
	close(s[1]);
	check_eq(send_bytes(s[0], BAD, 1), -EFAULT,
		 "datagrams: the bytes first");
	check_eq(send_bytes(s[0], buf, 1), -ECONNREFUSED, "then who gets them");
	close(s[0]);
}

static void tell_errors_of_packets(void)
{
	int s[2], fd = open_socket(AF_UNIX, SOCK_SEQPACKET);

	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, MSG_OOB, 0, 0), -ENOTCONN,
		 "packets to nobody, before out of band");
	close(fd);
	open_pair(SOCK_SEQPACKET, s);
	send_bytes(s[0], buf, 1);
	close(s[1]);
	check_eq(raw_syscall(SYS_sendto, s[0], buf, MUCH, MSG_OOB, 0, 0),
		 -ECONNRESET, "what was never read is told first");
	check_eq(send_bytes(s[0], buf, 1), -EPIPE, "once");
	close(s[0]);
	open_pair(SOCK_STREAM, s);
	send_bytes(s[0], buf, 1);
	close(s[1]);
	check_eq(send_bytes(s[0], buf, 1), -EPIPE, "streams have ended");
	check_eq(raw_syscall(SYS_recvfrom, s[0], buf, 1, 0, 0, 0), -ECONNRESET,
		 "and tell it to a reader");
	close(s[0]);
}

static void find_receiver_last(void)
{
	static const char name[] = "\1\0\0nobody, anywhere";
	static const unsigned short other[8] = { AF_INET };
	struct iovec v = { buf, 1 };
	struct message m = { .name = other, .name_len = sizeof(other),
			     .iov = &v, .nr_iov = 1 };
	int fd = open_socket(AF_UNIX, SOCK_DGRAM);

	check_eq(send_bytes(fd, BAD, MUCH), -ENOTCONN,
		 "to nobody: before the size");
	check_eq(raw_syscall(SYS_sendto, fd, buf, MUCH, 0, name, sizeof(name)),
		 -EMSGSIZE, "to a name: the size");
	check_eq(raw_syscall(SYS_sendto, fd, BAD, 1, 0, name, sizeof(name)),
		 -EFAULT, "the bytes");
	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 0, name, sizeof(name)),
		 -ECONNREFUSED, "and then whose it is");
	m.iov = BAD;
	check_eq(raw_syscall(SYS_sendmsg, fd, &m, 0), -EFAULT,
		 "sendmsg: where the bytes are, before whose name it is");
	m.iov = &v;
	check_eq(raw_syscall(SYS_sendmsg, fd, &m, 0), -EINVAL, "then that");
	close(fd);
	fd = open_socket(AF_UNIX, SOCK_SEQPACKET);
	check_eq(send_bytes(fd, BAD, MUCH), -ENOTCONN, "packets likewise");
	close(fd);
}

static void give_names(void)
{
	static const unsigned short name[16] = { AF_INET, 0x901f };
	static const unsigned short unix_name[16] = { AF_UNIX }, none[16];
	int s[2];

	open_pair(SOCK_DGRAM, s);
	check_eq(raw_syscall(SYS_sendto, s[0], buf, 1, 0, unix_name, 2),
		 -EINVAL, "of unix, to a name that is a family alone");
	check_eq(raw_syscall(SYS_sendto, s[0], buf, 1, 0, none, 9), -EINVAL,
		 "or has none");
	check_eq(raw_syscall(SYS_sendto, s[0], buf, 1, 0, name, 0), 1,
		 "of unix, to a name of no bytes: to the peer");
	close(s[0]);
	close(s[1]);
}

static void give_names_to_peers(void)
{
	int p[2];

	open_pair(SOCK_SEQPACKET, p);
	check_eq(raw_syscall(SYS_sendto, p[0], "x", 1, 0, "??????", 6), 1,
		 "a packet's name is not looked at");
	check_eq(raw_syscall(SYS_sendto, p[0], "x", 1, 0, BAD, 6), -EFAULT,
		 "but read");
	close(p[0]);
	close(p[1]);
	open_pair(SOCK_STREAM, p);
	check_eq(raw_syscall(SYS_sendto, p[0], "x", 1, 0, "??????", 6),
		 -EISCONN, "a stream takes none");
	close(p[0]);
	close(p[1]);
	open_pair(SOCK_DGRAM, p);
	check_eq(raw_syscall(SYS_sendto, p[0], "x", 1, 0, "??????", 6),
		 -EINVAL, "a datagram's must be right");
	close(p[0]);
	close(p[1]);
}

static void bind_twice(void)
{
	static const char a[] = "\1\0s1", b[] = "\1\0s2";
	int s[2];

	open_pair(SOCK_SEQPACKET, s);
	check_eq(raw_syscall(SYS_bind, s[0], a, sizeof(a)), 0, "bind");
	check_eq(raw_syscall(SYS_bind, s[0], a, sizeof(a)), -EADDRINUSE,
		 "again: the name is in use");
	check_eq(raw_syscall(SYS_bind, s[0], b, sizeof(b)), -EINVAL,
		 "to another: it has one");
	check(access("s2", F_OK) && errno == ENOENT, "which is not made");
	unlink("s1");
	check_eq(raw_syscall(SYS_setsockopt, s[0], 1, SO_SNDBUFFORCE,
			     &(int){ 8192 }, 4), 0, "SO_SNDBUFFORCE of unix");
	close(s[0]);
	close(s[1]);
}

static void send_out_of_band(void)
{
	static const unsigned short name[8] = { AF_NETLINK };
	int fd = open_socket(AF_UNIX, SOCK_DGRAM);

	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 1, name, 16),
		 -EOPNOTSUPP, "MSG_OOB of a datagram, before its name");
	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 1, name, 129), -EINVAL,
		 "but for its length");
	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 1, BAD, 16), -EFAULT,
		 "and its address");
	close(fd);
	fd = open_socket(AF_INET, SOCK_DGRAM);
	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 1, name, 16),
		 -EOPNOTSUPP, "of UDP");
	close(fd);
}

/* ---- partners that leave ------------------------------------------------- */

static void miss_closed_partner(void)
{
	char name[64];
	int s[2], len = sizeof(name);

	open_pair(SOCK_DGRAM, s);
	send_bytes(s[1], "left", 4);
	close(s[1]);
	check_eq(raw_syscall(SYS_getpeername, s[0], name, &len), 0,
		 "a partner that closed");
	check_eq(send_bytes(s[0], buf, 1), -ECONNREFUSED,
		 "is missed by a send");
	check_eq(raw_syscall(SYS_getpeername, s[0], name, &len), -ENOTCONN,
		 "from then on there is none");
	check_eq(send_bytes(s[0], buf, 1), -ENOTCONN, "nobody to send to");
	check_eq(raw_syscall(SYS_recvfrom, s[0], buf, 9, MSG_DONTWAIT, 0, 0),
		 -EAGAIN, "and what it left is gone");
	close(s[0]);
}

static void leave_partner(void)
{
	static const unsigned short none[8];
	int s[2];

	open_pair(SOCK_DGRAM, s);
	check_eq(raw_syscall(SYS_connect, s[0], none, 16), 0,
		 "AF_UNSPEC leaves a partner");
	check_eq(send_bytes(s[1], "x", 1), 1, "which hears of nothing");
	raw_syscall(SYS_connect, s[0], none, 16);
	check_eq(raw_syscall(SYS_recvfrom, s[0], buf, 9, MSG_DONTWAIT, 0, 0),
		 1, "nothing is lost of whoever is not connected");
	close(s[0]);
	close(s[1]);
	open_pair(SOCK_DGRAM, s);
	send_bytes(s[1], "x", 1);
	raw_syscall(SYS_connect, s[0], none, 16);
	check_eq(raw_syscall(SYS_recvfrom, s[0], buf, 9, MSG_DONTWAIT, 0, 0),
		 -EAGAIN, "what was sent before is lost");
	check_eq(send_bytes(s[1], buf, MUCH), -EMSGSIZE, "too much of it");
	check_eq(send_bytes(s[1], "x", 1), -ECONNRESET,
		 "and the partner is told");
	check_eq(send_bytes(s[1], "x", 1), 1, "once");
	close(s[0]);
	close(s[1]);
}

/* What is being read does not vanish under its reader. */
static void leave_partner_under_reader(void)
{
	static const unsigned short none[8];
	static const unsigned short name[] = { AF_UNIX, 0, 'r' };
	static char big[32768];
	int s[2], pid, told = 0;

	open_pair(SOCK_DGRAM, s);
	raw_syscall(SYS_bind, s[1], name, sizeof(name));
	pid = fork();
	while (!pid)
		raw_syscall(SYS_recvfrom, s[0], big, sizeof(big), MSG_DONTWAIT,
			    0, 0);
	for (int i = 0; i < 1000; i++) {
		for (int k = 0; k < 3; k++)
			told += raw_syscall(SYS_sendto, s[1], big, sizeof(big),
					    MSG_DONTWAIT, 0, 0) == -ECONNRESET;
		raw_syscall(SYS_connect, s[0], none, 16);
		raw_syscall(SYS_connect, s[0], name, sizeof(name));
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	printf("# left %d times with something unread\n", told);
	raw_syscall(SYS_connect, s[0], none, 16);
	send_bytes(s[1], "x", 1);
	send_bytes(s[1], "x", 1);
	check_eq(raw_syscall(SYS_recvfrom, s[0], buf, 9, MSG_DONTWAIT, 0, 0),
		 1, "left a thousand times while somebody reads");
	close(s[0]);
	close(s[1]);
}

static void end_datagrams(void)
{
	static const char name[] = "\1\0none";
	int s[2], on = 1;

	open_pair(SOCK_DGRAM, s);
	raw_syscall(SYS_shutdown, s[0], 2);
	check_eq(raw_syscall(SYS_recvfrom, s[0], buf, 9, MSG_DONTWAIT, 0, 0),
		 -EAGAIN, "datagrams: whoever does not wait sees no end");
	check_eq(raw_syscall(SYS_recvfrom, s[0], buf, 9, 0, 0, 0), 0,
		 "whoever waits does");
	check_eq(raw_syscall(SYS_sendto, s[0], buf, 1, 0, name, sizeof(name)),
		 -EPIPE, "nothing is sent, wherever to");
	check_eq(raw_syscall(SYS_setsockopt, s[0], 1, 15, &on, sizeof(on)),
		 -EOPNOTSUPP, "SO_REUSEPORT: unix has no ports");
	on = 0;
	check_eq(raw_syscall(SYS_setsockopt, s[0], 1, 15, &on, sizeof(on)), 0,
		 "which may be said");
	close(s[0]);
	close(s[1]);
}

static void cut_streams(void)
{
	char *p = anon_pages(2, PROT_READ | PROT_WRITE), *end = p + PG;
	int s[2];

	munmap(end, PG);
	open_pair(SOCK_STREAM, s);
	check_eq(raw_syscall(SYS_write, s[1], end - 8, 16), -EFAULT,
		 "a stream takes no part of a piece");
	write(s[1], "0123456789abcdef", 16);
	check_eq(raw_syscall(SYS_read, s[0], end - 8, 16), -EFAULT,
		 "and gives none");
	check_eq(raw_syscall(SYS_read, s[0], buf, 99), 16, "it is still there");
	close(s[0]);
	close(s[1]);
	munmap(p, PG);
}

static void ignore_error_queues(void)
{
	int s[2];

	for (int type = SOCK_STREAM; type <= SOCK_DGRAM; type++) {
		open_pair(type, s);
		write(s[1], "x", 1);
		check_eq(raw_syscall(SYS_recvfrom, s[0], buf, 9, MSG_DONTWAIT |
				     MSG_ERRQUEUE, 0, 0), 1,
			 "type %d of unix: MSG_ERRQUEUE means nothing", type);
		close(s[0]);
		close(s[1]);
	}
}

int main(void)
{
	tap_scratch("unix_sends");
	read_useless_control();
	end_before_bytes(SOCK_DGRAM, "datagrams");
	end_before_bytes(SOCK_SEQPACKET, "packets");
	send_to_closed();
	tell_errors_of_packets();
	find_receiver_last();
	give_names();
	give_names_to_peers();
	bind_twice();
	send_out_of_band();
	miss_closed_partner();
	leave_partner();
	leave_partner_under_reader();
	end_datagrams();
	cut_streams();
	ignore_error_queues();
	tap_scratch_end();
	return tap_done();
}
