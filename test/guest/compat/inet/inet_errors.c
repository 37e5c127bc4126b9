/* SPDX-License-Identifier: MIT */
/*
 * Sockets of AF_INET and AF_INET6 that are given names of others, or are not
 * connected: what each call tells (rows B3, B5).
 */
#include "sockets.h"

static char buf[256];

static void ask_for_errors(void)
{
	int fd = open_socket(AF_INET, SOCK_DGRAM);

	check_eq(raw_syscall(SYS_recvfrom, fd, buf, 9, MSG_ERRQUEUE, 0, 0),
		 -EAGAIN, "of IP it asks for errors, and there are none");
	close(fd);
}

static void shut_unconnected(void)
{
	int fd = open_socket(AF_UNIX, SOCK_STREAM);

	check_eq(raw_syscall(SYS_shutdown, fd, 2), 0,
		 "shutdown of a stream of unix that is not connected");
	close(fd);
	fd = open_socket(AF_INET, SOCK_STREAM);
	check_eq(raw_syscall(SYS_recvfrom, fd, buf, 9, 0, 0, 0), -ENOTCONN,
		 "a stream of IP");
	check_eq(raw_syscall(SYS_shutdown, fd, 0), -ENOTCONN, "is not, either");
	check_eq(raw_syscall(SYS_recvfrom, fd, buf, 9, 0, 0, 0), 0,
		 "but is at its end from then on");
	close(fd);
}

static void send_to_names(void)
{
	static const unsigned short name[16] = { AF_INET, 0x901f };
	static const unsigned short other[16] = { AF_NETLINK };
	int fd = open_socket(AF_INET, SOCK_STREAM);

	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, MSG_NOSIGNAL, other, 16),
		 -EPIPE, "a stream of IP does not look at a name");
	check_eq(raw_syscall(SYS_sendto, fd, buf, 0, MSG_NOSIGNAL, 0, 0),
		 -EPIPE, "and sends nothing to nobody");
	close(fd);
	fd = open_socket(AF_INET6, SOCK_DGRAM);
	if (fd >= 0) {
		check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 0, other, 16),
			 -EINVAL, "a datagram of IPv6 to another family");
		check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 0, name, 16), 1,
			 "to one of IPv4");
		check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 0, name, 9),
			 -EINVAL, "that is cut off");
		close(fd);
	}
}

static void use_foreign_names(void)
{
	static const unsigned short none[16], v4[8] = { AF_INET, 0x901f,
							127, 0x100 };
	int fd = open_socket(AF_NETLINK, SOCK_DGRAM);

	check_eq(raw_syscall(SYS_bind, fd, none, 12), -EINVAL,
		 "bind of netlink to no family");
	check_eq(raw_syscall(SYS_sendto, fd, buf, 1, 0, none, 12), -EINVAL,
		 "sendto likewise");
	check_eq(raw_syscall(SYS_connect, fd, none, 12), 0,
		 "connect: an end of it");
	close(fd);
	fd = open_socket(AF_INET6, SOCK_DGRAM);
	if (fd < 0) {
		tap_skip("connect", "no IPv6");
		return;
	}
	check_eq(raw_syscall(SYS_connect, fd, v4, 15), -EINVAL,
		 "connect of datagrams of IPv6: half an address");
	check_eq(raw_syscall(SYS_connect, fd, v4, 16), 0, "one of IPv4");
	check_eq(raw_syscall(SYS_getpeername, fd, buf, &(int){ 64 }), 0,
		 "is the peer's");
	check(buf[0] == AF_INET6 && (unsigned char)buf[18] == 0xff &&
	      buf[20] == 127 && buf[23] == 1, "as IPv6 writes it");
	check_eq(raw_syscall(SYS_bind, fd, v4, 28), -EAFNOSUPPORT,
		 "which is no name to bind to");
	close(fd);
}

static void ask_for_senders(void)
{
	unsigned char name[64];
	int len = sizeof(name), fd = open_socket(AF_INET, SOCK_STREAM);

	memset(name, 0x5a, sizeof(name));
	raw_syscall(SYS_shutdown, fd, 0);
	check_eq(raw_syscall(SYS_recvfrom, fd, buf, 9, 0, name, &len), 0,
		 "recvfrom at the end of a stream");
	check(len == 0 && name[0] == 0x5a, "says nothing of who sent it");
	close(fd);
	fd = open_socket(AF_INET6, SOCK_STREAM);
	if (fd < 0) {
		tap_skip("getsockopt", "no IPv6");
		return;
	}
	len = -1;
	check_eq(raw_syscall(SYS_getsockopt, fd, 41, 26, buf, &len), 0,
		 "getsockopt of IPv6: a length below zero is a large one");
	check_eq(len, 4, "of which a number takes four bytes");
	close(fd);
}

int main(void)
{
	ask_for_errors();
	shut_unconnected();
	send_to_names();
	use_foreign_names();
	ask_for_senders();
	return tap_done();
}
