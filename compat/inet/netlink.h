/* SPDX-License-Identifier: MIT */
/*
 * AF_NETLINK with the one protocol NETLINK_ROUTE (row B5): messages to the
 * kernel that ask for interfaces, addresses and routes, and its answers in
 * the socket's own queue.  All that can be changed is whether `lo` is up; groups
 * may be joined and never hear of it.
 */
#ifndef COMPAT_INET_NETLINK_H
#define COMPAT_INET_NETLINK_H

#include <compat/sockets/socket.h>

/*
 * Return: whether socket(2) may make it: 0, -ESOCKTNOSUPPORT,
 * -EPROTONOSUPPORT.
 */
int netlink_check(int type, int protocol);
/* From a user's sockaddr of len bytes.  Return: 0, -EINVAL. */
int netlink_name_in(struct unix_name *n, const char *raw, int len);
/* n (len 0: the kernel) as users see it.  Return: its length in raw[12]. */
int netlink_name_out(const struct unix_name *n, char *raw);
int netlink_bind(struct sock *s, const struct unix_name *n);
/* Where messages go by themselves: the kernel alone will do. */
int netlink_connect(struct sock *s, const struct unix_name *n);
/* /proc/net/netlink */
void netlink_show(struct seq *s, const struct net_space *n);
/* Requests, answered before it returns.  Return: bytes taken, or -errno. */
long netlink_send(struct sock *s, struct transfer *t);

#endif
