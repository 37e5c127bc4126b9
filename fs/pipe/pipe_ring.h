/* SPDX-License-Identifier: MIT */
/*
 * The ring of a pipe, for code that moves its bytes: fs/pipe/pipe.c for read(2)
 * and write(2), compat/pipes/pipe_hold.c for splice(2).
 */
#ifndef FS_PIPE_PIPE_RING_H
#define FS_PIPE_PIPE_RING_H

#include <fs/internal.h>
#include <kernel/cred/user.h>

#define PIPE_BUF	4096u

/*
 * Wake key for tasks that wait until splice(2) lets an end of the pipe go; no
 * event for pollers.
 */
#define PIPE_LET_GO	(1ul << 27)

struct pipe {
	struct mutex lock;
	unsigned head, tail;		/* [lock] bytes written, read */
	unsigned slots;			/* [lock] pages, a power of two */
	void **page;			/* [lock] page of each slot, or NULL */
	u16 *cut;			/* [lock] end of the data in each slot;
					 * NULL: there never was a packet */
	struct user *user;		/* const: charged for the pages */
	unsigned readers, writers;	/* [lock] open ends */
	unsigned readers_ever, writers_ever;	/* [lock] opens so far */
	bool polled;			/* edge-triggered watchers may exist */
	bool reading, filling;		/* [lock] splice holds the read end, the
					 * write end */
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

/* True if a read does not sleep. */
static inline bool pipe_may_read(const struct pipe *p)
{
	return !p->reading && (p->head != p->tail || !p->writers);
}

/* Restart an empty ring at slot 0, and move the page it keeps there. */
void pipe_rewind(struct pipe *p);			/* [p->lock] */
/*
 * Free a page that has been read to its end.  The page stays if the writer is
 * in it again (full ring), or if it is the ring's last page, which the next
 * write will use.
 */
void pipe_page_done(struct pipe *p, unsigned slot);	/* [p->lock] */
/*
 * Write at most pipe_free() bytes into the ring.
 * Context: [p->lock].
 * Return: bytes, -EFAULT, -ENOMEM.
 */
long pipe_put(struct pipe *p, struct uio *u);
/* Send SIGPIPE for a write without readers.  Return: -EPIPE. */
long pipe_broken(void);

/*
 * Count one more end of p, by FMODE_ bits, and wake tasks that wait for it in
 * fifo_open().
 * Context: [inode lock].
 */
void pipe_open_end(struct pipe *p, unsigned mode);

/* Super block of pipes without a name; const after init. */
extern struct super *pipe_super;

/* ---- pipe_memory.c ------------------------------------------------------- */

/* Limits of a user's pipes.  Read without a lock. */
struct pipe_limits {
	unsigned long size;	/* most bytes of one pipe; root may exceed it */
	unsigned long soft;	/* pages of all pipes; beyond it new pipes are
				 * small */
	unsigned long hard;	/* pages of all pipes; beyond it no new pipe can
				 * be made; 0: no limit */
};
extern struct pipe_limits pipe_limits;

bool pipe_over(const struct user *u, unsigned long limit);
bool pipe_privileged(void);		/* true: current has no limits */
struct pipe *pipe_create(void);		/* NULL: no memory, or over the limit */
void pipe_destroy(struct pipe *p);
void *pipe_page_alloc(struct pipe *p);	/* NULL: no memory */
void pipe_page_free(struct pipe *p, void *page);
void pipe_free_pages(struct pipe *p);
void pipe_memory_init(void);

/* ---- packets, in an extension -------------------------------------------- */

struct packet_ops {
	/* write(2) to a pipe in packet mode. */
	long (*write)(struct file *f, struct uio *u);
	/*
	 * Read from a pipe with packets.
	 * Context: [p->lock].
	 * Return: bytes moved, or -errno.
	 */
	long (*take)(struct pipe *p, struct uio *u);
	unsigned (*bytes)(struct pipe *p);	/* bytes that can be read */
};
extern const struct packet_ops *pipe_packets;	/* const after init; NULL */

#endif
