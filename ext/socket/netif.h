/* SPDX-License-Identifier: MIT */
/*
 * The one network interface of this machine, the loopback `lo` (row B5): it
 * is always up and always the same, so all there is to it is to be asked.
 * It counts nothing, for no packets pass: see ext/socket/inet.h.
 */
#ifndef EXT_SOCKET_NETIF_H
#define EXT_SOCKET_NETIF_H

#include <fs/internal.h>
#include <lt/types.h>

#define IFNAMSIZ	16		/* bytes of a name with its NUL */
#define ARPHRD_LOOPBACK	772

#define IFF_UP		0x1
#define IFF_LOOPBACK	0x8
#define IFF_RUNNING	0x40
#define IFF_LOWER_UP	0x10000		/* not in the 16 bits of an ioctl */

#define LO_NAME		"lo"
#define LO_INDEX	1
#define LO_MTU		65536
#define LO_TXQLEN	1000
#define LO_FLAGS	(IFF_UP | IFF_LOOPBACK | IFF_RUNNING)

/*
 * An ioctl of a socket of that family on a struct ifreq or ifconf at arg.
 * => 0, -ENODEV, -EFAULT; -ENOTTY: no such command
 */
long netif_ioctl(int family, unsigned cmd, uaddr_t arg);
/* /proc/net/dev and if_inet6 */
void netif_show_dev(struct seq *s);
void netif_show_inet6(struct seq *s);

#endif
