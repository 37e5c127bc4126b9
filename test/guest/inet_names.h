/* SPDX-License-Identifier: MIT */
/* Addresses of AF_INET and AF_INET6, which our libc has no headers for. */
#ifndef TEST_INET_NAMES_H
#define TEST_INET_NAMES_H

#define AF_INET		2
#define AF_INET6	10

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

#endif
