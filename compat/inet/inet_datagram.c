/* SPDX-License-Identifier: MIT */
/*
 * Datagrams of AF_INET and AF_INET6 (row B5): their default destination, and
 * the way of one from its sender to a receiver or to nobody.
 */
#include "inet.h"
#include <mm/frames/slab.h>

int inet_connect_datagram(struct sock *s, struct sock_name *to)
{
	struct sock_addr *a = NULL, *old;
	int err = 0;

	mutex_lock(&inet_lock);
	if (to) {
		err = inet_route(s, to);
		if (!err)
			err = inet_name_ensure(s, to);
		a = err ? NULL : kzalloc(sizeof(*a));
		if (!err && !a)
			err = -ENOMEM;
	} else {
		err = inet_name_drop(s);
	}
	if (!err) {
		if (a) {
			ref_init(&a->refs);
			a->name = *to;
		}
		spin_lock(&sock_lock);
		old = s->remote;
		s->remote = a;
		s->state = a ? SOCK_CONNECTED : SOCK_FREE;
		spin_unlock(&sock_lock);
		sock_addr_put(old);
	}
	mutex_unlock(&inet_lock);
	return err;
}

/*
 * Find the destination of a datagram.
 * Return: 0, -EDESTADDRREQ, -ENETUNREACH, -errno.
 */
static int find_destination(struct sock *s, const struct transfer *t,
			    struct sock_name *to)
{
	int err = 0;

	if (t->name.len) {
		*to = t->name;
		if (!inet_port_of(to))
			return -EINVAL;
		return inet_route(s, to);
	}
	spin_lock(&sock_lock);
	if (s->remote)
		*to = s->remote->name;
	else
		err = -EDESTADDRREQ;
	spin_unlock(&sock_lock);
	return err;
}

/*
 * Get the address that the receiver sees: that of s, never the wildcard or one
 * of many.
 */
static void inet_seen_as(const struct sock *s, const struct sock_name *to,
			 struct sock_name *from)
{
	spin_lock(&sock_lock);
	if (s->addr)
		*from = s->addr->name;
	else	/* another thread has just disconnected s */
		inet_name_make(from, inet_is_4(s), false);
	spin_unlock(&sock_lock);
	if (!inet_is_loopback(from) || inet_is_broadcast(from)) {
		unsigned port = inet_port_of(from);

		inet_name_make(from, inet_is_v4(to), true);
		inet_set_port(from, port);
	}
}

/* Make the datagram of t.  Return: NULL and *err. */
static struct msg *make_datagram(struct sock *s, struct transfer *t,
				 const struct sock_name *from,
				 const struct sock_name *to, int *err)
{
	struct msg *m = sock_msg_make(s, t, t->u->left, err);

	if (!m)
		return NULL;
	m->from = kzalloc(sizeof(*m->from));
	if (!m->from) {
		sock_msg_free(m);
		*err = -ENOMEM;
		return NULL;
	}
	ref_init(&m->from->refs);
	m->from->name = *from;
	memcpy(m->from->name.path + AT_TO_PORT, to->path + AT_PORT, 2);
	memcpy(m->from->name.path + AT_TO_IP, inet_ip_of(to), 16);
	inet_stamp(s, inet_is_v4(from), &m->scm);
	return m;
}

/*
 * Tell s that nobody has the port `to`, if s is connected to it: the next call
 * returns the error (udp(7)).
 */
static void inet_refuse(struct sock *s, const struct sock_name *to)
{
	bool told;

	spin_lock(&sock_lock);
	told = s->remote && inet_is_for(s, to);
	if (told)
		s->error = ECONNREFUSED;
	spin_unlock(&sock_lock);
	if (told)
		sock_wake_all(s);
}

/* Queue m at the socket that receives it; a full queue loses it. */
static void inet_deliver(struct sock *s, const struct sock_name *dest,
			 struct msg *m)
{
	struct sock *to = inet_find(s, dest, &m->from->name);
	bool v4 = inet_is_v4(dest);

	if (v4)
		net_note(s->net, NET_UDP_OUT);
	if (!to) {
		if (v4)
			net_note(s->net, NET_UDP_NO_PORT);
		inet_refuse(s, dest);
		sock_msg_free(m);
	} else if (!sock_enqueue_datagram(to, m)) {
		if (v4)
			net_note(s->net, NET_UDP_LOST);
		sock_msg_free(m);
	}
	sock_put(to);
}

/*
 * Check whether a datagram that will be sent later could be sent now.
 * Return: 0 or -errno.
 */
int inet_may_send(struct sock *s, const struct transfer *t)
{
	struct sock_name dest;
	int err = find_destination(s, t, &dest);

	return !err && s->shut_write ? -EPIPE : err;
}

long inet_send_now(struct sock *s, struct transfer *t)
{
	long len = (long)t->u->left;
	struct sock_name dest, from;
	struct msg *m;
	int err;

	if (len > (long)DATAGRAM_MAX)
		return -EMSGSIZE;
	err = find_destination(s, t, &dest);
	if (!err && s->shut_write)
		err = -EPIPE;
	if (err)
		return err;
	mutex_lock(&inet_lock);
	err = inet_name_ensure(s, NULL);
	mutex_unlock(&inet_lock);
	if (err)
		return err;
	inet_seen_as(s, &dest, &from);
	m = make_datagram(s, t, &from, &dest, &err);
	if (!m)
		return err;
	inet_deliver(s, &dest, m);
	return len;
}
