/* SPDX-License-Identifier: MIT */
/*
 * Ports and connections of AF_INET and AF_INET6.  Sockets are found by their
 * port (compat/sockets/names.c); streams that are connected are kept apart, as
 * a server may have many and nothing is sent to them by name.  Binding and
 * connecting hold inet_lock, so that a port is found and taken in one step.
 * sock_lock guards the fields of these sockets as it does those of all others.
 */
#include "inet.h"
#include <kernel/cred/cred.h>
#include <mm/frames/slab.h>

#define CAP_NET_BIND_SERVICE 10
#define STREAM_BUFFER	2626560u	/* sndbuf of a connected stream */

struct mutex inet_lock = {
	.wait = WAIT_QUEUE_INIT(inet_lock.wait), .name = "inet bind",
};

/* ---- ports --------------------------------------------------------------- */

/* The key of a port; connected: of the streams that are connected from it. */
static u32 inet_key_of(const struct net_space *n, unsigned port, bool connected)
{
	return SOCK_KEY | (u32)((unsigned long)n >> 4) << 17 |
		(u32)connected << 16 | port;
}

u32 inet_key(const struct sock *s)
{
	return inet_key_of(s->net, inet_port_of(&s->addr->name),
			   s->type == SOCK_STREAM &&
			   s->state == SOCK_CONNECTED);
}

/*
 * Return: 0 if a packet to `to` does not reach k; else a rank, higher for a
 * more specific match.
 */
static int inet_match(const struct sock *k, const struct sock_name *to)
{
	const struct sock_name *a = &k->addr->name;

	if (inet_port_of(a) != inet_port_of(to))
		return 0;
	if (!inet_is_any(a))
		return memcmp(inet_ip_of(a), inet_ip_of(to), 16) ? 0 : 3;
	if (inet_is_v4(a) == inet_is_v4(to))
		return 2;
	return !inet_is_v4(a) && !inet_sock(k)->v6only;		/* k takes both
							   families */
}

/*
 * True if one packet could reach both k and a socket bound to n.
 * Context: [sock_lock].
 */
static bool inet_overlap(const struct sock *k, const struct sock_name *n,
			 bool v6only)
{
	const struct sock_name *a = &k->addr->name;

	spin_must_hold(&sock_lock);
	if (inet_port_of(a) != inet_port_of(n))
		return false;
	if (inet_is_v4(a) != inet_is_v4(n))
		return inet_is_v4(a) ? inet_is_any(n) && !v6only :
			inet_is_any(a) && !inet_sock(k)->v6only;
	return inet_is_any(a) || inet_is_any(n) ||
		!memcmp(inet_ip_of(a), inet_ip_of(n), 16);
}

/*
 * True if s and k may share an address (socket(7)): both have SO_REUSEPORT and
 * the same owner, or both SO_REUSEADDR and k is no listener.
 */
static bool may_share(const struct sock *s, const struct sock *k)
{
	if (s->reuseport && k->reuseport &&
	    (k->maker->fsuid == s->maker->fsuid || k->peer))
		return true;
	return s->reuse && k->reuse &&
		(s->type == SOCK_DGRAM || k->state != SOCK_LISTENING);
}

/*
 * True if binding s to n conflicts with another socket that is, or is not,
 * connected.
 * Context: [sock_lock].
 */
static bool inet_conflicts(const struct sock *s, const struct sock_name *n,
			   bool connected)
{
	u32 key = inet_key_of(s->net, inet_port_of(n), connected);
	bool v6only = inet_sock(s)->v6only;
	struct sock *k;

	list_for_each(k, sock_bucket(key), name_link)
		if (k != s && k->net == s->net && inet_owns(k) &&
		    inet_has_port(k) && k->type == s->type &&
		    inet_overlap(k, n, v6only) && !may_share(s, k))
			return true;
	return false;
}

/* Context: [sock_lock]. */
static bool inet_in_use(const struct sock *s, const struct sock_name *n)
{
	return inet_conflicts(s, n, false) ||
		(s->type == SOCK_STREAM && inet_conflicts(s, n, true));
}

/* Context: [inet_lock]. */
static void set_port_lost(struct sock *s, bool lost)
{
	spin_lock(&sock_lock);
	inet_sock(s)->port_lost = lost;
	spin_unlock(&sock_lock);
}

/*
 * Set the name of s to a copy of n.
 * Context: [inet_lock].  Return: 0, -ENOMEM.
 */
static int rename_to(struct sock *s, const struct sock_name *n)
{
	struct sock_addr *a = kzalloc(sizeof(*a));

	if (!a)
		return -ENOMEM;
	ref_init(&a->refs);
	a->name = *n;
	sock_addr_replace(s, a);
	set_port_lost(s, false);
	return 0;
}

/*
 * Put an unused port into n.  The search is round robin, so that a released
 * port is reused late.  An inverted range is empty.
 * Context: [inet_lock].  Return: 0, -EADDRINUSE.
 */
static int inet_free_port(struct sock *s, struct sock_name *n)
{
	static unsigned long next;	/* [inet_lock] */
	unsigned long first = READ_ONCE(s->net->port_first);
	unsigned long last = READ_ONCE(s->net->port_last);
	bool taken = true;

	mutex_must_hold(&inet_lock);
	for (unsigned long i = first; taken && i <= last; i++) {
		next = next < first || next >= last ? first : next + 1;
		inet_set_port(n, (unsigned)next);
		spin_lock(&sock_lock);
		taken = inet_in_use(s, n);
		spin_unlock(&sock_lock);
	}
	return taken ? -EADDRINUSE : 0;
}

bool inet_has_port(const struct sock *s)
{
	return s->addr && inet_port_of(&s->addr->name) &&
		!inet_sock(s)->port_lost;
}

/*
 * Record which parts of the name were bound by bind(2), and so survive a
 * disconnect.  A socket bound to an IPv6 address never reaches IPv4 ones.
 */
static void note_bound(struct sock *s, const struct sock_name *n, bool port)
{
	struct inet_sock *i = inet_sock(s);
	bool v4 = inet_is_v4(n);

	i->port_bound = port;
	i->ip_bound = !inet_is_any(n) || (v4 && !inet_is_4(s));
	spin_lock(&sock_lock);
	i->v6only |= i->ip_bound && !v4;
	spin_unlock(&sock_lock);
}

/* Context: [inet_lock]. */
static int bind_locked(struct sock *s, struct sock_name *n)
{
	bool port = inet_port_of(n);
	int err = 0;

	mutex_must_hold(&inet_lock);
	if (inet_has_port(s) || s->state != SOCK_FREE)
		return -EINVAL;
	if (!port) {
		err = inet_free_port(s, n);
	} else {
		spin_lock(&sock_lock);
		if (inet_in_use(s, n))
			err = -EADDRINUSE;
		spin_unlock(&sock_lock);
	}
	if (!err)
		err = rename_to(s, n);
	if (!err)
		note_bound(s, n, port);
	return err;
}

/*
 * True if n is an address of the only interface, loopback.  Before the
 * interface is first set up, Linux has no table of its IPv4 addresses, and lets
 * any of them be bound.
 */
static bool is_local_address(const struct sock *s, const struct sock_name *n)
{
	return inet_is_loopback(n) && (net_is_up(s->net) ||
				       (inet_is_v4(n) &&
					!READ_ONCE(s->net->was_up)));
}

int inet_bind(struct sock *s, const char *raw, int len)
{
	struct sock_name n;
	int err = inet_name_bind(s, &n, raw, len);

	if (err)
		return err;
	if (!inet_is_any(&n) && !inet_is_group(&n) && !is_local_address(s, &n))
		return -EADDRNOTAVAIL;
	if (inet_port_of(&n) &&
	    inet_port_of(&n) < READ_ONCE(s->net->port_for_all) &&
	    !net_capable(s->net, CAP_NET_BIND_SERVICE))
		return -EACCES;
	mutex_lock(&inet_lock);
	err = bind_locked(s, &n);
	mutex_unlock(&inet_lock);
	return err;
}

int inet_name_ensure(struct sock *s, const struct sock_name *to)
{
	struct sock_name n;
	int err;
	bool keeps = s->addr && (!to || !inet_is_any(&s->addr->name));

	mutex_must_hold(&inet_lock);
	if (keeps && inet_has_port(s))
		return 0;
	if (keeps)
		n = s->addr->name;
	else
		inet_name_make(&n, to ? inet_is_v4(to) : inet_is_4(s),
			       to != NULL);
	if (inet_has_port(s)) {
		inet_set_port(&n, inet_port_of(&s->addr->name));
		return rename_to(s, &n);
	}
	err = inet_free_port(s, &n);
	return err ? err : rename_to(s, &n);
}

int inet_name_drop(struct sock *s)
{
	const struct inet_sock *i = inet_sock(s);
	struct sock_name n;

	mutex_must_hold(&inet_lock);
	if (!s->addr || (i->ip_bound && i->port_bound))
		return 0;
	if (!i->ip_bound && !i->port_bound) {
		sock_addr_replace(s, NULL);
		return 0;
	}
	n = s->addr->name;
	if (!i->ip_bound)
		inet_name_make(&n, inet_is_4(s), false);
	inet_set_port(&n, i->port_bound ? inet_port_of(&s->addr->name) : 0);
	return rename_to(s, &n);
}

/*
 * The stream s is no longer connected or listening.  Its name loses an address
 * that bind(2) did not set, and tells the port, which others may take unless
 * bind(2) set it.
 */
static void inet_name_lose(struct sock *s)
{
	const struct inet_sock *i = inet_sock(s);
	struct sock_name n;

	mutex_lock(&inet_lock);
	if (s->addr && s->state == SOCK_FREE) {
		n = s->addr->name;
		if (!i->ip_bound)
			inet_name_make(&n, inet_is_4(s), false);
		inet_set_port(&n, inet_port_of(&s->addr->name));
		rename_to(s, &n);	/* without memory the address stays */
		set_port_lost(s, !i->port_bound);
	}
	mutex_unlock(&inet_lock);
}

int inet_listen(struct sock *s, int backlog)
{
	bool was_free = s->state == SOCK_FREE;
	int err;

	if (s->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	if (was_free && inet_sock(s)->connecting)
		return -EINVAL;
	mutex_lock(&inet_lock);
	err = inet_name_ensure(s, NULL);
	if (!err)
		err = sock_listen(s, backlog);
	spin_lock(&sock_lock);
	if (!err && was_free && inet_in_use(s, &s->addr->name)) {
		s->state = SOCK_FREE;	/* another listener was faster */
		err = -EADDRINUSE;
	}
	spin_unlock(&sock_lock);
	mutex_unlock(&inet_lock);
	return err;
}

/* ---- finding ------------------------------------------------------------- */

/*
 * 127.255.255.255 reaches sockets that are bound to it or to any address; if
 * several share the port, one of them (docs/absent.md).
 */
int inet_route(const struct sock *s, struct sock_name *n)
{
	unsigned port = inet_port_of(n);
	bool named4;

	spin_lock(&sock_lock);
	named4 = s->addr && inet_is_v4(&s->addr->name);
	spin_unlock(&sock_lock);
	if (named4 && !inet_is_v4(n) && !inet_is_any(n))
		return -EAFNOSUPPORT;
	if (inet_is_any(n)) {
		inet_name_make(n, inet_is_v4(n), true);
		inet_set_port(n, port);
	}
	if (!inet_is_loopback(n))
		return -ENETUNREACH;
	if (inet_is_broadcast(n) && s->type == SOCK_STREAM)
		return -ENETUNREACH;
	if (inet_is_broadcast(n) && !s->broadcast)
		return -EACCES;
	return net_is_up(s->net) ? 0 :
		inet_is_v4(n) ? -ENETUNREACH : -EADDRNOTAVAIL;
}

/*
 * Return: 0 if what s sends from `from` (NULL: a connection) to `to` does not
 * reach k; else a rank, higher for a more specific match.
 * Context: [sock_lock].
 */
static int inet_rank(const struct sock *s, const struct sock *k,
		     const struct sock_name *to, const struct sock_name *from)
{
	if (!inet_owns(k) || k->type != s->type || k->net != s->net)
		return 0;
	if (from ? !inet_is_for(k, from) : k->state != SOCK_LISTENING)
		return 0;
	return inet_match(k, to) ? inet_match(k, to) * 2 + !!k->remote : 0;
}

/* The first of `of` sockets that share a port gets 0 .. */
static unsigned share_of(const struct sock_name *from, unsigned of)
{
	return from ? (inet_port_of(from) * 0x9e3779b1u >> 16) % of : 0;
}

struct sock *inet_find(const struct sock *s, const struct sock_name *to,
		       const struct sock_name *from)
{
	struct sock *k, *best = NULL;
	int score = 1, m;
	unsigned sharing = 0, which;
	const struct list *bucket;

	spin_lock(&sock_lock);
	bucket = sock_bucket(inet_key_of(s->net, inet_port_of(to), false));
	list_for_each(k, bucket, name_link) {
		m = inet_rank(s, k, to, from);
		if (m < score)
			continue;
		sharing = (m == score ? sharing : 0) + k->reuseport;
		score = m;
		best = k;
	}
	if (best && sharing > 1) {
		which = share_of(from || !s->addr ? from : &s->addr->name,
				 sharing);
		list_for_each(k, bucket, name_link)
			if (k->reuseport &&
			    inet_rank(s, k, to, from) == score && !which--)
				best = k;
	}
	if (best)
		ref_get(&best->refs);
	spin_unlock(&sock_lock);
	return best;
}

/* ---- connect ------------------------------------------------------------- */

/* The options of a listener are those of the connections that it accepts. */
static void inherit_options(struct sock *o, const struct sock *l)
{
	const struct inet_sock *from = inet_sock(l);
	struct inet_sock *to = inet_sock(o);

	spin_lock(&sock_lock);
	memcpy(to->option, from->option, sizeof(to->option));
	to->max_segment = from->max_segment;
	to->v6only = from->v6only;
	to->tcp_cork = READ_ONCE(from->tcp_cork);
	to->reno = READ_ONCE(from->reno);
	spin_unlock(&sock_lock);
}

/* Make the peer of a connection, which accept(2) will return. */
static struct sock *make_peer(const struct sock *l, const struct sock_name *n)
{
	struct sock *o = sock_create(l->family, l->net, l->type, l->protocol);

	if (!o)
		return NULL;
	o->reuse = l->reuse;
	o->reuseport = l->reuseport;
	o->keepalive = l->keepalive;
	o->priority = l->priority;
	o->low_water = HINT(l->low_water);
	o->stamps = READ_ONCE(l->stamps);
	inherit_options(o, l);
	inet_sock(o)->ip_bound = HINT(inet_sock(l)->ip_bound);
	o->sndbuf = l->sndbuf;
	o->rcvbuf = l->rcvbuf;
	o->linger_on = l->linger_on;
	o->linger_time = l->linger_time;
	if (rename_to(o, n)) {
		sock_put(o);
		return NULL;
	}
	return o;
}

/*
 * Raise the buffer size of a stream to what Linux allows a local connection to
 * reach, because programs write that much before they read.  A size set by the
 * program stays.
 */
static void grow(struct sock *s)
{
	if (s->sndbuf == BUFFER_DEFAULT)
		s->sndbuf = STREAM_BUFFER;
}

/*
 * Prepare s, which has just been connected.  The error of an earlier connection
 * is forgotten.
 * Context: [sock_lock].
 */
static void begin_connection(struct sock *s)
{
	grow(s);
	s->error = 0;
}

/* Both ends of a connection send segments that both take. */
static void agree_on_segment(struct sock *a, struct sock *b)
{
	unsigned *x = &inet_sock(a)->max_segment;
	unsigned *y = &inet_sock(b)->max_segment;

	if (*x && (!*y || *x < *y))
		*y = *x;
	else if (*y)
		*x = *y;
}

/*
 * Connections beyond the limit of a listener's queue.  A nonblocking connect is
 * one step, so those that would be pending on Linux wait at the listener.
 */
#define PENDING_MAX	128

/*
 * Connect s to `other`, which will wait at l for accept(2).  If too many are
 * pending there, a nonblocking connect is refused, as on Linux with
 * net.ipv4.tcp_abort_on_overflow.
 */
static int inet_meet(struct sock *s, struct sock *l, struct sock *other,
		     bool nonblock)
{
	int err;

	for (;;) {
		spin_lock(&sock_lock);
		err = sock_try_connect(s, l, other,
				       nonblock ? PENDING_MAX : 0);
		if (!err) {
			begin_connection(s);
			begin_connection(other);
			agree_on_segment(s, other);
		}
		spin_unlock(&sock_lock);
		if (err != -EAGAIN)
			return err;
		if (nonblock)
			return -ECONNREFUSED;
		err = wait_event_deadline(&l->room_wait,
					  sock_listener_has_room(l),
					  sock_deadline(s->sndtimeo));
		if (err)
			return sock_wait_error(err, s->sndtimeo);
	}
}

/*
 * Connect s to its own port, where nobody listens: it is its own peer, and
 * reads what it sends (RFC 9293, 3.5: simultaneous open).
 */
static int connect_self(struct sock *s, const struct sock_name *to)
{
	int err = -ECONNREFUSED;

	spin_lock(&sock_lock);
	if (s->state == SOCK_FREE && s->addr &&
	    inet_same_end(&s->addr->name, to)) {
		ref_get(&s->refs);
		s->peer = s;
		s->state = SOCK_CONNECTED;
		sock_place(s);
		begin_connection(s);
		err = 0;
	}
	spin_unlock(&sock_lock);
	return err;
}

/* Connect s; the peer is made at once, as there is no handshake to wait for. */
static int connect_listener(struct sock *s, const struct sock_name *to,
			    bool nonblock)
{
	struct sock *l = inet_find(s, to, NULL), *other;
	int err = -ENOMEM;

	if (!l)
		return connect_self(s, to);
	other = make_peer(l, to);
	if (other) {
		err = inet_meet(s, l, other, nonblock);
		sock_put(other);
	}
	sock_put(l);
	return err;
}

/*
 * Report the result of a nonblocking connect once.  After a failure s is
 * unconnected again; its error may have been taken by SO_ERROR already.
 */
static int connect_ended(struct sock *s)
{
	int err = -EISCONN;
	bool failed;

	spin_lock(&sock_lock);
	if (inet_sock(s)->connecting) {
		err = s->error ? -s->error :
			s->state == SOCK_FREE ? -ECONNABORTED : 0;
		s->error = 0;
		inet_sock(s)->connecting = false;
		if (s->state == SOCK_FREE)
			s->shut_read = s->shut_write = false;
	}
	failed = s->state == SOCK_FREE;
	spin_unlock(&sock_lock);
	if (failed)
		inet_name_lose(s);
	return err;
}

/*
 * Restore the name of s after a failed connect.
 * lost: whether others were allowed to take its port.
 */
static void inet_name_restore(struct sock *s, struct sock_addr *before,
			      bool lost)
{
	struct sock_addr *a = NULL;

	mutex_lock(&inet_lock);
	spin_lock(&sock_lock);
	if (s->state == SOCK_FREE) {
		a = s->addr;
		s->addr = before;
		inet_sock(s)->port_lost = lost;
		sock_place(s);
		before = NULL;
	}
	spin_unlock(&sock_lock);
	mutex_unlock(&inet_lock);
	sock_addr_put(a);
	sock_addr_put(before);
}

/*
 * Connect a stream.  A nonblocking connect is complete when it returns, too.
 * But it returns EINPROGRESS, as programs expect of TCP: they poll, and ask for
 * SO_ERROR.
 */
static int inet_connect_stream(struct sock *s, struct sock_name *to,
			       bool nonblock)
{
	struct sock_addr *before;
	bool was_lost;
	int err;

	if (inet_sock(s)->connecting || s->state != SOCK_FREE)
		return connect_ended(s);
	nonblock |= s->sndtimeo == SOCK_NO_WAIT;
	mutex_lock(&inet_lock);
	before = s->addr;
	if (before)
		ref_get(&before->refs);
	was_lost = inet_sock(s)->port_lost;
	err = inet_route(s, to);
	if (!err)
		err = inet_name_ensure(s, to);
	mutex_unlock(&inet_lock);
	if (!err) {
		net_note(s->net, NET_TCP_ACTIVE);
		err = connect_listener(s, to, nonblock);
		net_note(s->net, err ? NET_TCP_FAILED : NET_TCP_PASSIVE);
	}
	if (err && err != -ECONNREFUSED)
		inet_name_restore(s, before, was_lost);
	else
		sock_addr_put(before);
	if (err == -ECONNREFUSED && !nonblock)
		inet_name_lose(s);
	if (!nonblock || (err && err != -ECONNREFUSED))
		return err;
	spin_lock(&sock_lock);
	inet_sock(s)->connecting = true;
	s->error = -err;
	/*
	 * after a refusal s stays shut down until the next connect(2) reports
	 * the refusal
	 */
	if (err)
		s->shut_read = s->shut_write = true;
	spin_unlock(&sock_lock);
	if (err) {
		mutex_lock(&inet_lock);
		set_port_lost(s, !inet_sock(s)->port_bound);
		mutex_unlock(&inet_lock);
	}
	sock_wake_all(s);
	return -EINPROGRESS;
}

/*
 * Dissolve the connection of a stream, or let it listen no longer.  A stream
 * that is neither keeps its name.
 */
static int inet_disconnect_stream(struct sock *s)
{
	bool was_free;

	mutex_lock(&inet_lock);
	was_free = s->state == SOCK_FREE;
	sock_reset(s);
	mutex_unlock(&inet_lock);
	if (!was_free)
		inet_name_lose(s);
	spin_lock(&sock_lock);
	inet_sock(s)->connecting = false;
	spin_unlock(&sock_lock);
	return 0;
}

/* A listener that is shut for reading listens no longer. */
int inet_shutdown(struct sock *s, int how)
{
	if (how >= 0 && how <= 2 && how != SHUT_WR &&
	    s->state == SOCK_LISTENING)
		return inet_disconnect_stream(s);
	return sock_shutdown(s, how);
}

/* On a stream EISCONN comes before errors of the address, except its length. */
int inet_connect(struct sock *s, const char *raw, int len, bool nonblock)
{
	struct sock_name to;
	int err = inet_name_connect(s, &to, raw, len);

	if (err && len >= (int)sizeof(to.family) && s->type == SOCK_STREAM &&
	    s->state != SOCK_FREE)
		return -EISCONN;
	if (err)
		return err;
	if (s->type == SOCK_DGRAM)
		return inet_connect_datagram(s, to.family == AF_UNSPEC ? NULL :
									 &to);
	if (to.family == AF_UNSPEC)
		return inet_disconnect_stream(s);
	return inet_connect_stream(s, &to, nonblock);
}

/* A datagram socket connected to port 0 has no peer. */
bool inet_has_peer(const struct sock *s)
{
	if (s->type == SOCK_DGRAM)
		return s->remote && inet_port_of(&s->remote->name);
	return s->state == SOCK_CONNECTED && !sock_stream_over(s);
}
