/* SPDX-License-Identifier: MIT */
/*
 * The only network interface of a network namespace, the loopback `lo` (row
 * B5).  Apart from being up or down it never changes, so most requests are
 * queries.  Its counters stay 0, because no packets pass: messages go straight
 * to the queue of their receiver.
 */
#ifndef COMPAT_SOCKETS_NETIF_H
#define COMPAT_SOCKETS_NETIF_H

#include "socket.h"
#include <lt/types.h>

#define IFNAMSIZ	16		/* bytes of a name with its NUL */
#define ARPHRD_LOOPBACK	772

#define IFF_UP		0x1
#define IFF_LOOPBACK	0x8
#define IFF_RUNNING	0x40
#define IFF_LOWER_UP	0x10000		/* not among the 16 bits of an ioctl */

#define LO_NAME		"lo"
#define LO_INDEX	1
#define LO_MTU		65536
#define LO_TXQLEN	1000

/* Return: the IFF_ flags of `lo` that fit into an ioctl. */
static inline unsigned lo_flags(const struct net_space *n)
{
	return net_is_up(n) ? IFF_UP | IFF_LOOPBACK | IFF_RUNNING :
		IFF_LOOPBACK;
}

/*
 * Run an ioctl of s on a struct ifreq or ifconf at arg.
 * Return: 0, -ENODEV, -EFAULT; -ENOTTY: no such command.
 */
long netif_ioctl(const struct sock *s, unsigned cmd, uaddr_t arg);
/* Likewise for the queries about addresses, which only IPv4 sockets answer. */
long netif_address_ioctl(const struct sock *s, unsigned cmd, uaddr_t arg);
/* /proc/net/dev */
void netif_show_dev(struct seq *s, const struct net_space *n);

#endif
