/* SPDX-License-Identifier: MIT */
/*
 * Sockets as the kernel's calls have them: our libc has no headers for them.
 */
#ifndef TEST_SOCKETS_H
#define TEST_SOCKETS_H

#include <sys/uio.h>
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
#define SOCK_NONBLOCK	O_NONBLOCK
#define SOCK_CLOEXEC	O_CLOEXEC

#define SOL_SOCKET	1
#define SO_REUSEADDR	2
#define SO_TYPE		3
#define SO_ERROR	4
#define SO_LINGER	13
#define SO_REUSEPORT	15
#define SO_PASSCRED	16
#define SO_PEERCRED	17
#define SO_RCVTIMEO	20
#define SO_SNDTIMEO	21
#define SO_BINDTODEVICE	25
#define SO_ACCEPTCONN	30
#define SO_SNDBUFFORCE	32
#define SO_DOMAIN	39
#define SCM_RIGHTS	1
#define SCM_CREDENTIALS	2

#define MSG_OOB		1
#define MSG_PEEK	2
#define MSG_CTRUNC	8
#define MSG_TRUNC	0x20
#define MSG_DONTWAIT	0x40
#define MSG_EOR		0x80
#define MSG_WAITALL	0x100
#define MSG_ERRQUEUE	0x2000
#define MSG_NOSIGNAL	0x4000
#define MSG_MORE	0x8000
#define MSG_WAITFORONE	0x10000
#define MSG_CMSG_CLOEXEC 0x40000000

#define SHUT_WR		1

struct message {			/* msghdr */
	const void *name;
	unsigned name_len;
	struct iovec *iov;
	unsigned long nr_iov;
	const void *control;
	unsigned long control_len;
	unsigned flags;
};

struct in {				/* sockaddr_in */
	unsigned short family, port;	/* port: network order */
	unsigned char ip[4];
	char zero[8];
};

struct in6 {				/* sockaddr_in6 */
	unsigned short family, port;
	unsigned flow;
	unsigned char ip[16];
	unsigned scope;
};

UNUSED static int open_socket(int family, int type)
{
	return (int)syscall(SYS_socket, family, type, 0);
}

/* Two sockets of AF_UNIX that are connected.  => 0 or -1 */
UNUSED static int open_pair(int type, int *pair)
{
	return (int)syscall(SYS_socketpair, AF_UNIX, type, 0, pair);
}

/* On Linux the device must be up; here there is none. */
UNUSED static void bring_loopback_up(void)
{
	struct { char name[16]; short flags; char rest[22]; } r = {
		.name = "lo", .flags = 1,
	};
	int s = open_socket(AF_INET, SOCK_DGRAM);

	syscall(SYS_ioctl, s, 0x8914, &r);
	close(s);
}

#endif
