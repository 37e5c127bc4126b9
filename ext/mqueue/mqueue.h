/* SPDX-License-Identifier: MIT */
/*
 * POSIX message queues (row D10): between the queue itself (queue.c) and the
 * file system that names it (mqfs.c).
 */
#ifndef EXT_MQUEUE_MQUEUE_H
#define EXT_MQUEUE_MQUEUE_H

#include <fs/vfs.h>
#include <lib/rbtree.h>
#include <lt/atomic.h>

struct mqueue {
	struct mutex lock;
	struct rb_tree messages;	/* [lock] the next to be taken is first */
	long count;			/* [lock] of messages */
	u64 bytes;			/* [lock] of their text */
	long max, msg_size;		/* const: messages, bytes of one */
	/* [lock] struct mq_waiter, who deserves it most first; never both */
	struct list senders, receivers;
	struct wait_queue wait;		/* of poll */
	/* Who is told of the next message of an empty queue. */
	struct process *listener;	/* [lock] referenced; NULL: nobody */
	unsigned execs;			/* [lock] its own, when it asked */
	int notify, signo;		/* [lock] SIGEV_, its signal */
	uaddr_t value;			/* [lock] sigval */

	struct list link;		/* [mq_lock] all of them */
	unsigned uid;			/* const: whose RLIMIT_MSGQUEUE */
	u64 charge;			/* const: bytes of it */
};

/* struct mq_attr. */
struct mq_attr {
	long flags, max, msg_size, count, unused[4];
};

/* What each name space has of its own (ext/mqueue/with/namespace.c). */
enum { QUEUES_MAX, MSG_MAX, MSGSIZE_MAX, MSG_DEFAULT, MSGSIZE_DEFAULT,
       MQ_LIMITS };
struct mq_space {
	struct super *super;		/* const: where its queues have names */
	struct mount *mount;		/* const: of that, on no path */
	long queues;			/* [mq_lock] named or open */
	unsigned long limits[MQ_LIMITS];	/* words */
};

extern struct mq_space mq_first;
extern atomic_t mq_others;		/* how many besides the first */
extern struct mq_space *(*mq_other)(void);	/* current's; const after init */

/* An empty one with the usual limits.  Return: 0 or -ENOMEM. */
int mq_space_init(struct mq_space *n);
/* Nobody is in it: its queues have no names but by mounts that are left. */
void mq_space_clear(struct mq_space *n);

extern const struct file_ops mq_fops;

/* An empty one, of uid.  => NULL: no memory */
struct mqueue *mqueue_create(long max, long msg_size);
/* Nobody uses it any more. */
void mqueue_free(struct mqueue *q);
/* The queue behind a descriptor's file, or NULL. */
static inline struct mqueue *mqueue_of(const struct file *f)
{
	return f->ops == &mq_fops ? f->inode->private : NULL;
}

#endif
