/* SPDX-License-Identifier: MIT */
/*
 * The ring behind a pipe, for those who move its bytes: fs/pipe/pipe.c for read(2)
 * and write(2), compat/pipes/pipe_hold.c for splice(2).
 */
#ifndef FS_PIPE_PIPE_RING_H
#define FS_PIPE_PIPE_RING_H

#include <fs/internal.h>
#include <kernel/cred/user.h>

#define PIPE_BUF	4096u

/* No event: for who waits for an end to be let go, not for pollers. */
#define PIPE_LET_GO	(1ul << 27)

struct pipe {
	struct mutex lock;
	unsigned head, tail;		/* [lock] bytes written, read */
	unsigned slots;			/* [lock] pages, a power of two */
	void **page;			/* [lock] slots of them, or NULL */
	u16 *cut;			/* [lock] where slots end; NULL: no
					   packet was ever written */
	struct user *user;		/* const: whose pages these are */
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
void pipe_rewind(struct pipe *p);			/* [p->lock] */
/*
 * The reader left a page behind: free it, unless the writer is in it again
 * (full ring) or it is the last one, which the next write will use.
 */
void pipe_page_done(struct pipe *p, unsigned slot);	/* [p->lock] */
/*
 * Put in at most pipe_free() bytes.
 * Context: [p->lock].
 * Return: bytes, -EFAULT, -ENOMEM.
 */
long pipe_put(struct pipe *p, struct uio *u);
/* Nobody will ever read it: SIGPIPE.  Return: -EPIPE. */
long pipe_broken(void);

/*
 * Count one more end of p, by FMODE_ bits, and wake whoever waits for it in
 * fifo_open().
 * Context: [inode lock].
 */
void pipe_join(struct pipe *p, unsigned mode);

/* Of pipes without a name; const after init. */
extern struct super *pipe_super;

/* ---- pipe_memory.c ------------------------------------------------------- */

/* What a user may have of pipes. */
struct pipe_limits {
	unsigned long size;	/* word: bytes of one; root may have more */
	unsigned long soft;	/* word: pages of all; beyond, new ones have few */
	unsigned long hard;	/* word: likewise: there is none; 0: no limit */
};
extern struct pipe_limits pipe_limits;

bool pipe_over(const struct user *u, unsigned long limit);
bool pipe_privileged(void);		/* no limit is current's */
struct pipe *pipe_create(void);		/* NULL: no memory, or the limit */
void pipe_destroy(struct pipe *p);
void *pipe_page_alloc(struct pipe *p);	/* NULL: no memory */
void pipe_page_free(struct pipe *p, void *page);
void pipe_free_pages(struct pipe *p);
void pipe_memory_init(void);

/* ---- packets, an extension's --------------------------------------------- */

struct packet_ops {
	/* As a pipe's write(2), in packets. */
	long (*write)(struct file *f, struct uio *u);
	/*
	 * Of a pipe with packets.
	 * Context: [p->lock].
	 * Return: bytes moved, or -errno.
	 */
	long (*take)(struct pipe *p, struct uio *u);
	unsigned (*bytes)(struct pipe *p);	/* that can be read */
};
extern const struct packet_ops *pipe_packets;	/* const after init; NULL */

#endif
