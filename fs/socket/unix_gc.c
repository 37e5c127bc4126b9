/* SPDX-License-Identifier: MIT */
/*
 * Sockets sent over sockets can hold each other: a message with A waits at B,
 * one with B at A, and no process has either.  The collector finds those that
 * only messages hold, takes away what candidates hold of each other, and what
 * is then held by none but such is garbage: its queues are emptied.
 */
#include <fs/socket/socket.h>

unsigned unix_total_inflight;

static struct sock *sock_of(const struct file *f)
{
	return f->ops == &socket_fops ? f->private : NULL;
}

void unix_inflight(const struct scm *scm, int change)
{
	for (unsigned i = 0; i < scm->nr_files; i++) {
		struct sock *s = sock_of(scm->files[i]);

		if (s) {
			s->inflight += (unsigned)change;
			unix_total_inflight += (unsigned)change;
		}
	}
}

/* fn for each candidate that a message in the queue of s holds. */
static void each_held(struct sock *s, void (*fn)(struct sock *held))
{
	struct sock *w;
	struct msg *m;

	list_for_each(m, &s->queue, link)
		for (unsigned i = 0; i < m->scm.nr_files; i++) {
			struct sock *held = sock_of(m->scm.files[i]);

			if (held && held->gc_candidate)
				fn(held);
		}
	/* connections nobody has accepted belong to their listener */
	list_for_each(w, &s->waiting, wait_link)
		each_held(w, fn);
}

static void held_by_candidate(struct sock *s)
{
	s->gc_refs--;
}

static bool gc_again;			/* [unix_lock] */

static void mark_live(struct sock *s)
{
	if (!s->gc_live) {
		s->gc_live = true;
		gc_again = true;
	}
}

/*
 * Three passes: take away what candidates hold of each other; who is held by
 * more is live; and so is, until nothing changes, whatever a live one holds.
 * => [unix_lock]
 */
static void find_live(void)
{
	struct sock *s;

	list_for_each(s, &all_socks, all_link)
		if (s->gc_candidate)
			each_held(s, held_by_candidate);
	list_for_each(s, &all_socks, all_link)
		if (s->gc_candidate)
			s->gc_live = s->gc_refs > 0;
	do {
		gc_again = false;
		list_for_each(s, &all_socks, all_link)
			if (s->gc_candidate && s->gc_live)
				each_held(s, mark_live);
	} while (gc_again);
}

/*
 * Only when sockets are in messages at all.  The garbage's queues are emptied
 * under the lock, and freed outside: that closes the files, and ends the cycle.
 */
void unix_collect(void)
{
	struct list garbage = LIST_INIT(garbage);
	struct sock *s, *w;

	spin_lock(&unix_lock);
	list_for_each(s, &all_socks, all_link) {
		/* every reference to its file lies in a message */
		s->gc_candidate = s->file && s->inflight &&
			ref_read(&s->file->refs) == (int)s->inflight;
		s->gc_refs = (int)s->inflight;
		s->gc_live = false;
	}
	find_live();
	list_for_each(s, &all_socks, all_link) {
		if (!s->gc_candidate || s->gc_live)
			continue;
		unix_drain(s, &garbage);
		list_for_each(w, &s->waiting, wait_link)
			unix_drain(w, &garbage);
	}
	spin_unlock(&unix_lock);
	unix_free_list(&garbage);
}
