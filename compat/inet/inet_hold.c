/* SPDX-License-Identifier: MIT */
/*
 * Streams that hold data back (row B5).  Bytes sent with MSG_MORE or under
 * TCP_CORK are held here until they fill a segment, until data is sent without
 * either of them, or for 200 ms.  So a program that sends a head and then a
 * body makes one packet of them (tcp(7)).
 *
 *   send --> wait_to_send --> msg --> s->hold, charged to s
 *                                       |  full segment, last piece, uncork,
 *                                       |  TCP_NODELAY, shutdown, close, timer
 *                                       v
 *                                     queue of the peer
 */
#include "inet.h"
#include <topics/kthreads/workqueue.h>
#include <mm/frames/slab.h>

#define PATIENCE	(200 * (u64)1000000)	/* ns */
/*
 * Payload of one packet of lo, 64 KiB less headers and time stamps, halved:
 * Linux sends no more than half of a window that has not grown yet.
 */
#define STAMP_LEN	12u		/* of TCP's time stamps, in a segment */
#define SEGMENT_V4	(65483u / 2)
#define SEGMENT_V6	(65464u / 2)

struct hold {
	struct sock *sock;		/* const; outlives this struct */
	struct list msgs;		/* [sock_lock] charged to sock */
	unsigned bytes;			/* [sock_lock] held in msgs */
	struct delayed_work patience;
};

unsigned inet_segment(const struct sock *s)
{
	unsigned most = HINT(inet_sock(s)->max_segment);
	unsigned whole = inet_is_4(s) ? SEGMENT_V4 : SEGMENT_V6;

	return most ? min(most - STAMP_LEN, whole) : whole;
}

/* Set h->bytes, and so what fits into the segment. */
static void set_held(struct hold *h, unsigned bytes)
{
	h->bytes = bytes;
	h->sock->piece = min(STREAM_PIECE, inet_segment(h->sock) - bytes);
}

/*
 * Move all held data to the peer.  If the peer cannot receive, move the data to
 * `lost`, to be freed without the lock.
 * Context: [sock_lock].
 */
static void inet_hold_push(struct hold *h, struct list *lost)
{
	struct sock *s = h->sock;
	bool ended = sock_send_ended(s);

	cancel_delayed_work(&h->patience);
	set_held(h, 0);
	while (!list_empty(&h->msgs)) {
		struct msg *m = list_first(&h->msgs, struct msg, link);

		list_remove(&m->link);
		if (!ended) {
			sock_queue(s->peer, m);
			continue;
		}
		sock_uncharge(m);
		list_append(lost, &m->link);
	}
}

void inet_push(struct sock *s)
{
	struct list lost = LIST_INIT(lost);

	if (likely(!HINT(s->hold)))
		return;
	spin_lock(&sock_lock);
	inet_hold_push(s->hold, &lost);
	spin_unlock(&sock_lock);
	sock_free_msgs(&lost);
}

static void patience_ends(struct work *w)
{
	inet_push(container_of(w, struct hold, patience.work)->sock);
}

/* Prepare s for holding data back.  Context: may sleep.  Return: 0, -ENOMEM. */
static int hold_begin(struct sock *s)
{
	struct hold *h = kmalloc(sizeof(*h));

	if (!h)
		return -ENOMEM;
	h->sock = s;
	list_init(&h->msgs);
	h->bytes = 0;
	delayed_work_init(&h->patience, patience_ends);
	spin_lock(&sock_lock);
	if (!s->hold) {
		s->hold = h;
		h = NULL;		/* used: no other thread was faster */
	}
	spin_unlock(&sock_lock);
	kfree(h);
	return 0;
}

/* True if data must be held back (MSG_MORE, TCP_CORK). */
static bool wants_hold(const struct sock *s, unsigned flags)
{
	return flags & MSG_MORE || READ_ONCE(inet_sock(s)->tcp_cork);
}

long inet_send_stream(struct sock *s, struct transfer *t)
{
	int err = 0;

	if (unlikely(wants_hold(s, t->flags)) && t->u->left && !HINT(s->hold))
		err = hold_begin(s);
	return err ? err : sock_send_stream(s, t);
}

void inet_hold(struct sock *s, struct msg *m, unsigned flags)
{
	struct list lost = LIST_INIT(lost);
	struct hold *h = s->hold;
	bool more = wants_hold(s, flags);
	unsigned bytes = h->bytes + m->len;

	if (!more && !h->bytes) {
		sock_enqueue(s->peer, m);
		return;
	}
	sock_charge(m);
	if (!h->bytes)
		queue_delayed_work(system_workqueue, &h->patience, PATIENCE);
	list_append(&h->msgs, &m->link);
	if (more && bytes < inet_segment(s))
		set_held(h, bytes);
	else
		inet_hold_push(h, &lost);
	ASSERT(list_empty(&lost));	/* the caller has checked the peer */
}

void inet_hold_end(struct sock *s)
{
	struct hold *h = s->hold;

	if (likely(!h))
		return;
	inet_push(s);
	timer_stop(&h->patience.timer);
	cancel_work(&h->patience.work);
	flush_work(&h->patience.work);
	s->hold = NULL;
	kfree(h);
}
