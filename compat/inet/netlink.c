/* SPDX-License-Identifier: MIT */
/*
 * AF_NETLINK with its protocol NETLINK_ROUTE only (row B5): sockets with port
 * numbers, whose datagrams are requests to the kernel.  What these ask is in
 * rtnetlink.c; the answers go to the socket's own queue.  Groups can be joined,
 * but nothing is ever sent to them.
 */
#include "netlink.h"
#include <compat/sockets/family.h>
#include <compat/sockets/netif.h>
#include <kernel/cred/ids.h>
#include <kernel/task/task.h>
#include <lib/mem.h>
#include <lt/bug.h>
#include <lt/init.h>
#include <lt/seq.h>
#include <mm/frames/slab.h>

#define NETLINK_ROUTE	0

#define NLMSG_ERROR	2
#define NLMSG_MIN_TYPE	16
#define NLM_F_REQUEST	0x1
#define NLM_F_ACK	0x4
#define NLM_F_CAPPED	0x100		/* an acknowledgement without payload */

#define NAME_LEN	12		/* bytes of sockaddr_nl */
#define SEND_HEADER	32u		/* datagram overhead, as in Linux */

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

/* ---- requests ------------------------------------------------------------ */

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
		err = rtnetlink_answer(r, h, body);
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

/* Each answer has the credentials of the kernel: no process, run by root. */
static bool netlink_put_control(struct sock *s, struct transfer *t,
				struct control *c)
{
	unsigned kernel[] = { 0, uid_shown(0), gid_shown(0) };	/* ucred */

	return !s->passcred || !t->has_cred ||
		sock_put_control(c, SOL_SOCKET, SCM_CREDENTIALS, kernel,
				 sizeof(kernel));
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
	.put_control = netlink_put_control,
	.set_option = netlink_set_option,
	.get_option = netlink_get_option,
};

static void netlink_init(void)
{
	socket_register(&netlink_family);
}
INIT(fs, netlink_init);
