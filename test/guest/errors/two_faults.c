/* SPDX-License-Identifier: MIT */
/*
 * Calls with two bad arguments at once: which of the two is told says in what
 * order they are looked at (B5, B11, D16).
 */
#include <stdint.h>
#include "tap.h"

#define AF_UNSPEC	0
#define AF_UNIX		1
#define AF_INET		2
#define AF_INET6	10
#define AF_NETLINK	16
#define SOCK_STREAM	1
#define SOCK_DGRAM	2
#define SOCK_RAW	3
#define SOCK_RDM	4
#define SOCK_SEQPACKET	5
#define SOCK_PACKET	10
#define SOL_SOCKET	1
#define SO_REUSEADDR	2
#define SO_TYPE		3
#define CLOCK_MONOTONIC	1
#define FUTEX_WAIT	0
#define FUTEX_WAKE	1
#define FUTEX_CMP_REQUEUE 4
#define FUTEX_WAKE_OP	5
#define FUTEX_WAIT_BITSET 9
#define FUTEX_WAKE_BITSET 10
#define FUTEX_CLOCK_REALTIME 256
#define NOWHERE		((void *)-4096L)	/* no user's address */
#define NO_FD		999
#define MANY_FLAGS	0x7fffff0

/* Two bad ones, and the errno of the one that counts. */
#define bad(err, call, ...) \
	check_err(err, syscall(SYS_ ## call, __VA_ARGS__), \
		  "%s(%s): %s", #call, #__VA_ARGS__, #err)

static int un, dg, in, udp, tcp, pr[2], pq[2], file, dir, ep, ev, null;
static int64_t below = -1, zero;
static char buf[64];
static int len = 16, minus = -1;
static struct { uint64_t sec, nsec; } late = { 0, 2000000000 };
static struct { long sec, nsec; } late_words = { 0, 2000000000 };

struct message {
	void *name;
	int name_len;
	void *iov;
	unsigned long nr_iov;
	void *control;
	unsigned long control_len;
	unsigned flags;
};

static void families(void)
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

static void named(void)
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

static void options(void)
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

static void moving(void)
{
	struct message m = { .nr_iov = 1, .iov = BAD };
	struct { void *base; unsigned long len; } v = { BAD, 1 };

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

static void watching(void)
{
	bad(EINVAL, epoll_create1, MANY_FLAGS);
	bad(EFAULT, epoll_ctl, NO_FD, 1, NO_FD, BAD);
	bad(EFAULT, epoll_ctl, ep, 77, pr[0], BAD);
	bad(EBADF, epoll_ctl, NO_FD, 2, NO_FD, BAD);
	bad(EBADF, epoll_ctl, pr[0], 2, NO_FD, BAD);
	bad(EPERM, epoll_ctl, pr[0], 2, file, BAD);
	bad(EPERM, epoll_ctl, ep, 77, file, buf);
	bad(EPERM, epoll_ctl, file, 1, file, buf);
	bad(EINVAL, epoll_ctl, ep, 2, ep, buf);
	bad(ENOENT, epoll_ctl, ep, 2, pr[0], BAD);
	bad(EINVAL, epoll_pwait, NO_FD, BAD, 0, 0, 0, 8);
	bad(EINVAL, epoll_pwait, NO_FD, BAD, 1, 0, BAD, 7);
	bad(EFAULT, epoll_pwait, NO_FD, BAD, 0, 0, BAD, 8);
	bad(EFAULT, epoll_pwait, NO_FD, NOWHERE, 1, 0, 0, 8);
	bad(EBADF, epoll_pwait, NO_FD, BAD, 1, 0, 0, 8);
	bad(EINVAL, epoll_pwait, pr[0], BAD, 1, 0, 0, 8);
	bad(EFAULT, epoll_pwait2, NO_FD, BAD, 0, BAD, BAD, 7);
	bad(EINVAL, epoll_pwait2, NO_FD, BAD, 0, &late, BAD, 8);
	bad(EINVAL, epoll_pwait2, NO_FD, BAD, 0, 0, BAD, 7);
	bad(EINVAL, ppoll, BAD, 1 << 30, 0, 0, 8);
	bad(EFAULT, ppoll, BAD, 1 << 30, BAD, BAD, 7);
	bad(EINVAL, ppoll, BAD, 1, 0, BAD, 7);
	bad(EFAULT, ppoll, BAD, 1, 0, BAD, 8);
	bad(EFAULT, pselect6, -1, 0, 0, 0, BAD, BAD);
	bad(EINVAL, pselect6, -1, BAD, 0, 0, 0, 0);
	bad(EFAULT, pselect6, -1, 0, 0, 0, 0, BAD);
	bad(EINVAL, eventfd2, 0, MANY_FLAGS);
	bad(EINVAL, signalfd4, NO_FD, BAD, 7, MANY_FLAGS);
	bad(EFAULT, signalfd4, NO_FD, BAD, 8, MANY_FLAGS);
	bad(EINVAL, signalfd4, NO_FD, buf, 8, MANY_FLAGS);
	bad(EBADF, signalfd4, NO_FD, buf, 8, 0);
	bad(EINVAL, signalfd4, pr[0], buf, 8, 0);
	bad(EINVAL, timerfd_create, 99, MANY_FLAGS);
	bad(EFAULT, timerfd_settime, NO_FD, MANY_FLAGS, BAD, BAD);
	bad(EINVAL, timerfd_settime, NO_FD, MANY_FLAGS, buf, BAD);
	bad(EBADF, timerfd_settime, NO_FD, 0, buf, BAD);
	bad(EINVAL, timerfd_settime, pr[0], 0, buf, BAD);
	bad(EBADF, timerfd_gettime, NO_FD, BAD);
	bad(EINVAL, timerfd_gettime, pr[0], BAD);
	bad(EINVAL, pipe2, BAD, MANY_FLAGS);
}

static void waiting(void)
{
	static uint32_t word;

	bad(EFAULT, futex, BAD, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, BAD);
	bad(EINVAL, futex, BAD, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, &late_words);
	bad(ENOSYS, futex, 1, FUTEX_WAIT | FUTEX_CLOCK_REALTIME, 0, 0);
	bad(ENOSYS, futex, 1, FUTEX_WAKE | FUTEX_CLOCK_REALTIME, 0, BAD);
	bad(EFAULT, futex, 1, FUTEX_WAIT_BITSET, 0, BAD, 0, 0);
	bad(EINVAL, futex, BAD, FUTEX_WAIT_BITSET, 0, 0, 0, 0);
	bad(EINVAL, futex, BAD, FUTEX_WAKE_BITSET, 0, 0, 0, 0);
	bad(EINVAL, futex, BAD, FUTEX_CMP_REQUEUE, -1, 0, 1, 0);
	bad(EINVAL, futex, BAD, FUTEX_CMP_REQUEUE, 0, -1, 1, 0);
	bad(EINVAL, futex, 1, FUTEX_CMP_REQUEUE, 0, 0, BAD, 0);
	bad(EINVAL, futex, &word, FUTEX_CMP_REQUEUE, 0, 0, 1, 7);
	bad(EFAULT, futex, &word, FUTEX_CMP_REQUEUE, 0, 0, BAD, 7);
	bad(EAGAIN, futex, &word, FUTEX_CMP_REQUEUE, 0, 0, &word, 7);
	bad(EINVAL, futex, 1, FUTEX_WAKE_OP, 0, 0, BAD, 0xf << 28);
	bad(EFAULT, futex, &word, FUTEX_WAKE_OP, 0, 0, BAD, 7u << 28);
	bad(ENOSYS, futex, &word, FUTEX_WAKE_OP, 0, 0, &word, 7u << 28);
	bad(ENOSYS, futex, &word, FUTEX_WAKE_OP, 0, 0, &word, 9u << 24);
}

static void through(void)
{
	bad(EINVAL, splice, NO_FD, BAD, NO_FD, BAD, 1, MANY_FLAGS);
	bad(EBADF, splice, NO_FD, BAD, pr[1], BAD, 1, 0);
	bad(ESPIPE, splice, pr[0], BAD, pr[1], BAD, 1, 0);
	bad(ESPIPE, splice, file, BAD, pr[1], BAD, 1, 0);
	bad(ESPIPE, splice, pr[1], BAD, pr[0], 0, 1, 0);
	bad(EFAULT, splice, file, BAD, file, BAD, 1, 0);
	bad(EFAULT, splice, dir, BAD, pr[0], 0, 1, 0);
	bad(EBADF, splice, pr[1], 0, pr[0], 0, 1, 0);
	bad(EBADF, splice, pr[0], 0, dir, &below, 1, 0);
	bad(EINVAL, splice, pr[0], 0, pr[1], 0, 1, 0);
	bad(EINVAL, splice, file, &below, file, 0, 1, 0);
	bad(EINVAL, splice, file, &below, pr[1], 0, 1, 0);
	bad(EINVAL, splice, pr[0], 0, tcp, &zero, 1, 0);
	bad(EINVAL, splice, tcp, &zero, pr[1], 0, 1, 0);
	bad(EINVAL, splice, pr[0], 0, ev, 0, 1, 0);
	bad(EINVAL, splice, pr[0], 0, file, &below, 1, 0);
	bad(EINVAL, splice, ev, 0, pr[1], 0, 1, 0);
	bad(EINVAL, splice, pr[0], 0, ep, 0, 1, 0);
	bad(EINVAL, splice, ep, 0, pr[1], 0, 1, 0);
	bad(EINVAL, splice, dir, 0, pr[1], 0, 1, 0);
	bad(EINVAL, splice, null, 0, null, 0, 1, 0);
	bad(EINVAL, tee, NO_FD, NO_FD, 1, MANY_FLAGS);
	bad(EBADF, tee, pr[0], NO_FD, 1, 0);
	bad(EBADF, tee, pr[1], file, 1, 0);
	bad(EBADF, tee, pr[1], pr[0], 1, 0);
	bad(EINVAL, tee, pr[0], file, 1, 0);
	bad(EINVAL, tee, pr[0], pr[1], 1, 0);
	bad(EINVAL, vmsplice, NO_FD, BAD, 1, MANY_FLAGS);
	bad(EBADF, vmsplice, NO_FD, BAD, 1, 0);
	bad(EFAULT, vmsplice, file, BAD, 1, 0);
	bad(EINVAL, vmsplice, file, BAD, 1025, 0);
	bad(EFAULT, vmsplice, pr[1], BAD, 1, 0);
	bad(EFAULT, sendfile, NO_FD, NO_FD, BAD, 1);
	bad(EBADF, sendfile, NO_FD, file, 0, 1);
	bad(ESPIPE, sendfile, NO_FD, pr[0], &zero, 1);
	bad(EBADF, sendfile, NO_FD, pr[1], &zero, 1);
	bad(EINVAL, sendfile, NO_FD, file, &below, 1);
	bad(EINVAL, sendfile, pr[0], file, 0, -1L);
	bad(EBADF, sendfile, pr[0], file, 0, 1);
	bad(EBADF, sendfile, dir, file, 0, 1);
	bad(EBADF, copy_file_range, NO_FD, BAD, NO_FD, BAD, 1, 1);
	bad(EFAULT, copy_file_range, file, BAD, file, BAD, 1, 1);
	bad(EINVAL, copy_file_range, dir, 0, file, 0, 1, 1);
	bad(EISDIR, copy_file_range, dir, 0, pr[0], 0, 1, 0);
	bad(EINVAL, copy_file_range, pr[1], 0, file, 0, 1, 0);
	bad(EINVAL, copy_file_range, file, 0, pr[0], 0, 1, 0);
}

/* Requests of sockets, of a socket that has them and of what has not. */
static void requests(void)
{
	int l = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0), n = -1;

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
static void connected(void)
{
	int l = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0), n = 16;

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
	un = (int)syscall(SYS_socket, AF_UNIX, SOCK_STREAM, 0);
	dg = (int)syscall(SYS_socket, AF_UNIX, SOCK_DGRAM, 0);
	in = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
	tcp = (int)syscall(SYS_socket, AF_INET, SOCK_STREAM, 0);
	udp = (int)syscall(SYS_socket, AF_INET, SOCK_DGRAM, 0);
	ep = (int)syscall(SYS_epoll_create1, 0);
	ev = (int)syscall(SYS_eventfd2, 0, O_NONBLOCK);
	tap_scratch("two_faults");
	file = open("file", O_CREAT | O_RDWR, 0600);
	unlink("file");
	dir = open(".", O_RDONLY);
	null = open("/dev/null", O_RDWR);
	if (pipe(pr) || pipe(pq) || file < 0 || dir < 0 || null < 0)
		tap_bail("descriptors");
	connected();
	families();
	named();
	options();
	moving();
	watching();
	waiting();
	through();
	requests();
	tap_scratch_end();
	return tap_done();
}
