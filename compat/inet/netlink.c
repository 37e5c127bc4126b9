/* SPDX-License-Identifier: MIT */
/*
 * AF_NETLINK with its protocol NETLINK_ROUTE only (row B5): messages to the
 * kernel that query interfaces, addresses and routes, answered in the socket's
 * own queue.  The only thing that can be changed is whether `lo` is up.  Groups
 * can be joined, but nothing is ever sent to them.
 */
#include <compat/sockets/family.h>
#include <compat/sockets/netif.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <lt/seq.h>
#include <mm/frames/slab.h>

#define NETLINK_ROUTE	0

#define NLMSG_ERROR	2
#define NLMSG_DONE	3
#define NLMSG_MIN_TYPE	16
#define NLM_F_REQUEST	0x1
#define NLM_F_MULTI	0x2
#define NLM_F_ACK	0x4
#define NLM_F_DUMP	0x300		/* both bits; either asks for a dump */
#define NLM_F_REPLACE	0x100		/* in requests that create something */
#define NLM_F_EXCL	0x200
#define NLM_F_CAPPED	0x100		/* an acknowledgement without payload */

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

#define NAME_LEN	12		/* bytes of sockaddr_nl */
#define SEND_HEADER	32u		/* datagram overhead, as in Linux */
#define REPLY_MAX	1024u		/* longest answer except errors */

struct nlmsghdr {
	u32 len;			/* bytes, with this header */
	u16 type, flags;
	u32 seq, pid;
};

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

/* Layout of struct sock_name.path for netlink: padding, port, groups. */
struct port {
	u16 pad;
	u32 id, groups;
} __attribute__((packed));

static struct socket_family netlink_family;
static struct sock_addr kernel_addr = {	/* sender of all answers */
	.refs = { 1 }, .name = { .len = NAME_LEN, .family = AF_NETLINK },
};
static struct mutex port_lock = {
	.wait = WAIT_QUEUE_INIT(port_lock.wait), .name = "netlink bind",
};

/* ---- names --------------------------------------------------------------- */

static int netlink_check(int *type, int *protocol)
{
	if (*type != SOCK_RAW && *type != SOCK_DGRAM)
		return -ESOCKTNOSUPPORT;
	return *protocol == NETLINK_ROUTE ? 0 : -EPROTONOSUPPORT;
}

/* Parse the address of a program; leave one of AF_UNSPEC as it is. */
static int netlink_name_in(struct sock_name *n, const char *raw, int len)
{
	int err = sock_name_begin(n, raw, len);

	if (err || n->family == AF_UNSPEC)
		return err;
	if (len < NAME_LEN || n->family != AF_NETLINK)
		return -EINVAL;
	n->len = NAME_LEN;
	return 0;
}

static int netlink_name_to(const struct sock *s, struct sock_name *n,
			   const char *raw, int len, unsigned flags)
{
	int err;

	if (!len || flags & MSG_OOB)
		return 0;
	err = netlink_name_in(n, raw, len);
	return !err && n->family != AF_NETLINK ? -EINVAL : err;
}

/* Without a name it is the address of the kernel. */
static int netlink_name_out(const struct sock *s, const struct sock_name *n,
			    char *raw)
{
	u16 family = AF_NETLINK;

	memset(raw, 0, NAME_LEN);
	if (n->len == NAME_LEN)
		memcpy(raw + sizeof(family), n->path, sizeof(struct port));
	memcpy(raw, &family, sizeof(family));
	return NAME_LEN;
}

static struct port netlink_port_of(const struct sock_name *n)
{
	struct port p;

	memcpy(&p, n->path, sizeof(p));
	return p;
}

static u32 netlink_key_of(u32 id)
{
	return SOCK_KEY | id;
}

static u32 netlink_key(const struct sock *s)
{
	return netlink_key_of(netlink_port_of(&s->addr->name).id);
}

/* True if a socket of n has port id. */
static bool port_taken(const struct net_space *n, u32 id)
{
	bool taken = false;
	struct sock *k;

	spin_lock(&sock_lock);
	list_for_each(k, sock_bucket(netlink_key_of(id)), name_link)
		if (k->family == &netlink_family && k->net == n &&
		    netlink_port_of(&k->addr->name).id == id)
			taken = true;
	spin_unlock(&sock_lock);
	return taken;
}

/*
 * Choose a free port: the process's own id, else one counted down from a high
 * number, on from the last one: with many sockets most before it are taken.
 * Context: [port_lock].
 */
static u32 netlink_free_port(const struct net_space *n)
{
	static u32 next = ~0u - 4096;	/* [port_lock] */
	u32 id = (u32)current->process->vpid;

	mutex_must_hold(&port_lock);
	while (port_taken(n, id)) {
		if (next <= 1u << 31)		/* below are ids of processes */
			next = ~0u - 4096;
		id = next--;
	}
	return id;
}

/* Give s the address p.  Context: [port_lock].  Return: 0 or -errno. */
static int netlink_settle(struct sock *s, struct port p)
{
	struct sock_addr *a;

	if (s->addr && p.id && p.id != netlink_port_of(&s->addr->name).id)
		return -EINVAL;
	if (!s->addr && p.id && port_taken(s->net, p.id))
		return -EADDRINUSE;
	a = kzalloc(sizeof(*a));
	if (!a)
		return -ENOMEM;
	if (s->addr)
		p.id = netlink_port_of(&s->addr->name).id;
	else if (!p.id)
		p.id = netlink_free_port(s->net);
	p.pad = 0;
	ref_init(&a->refs);
	a->name.family = AF_NETLINK;
	a->name.len = NAME_LEN;
	memcpy(a->name.path, &p, sizeof(p));
	sock_addr_replace(s, a);
	return 0;
}

static bool is_netlink(const struct sock *k, const struct sock_table *t __unused)
{
	return k->family == &netlink_family;
}

static void netlink_line(struct seq *s, unsigned n __unused,
			 const struct sock *k)
{
	struct port p = { .id = 0 };

	if (k->addr)
		p = netlink_port_of(&k->addr->name);
	seq_print(s, "%0*x %-3d %-10u %08x %-8lu %-8lu %-5d %-8d %-8d %-8lu\n",
		  (int)(2 * sizeof(long)), 0, NETLINK_ROUTE, p.id, p.groups,
		  k->queued_bytes, k->wmem, 0, (int)ref_read(&k->refs), 0,
		  sock_inode(k));
}

static void netlink_show(struct seq *s, const struct net_space *n)
{
	seq_print(s, "sk               Eth Pid        Groups   Rmem     "
		  "Wmem     Dump  Locks    Drops    Inode\n");
	socks_show(s, &(struct sock_table){ .net = n, .shown = is_netlink,
					    .line = netlink_line });
}

static int netlink_bind(struct sock *s, const char *raw, int len)
{
	struct sock_name n;
	int err = netlink_name_in(&n, raw, len);

	if (!err && n.family != AF_NETLINK)
		err = -EINVAL;
	if (err)
		return err;
	mutex_lock(&port_lock);
	err = netlink_settle(s, netlink_port_of(&n));
	mutex_unlock(&port_lock);
	return err;
}

static int autobind(struct sock *s)
{
	int err = 0;

	mutex_lock(&port_lock);
	if (!s->addr)
		err = netlink_settle(s, (struct port){ .id = 0 });
	mutex_unlock(&port_lock);
	return err;
}

/*
 * Return: 0 if n is the kernel, else -errno, as sockets cannot send to each
 * other.
 */
static int to_kernel(const struct sock *s, const struct sock_name *n)
{
	struct port p = netlink_port_of(n);

	if (!n->len || n->family == AF_UNSPEC || (!p.id && !p.groups))
		return 0;
	return net_capable(s->net, CAP_NET_ADMIN) ? -ECONNREFUSED : -EPERM;
}

/* Set the default destination, which can only be the kernel. */
static int netlink_connect(struct sock *s, const char *raw, int len,
			   bool nonblock)
{
	struct sock_name n;
	int err = netlink_name_in(&n, raw, len);

	if (!err)
		err = to_kernel(s, &n);
	return err ? err : autobind(s);
}

/* The kernel. */
static bool netlink_has_peer(const struct sock *s)
{
	return true;
}

/* ---- building answers ---------------------------------------------------- */

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

/*
 * Execute a request.
 * Return: 0 with the answer in r, or the error to report.
 */
static int netlink_answer(struct reply *r, const struct nlmsghdr *h,
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

/* Queue a datagram from the kernel at s; if s has no room, set ENOBUFS. */
static int netlink_post(struct sock *s, void *data, unsigned long n)
{
	struct transfer t = { .flags = 0 };
	struct uio u;
	struct msg *m;
	int err;

	uio_kernel(&u, data, n);
	t.u = &u;
	m = sock_msg_make(s, &t, n, &err);
	if (!m)
		return err;
	m->from = &kernel_addr;
	ref_get(&kernel_addr.refs);
	if (sock_enqueue_datagram(s, m))
		return 0;
	sock_msg_free(m);
	spin_lock(&sock_lock);
	s->error = ENOBUFS;
	spin_unlock(&sock_lock);
	wake_up_key(&s->read_wait, POLLIN | POLLERR);
	return 0;
}

/*
 * Queue the result of a request.  It contains the header of the request and,
 * after an error, also the body.
 */
static int acknowledge(struct sock *s, const struct reply *r,
		       const struct nlmsghdr *h, const char *body, int err)
{
	u32 n = err ? h->len : (u32)sizeof(*h);
	u32 len = (u32)sizeof(*h) + (u32)sizeof(err) + n;
	struct nlmsghdr out = {
		.len = len, .type = NLMSG_ERROR,
		.flags = err ? 0 : NLM_F_CAPPED, .seq = r->seq, .pid = r->pid,
	};
	char *buf = kmalloc(len);
	int failed;

	if (!buf)
		return -ENOMEM;
	memcpy(buf, &out, sizeof(out));
	memcpy(buf + sizeof(out), &err, sizeof(err));
	memcpy(buf + sizeof(out) + sizeof(err), h, sizeof(*h));
	memcpy(buf + sizeof(out) + sizeof(err) + sizeof(*h), body,
	       n - sizeof(*h));
	failed = netlink_post(s, buf, len);
	kfree(buf);
	return failed;
}

static int netlink_request(struct sock *s, const struct cred *maker,
			   const struct nlmsghdr *h, const char *body)
{
	struct reply *r;
	int err = 0, failed = 0;

	if (!(h->flags & NLM_F_REQUEST))
		return 0;
	r = kzalloc(sizeof(*r));
	if (!r)
		return -ENOMEM;
	r->net = s->net;
	r->maker = maker;
	r->seq = h->seq;
	r->pid = netlink_port_of(&s->addr->name).id;
	if (h->type >= NLMSG_MIN_TYPE)
		err = netlink_answer(r, h, body);
	if (!err && r->len)
		failed = netlink_post(s, r->buf, r->len);
	/* NLMSG_DONE replaces the acknowledgement of a dump */
	if (!failed && (err || ((h->flags & NLM_F_ACK) &&
				!(r->flags & NLM_F_MULTI))))
		failed = acknowledge(s, r, h, body, err);
	kfree(r);
	return failed;
}

/*
 * Execute the requests of a datagram; a truncated last one is ignored. maker:
 * creator of s, if it must be privileged, too; or NULL.
 */
static int run_requests(struct sock *s, const struct cred *maker,
			const char *at, u32 left)
{
	struct nlmsghdr h;
	int err = 0;

	while (!err && left >= sizeof(h)) {
		memcpy(&h, at, sizeof(h));
		if (h.len < sizeof(h) || h.len > left)
			break;
		err = netlink_request(s, maker, &h, at + sizeof(h));
		if (ALIGN_UP(h.len, 4) >= left)
			break;
		at += ALIGN_UP(h.len, 4);
		left -= ALIGN_UP(h.len, 4);
	}
	return err;
}

/* Run the requests in t, and queue the answers before returning. */
static long netlink_send(struct sock *s, struct transfer *t)
{
	unsigned long n = t->u->left;
	int err = t->flags & MSG_OOB ? -EOPNOTSUPP : n ?
			to_kernel(s, &t->name) : -ENODATA;
	char *buf;

	if (!err && n > HINT(s->sndbuf) - SEND_HEADER)
		err = -EMSGSIZE;
	if (!err)
		err = autobind(s);
	if (err)
		return err;
	buf = kmalloc(n + 1);
	if (!buf)
		return -ENOMEM;
	if (uio_get(t->u, buf, n) != n)
		err = -EFAULT;
	else
		err = run_requests(s, t->name.len ? NULL : s->maker, buf,
				   (u32)n);
	kfree(buf);
	return err ? err : (long)n;
}

/* ---- the family ---------------------------------------------------------- */

static long netlink_receive(struct sock *s, struct transfer *t)
{
	return t->flags & MSG_OOB ? -EOPNOTSUPP : sock_receive(s, t);
}

static long netlink_set_option(struct sock *s, int level, int name,
			       uaddr_t value, int len)
{
	return -ENOPROTOOPT;
}

static long netlink_get_option(struct sock *s, int level, int name,
			       uaddr_t value, uaddr_t len)
{
	return -ENOPROTOOPT;
}

static const struct net_file files[] = {
	{ "netlink", netlink_show },
	{ NULL, NULL },
};

static struct socket_family netlink_family = {
	.number = AF_NETLINK,
	.size = sizeof(struct sock),
	.protocol = { "NETLINK", "NETLINK" },
	.files = files,
	.check = netlink_check,
	.bind = netlink_bind,
	.connect = netlink_connect,
	.has_peer = netlink_has_peer,
	.key = netlink_key,
	.name_out = netlink_name_out,
	.name_to = netlink_name_to,
	.send = netlink_send,
	.receive = netlink_receive,
	.set_option = netlink_set_option,
	.get_option = netlink_get_option,
};

static void netlink_init(void)
{
	socket_register(&netlink_family);
}
INIT(fs, netlink_init);
