/* SPDX-License-Identifier: MIT */
/* What the files of AF_NETLINK share: a message's header, and its answer. */
#ifndef COMPAT_INET_NETLINK_H
#define COMPAT_INET_NETLINK_H

#include <lt/types.h>

struct cred;
struct net_space;

#define NLM_F_MULTI	0x2		/* one of several messages */
#define REPLY_MAX	1024u		/* longest answer except errors */

struct nlmsghdr {
	u32 len;			/* bytes, with this header */
	u16 type, flags;
	u32 seq, pid;
};

/* Answer messages, concatenated for one datagram. */
struct reply {
	char buf[REPLY_MAX];
	u32 len, start;			/* bytes; start of the last message */
	u32 seq, pid;
	u16 flags;
	struct net_space *net;		/* namespace that is queried */
	const struct cred *maker;	/* if not NULL: creator of the socket,
					   whose privilege is needed, too */
};

/*
 * Execute a request of NETLINK_ROUTE.
 * Return: 0 with the answer in r, or the error to report.
 */
int rtnetlink_answer(struct reply *r, const struct nlmsghdr *h,
		     const char *body);

#endif
