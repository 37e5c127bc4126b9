/* SPDX-License-Identifier: MIT */
/*
 * Messages between sockets of all families: making, queueing, sending on
 * streams, receiving.  A message is charged to its sender until it is read: a
 * sender waits while its unread messages fill its buffer.  A queue of datagrams
 * has a maximum length, too.
 */
#include "unix.h"
#include <fs/io/pagefile.h>
#include <fs/open/poll.h>
#include <kernel/task/task.h>
#include <kernel/time/time.h>
#include <mm/frames/slab.h>

#define QUEUE_MAX	10u		/* queued datagrams at one socket */
#define DATAGRAM_HEAD	768ul		/* bytes that a datagram takes in a
					   buffer besides its data */
#define LOST_MAX	(512ul * 1024)	/* bytes sent to a closed peer, until
					   its reply arrives */
#define SIGNALLED	(POLLIN | POLLRDNORM)
#define WRITABLE	(POLLOUT | POLLWRNORM | POLLWRBAND)

int sock_wait_error(int err, ktime_t timeout)
{
	if (err == -ETIMEDOUT)
		return -EAGAIN;
	return err == -ERESTARTSYS && timeout ? -EINTR : err;
}

/* ---- messages ------------------------------------------------------------ */

/* Context: not under sock_lock, as it may close files. */
void sock_msg_free(struct msg *m)
{
	scm_free(&m->scm);
	sock_addr_put(m->from);
	sock_put(m->sender);
	kfree(m);
}

void sock_free_msgs(struct list *list)
{
	while (!list_empty(list)) {
		struct msg *m = list_first(list, struct msg, link);

		list_remove(&m->link);
		sock_msg_free(m);
	}
}

void sock_charge(struct msg *m)
{
	struct sock *from = m->sender;

	from->wmem += m->len + sizeof(*m);
	from->user->sock_bytes += m->len + sizeof(*m);
}

void sock_uncharge(struct msg *m)
{
	struct sock *from = m->sender;

	from->wmem -= m->len + sizeof(*m);
	from->user->sock_bytes -= m->len + sizeof(*m);
	if (from->wmem * 4 <= from->sndbuf)
		wake_up_key(&from->write_wait, WRITABLE);
}

/*
 * Remove m from the queue of s and uncharge its sender.
 * Context: [sock_lock].
 */
static void sock_unqueue(struct sock *s, struct msg *m)
{
	spin_must_hold(&sock_lock);
	list_remove(&m->link);
	s->queued--;
	s->queued_bytes -= m->len - m->off;
	unix_landed(s, &m->scm);
	sock_uncharge(m);
	if (s->queued == QUEUE_MAX)
		wake_up(&s->room_wait);
}

void sock_drain(struct sock *s, struct list *list)
{
	while (!list_empty(&s->queue)) {
		struct msg *m = list_first(&s->queue, struct msg, link);

		sock_unqueue(s, m);
		list_append(list, &m->link);
	}
}

void sock_queue(struct sock *to, struct msg *m)
{
	spin_must_hold(&sock_lock);
	if (to->family == &unix_family)
		unix_drop_cred(to, m);
	if (unlikely(READ_ONCE(to->stamps)))
		m->stamp = realtime_from(arch_clock());
	list_append(&to->queue, &m->link);
	to->queued++;
	to->queued_bytes += m->len;
	unix_inflight(to, &m->scm);
	wake_up_key(&to->read_wait, SIGNALLED);
}

void sock_enqueue(struct sock *to, struct msg *m)
{
	sock_charge(m);
	sock_queue(to, m);
}

/*
 * Charge the files of scm to its user.  A user may have as many files in flight
 * as it may have open (ETOOMANYREFS, unix(7)); without this, files in flight
 * would evade that limit.
 */
static int scm_charge_files(struct scm *scm)
{
	unsigned long most = HINT(current->process->limits[RLIMIT_NOFILE].cur);

	if (!scm->nr_files)
		return 0;
	scm->user = user_get(current->cred->user);
	if ((unsigned)atomic_read(&scm->user->in_flight) <= most ||
	    capable(CAP_SYS_RESOURCE) || capable(CAP_SYS_ADMIN))
		return 0;
	return -ETOOMANYREFS;
}

struct msg *sock_msg_make(struct sock *s, struct transfer *t, unsigned long len,
			  int *err)
{
	struct msg *m = kmalloc(sizeof(*m) + len);

	*err = m ? scm_charge_files(&t->scm) : -ENOMEM;
	if (!*err && uio_get(t->u, m->data, len) != len)
		*err = -EFAULT;
	if (*err) {
		kfree(m);
		return NULL;
	}
	memset(m, 0, sizeof(*m));
	m->len = (unsigned)len;
	m->sender = s;
	ref_get(&s->refs);
	m->scm = t->scm;
	scm_forget(&t->scm);
	return m;
}

/* ---- sending ------------------------------------------------------------- */

/* The peer of a distant stream may go at any time: see sock_reset(). */
bool sock_send_ended(const struct sock *s)
{
	return s->shut_write || s->alone || !READ_ONCE(s->peer) ||
		(!s->family->distant && s->peer->shut_read);
}

/*
 * True if s may send.  The last message may exceed the buffer.  Otherwise a
 * message as large as the buffer could never be sent.
 */
static bool may_send(const struct sock *s)
{
	return s->wmem < s->sndbuf || sock_send_ended(s);
}

/*
 * Wait until s may send more bytes.
 * Return: 0, -EAGAIN, -EINTR, -ERESTARTSYS.
 */
static int wait_to_send(struct sock *s, const struct transfer *t)
{
	int err;

	if (PEEK(may_send(s)))
		return 0;
	if (unlikely(HINT(s->hold)))	/* held bytes must become readable */
		s->family->push(s);
	if (t->nonblock)
		return -EAGAIN;
	err = wait_event_deadline(&s->write_wait, may_send(s),
				  sock_deadline(s->sndtimeo));
	return sock_wait_error(err, s->sndtimeo);
}

/* Context: [sock_lock]. */
static int stream_state(const struct sock *s)
{
	spin_must_hold(&sock_lock);
	if (s->state != SOCK_CONNECTED)
		return s->family->distant ? -EPIPE : -ENOTCONN;
	return sock_send_ended(s) ? -EPIPE : 0;
}

/*
 * Take and clear the pending error of s.
 * Context: [sock_lock].  Return: 0 or a positive errno.
 */
static int take_error(struct sock *s)
{
	int err = s->error;

	s->error = 0;
	return err;
}

/*
 * Check if a stream may send.  A pending error replaces the error for a closed
 * connection, unless both ends know of each other: they check the connection
 * first.  begun: a part of the data is sent, so the error stays for the next
 * call.
 * Context: [sock_lock].  Return: 0 or -errno.
 */
static int stream_refused(struct sock *s, bool begun)
{
	int err = stream_state(s);

	if (unlikely(s->error) && (!err || s->family->distant))
		err = begun ? -s->error : -take_error(s);
	return err;
}

/* True if the distant peer was closed, or was shut down in both directions. */
static bool peer_refuses(const struct sock *s)
{
	return s->alone ||
		(s->peer && s->peer->shut_read && s->peer->shut_write);
}

/*
 * True if the data of this send is lost, because the distant peer takes none.
 * As with TCP, this send succeeds.  The loss becomes known by the peer's reply
 * to the data, a reset, so the next piece fails.  A peer that was only shut
 * down is reset, too.
 * Context: [sock_lock].
 */
static bool send_is_lost(struct sock *s)
{
	if (!s->family->distant || s->state != SOCK_CONNECTED ||
	    s->shut_write || !peer_refuses(s))
		return false;
	if (!s->alone) {
		s->peer->error = ECONNRESET;
		s->peer->alone = true;
		sock_wake_all(s->peer);
	}
	s->alone = s->shut_read = s->shut_write = true;
	s->error = EPIPE;
	sock_wake_all(s);
	return true;
}

/*
 * Take what is on its way before the peer's reply arrives, which nobody will
 * get.
 * Return: 0 or -errno.
 */
static int lose_data(struct sock *s, struct transfer *t)
{
	unsigned long end = t->u->left - min(t->u->left, LOST_MAX);
	int err = 0;

	while (!err && t->u->left > end) {
		struct msg *m = sock_msg_make(s, t, min(t->u->left - end,
				(unsigned long)STREAM_PIECE), &err);

		if (m)
			sock_msg_free(m);
	}
	return err;
}

/*
 * Send one piece.  The state is checked twice, before the copy and before the
 * message is queued, because the copy may sleep.
 */
static int sock_send_piece(struct sock *s, struct transfer *t, bool begun)
{
	struct msg *m;
	bool lost;
	int err = wait_to_send(s, t);

	if (err)
		return err;
	spin_lock(&sock_lock);
	lost = send_is_lost(s);
	err = lost ? 0 : stream_refused(s, begun);
	spin_unlock(&sock_lock);
	if (lost)
		return lose_data(s, t);
	if (err)
		return err;
	m = sock_msg_make(s, t, min(t->u->left, (unsigned long)HINT(s->piece)),
			  &err);
	if (!m)
		return err;
	spin_lock(&sock_lock);
	err = stream_state(s);
	if (!err && unlikely(s->hold))
		s->family->hold(s, m, t->flags);
	else if (!err)
		sock_enqueue(s->peer, m);
	spin_unlock(&sock_lock);
	if (err)
		sock_msg_free(m);
	return err;
}

/*
 * Send zero bytes: nothing is transmitted, so a closed distant peer is not
 * noticed.
 * Return: 0 or -errno.
 */
static int send_nothing(struct sock *s)
{
	int err = 0;

	spin_lock(&sock_lock);
	if (!s->family->distant || s->state != SOCK_CONNECTED ||
	    s->shut_write || s->error)
		err = stream_refused(s, false);
	spin_unlock(&sock_lock);
	return err;
}

long sock_send_stream(struct sock *s, struct transfer *t)
{
	unsigned long want = t->u->left, left = want;
	int err = 0;

	if (!want)
		err = send_nothing(s);
	while (left && !err) {
		err = sock_send_piece(s, t, left < want);
		if (!err)
			left = t->u->left;
	}
	if (left < want)
		return (long)(want - left);
	if (err == -EPIPE && !(t->flags & MSG_NOSIGNAL))
		signal_self(SIGPIPE);
	return err;
}

bool sock_enqueue_datagram(struct sock *to, struct msg *m)
{
	bool fits;

	spin_lock(&sock_lock);
	fits = !to->dead && (list_empty(&to->queue) ||
		to->queued_bytes + m->len + (to->queued + 1ul) * DATAGRAM_HEAD
			<= to->rcvbuf);
	if (fits)
		sock_enqueue(to, m);
	spin_unlock(&sock_lock);
	return fits;
}

bool sock_queue_has_room(const struct sock *to)
{
	return to->queued <= QUEUE_MAX || to->dead || to->shut_read;
}

int sock_take_error(struct sock *s)
{
	int err;

	spin_lock(&sock_lock);
	err = take_error(s);
	spin_unlock(&sock_lock);
	return err;
}

/* ---- receiving ----------------------------------------------------------- */

static bool can_receive(const struct sock *s)
{
	return !list_empty(&s->queue) || s->shut_read || s->error || s->dead;
}

/*
 * Wait for a message.  The queue and the end of reading are checked under one
 * lock, as the end may have been set after a message was queued.
 * Return: 0: try again; 1: end of file; -errno.
 */
static int wait_to_receive(struct sock *s, const struct transfer *t)
{
	bool empty, ended;
	int err = 0;

	spin_lock(&sock_lock);
	empty = list_empty(&s->queue);
	ended = s->shut_read;
	/* at the end of the stream EPIPE is for senders alone */
	if (empty && !(ended && s->error == EPIPE))
		err = take_error(s);
	spin_unlock(&sock_lock);
	if (!empty || err)
		return -err;
	if (t->nonblock && s->type == SOCK_DGRAM)
		return -EAGAIN;		/* even if reading was shut down */
	if (ended)
		return 1;
	if (t->nonblock)
		return -EAGAIN;
	err = wait_event_deadline(&s->read_wait, can_receive(s),
				  sock_deadline(s->rcvtimeo));
	return sock_wait_error(err, s->rcvtimeo);
}

/*
 * Find the message after m (NULL: the oldest); the message stays in the queue.
 * Context: [read_lock], so that no other reader takes it.
 * Return: NULL: none.
 */
static struct msg *queued_after(struct sock *s, const struct msg *m)
{
	const struct list *l = m ? &m->link : &s->queue;
	struct msg *next = NULL;

	spin_lock(&sock_lock);
	if (l->next != &s->queue)
		next = container_of(l->next, struct msg, link);
	spin_unlock(&sock_lock);
	return next;
}

/*
 * Move the files and credentials of a message to t; copy: leave them in m, too.
 */
static int take_scm(struct transfer *t, struct msg *m, bool copy)
{
	struct scm *from = &m->scm;

	t->has_cred = true;
	t->scm = *from;
	if (!copy) {
		scm_forget(from);
		return 0;
	}
	t->scm.user = NULL;
	if (!from->nr_files)
		return 0;
	t->scm.files = kmalloc(from->nr_files * sizeof(*from->files));
	if (!t->scm.files) {
		t->scm.nr_files = 0;
		return -ENOMEM;
	}
	for (unsigned i = 0; i < from->nr_files; i++) {
		t->scm.files[i] = from->files[i];
		file_get(from->files[i]);
	}
	return 0;
}

/*
 * Note when m came, except to a socket of netlink: it is told with the message
 * to those who asked for that, or else by SIOCGSTAMP.  A message that came
 * before anybody asked for its time counts as just arrived, as on Linux.
 * Context: [read_lock].
 */
static void note_stamp(struct sock *s, struct transfer *t, const struct msg *m)
{
	bool asked = READ_ONCE(s->stamps);
	ktime_t at = m->stamp;

	if ((s->type == SOCK_STREAM && !asked) ||
	    s->family->number == AF_NETLINK)
		return;
	if (!at)
		at = realtime_from(arch_clock());
	if (s->type == SOCK_DGRAM && !asked)
		s->stamp = at;
	t->stamp = asked ? at : 0;
}

/*
 * Store the sender's name; without a name of the message it is that of the
 * sender, which may have been bound after sending.
 */
static void name_sender(struct transfer *t, const struct msg *m)
{
	const struct sock_addr *a;

	t->name.len = 0;
	spin_lock(&sock_lock);
	a = m->from ? m->from : m->sender->addr;
	if (a)
		t->name = a->name;
	spin_unlock(&sock_lock);
}

/*
 * Consume n bytes of a stream message.
 * Return: true: the message is used up and unlinked.
 */
static bool consume(struct sock *s, struct msg *m, unsigned n)
{
	bool done = m->off + n == m->len;

	spin_lock(&sock_lock);
	s->queued_bytes -= n;
	m->off += n;
	if (done)
		sock_unqueue(s, m);
	else
		unix_landed(s, &m->scm);	/* files go with the first
						   bytes */
	if (!done)
		m->scm.nr_files = 0;
	spin_unlock(&sock_lock);
	return done;
}

static bool same_sender(const struct transfer *t, const struct msg *m)
{
	return t->scm.pid == m->scm.pid && t->scm.uid == m->scm.uid &&
		t->scm.gid == m->scm.gid;
}

/*
 * Read part of a stream from one message.
 * Return: bytes; 0: stop before this message; -errno.
 */
static long stream_part(struct sock *s, struct transfer *t, struct msg *m,
			long done)
{
	unsigned n = (unsigned)min(t->u->left,
				   (unsigned long)(m->len - m->off));
	bool skip = t->flags & MSG_TRUNC && s->family->distant;
	bool peek = t->flags & MSG_PEEK;
	struct scm scm;
	bool gone;
	int err = 0;

	if (done && s->passcred && !same_sender(t, m))
		return 0;
	if (!done)
		name_sender(t, m);
	if (s->family->distant)
		note_stamp(s, t, m);
	if (skip)		/* tcp(7): discard the bytes, all of them */
		t->u->left -= n;
	else if (n && uio_put(t->u, m->data + m->off, n) != n)
		return -EFAULT;
	if (peek) {
		err = done && !m->scm.nr_files ? 0 : take_scm(t, m, true);
		return err ? err : (long)n;
	}
	scm = m->scm;
	gone = consume(s, m, n);
	scm_forget(&m->scm);
	if (gone)
		sock_msg_free(m);
	if (!done || scm.nr_files) {
		t->scm = scm;
		t->has_cred = true;
	}
	return n;
}

/*
 * Read from a stream.  A read stops after a message with files, so that it
 * returns files of one message only.  It also stops before a message of another
 * sender (SO_PASSCRED; unix(7)).  read_lock is released while waiting, so that
 * a nonblocking reader does not block on it.
 */
static long stream_receive(struct sock *s, struct transfer *t)
{
	unsigned long want = t->u->left;
	bool peek = t->flags & MSG_PEEK;
	unsigned long least = peek ? 1 : t->flags & MSG_WAITALL ? want :
		min((unsigned long)HINT(s->low_water), want);
	struct msg *seen = NULL;
	long done = 0, n = 0;

	mutex_lock(&s->read_lock);
	while ((unsigned long)done < want || !done) {
		struct msg *m = queued_after(s, seen);

		if (m) {
			n = stream_part(s, t, m, done);
			if (n <= 0)
				break;
			done += n;
			if (peek)
				seen = m;
			if (t->scm.nr_files)
				break;
			continue;
		}
		if (done && (unsigned long)done >= least)
			break;
		mutex_unlock(&s->read_lock);
		n = wait_to_receive(s, t);
		mutex_lock(&s->read_lock);
		if (n)
			break;
	}
	mutex_unlock(&s->read_lock);
	if (!done && n > 0)	/* at the end credentials are zeros */
		t->has_cred = true;
	return done || n >= 0 ? done : n;
}

/* The message is consumed even if the buffer is too small for all its bytes. */
static long message_part(struct sock *s, struct transfer *t, struct msg *m)
{
	unsigned long n = min(t->u->left, (unsigned long)m->len);
	bool peek = t->flags & MSG_PEEK;
	long result = t->flags & MSG_TRUNC ? (long)m->len : (long)n;
	int err;

	if (!peek) {
		spin_lock(&sock_lock);
		sock_unqueue(s, m);
		spin_unlock(&sock_lock);
	}
	if (n < m->len)
		t->out_flags |= MSG_TRUNC;
	name_sender(t, m);
	note_stamp(s, t, m);
	err = take_scm(t, m, peek);
	if (!err && uio_put(t->u, m->data, n) != n)
		err = -EFAULT;
	if (!peek)
		sock_msg_free(m);
	return err ? err : result;
}

/* A pending error is returned before queued messages. */
static long message_receive(struct sock *s, struct transfer *t)
{
	struct msg *m;
	long n;

	for (;;) {
		n = sock_error(s);
		if (n)
			return n;
		mutex_lock(&s->read_lock);
		m = queued_after(s, NULL);
		if (m)
			break;
		mutex_unlock(&s->read_lock);
		n = wait_to_receive(s, t);
		if (n)
			return n > 0 ? 0 : n;
	}
	n = message_part(s, t, m);
	mutex_unlock(&s->read_lock);
	return n;
}

long sock_receive(struct sock *s, struct transfer *t)
{
	t->name.len = 0;
	if (s->type == SOCK_STREAM)
		return stream_receive(s, t);
	return message_receive(s, t);
}

/* ---- polling ------------------------------------------------------------- */

/* True if a datagram to the peer would have to wait. */
static bool peer_is_full(const struct sock *s)
{
	const struct sock *p = s->peer;

	return s->type == SOCK_DGRAM && p && p->peer != s &&
		!sock_queue_has_room(p);
}

/*
 * A stream of TCP is readable from SO_RCVLOWAT bytes on, or if its peer has sent
 * as much as it can.
 * Context: [sock_lock].
 */
static bool has_enough(const struct sock *s)
{
	const struct sock *p = s->peer;

	if (list_empty(&s->queue))
		return false;
	if (likely(s->low_water == 1) || s->type != SOCK_STREAM ||
	    !s->family->distant)
		return true;
	return s->queued_bytes >= (unsigned long)s->low_water || !p ||
		p->wmem * 4 > p->sndbuf;
}

/*
 * Report POLLOUT only while unread messages take at most a quarter of the send
 * buffer, so that a polling writer is not woken for each byte.
 */
unsigned sock_poll(struct file *f, struct poll_table *pt)
{
	struct sock *s = f->private;
	unsigned events = 0;

	poll_wait(pt, &s->read_wait);
	poll_wait(pt, &s->write_wait);
	spin_lock(&sock_lock);
	if (s->error)
		events |= POLLERR;
	if (s->shut_read && s->shut_write)
		events |= POLLHUP;
	if (s->shut_read)
		events |= SIGNALLED | POLLRDHUP;
	if (has_enough(s) || !list_empty(&s->waiting))
		events |= SIGNALLED;
	if (s->type != SOCK_DGRAM && s->state == SOCK_FREE)
		events |= POLLHUP;
	if (s->wmem * 4 <= s->sndbuf && !peer_is_full(s) &&
	    s->state != SOCK_LISTENING)
		events |= s->family->distant && s->type == SOCK_STREAM ?
			WRITABLE & ~POLLWRBAND : WRITABLE;
	spin_unlock(&sock_lock);
	return events;
}
