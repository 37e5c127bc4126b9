/* SPDX-License-Identifier: MIT */
/*
 * The ring behind a pipe, for those who move its bytes: fs/pipe.c for read(2)
 * and write(2), fs/pipe_hold.c for splice(2).
 */
#ifndef FS_PIPE_RING_H
#define FS_PIPE_RING_H

#include <fs/internal.h>

#define PIPE_BUF	4096u

struct pipe {
	struct mutex lock;
	unsigned head, tail;		/* [lock] bytes written, read */
	unsigned slots;			/* [lock] pages, a power of two */
	void **page;			/* [lock] slots of them, or NULL */
	unsigned readers, writers;	/* [lock] open ends */
	unsigned readers_ever, writers_ever;	/* [lock] opens so far */
	bool polled;			/* edge-triggered watchers may exist */
	bool reading, filling;		/* [lock] a splice is at that end */
	struct wait_queue read_wait, write_wait;
};

static inline unsigned pipe_used(const struct pipe *p)
{
	return p->head - p->tail;
}

static inline unsigned pipe_free(const struct pipe *p)
{
	return (p->slots << PAGE_SHIFT) - (p->head - p->tail);
}

/* A read will not sleep. */
static inline bool pipe_may_read(const struct pipe *p)
{
	return !p->reading && (p->head != p->tail || !p->writers);
}

/* The ring is empty: start over in slot 0 with the page at hand. */
void pipe_rewind(struct pipe *p);			/* => [p->lock] */
/*
 * The reader left a page behind: free it, unless the writer is in it again
 * (full ring) or it is the last one, which the next write will use.
 */
void pipe_page_done(struct pipe *p, unsigned slot);	/* => [p->lock] */
/* => [p->lock]; at most pipe_free bytes in: bytes, -EFAULT, -ENOMEM */
long pipe_put(struct pipe *p, struct uio *u);
/* No one will ever read it: SIGPIPE.  => -EPIPE */
long pipe_broken(void);

#endif
