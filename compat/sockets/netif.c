/* SPDX-License-Identifier: MIT */
/* The loopback interface: ioctls and files of /proc (see netif.h). */
#define LOG_PREFIX "netif"
#include "netif.h"
#include "uapi.h"
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/init.h>
#include <lt/log.h>
#include <lt/seq.h>
#include <mm/uaccess.h>

#define SIOCGIFNAME	0x8910
#define SIOCGIFCONF	0x8912
#define SIOCGIFFLAGS	0x8913
#define SIOCSIFFLAGS	0x8914
#define SIOCGIFADDR	0x8915
#define SIOCGIFDSTADDR	0x8917
#define SIOCGIFBRDADDR	0x8919
#define SIOCGIFNETMASK	0x891b
#define SIOCGIFMETRIC	0x891d
#define SIOCGIFMTU	0x8921
#define SIOCGIFHWADDR	0x8927
#define SIOCGIFINDEX	0x8933
#define SIOCGIFTXQLEN	0x8942
#define SIOCGIFMAP	0x8970

/*
 * Flags that programs may pass but not change: loopback, running, broadcast...
 */
#define IFF_TOLD	0x0c5a

struct sockaddr_in {
	u16 family, port;
	u8 ip[4], zero[8];
};

struct ifreq {
	char name[IFNAMSIZ];
	union {
		struct sockaddr_in addr;
		s16 flags;
		int number;		/* index, metric, MTU, queue length */
		char newname[IFNAMSIZ];
		struct {
			unsigned long start, end;
			u16 base;
			u8 irq, dma, port;
		} map;
	};
};

struct ifconf {
	int len;			/* bytes of the buffer */
	uaddr_t at;			/* struct ifreq[]; 0: query len only */
};

/* ---- ioctl --------------------------------------------------------------- */

static void netif_put_address(struct ifreq *r, u8 first, u8 last)
{
	memset(&r->addr, 0, sizeof(r->addr));
	r->addr.family = AF_INET;
	r->addr.ip[0] = first;
	r->addr.ip[3] = last;
}

/* SIOCGIFCONF: list all interfaces that have an IPv4 address. */
static long list_addresses(const struct net_space *n, uaddr_t arg)
{
	struct ifconf c;
	struct ifreq r;

	if (copy_from_user(&c, arg, sizeof(c)))
		return -EFAULT;
	memset(&r, 0, sizeof(r));
	memcpy(r.name, LO_NAME, sizeof(LO_NAME));
	netif_put_address(&r, 127, 1);
	if (!READ_ONCE(n->was_up) || (c.at && c.len < (int)sizeof(r)))
		c.len = 0;
	else if (c.at && copy_to_user(c.at, &r, sizeof(r)))
		return -EFAULT;
	else
		c.len = (int)sizeof(r);
	return copy_to_user(arg, &c, sizeof(c)) ? -EFAULT : 0;
}

/*
 * Answer queries that exist for IPv4 sockets only.
 * Return: false: no such command.
 */
static bool ask_address(struct ifreq *r, unsigned cmd)
{
	switch (cmd) {
	case SIOCGIFADDR:
	case SIOCGIFDSTADDR: netif_put_address(r, 127, 1); return true;
	case SIOCGIFBRDADDR: netif_put_address(r, 0, 0); return true;
	case SIOCGIFNETMASK: netif_put_address(r, 255, 0); return true;
	}
	return false;
}

/* Set `lo` up or down; other flags cannot be changed. */
static long netif_set_flags(struct net_space *n, const struct ifreq *r)
{
	if (r->flags & ~(IFF_TOLD | IFF_UP))
		return -EOPNOTSUPP;
	net_set_up(n, r->flags & IFF_UP);
	return 0;
}

static long netif_ask(struct net_space *n, struct ifreq *r, unsigned cmd)
{
	switch (cmd) {
	case SIOCGIFFLAGS: r->flags = (s16)lo_flags(n); return 0;
	case SIOCSIFFLAGS: return netif_set_flags(n, r);
	case SIOCGIFMETRIC: r->number = 0; return 0;
	case SIOCGIFMTU: r->number = LO_MTU; return 0;
	case SIOCGIFINDEX: r->number = LO_INDEX; return 0;
	case SIOCGIFTXQLEN: r->number = LO_TXQLEN; return 0;
	case SIOCGIFHWADDR:
		memset(&r->addr, 0, sizeof(r->addr));
		r->addr.family = ARPHRD_LOOPBACK;
		return 0;
	case SIOCGIFMAP:
		memset(&r->map, 0, sizeof(r->map));
		return 0;
	}
	return -ENOTTY;
}

static long name_of_index(struct ifreq *r)
{
	if (r->number != LO_INDEX)
		return -ENODEV;
	memset(r->name, 0, sizeof(r->name));
	memcpy(r->name, LO_NAME, sizeof(LO_NAME));
	return 0;
}

static long is_lo(struct ifreq *r)
{
	r->name[IFNAMSIZ - 1] = '\0';
	return strcmp(r->name, LO_NAME) ? -ENODEV : 0;
}

long netif_address_ioctl(const struct sock *s, unsigned cmd, uaddr_t arg)
{
	struct ifreq r;
	long err;

	if (!ask_address(&r, cmd))
		return -ENOTTY;
	if (copy_from_user(&r, arg, sizeof(r)))
		return -EFAULT;
	err = is_lo(&r);
	if (!err && !READ_ONCE(s->net->was_up))
		err = -EADDRNOTAVAIL;
	if (err)
		return err;
	ask_address(&r, cmd);
	return copy_to_user(arg, &r, sizeof(r)) ? -EFAULT : 0;
}

long netif_ioctl(const struct sock *s, unsigned cmd, uaddr_t arg)
{
	struct ifreq r, none = { .name = "" };
	bool known;
	long err;

	if (cmd == SIOCGIFCONF)
		return list_addresses(s->net, arg);
	known = cmd == SIOCGIFNAME || cmd == SIOCSIFFLAGS ||
		netif_ask(s->net, &none, cmd) != -ENOTTY;
	if (copy_from_user(&r, arg, sizeof(r)))
		return -EFAULT;
	if (!known)
		return -ENOTTY;
	if (cmd == SIOCSIFFLAGS && !net_capable(s->net, CAP_NET_ADMIN))
		return -EPERM;	/* hides which interfaces exist */
	if (cmd == SIOCGIFNAME) {
		err = name_of_index(&r);
	} else {
		err = is_lo(&r);
		if (!err)
			err = netif_ask(s->net, &r, cmd);
	}
	if (!err && copy_to_user(arg, &r, sizeof(r)))
		err = -EFAULT;
	return err;
}

/* ---- /proc and /sys ------------------------------------------------------ */

void netif_show_dev(struct seq *s, const struct net_space *n)
{
	seq_print(s, "Inter-|   Receive                                      "
		  "          |  Transmit\n face |bytes    packets errs drop fifo "
		  "frame compressed multicast|bytes    packets errs drop fifo "
		  "colls carrier compressed\n");
	seq_print(s, "%6s: %7d %7d %4d %4d %4d %5d %10d %9d %8d %7d %4d %4d "
		  "%4d %5d %7d %10d\n", LO_NAME, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0,
		  0, 0, 0, 0, 0, 0);
}
