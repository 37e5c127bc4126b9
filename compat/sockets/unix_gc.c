/* SPDX-License-Identifier: MIT */
/*
 * Garbage collection of sockets in flight.  Sockets sent over sockets can hold
 * each other: a message with A is queued at B, a message with B is queued at A,
 * and no process has a descriptor of either.
 *
 * Sending a socket sets maybe_ring if it may have closed such a ring.  If the
 * flag is set, closing any socket runs the collector, in two steps:
 *
 * 1. Repeatedly drop sockets in flight that no other socket in flight holds.
 * If no socket is left, there is no ring, and the flag is cleared.
 *
 * 2. Among the sockets left, find those that are held only by messages, and
 * only by messages queued at such sockets.  They are garbage: empty their
 * queues.
 *
 * Each step visits every socket in flight once.
 */
#include "unix.h"

static struct list in_flight = LIST_INIT(in_flight);	/* [sock_lock] */
static bool maybe_ring;			/* [sock_lock] a ring may have closed */

static struct sock *sock_of(const struct file *f)
{
	return f->ops == &socket_fops ? f->private : NULL;
}

static unsigned nr_socks(const struct scm *scm)
{
	unsigned n = 0;

	for (unsigned i = 0; i < scm->nr_files; i++)
		n += sock_of(scm->files[i]) != NULL;
	return n;
}

/*
 * Count one more message that holds s.  If s holds other sockets, it may be on
 * a ring.
 */
static void inflight_add(struct sock *s)
{
	if (!s->inflight++)
		list_append(&in_flight, &s->flight_link);
	if (s->holds)
		maybe_ring = true;
}

static void inflight_sub(struct sock *s)
{
	if (!--s->inflight)
		list_remove(&s->flight_link);
}

/*
 * Count n more sockets as held at `at`.  Connections that wait for accept(2)
 * count as held by their listener.
 */
static void unix_gc_hold(struct sock *at, unsigned n)
{
	at->holds += n;
	if (at->listener)
		at->listener->holds += n;
	if (at->inflight || (at->listener && at->listener->inflight))
		maybe_ring = true;
}

void unix_inflight(struct sock *at, const struct scm *scm)
{
	unsigned n = nr_socks(scm);

	if (scm->user)
		atomic_add(&scm->user->in_flight, (int)scm->nr_files);
	if (!n)
		return;
	unix_gc_hold(at, n);
	for (unsigned i = 0; i < scm->nr_files; i++)
		if (sock_of(scm->files[i]))
			inflight_add(sock_of(scm->files[i]));
}

void unix_landed(struct sock *at, const struct scm *scm)
{
	unsigned n = nr_socks(scm);

	if (scm->user)
		atomic_add(&scm->user->in_flight, -(int)scm->nr_files);
	if (!n)
		return;
	at->holds -= n;
	if (at->listener)
		at->listener->holds -= n;
	for (unsigned i = 0; i < scm->nr_files; i++)
		if (sock_of(scm->files[i]))
			inflight_sub(sock_of(scm->files[i]));
}

/* ---- the collector ------------------------------------------------------- */

typedef void (*visit_t)(struct sock *held, struct list *todo);

static void each_queued(struct sock *s, struct list *todo, visit_t fn)
{
	struct msg *m;

	list_for_each(m, &s->queue, link)
		for (unsigned i = 0; i < m->scm.nr_files; i++)
			if (sock_of(m->scm.files[i]))
				fn(sock_of(m->scm.files[i]), todo);
}

/* Call fn for each socket held by a message at s, once per message. */
static void each_held(struct sock *s, struct list *todo, visit_t fn)
{
	struct sock *w;

	if (!s->holds)
		return;
	each_queued(s, todo, fn);
	list_for_each(w, &s->waiting, wait_link)
		each_queued(w, todo, fn);
}

static void unix_gc_count(struct sock *s, struct list *todo __unused)
{
	s->gc_refs++;
}

static void unix_gc_uncount(struct sock *s, struct list *todo)
{
	if (!--s->gc_refs)
		list_append(todo, &s->gc_link);
}

/* Take the next socket off the list.  Return: NULL: none. */
static struct sock *unix_gc_next_of(struct list *todo)
{
	struct sock *s;

	if (list_empty(todo))
		return NULL;
	s = list_first(todo, struct sock, gc_link);
	list_remove(&s->gc_link);
	return s;
}

/*
 * Repeatedly drop sockets that no socket in flight holds.  The others keep
 * gc_refs above 0: they are on a ring, or reachable from one.
 * Return: true if there are such sockets.
 */
static bool find_rings(void)
{
	struct list todo = LIST_INIT(todo);
	unsigned left = 0;
	struct sock *s;

	list_for_each(s, &in_flight, flight_link) {
		s->gc_refs = 0;
		left++;
	}
	list_for_each(s, &in_flight, flight_link)
		each_held(s, &todo, unix_gc_count);
	list_for_each(s, &in_flight, flight_link)
		if (!s->gc_refs)
			list_append(&todo, &s->gc_link);
	while ((s = unix_gc_next_of(&todo))) {
		left--;
		each_held(s, &todo, unix_gc_uncount);
	}
	return left;
}

static void held_by_candidate(struct sock *s, struct list *todo __unused)
{
	s->gc_refs--;
}

static void mark_live(struct sock *s, struct list *todo)
{
	if (s->gc_candidate) {
		s->gc_candidate = false;
		list_append(todo, &s->gc_link);
	}
}

/*
 * Find garbage among the sockets that find_rings() has left.  A candidate is a
 * socket whose file is referenced only by messages.  A candidate is live if a
 * socket that is no candidate, or a live one, holds it.  The remaining
 * candidates are garbage.
 */
static void find_garbage(void)
{
	struct list todo = LIST_INIT(todo);
	struct sock *s;

	list_for_each(s, &in_flight, flight_link) {
		s->gc_candidate = s->gc_refs && s->file &&
			ref_read(&s->file->object.refs) == (int)s->inflight;
		s->gc_refs = (int)s->inflight;
	}
	list_for_each(s, &in_flight, flight_link)
		if (s->gc_candidate)
			each_held(s, &todo, held_by_candidate);
	list_for_each(s, &in_flight, flight_link)
		if (s->gc_refs > 0)
			mark_live(s, &todo);
	while ((s = unix_gc_next_of(&todo)))
		each_held(s, &todo, mark_live);
}

/*
 * Move all messages queued at garbage sockets to *garbage.
 * Context: [sock_lock].
 */
static void empty_queues(struct list *garbage)
{
	struct list todo = LIST_INIT(todo);
	struct sock *s, *w;

	spin_must_hold(&sock_lock);
	list_for_each(s, &in_flight, flight_link)
		if (s->gc_candidate)
			list_append(&todo, &s->gc_link);
	while ((s = unix_gc_next_of(&todo))) {
		sock_drain(s, garbage);
		list_for_each(w, &s->waiting, wait_link)
			sock_drain(w, garbage);
	}
}

/* Messages are freed outside the lock, because that closes files. */
bool unix_collect(void)
{
	struct list garbage = LIST_INIT(garbage);
	bool found;

	if (likely(!HINT(maybe_ring)))
		return false;
	spin_lock(&sock_lock);
	maybe_ring = find_rings();
	if (maybe_ring) {
		find_garbage();
		empty_queues(&garbage);
	}
	spin_unlock(&sock_lock);
	found = !list_empty(&garbage);
	sock_free_msgs(&garbage);
	return found;
}
