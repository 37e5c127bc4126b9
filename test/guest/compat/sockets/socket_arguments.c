/* SPDX-License-Identifier: MIT */
/*
 * Sockets' calls with two bad arguments at once: which of the two is told says
 * in what order they are looked at (row B5).
 */
#include <stdint.h>
#include "arguments.h"
#include "sockets.h"

static int un, dg, in, udp, tcp, pr[2], null;
static char buf[64];
static int len = 16, minus = -1;

static void open_families(void)
{
	bad(EINVAL, socket, 77, SOCK_STREAM | 0x100, 0);
	bad(EAFNOSUPPORT, socket, 77, 11, 0);
	bad(EAFNOSUPPORT, socket, AF_UNSPEC, SOCK_STREAM, 0);
	bad(EAFNOSUPPORT, socket, AF_UNSPEC, SOCK_STREAM, 99);
	bad(EAFNOSUPPORT, socket, -1, SOCK_STREAM, 0);
	bad(EINVAL, socket, AF_UNIX, 11, 99);
	bad(EINVAL, socket, AF_INET, 75, 0);
	bad(EPROTONOSUPPORT, socket, AF_UNIX, SOCK_RDM, 99);
	bad(ESOCKTNOSUPPORT, socket, AF_UNIX, SOCK_RDM, 0);
	bad(ESOCKTNOSUPPORT, socket, AF_UNIX, 0, 0);
	bad(EPROTONOSUPPORT, socket, AF_UNIX, SOCK_STREAM, -1);
	bad(EINVAL, socket, AF_INET, SOCK_STREAM, -1);
	bad(EINVAL, socket, AF_INET, SOCK_RDM, 999);
	bad(ESOCKTNOSUPPORT, socket, AF_INET, SOCK_RDM, 99);
	bad(ESOCKTNOSUPPORT, socket, AF_INET, SOCK_SEQPACKET, 0);
	bad(ESOCKTNOSUPPORT, socket, AF_INET, 0, 0);
	bad(EPROTONOSUPPORT, socket, AF_INET, SOCK_RAW, 0);
	bad(EPROTONOSUPPORT, socket, AF_INET, SOCK_STREAM, 17);
	bad(EPROTONOSUPPORT, socket, AF_INET, SOCK_DGRAM, 6);
	bad(EPROTONOSUPPORT, socket, AF_INET, SOCK_STREAM, 1);
	bad(EINVAL, socket, AF_INET6, SOCK_STREAM, -1);
	bad(EPROTONOSUPPORT, socket, AF_INET6, SOCK_RAW, 0);
	bad(EPROTONOSUPPORT, socket, AF_INET6, SOCK_DGRAM, 6);
	bad(ESOCKTNOSUPPORT, socket, AF_INET6, SOCK_RDM, 0);
	bad(ESOCKTNOSUPPORT, socket, AF_NETLINK, SOCK_STREAM, 99);
	bad(EPROTONOSUPPORT, socket, AF_NETLINK, SOCK_RAW, 99);
	bad(EPROTONOSUPPORT, socket, AF_NETLINK, SOCK_DGRAM, -1);
	bad(EINVAL, socketpair, 77, SOCK_STREAM | 0x100, 0, BAD);
	bad(EFAULT, socketpair, 77, SOCK_STREAM, 0, BAD);
	bad(EFAULT, socketpair, AF_INET, SOCK_STREAM, 0, BAD);
	bad(EAFNOSUPPORT, socketpair, 77, 11, 0, buf);
	bad(EINVAL, socketpair, AF_UNIX, 11, 0, buf);
	bad(EPROTONOSUPPORT, socketpair, AF_INET, SOCK_STREAM, 17, buf);
	bad(EOPNOTSUPP, socketpair, AF_INET, SOCK_STREAM, 0, buf);
}

static void open_pairs(void)
{
	int s[2];

	check_eq(raw_syscall(SYS_socketpair, AF_INET, SOCK_STREAM, 0, s),
		 -EOPNOTSUPP, "no pairs of IP");
	check_eq(raw_syscall(SYS_socketpair, AF_INET, SOCK_STREAM, 17, s),
		 -EPROTONOSUPPORT, "the protocol comes first");
	check_eq(raw_syscall(SYS_socketpair, AF_INET, SOCK_RAW, 0, s),
		 -EPROTONOSUPPORT, "likewise");
	check_eq(raw_syscall(SYS_socketpair, AF_NETLINK, SOCK_RAW, 0, s),
		 -EOPNOTSUPP, "no pairs of netlink");
}

static void use_names(void)
{
	memset(buf, 0, sizeof(buf));
	bad(EBADF, bind, NO_FD, BAD, -1);
	bad(ENOTSOCK, bind, pr[0], BAD, -1);
	bad(EINVAL, bind, un, BAD, -1);
	bad(EINVAL, bind, un, BAD, 129);
	bad(EFAULT, bind, un, BAD, 1);
	bad(EINVAL, bind, un, buf, 1);
	bad(EINVAL, bind, un, buf, 0);
	bad(EINVAL, bind, un, buf, 16);
	bad(EFAULT, bind, in, BAD, 4);
	bad(EINVAL, bind, in, buf, 4);
	buf[0] = AF_UNIX;
	bad(EINVAL, bind, in, buf, 15);
	bad(EAFNOSUPPORT, bind, in, buf, 16);
	bad(EBADF, connect, NO_FD, BAD, -1);
	bad(EINVAL, connect, pr[0], BAD, 129);
	bad(EINVAL, connect, un, BAD, 129);
	bad(EFAULT, connect, un, BAD, 1);
	bad(EINVAL, connect, un, buf, 2);
	bad(EINVAL, connect, un, buf, 0);
	buf[0] = AF_INET;
	bad(EINVAL, connect, un, buf, 16);
	buf[0] = AF_UNIX;
	bad(EINVAL, connect, in, buf, 1);
	bad(EINVAL, connect, in, buf, 15);
	bad(EAFNOSUPPORT, connect, in, buf, 16);
	bad(EISCONN, connect, tcp, buf, 16);
	bad(EISCONN, connect, tcp, buf, 2);
	bad(EAFNOSUPPORT, connect, udp, buf, 16);
	bad(EINVAL, connect, udp, buf, 8);
	bad(EBADF, listen, NO_FD, -1);
	bad(EOPNOTSUPP, listen, dg, -1);
	bad(EOPNOTSUPP, listen, udp, -1);
	bad(EINVAL, listen, un, -1);
	bad(EINVAL, listen, tcp, 1);
	bad(EBADF, accept4, NO_FD, BAD, BAD, 1);
	bad(EINVAL, accept4, pr[0], BAD, BAD, 1);
	bad(ENOTSOCK, accept4, pr[0], BAD, BAD, 0);
	bad(EOPNOTSUPP, accept4, dg, BAD, BAD, 0);
	bad(EINVAL, accept4, dg, BAD, BAD, 1);
	bad(EINVAL, accept4, in, BAD, BAD, 0);
	bad(EOPNOTSUPP, accept4, udp, BAD, BAD, 0);
	bad(EBADF, getsockname, NO_FD, BAD, BAD);
	bad(EFAULT, getsockname, un, BAD, BAD);
	bad(EINVAL, getsockname, un, BAD, &minus);
	bad(EFAULT, getsockname, un, BAD, &len);
	bad(ENOTCONN, getpeername, un, BAD, BAD);
	bad(ENOTCONN, getpeername, in, BAD, &minus);
	bad(EFAULT, getpeername, tcp, BAD, BAD);
	bad(EBADF, shutdown, NO_FD, 7);
	bad(EINVAL, shutdown, un, 7);
	check_ok(syscall(SYS_shutdown, dg, 1), "shutdown, not connected");
	bad(EINVAL, shutdown, in, -1);
	bad(ENOTCONN, shutdown, in, 1);
	bad(EINVAL, shutdown, udp, 3);
}

static void use_options(void)
{
	bad(EBADF, getsockopt, NO_FD, SOL_SOCKET, 9999, BAD, BAD);
	bad(EFAULT, getsockopt, un, SOL_SOCKET, 9999, BAD, BAD);
	bad(EINVAL, getsockopt, un, SOL_SOCKET, 9999, BAD, &minus);
	bad(ENOPROTOOPT, getsockopt, un, SOL_SOCKET, 9999, BAD, &len);
	bad(EFAULT, getsockopt, un, SOL_SOCKET, SO_TYPE, BAD, &len);
	bad(EOPNOTSUPP, getsockopt, un, 6, 9999, BAD, BAD);
	bad(EOPNOTSUPP, getsockopt, in, 500, 1, BAD, BAD);
	bad(EOPNOTSUPP, getsockopt, in, 17, 1, BAD, &minus);
	bad(EOPNOTSUPP, getsockopt, udp, 500, 1, buf, &len);
	bad(EFAULT, getsockopt, in, 0, 9999, BAD, BAD);
	bad(EFAULT, getsockopt, in, 6, 9999, BAD, BAD);
	bad(ENOPROTOOPT, getsockopt, in, 0, -1, buf, &len);
	bad(ENOPROTOOPT, getsockopt, in, 6, -1, buf, &len);
	bad(EINVAL, getsockopt, in, 6, -1, buf, &minus);
	bad(ENOTSOCK, setsockopt, pr[0], SOL_SOCKET, 9999, BAD, 4);
	bad(EINVAL, setsockopt, un, SOL_SOCKET, 9999, BAD, 3);
	bad(EFAULT, setsockopt, un, SOL_SOCKET, 9999, BAD, 4);
	bad(ENOPROTOOPT, setsockopt, un, SOL_SOCKET, 9999, buf, 4);
	bad(EINVAL, setsockopt, un, SOL_SOCKET, SO_REUSEADDR, BAD, 0);
	bad(EINVAL, setsockopt, un, SOL_SOCKET, SO_REUSEADDR, buf, -1);
	bad(EOPNOTSUPP, setsockopt, un, 6, 1, BAD, 4);
	bad(ENOPROTOOPT, setsockopt, in, 500, 1, buf, 4);
	bad(ENOPROTOOPT, setsockopt, in, 500, 1, buf, 0);
	bad(ENOPROTOOPT, setsockopt, in, 17, 1, buf, 4);
	bad(ENOPROTOOPT, setsockopt, udp, 6, 1, buf, 4);
	bad(EFAULT, setsockopt, in, 6, 9999, BAD, 4);
	bad(EINVAL, setsockopt, in, 6, 9999, BAD, 3);
	bad(ENOPROTOOPT, setsockopt, in, 6, -1, buf, 4);
	bad(ENOPROTOOPT, setsockopt, in, 0, -1, buf, 4);
}

static void move_messages(void)
{
	struct message m = { .nr_iov = 1, .iov = BAD };
	struct iovec v = { BAD, 1 };

	bad(EFAULT, sendto, NO_FD, NOWHERE, 4096, 0, BAD, -1);
	bad(EBADF, sendto, NO_FD, BAD, 1, 0, BAD, -1);
	bad(ENOTSOCK, sendto, pr[1], BAD, 1, 0, BAD, -1);
	bad(EINVAL, sendto, dg, BAD, 1, 0, BAD, -1);
	bad(EFAULT, sendto, dg, BAD, 1, 0, BAD, 4);
	bad(ENOTCONN, sendto, dg, BAD, 1, 0, 0, 0);
	bad(ENOTCONN, sendto, un, BAD, 1, 0, 0, 0);
	bad(EFAULT, recvfrom, NO_FD, NOWHERE, 4096, 0, 0, 0);
	bad(EBADF, recvfrom, NO_FD, BAD, 1, 0, BAD, BAD);
	bad(ENOTSOCK, recvfrom, pr[1], BAD, 1, 0, BAD, BAD);
	bad(EINVAL, recvfrom, un, BAD, 1, 0, BAD, BAD);
	bad(EINVAL, recvfrom, un, BAD, 1, 1, BAD, BAD);
	bad(EOPNOTSUPP, recvfrom, dg, BAD, 1, 1, BAD, BAD);
	bad(ENOTCONN, recvfrom, in, BAD, 1, 0, BAD, BAD);
	bad(EAGAIN, recvfrom, udp, BAD, 1, 0x40, BAD, BAD);
	bad(EAGAIN, recvfrom, dg, BAD, 1, 0x40, BAD, BAD);
	bad(EAGAIN, recvfrom, dg, BAD, 1, 0x2040, BAD, BAD);
	bad(EBADF, sendmsg, NO_FD, BAD, 0);
	bad(EFAULT, sendmsg, dg, BAD, 0);
	bad(EFAULT, sendmsg, dg, &m, 0);
	m.nr_iov = 1025;
	bad(EMSGSIZE, sendmsg, dg, &m, 0);
	bad(EMSGSIZE, recvmsg, dg, &m, 0);
	m.name = BAD;
	m.name_len = 4;
	bad(EFAULT, sendmsg, dg, &m, 0);
	bad(EMSGSIZE, recvmsg, dg, &m, 0);
	m.name_len = -1;
	bad(EINVAL, sendmsg, dg, &m, 0);
	bad(EINVAL, recvmsg, dg, &m, 0);
	m = (struct message){ .iov = &v, .nr_iov = 1, .control = BAD,
			      .control_len = 64 };
	bad(EFAULT, sendmsg, dg, &m, 0);
	m.control_len = 0x7ffffff;
	bad(ENOBUFS, sendmsg, dg, &m, 0);
	m.control_len = 0x80000000;
	bad(ENOBUFS, sendmsg, dg, &m, 0);
	bad(EAGAIN, recvmsg, dg, &m, 0x40);
	bad(EBADF, recvmmsg, NO_FD, BAD, 1, 0, 0);
	bad(EFAULT, recvmmsg, NO_FD, BAD, 1, 0, BAD);
	bad(EBADF, sendmmsg, NO_FD, BAD, 1, 0);
}

static void count_messages(void)
{
	check_eq(raw_syscall(SYS_sendmmsg, NO_FD, NULL, 0, 0), -EBADF,
		 "sendmmsg of no messages asks for the socket");
	check_eq(raw_syscall(SYS_recvmmsg, NO_FD, NULL, 0, 0, NULL), -EBADF,
		 "recvmmsg likewise");
}

/* Requests of sockets, of a socket that has them and of what has not. */
static void make_requests(void)
{
	int l = open_socket(AF_INET, SOCK_STREAM), n = -1;

	syscall(SYS_listen, l, 1);
	bad(EBADF, ioctl, NO_FD, 0x8905, BAD);		/* SIOCATMARK */
	bad(ENOTTY, ioctl, null, 0x8905, BAD);
	bad(ENOTTY, ioctl, pr[0], 0x8905, BAD);
	bad(EFAULT, ioctl, tcp, 0x8905, BAD);
	check(!syscall(SYS_ioctl, tcp, 0x8905, &n) && n == 0, "SIOCATMARK");
	bad(EFAULT, ioctl, udp, 0x8905, BAD);
	bad(ENOTTY, ioctl, udp, 0x8905, buf);
	bad(ENOENT, ioctl, udp, 0x8906, buf);		/* SIOCGSTAMP */
	bad(ENOENT, ioctl, tcp, 0x8906, BAD);
	bad(ENOENT, ioctl, udp, 0x8907, BAD);		/* SIOCGSTAMPNS */
	bad(ENOTTY, ioctl, un, 0x8906, BAD);
	bad(ENOTTY, ioctl, pr[0], 0x8906, BAD);
	bad(EFAULT, ioctl, udp, 0x8912, BAD);		/* SIOCGIFCONF */
	bad(EFAULT, ioctl, udp, 0x8913, BAD);		/* SIOCGIFFLAGS */
	bad(ENOTTY, ioctl, pr[0], 0x8913, BAD);
	bad(EINVAL, ioctl, l, 0x541b, BAD);		/* SIOCINQ */
	bad(EINVAL, ioctl, l, 0x5411, BAD);		/* SIOCOUTQ */
	bad(EFAULT, ioctl, tcp, 0x541b, BAD);
	bad(EFAULT, ioctl, udp, 0x5411, BAD);
	bad(EFAULT, ioctl, dg, 0x541b, BAD);
	check(!syscall(SYS_ioctl, tcp, 0x894b, &n) && n == 0, "SIOCOUTQNSD");
	bad(EFAULT, ioctl, udp, 0x894b, BAD);
	bad(ENOTTY, ioctl, udp, 0x894b, buf);
	bad(ENOTTY, ioctl, un, 0x12345678, BAD);
	close(l);
}

/* Two ends of a connection over IP. */
static void connect_two_ends(void)
{
	int l = open_socket(AF_INET, SOCK_STREAM), n = 16;

	memset(buf, 0, sizeof(buf));
	buf[0] = AF_INET;
	buf[4] = 127;
	buf[7] = 1;
	if (syscall(SYS_bind, l, buf, 16) || syscall(SYS_listen, l, 1) ||
	    syscall(SYS_getsockname, l, buf, &n) ||
	    syscall(SYS_connect, tcp, buf, 16))
		tap_bail("a connection");
}

int main(void)
{
	un = open_socket(AF_UNIX, SOCK_STREAM);
	dg = open_socket(AF_UNIX, SOCK_DGRAM);
	in = open_socket(AF_INET, SOCK_STREAM);
	tcp = open_socket(AF_INET, SOCK_STREAM);
	udp = open_socket(AF_INET, SOCK_DGRAM);
	null = open("/dev/null", O_RDWR);
	if (pipe(pr) || null < 0)
		tap_bail("descriptors");
	connect_two_ends();
	open_families();
	open_pairs();
	use_names();
	use_options();
	move_messages();
	count_messages();
	make_requests();
	return tap_done();
}
