/* SPDX-License-Identifier: MIT */
/*
 * The messages of NETLINK_ROUTE (row B5): what interfaces, addresses and routes
 * there are.  The only thing that can be changed is whether `lo` is up.
 */
#include "netlink.h"
#include <compat/sockets/net.h>
#include <compat/sockets/netif.h>
#include <compat/sockets/uapi.h>
#include <kernel/cred/cred.h>
#include <lib/mem.h>
#include <lt/bug.h>

#define NLMSG_DONE	3
#define NLM_F_DUMP	0x300		/* both bits; either asks for a dump */
#define NLM_F_REPLACE	0x100		/* in requests that create something */
#define NLM_F_EXCL	0x200

#define RTM_NEWLINK	16
#define RTM_GETLINK	18
#define RTM_SETLINK	19
#define RTM_NEWADDR	20
#define RTM_GETADDR	22
#define RTM_NEWROUTE	24
#define RTM_GETROUTE	26
#define RTM_GETNEIGH	30
#define RTM_KIND(type)	((type) & 3)
#define RTM_KIND_GET	2

#define IFLA_ADDRESS	1
#define IFLA_BROADCAST	2
#define IFLA_IFNAME	3
#define IFLA_MTU	4
#define IFLA_QDISC	6
#define IFLA_TXQLEN	13
#define IFLA_OPERSTATE	16
#define STATE_UNKNOWN	0
#define STATE_DOWN	2
#define IFLA_LINKMODE	17
#define IFLA_GROUP	27

#define IFA_ADDRESS	1
#define IFA_LOCAL	2
#define IFA_LABEL	3
#define IFA_CACHEINFO	6
#define IFA_FLAGS	8
#define IFA_F_PERMANENT	0x80

#define RTA_DST		1
#define RTA_OIF		4
#define RTA_PREFSRC	7
#define RTA_TABLE	15
#define RT_TABLE_LOCAL	255
#define RT_SCOPE_LINK	253
#define RT_SCOPE_HOST	254
#define RTN_LOCAL	2
#define RTN_BROADCAST	3
#define RTPROT_KERNEL	2

struct ifinfomsg {
	u8 family, pad;
	u16 type;
	int index;
	u32 flags, change;
};

struct ifaddrmsg {
	u8 family, bits, flags, scope;
	u32 index;
};

struct rtmsg {
	u8 family, bits, src_bits, tos, table, protocol, scope, type;
	u32 flags;
};

struct rtattr {
	u16 len, type;			/* len: with this header */
};

/* ---- building answers ---------------------------------------------------- */

static void netlink_put(struct reply *r, const void *data, u32 n)
{
	ASSERT(ALIGN_UP(r->len + n, 4) <= sizeof(r->buf));
	memcpy(r->buf + r->len, data, n);
	memset(r->buf + r->len + n, 0, ALIGN_UP(n, 4) - n);
	r->len += ALIGN_UP(n, 4);
}

static void netlink_begin(struct reply *r, u16 type, const void *body, u32 n)
{
	struct nlmsghdr h = {
		.type = type, .flags = r->flags, .seq = r->seq, .pid = r->pid,
	};

	r->start = r->len;
	netlink_put(r, &h, sizeof(h));
	netlink_put(r, body, n);
}

static void netlink_end(struct reply *r)
{
	u32 len = r->len - r->start;

	memcpy(r->buf + r->start, &len, sizeof(len));
}

static void put_attr(struct reply *r, u16 type, const void *data, u32 n)
{
	struct rtattr a = { (u16)(sizeof(a) + n), type };

	netlink_put(r, &a, sizeof(a));
	netlink_put(r, data, n);
}

static void attr_u32(struct reply *r, u16 type, u32 value)
{
	put_attr(r, type, &value, sizeof(value));
}

/* ---- what there is ------------------------------------------------------- */

static void put_link(struct reply *r)
{
	struct ifinfomsg m = {
		.type = ARPHRD_LOOPBACK, .index = LO_INDEX,
		.flags = lo_flags(r->net),
	};
	static const u8 none[6];
	bool queue = READ_ONCE(r->net->was_up);
	u8 state = m.flags & IFF_UP ? STATE_UNKNOWN : STATE_DOWN;

	if (m.flags & IFF_UP)
		m.flags |= IFF_LOWER_UP;

	netlink_begin(r, RTM_NEWLINK, &m, sizeof(m));
	put_attr(r, IFLA_IFNAME, LO_NAME, sizeof(LO_NAME));
	attr_u32(r, IFLA_TXQLEN, LO_TXQLEN);
	put_attr(r, IFLA_OPERSTATE, &state, 1);
	put_attr(r, IFLA_LINKMODE, none, 1);
	attr_u32(r, IFLA_MTU, LO_MTU);
	attr_u32(r, IFLA_GROUP, 0);
	put_attr(r, IFLA_QDISC, queue ? "noqueue" : "noop",
		 queue ? sizeof("noqueue") : sizeof("noop"));
	put_attr(r, IFLA_ADDRESS, none, sizeof(none));
	put_attr(r, IFLA_BROADCAST, none, sizeof(none));
	netlink_end(r);
}

static const u8 loop4[] = { 127, 0, 0, 1 };
static const u8 loop6[16] = { [15] = 1 };

static void netlink_put_address(struct reply *r, u8 family)
{
	bool v4 = family == AF_INET;
	struct ifaddrmsg m = {
		.family = family, .bits = v4 ? 8 : 128,
		.flags = IFA_F_PERMANENT, .scope = RT_SCOPE_HOST,
		.index = LO_INDEX,
	};
	/* preferred and valid forever; created at boot */
	static const u32 times[] = { ~0u, ~0u, 0, 0 };

	netlink_begin(r, RTM_NEWADDR, &m, sizeof(m));
	put_attr(r, IFA_ADDRESS, v4 ? loop4 : loop6, v4 ? 4 : 16);
	if (v4) {
		put_attr(r, IFA_LOCAL, loop4, sizeof(loop4));
		put_attr(r, IFA_LABEL, LO_NAME, sizeof(LO_NAME));
	}
	put_attr(r, IFA_CACHEINFO, times, sizeof(times));
	attr_u32(r, IFA_FLAGS, IFA_F_PERMANENT);
	netlink_end(r);
}

static const struct route {
	u8 family, bits, type, scope;
	u8 to[16], from[4];
} routes[] = {
	{ AF_INET, 8, RTN_LOCAL, RT_SCOPE_HOST, { 127 }, { 127, 0, 0, 1 } },
	{ AF_INET, 32, RTN_LOCAL, RT_SCOPE_HOST, { 127, 0, 0, 1 },
	  { 127, 0, 0, 1 } },
	{ AF_INET, 32, RTN_BROADCAST, RT_SCOPE_LINK, { 127, 255, 255, 255 },
	  { 127, 0, 0, 1 } },
	{ AF_INET6, 128, RTN_LOCAL, 0, { [15] = 1 }, { 0 } },
};

static void put_route(struct reply *r, const struct route *to)
{
	bool v4 = to->family == AF_INET;
	struct rtmsg m = {
		.family = to->family, .bits = to->bits,
		.table = RT_TABLE_LOCAL, .protocol = RTPROT_KERNEL,
		.scope = to->scope, .type = to->type,
	};

	netlink_begin(r, RTM_NEWROUTE, &m, sizeof(m));
	attr_u32(r, RTA_TABLE, RT_TABLE_LOCAL);
	put_attr(r, RTA_DST, to->to, v4 ? 4 : 16);
	if (v4)
		put_attr(r, RTA_PREFSRC, to->from, 4);
	attr_u32(r, RTA_OIF, LO_INDEX);
	netlink_end(r);
}

static bool of_family(u8 asked, u8 family)
{
	return asked == family || (asked != AF_INET && asked != AF_INET6);
}

/* List all objects of a kind.  Return: 0; -EOPNOTSUPP: no such list. */
static int dump(struct reply *r, u16 type, u8 family)
{
	int zero = 0;

	r->flags = NLM_F_MULTI;
	switch (type) {
	case RTM_GETLINK:
		put_link(r);
		break;
	case RTM_GETADDR:
		if (of_family(family, AF_INET) && READ_ONCE(r->net->was_up))
			netlink_put_address(r, AF_INET);
		if (of_family(family, AF_INET6) && net_is_up(r->net))
			netlink_put_address(r, AF_INET6);
		break;
	case RTM_GETROUTE:
		for (unsigned k = 0; k < ARRAY_SIZE(routes); k++)
			if (net_is_up(r->net) &&
			    of_family(family, routes[k].family))
				put_route(r, &routes[k]);
		break;
	case RTM_GETNEIGH:		/* loopback needs no neighbors */
		break;
	default:
		return -EOPNOTSUPP;
	}
	netlink_begin(r, NLMSG_DONE, &zero, sizeof(zero));
	netlink_end(r);
	return 0;
}

/* ---- requests ------------------------------------------------------------ */

/*
 * Find the attribute of a type among n bytes.
 * Return: its data, with the length in *len; NULL: there is no such attribute,
 * or the bytes are malformed.
 */
static const char *find_attr(const char *at, u32 n, u16 type, u32 *len)
{
	struct rtattr a;

	while (n >= sizeof(a)) {
		memcpy(&a, at, sizeof(a));
		if (a.len < sizeof(a) || a.len > n)
			break;
		if (a.type == type) {
			*len = a.len - (u32)sizeof(a);
			return at + sizeof(a);
		}
		if (ALIGN_UP((u32)a.len, 4) >= n)
			break;
		at += ALIGN_UP(a.len, 4);
		n -= ALIGN_UP((u32)a.len, 4);
	}
	return NULL;
}

/*
 * Check that a request names `lo`, by index or name.
 * Return: 0 with *m, -EINVAL, -ENODEV.
 */
static int which_link(struct ifinfomsg *m, const char *body, u32 n)
{
	const char *name;
	u32 len;

	if (n < sizeof(*m))
		return -EINVAL;
	memcpy(m, body, sizeof(*m));
	name = find_attr(body + sizeof(*m), n - (u32)sizeof(*m), IFLA_IFNAME,
			 &len);
	if (m->index <= 0 && !name)
		return -EINVAL;
	if (m->index > 0 ? m->index != LO_INDEX :
	    strnlen(name, len) != strlen(LO_NAME) ||
	    memcmp(name, LO_NAME, strlen(LO_NAME)))
		return -ENODEV;
	return 0;
}

static int one_link(struct reply *r, const char *body, u32 n)
{
	struct ifinfomsg m;
	int err = which_link(&m, body, n);

	if (!err)
		put_link(r);
	return err;
}

/* Set the flags named in `change`; a `change` of 0 names all flags. */
static int set_link(struct net_space *net, const char *body, u32 n)
{
	struct ifinfomsg m;
	int err = which_link(&m, body, n);

	if (err || (!m.flags && !m.change))
		return err;
	if (!m.change || m.change & IFF_UP)
		net_set_up(net, m.flags & IFF_UP);
	return 0;
}

/* Add the only IPv4 address of `lo`, before `lo` is first set up. */
static int new_address(struct net_space *net, u16 flags, const char *body,
		       u32 n)
{
	struct ifaddrmsg m;
	const char *ip;
	u32 len;

	if (n < sizeof(m))
		return -EINVAL;
	memcpy(&m, body, sizeof(m));
	if (m.family != AF_INET)
		return -EOPNOTSUPP;
	ip = find_attr(body + sizeof(m), n - (u32)sizeof(m), IFA_LOCAL, &len);
	if (!ip || len != sizeof(loop4) || m.bits > 32)
		return -EINVAL;
	if (m.index != LO_INDEX)
		return -ENODEV;
	if (m.bits != 8 || memcmp(ip, loop4, sizeof(loop4)))
		return -EOPNOTSUPP;
	if (READ_ONCE(net->was_up))
		return flags & NLM_F_EXCL || !(flags & NLM_F_REPLACE) ?
			-EEXIST : 0;
	WRITE_ONCE(net->was_up, true);
	return 0;
}

/*
 * True if the request may change something.  If the request was written to a
 * socket without giving an address, the creator of the socket needs the
 * privilege, too.  The writer may not know that its data is a request.
 */
static bool may_change(const struct reply *r)
{
	return net_capable(r->net, CAP_NET_ADMIN) &&
		(!r->maker || net_cred_has(r->maker, r->net, CAP_NET_ADMIN));
}

int rtnetlink_answer(struct reply *r, const struct nlmsghdr *h,
		     const char *body)
{
	u32 n = h->len - (u32)sizeof(*h);

	if (RTM_KIND(h->type) != RTM_KIND_GET && !may_change(r))
		return -EPERM;
	if (h->type == RTM_SETLINK || h->type == RTM_NEWLINK)
		return set_link(r->net, body, n);
	if (h->type == RTM_NEWADDR)
		return new_address(r->net, h->flags, body, n);
	if (RTM_KIND(h->type) != RTM_KIND_GET)
		return -EOPNOTSUPP;
	if (!n)
		return -EINVAL;
	if (h->flags & NLM_F_DUMP)
		return dump(r, h->type, (u8)body[0]);
	if (h->type == RTM_GETLINK)
		return one_link(r, body, n);
	return -EOPNOTSUPP;
}
