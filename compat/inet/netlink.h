/* SPDX-License-Identifier: MIT */
/*
 * AF_NETLINK with its protocol NETLINK_ROUTE only (row B5): messages to the
 * kernel that query interfaces, addresses and routes, answered in the socket's
 * own queue.  The only thing that can be changed is whether `lo` is up.  Groups
 * can be joined, but nothing is ever sent to them.
 */
#ifndef COMPAT_INET_NETLINK_H
#define COMPAT_INET_NETLINK_H

#include <compat/sockets/socket.h>

/*
 * Check the arguments of socket(2).
 * Return: 0, -ESOCKTNOSUPPORT, -EPROTONOSUPPORT.
 */
int netlink_check(int type, int protocol);
/* Convert a user's sockaddr of len bytes.  Return: 0, -EINVAL. */
int netlink_name_in(struct sock_name *n, const char *raw, int len);
/*
 * Convert n (len 0: the kernel) to a sockaddr in raw[12].  Return: its length.
 */
int netlink_name_out(const struct sock_name *n, char *raw);
int netlink_bind(struct sock *s, const struct sock_name *n);
/* Set the default destination, which can only be the kernel. */
int netlink_connect(struct sock *s, const struct sock_name *n);
/* /proc/net/netlink */
void netlink_show(struct seq *s, const struct net_space *n);
/*
 * Run the requests in t, and queue the answers before returning.
 * Return: bytes taken, or -errno.
 */
long netlink_send(struct sock *s, struct transfer *t);

#endif
