/* SPDX-License-Identifier: MIT */
/*
 * Sockets of all families (row B5): their records, connections and ends.
 *
 * A connection is two sockets, each the peer of the other.  connect(2) itself
 * creates the second socket and queues it at the listener; accept(2) gives it a
 * file.
 */
#include "unix.h"
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <mm/frames/slab.h>


struct spinlock sock_lock = SPIN_INIT("socket", IPL_SOFT);
struct list all_socks = LIST_INIT(all_socks);

/* The new socket has one reference, which becomes that of its file. */
struct sock *sock_create(const struct socket_family *f, struct net_space *n,
			 int type, int protocol)
{
	struct sock *s = slab_zalloc(f->cache);

	if (!s)
		return NULL;
	s->user = user_get(current->cred->user);
	ref_init(&s->refs);
	s->net = net_get(n);
	s->maker = current->cred;
	cred_get(s->maker);
	s->family = f;
	s->type = type == SOCK_RAW ? SOCK_DGRAM : type;
	s->raw = type == SOCK_RAW;
	s->protocol = protocol;
	s->sndbuf = s->rcvbuf = BUFFER_DEFAULT;
	s->low_water = 1;
	s->piece = STREAM_PIECE;
	list_init(&s->queue);
	list_init(&s->waiting);
	list_init(&s->wait_link);
	list_init(&s->name_link);
	list_init(&s->flight_link);
	list_init(&s->gc_link);
	mutex_init(&s->read_lock, "socket read");
	wait_queue_init(&s->read_wait);
	wait_queue_init(&s->write_wait);
	wait_queue_init(&s->room_wait);
	spin_lock(&sock_lock);
	list_append(&all_socks, &s->all_link);
	spin_unlock(&sock_lock);
	return s;
}

void sock_addr_put(struct sock_addr *a)
{
	if (a && ref_put(&a->refs))
		kfree(a);
}

void sock_addr_replace(struct sock *s, struct sock_addr *a)
{
	struct sock_addr *old;

	spin_lock(&sock_lock);
	old = s->addr;
	s->addr = a;
	sock_place(s);
	spin_unlock(&sock_lock);
	sock_addr_put(old);
}

/*
 * Context: not under sock_lock, unless the caller knows of another reference.
 */
void sock_put(struct sock *s)
{
	if (!s || !ref_put(&s->refs))
		return;
	spin_lock(&sock_lock);
	list_remove(&s->all_link);
	list_remove(&s->name_link);
	spin_unlock(&sock_lock);
	sock_addr_put(s->addr);
	sock_addr_put(s->remote);
	user_put(s->user);
	if (s->inode)
		inode_put(s->inode);
	net_put(s->net);
	cred_put(s->maker);
	if (s->peer_cred)
		cred_put(s->peer_cred);
	slab_free(s->family->cache, s);
}

void sock_name_of(const struct sock_addr *a, struct sock_name *out)
{
	if (a)
		*out = a->name;
	else
		out->len = sizeof(out->family);
}

/* ---- connections --------------------------------------------------------- */

struct cred *sock_note_cred(struct sock *s)
{
	struct cred *old = s->peer_cred;

	spin_must_hold(&sock_lock);
	s->peer_pid = current->process->pid;
	s->peer_cred = current->cred;
	cred_get(s->peer_cred);
	return old;
}

void sock_join(struct sock *a, struct sock *b)
{
	spin_must_hold(&sock_lock);
	ref_get(&a->refs);
	ref_get(&b->refs);
	a->peer = b;
	b->peer = a;
	a->state = b->state = SOCK_CONNECTED;
	sock_place(a);
	sock_place(b);
}

int sock_listen(struct sock *s, int backlog)
{
	struct cred *old = NULL;
	int err = 0;

	if (s->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	spin_lock(&sock_lock);
	if (s->state == SOCK_CONNECTED || !s->addr) {
		err = -EINVAL;
	} else {
		s->state = SOCK_LISTENING;
		if (s->family->distant)		/* listen undoes a shutdown */
			s->shut_read = false;
		s->backlog = (unsigned)min((unsigned long)(unsigned)backlog,
					   READ_ONCE(s->net->most_waiting));
		if (!s->family->distant)	/* for peers that connect */
			old = sock_note_cred(s);
		wake_up(&s->room_wait);
	}
	spin_unlock(&sock_lock);
	if (old)
		cred_put(old);
	return err;
}

bool sock_listener_has_room(const struct sock *l)
{
	return l->state != SOCK_LISTENING || l->dead || l->shut_read ||
		l->nr_waiting <= l->backlog;
}

int sock_try_connect(struct sock *s, struct sock *l, struct sock *other,
		     unsigned beyond)
{
	spin_must_hold(&sock_lock);
	if (s->state != SOCK_FREE)
		return s->state == SOCK_CONNECTED ? -EISCONN : -EINVAL;
	if (l->state != SOCK_LISTENING || l->dead || l->shut_read)
		return -ECONNREFUSED;
	if (l->nr_waiting > l->backlog && l->nr_waiting - l->backlog > beyond)
		return -EAGAIN;
	sock_join(s, other);
	ref_get(&other->refs);		/* the listener's reference */
	list_append(&l->waiting, &other->wait_link);
	other->listener = l;
	l->nr_waiting++;
	wake_up_key(&l->read_wait, POLLIN | POLLRDNORM);
	return 0;
}

static bool can_accept(const struct sock *s)
{
	return !list_empty(&s->waiting) || s->state != SOCK_LISTENING ||
		s->shut_read;
}

/* Wakes tasks that wait in connect(2) for room in the listener's queue. */
int sock_accept(struct sock *s, bool nonblock, struct sock **out)
{
	int err;

	if (s->type == SOCK_DGRAM)
		return -EOPNOTSUPP;
	for (;;) {
		err = -EAGAIN;
		spin_lock(&sock_lock);
		if (s->state != SOCK_LISTENING || s->shut_read) {
			err = -EINVAL;
		} else if (!list_empty(&s->waiting)) {
			*out = list_first(&s->waiting, struct sock, wait_link);
			list_remove(&(*out)->wait_link);
			s->nr_waiting--;
			s->holds -= (*out)->holds;
			(*out)->listener = NULL;
			(*out)->passcred |= s->passcred;
			wake_up(&s->room_wait);
			err = 0;
		}
		spin_unlock(&sock_lock);
		if (err != -EAGAIN || nonblock)
			return err;
		err = wait_event_deadline(&s->read_wait, can_accept(s),
					  sock_deadline(s->rcvtimeo));
		if (err)
			return sock_wait_error(err, s->rcvtimeo);
	}
}

/* ---- ends ---------------------------------------------------------------- */

void sock_wake_all(struct sock *s)
{
	wake_up_key(&s->read_wait, POLLIN | POLLHUP | POLLRDHUP | POLLERR);
	wake_up_key(&s->write_wait, POLLOUT | POLLHUP | POLLERR);
	wake_up(&s->room_wait);
}

/*
 * True if both ends of a distant stream were shut for writing, so closing one
 * need not be reported to the other.
 */
static bool both_shut_write(const struct sock *s, const struct sock *p)
{
	return s->family->distant && s->shut_write && p->shut_write;
}

/*
 * True if closing s loses data.  As on Linux an empty packet at the head of the
 * queue does not count.
 */
static bool has_unread(const struct sock *s)
{
	const struct list *first = s->queue.next;

	spin_must_hold(&sock_lock);
	if (first != &s->queue && !container_of(first, struct msg, link)->len)
		first = first->next;
	return first != &s->queue;
}

/*
 * s resets its connection to p.  Each end counts that could send until then
 * (RFC 4022: tcpEstabResets).
 * Context: [sock_lock].
 */
static void count_reset(const struct sock *s, const struct sock *p)
{
	spin_must_hold(&sock_lock);
	net_note(s->net, NET_TCP_RST_SENT);
	if (!s->shut_write)
		net_note(s->net, NET_TCP_RESET);
	if (!p->shut_write)
		net_note(p->net, NET_TCP_RESET);
}

/*
 * Report the end of s to its peer; unread: s loses unread data.
 * Context: [sock_lock].
 */
static void sock_report_end(struct sock *s, bool unread)
{
	struct sock *p = s->peer;

	spin_must_hold(&sock_lock);
	if (!p || s->type == SOCK_DGRAM || both_shut_write(s, p))
		return;
	if (unread && s->family->distant)
		count_reset(s, p);
	p->alone = p->shut_read = true;
	/* a distant peer notices at its next write */
	if (unread || !s->family->distant)
		p->shut_write = true;
	if (unread)
		p->error = ECONNRESET;
	sock_wake_all(p);
}

/* What a socket leaves behind, to be freed without sock_lock. */
struct remains {
	struct list msgs;		/* unread */
	struct list orphans;		/* never accepted */
	struct sock *peer;		/* referenced, or NULL */
};

#define REMAINS_INIT(r) { LIST_INIT((r).msgs), LIST_INIT((r).orphans), NULL }

/*
 * End the connection of s, and those that wait at s for accept(2); unread: as
 * in sock_report_end().
 * Context: [sock_lock].
 */
static void sock_cut(struct sock *s, bool unread, struct remains *r)
{
	struct sock *o;

	sock_report_end(s, unread);
	r->peer = s->peer;
	s->peer = NULL;
	sock_drain(s, &r->msgs);
	while (!list_empty(&s->waiting)) {
		o = list_first(&s->waiting, struct sock, wait_link);
		list_remove(&o->wait_link);
		list_append(&r->orphans, &o->wait_link);
		s->holds -= o->holds;
		o->listener = NULL;
		sock_report_end(o, true);
	}
	sock_wake_all(s);
}

static void sock_release_one(struct sock *s);

static void remains_free(struct remains *r)
{
	struct sock *o;

	sock_free_msgs(&r->msgs);
	while (!list_empty(&r->orphans)) {
		o = list_first(&r->orphans, struct sock, wait_link);
		list_remove(&o->wait_link);
		sock_release_one(o);
	}
	sock_put(r->peer);
}

/*
 * Close a socket.  Its peer keeps a reference to it, for getpeername(2).  Files
 * in queued messages are closed after the socket (struct file_endings).
 */
static void sock_release_one(struct sock *s)
{
	struct remains r = REMAINS_INIT(r);

	if (s->family->release)
		s->family->release(s);
	spin_lock(&sock_lock);
	s->dead = true;
	s->file = NULL;
	sock_place(s);
	sock_cut(s, has_unread(s) || (s->family->distant && s->linger_on &&
				      !s->linger_time), &r);
	spin_unlock(&sock_lock);
	remains_free(&r);
	sock_put(s);
}

/*
 * Let go of s, which is about to be free for another connection.  The peer
 * keeps its name, for accept(2).
 * Context: [sock_lock].  Return: true if the peer had a reference to s.
 */
static bool peer_forgets(struct sock *s)
{
	struct sock *p = s->peer;

	if (!p || p->peer != s)
		return false;
	p->peer = NULL;
	p->remote = s->addr;
	ref_get(&s->addr->refs);
	return true;
}

void sock_reset(struct sock *s)
{
	struct remains r = REMAINS_INIT(r);
	struct sock_addr *forgotten;
	const struct sock *p;
	bool open, known;

	if (unlikely(s->hold))
		s->family->push(s);
	mutex_lock(&s->read_lock);	/* a reader may be at a message */
	spin_lock(&sock_lock);
	p = s->peer;
	open = p && !sock_stream_over(s);
	if (open)
		s->error = ECONNRESET;
	known = peer_forgets(s);
	sock_cut(s, open, &r);
	forgotten = s->remote;
	s->remote = NULL;
	s->nr_waiting = 0;
	s->state = SOCK_FREE;
	sock_place(s);
	s->alone = s->shut_read = s->shut_write = false;
	spin_unlock(&sock_lock);
	mutex_unlock(&s->read_lock);
	remains_free(&r);
	sock_addr_put(forgotten);
	if (known)
		sock_put(s);
}

/*
 * Sockets held by messages are closed one after the other, not recursively: a
 * chain of them could overflow the stack.
 */
void sock_release(struct sock *s)
{
	struct file_endings e;
	bool outermost = file_endings_begin(&e);

	sock_release_one(s);
	if (!outermost)
		return;
	do
		file_endings_run(&e);
	while (unix_collect());
	file_endings_end(&e);
}

/* False if a distant socket has no connection, or no longer. */
static bool can_shut(const struct sock *s)
{
	return s->state != SOCK_FREE &&
		(s->type == SOCK_DGRAM || s->state == SOCK_LISTENING ||
		 !sock_stream_over(s));
}

/* Shutting down writing on s ends reading at its peer. */
int sock_shutdown(struct sock *s, int how)
{
	bool rd = how != 1, wr = how != 0;
	struct sock *p;
	int err = 0;

	if (how < 0 || how > 2)
		return -EINVAL;
	if (wr && unlikely(s->hold))
		s->family->push(s);
	spin_lock(&sock_lock);
	p = s->peer;
	/* the shutdown is recorded anyway: later reads return immediately */
	if (s->family->distant && !can_shut(s))
		err = -ENOTCONN;
	s->shut_read |= rd;
	s->shut_write |= wr;
	sock_wake_all(s);
	if (!err && p && s->type != SOCK_DGRAM) {
		p->shut_read |= wr;
		p->shut_write |= rd && !s->family->distant;
		sock_wake_all(p);
	}
	spin_unlock(&sock_lock);
	return err;
}
