/* SPDX-License-Identifier: MIT */
/*
 * Datagrams sent in pieces (row B5): MSG_MORE and UDP_CORK hold data back until
 * a piece is sent without either of them, or the option is cleared.  The first
 * piece determines the destination and control data (udp(7)).
 */
#include "inet.h"
#include <mm/frames/slab.h>

struct cork {
	struct sock_name name;
	struct scm scm;			/* without files: inet sends none */
	unsigned long len;
	char *data;			/* owned */
};

static struct mutex cork_lock = {
	.wait = WAIT_QUEUE_INIT(cork_lock.wait), .name = "udp cork",
};

void inet_cork_free(struct sock *s)
{
	struct cork *c = inet_sock(s)->cork;

	inet_sock(s)->cork = NULL;
	if (c)
		kfree(c->data);
	kfree(c);
}

/*
 * Prepare to hold a datagram, with the destination of its first piece t.
 * Context: [cork_lock].  Return: 0 or -errno.
 */
static int inet_cork_begin(struct sock *s, const struct transfer *t)
{
	int err = inet_may_send(s, t);
	struct cork *c;

	if (err)
		return err;
	c = kzalloc(sizeof(*c));
	if (!c)
		return -ENOMEM;
	c->name = t->name;
	c->scm = t->scm;
	inet_sock(s)->cork = c;
	return 0;
}

/*
 * Append a piece.
 * Context: [cork_lock].  Return: 0, -EMSGSIZE, -ENOMEM, -EFAULT.
 */
static int inet_cork_append(struct cork *c, struct transfer *t)
{
	unsigned long n = t->u->left;
	char *data;

	mutex_must_hold(&cork_lock);
	if (n > DATAGRAM_MAX - c->len)
		return -EMSGSIZE;
	if (!n)
		return 0;
	data = krealloc(c->data, c->len + n);
	if (!data)
		return -ENOMEM;
	c->data = data;
	if (uio_get(t->u, data + c->len, n) != n)
		return -EFAULT;
	c->len += n;
	return 0;
}

/*
 * Send everything as one datagram.  Context: [cork_lock].  Return: 0 or -errno.
 */
static int inet_cork_push(struct sock *s)
{
	struct cork *c = inet_sock(s)->cork;
	struct uio u;
	struct transfer t = { .u = &u, .nonblock = true, .name = c->name,
			      .scm = c->scm };
	long n;

	mutex_must_hold(&cork_lock);
	uio_kernel(&u, c->data, c->len);
	n = inet_send_now(s, &t);
	inet_cork_free(s);
	return n < 0 ? (int)n : 0;
}

/*
 * Append a piece, and send the datagram unless more follow.  As on Linux, a
 * piece that does not fit discards the earlier ones, too.
 */
static long inet_cork_send_piece(struct sock *s, struct transfer *t, bool more)
{
	long want = (long)t->u->left;
	int err = inet_sock(s)->cork ? 0 : inet_cork_begin(s, t);

	if (err)
		return err;
	err = inet_cork_append(inet_sock(s)->cork, t);
	if (err)
		inet_cork_free(s);
	else if (!more)
		err = inet_cork_push(s);
	return err ? err : want;
}

long inet_send_datagram(struct sock *s, struct transfer *t)
{
	bool more = t->flags & MSG_MORE || HINT(inet_sock(s)->udp_cork);
	long n = sock_error(s);

	if (n)
		return n;
	if (likely(!more && !HINT(inet_sock(s)->cork)))
		return inet_send_now(s, t);
	if (t->u->left > DATAGRAM_MAX)
		return -EMSGSIZE;
	mutex_lock(&cork_lock);
	n = inet_cork_send_piece(s, t, more);
	mutex_unlock(&cork_lock);
	return n;
}

int inet_cork(struct sock *s, bool on)
{
	int err = 0;

	mutex_lock(&cork_lock);
	inet_sock(s)->udp_cork = on;
	if (!on && inet_sock(s)->cork)
		err = inet_cork_push(s);
	mutex_unlock(&cork_lock);
	return err;
}
