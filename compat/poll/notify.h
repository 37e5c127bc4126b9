/* SPDX-License-Identifier: MIT */
/* What inotify and F_NOTIFY share: watches and their owners. */
#ifndef COMPAT_POLL_NOTIFY_H
#define COMPAT_POLL_NOTIFY_H

#include <fs/mount/mount.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <fs/inode/notify.h>
#include <lib/rbtree.h>

#define IN_ALL_EVENTS	0x00000fffu
#define IN_UNMOUNT	0x00002000u
#define IN_Q_OVERFLOW	0x00004000u
#define IN_IGNORED	0x00008000u
#define IN_ONLYDIR	0x01000000u
#define IN_DONT_FOLLOW	0x02000000u
#define IN_EXCL_UNLINK	0x04000000u
#define IN_MASK_CREATE	0x10000000u
#define IN_MASK_ADD	0x20000000u
#define IN_ONESHOT	0x80000000u

/* One event in a queue; the name is padded with NULs when it is read. */
struct event {
	struct list link;		/* [notify_lock] */
	int wd;
	u32 mask, cookie;
	unsigned len;			/* of the name, 0: none */
	char name[];
};

struct inotify {
	struct list events;		/* [notify_lock] oldest first */
	unsigned nr_events;		/* [notify_lock] */
	unsigned long most_events;	/* const: more overflow */
	unsigned long bytes;		/* [notify_lock] FIONREAD */
	bool overflowed;		/* [notify_lock] its mark is queued */
	struct list watches;		/* [notify_lock] */
	struct rb_tree wds;		/* [notify_lock] the same by wd */
	unsigned nr_watches;		/* [notify_lock] */
	int next_wd;			/* [notify_lock] never used again */
	unsigned uid;			/* const: who made it */
	struct list link;		/* [notify_lock] of every inotify */
	struct wait_queue wait;
};

struct watch {
	struct inotify *owner;		/* const; NULL: of dnotify.c */
	struct inode *inode;		/* const: referenced */
	int wd;				/* const */
	u32 mask;			/* [notify_lock] */
	struct rb_node by_wd;		/* [notify_lock] of its owner */
	struct list link;		/* [notify_lock] of its owner; then of
					 * those to be freed */
	struct watch *next;		/* [notify_lock] of the same inode */
};

extern struct spinlock notify_lock;	/* IPL_SOFT */
extern struct list all_inotify;		/* [notify_lock] */

/* Queue an event.  Context: [notify_lock]. */
void inotify_post(struct inotify *n, int wd, u32 mask, u32 cookie,
		  const char *name, unsigned len);
/* Begin to watch i, referenced from now on.  Context: [notify_lock]. */
void watch_attach(struct watch *w, struct inode *i, u32 mask);
/*
 * Take w away, with IN_IGNORED to its owner; free it with watches_free() when
 * no spin lock is held.  Context: [notify_lock].
 */
void watch_detach(struct watch *w, struct list *gone);
void watches_free(struct list *gone);
/* Bytes that an event takes in a read. */
unsigned event_size(const struct event *e);

/* ---- dnotify.c ----------------------------------------------------------- */

/* The table closed f: what it asked of f ends; no request is no error. */
void dnotify_closed(const struct file *f, const struct files *table);

/* A name changed within the directory; inotify has no bit for it. */
#define NOTIFY_RENAMED	0x00001000u

/* An event came for w, which has no owner.  Context: [notify_lock]. */
void dnotify_tell(struct watch *w, struct list *due);
/* Signal those that were told.  Context: [notify_lock, not dcache_lock]. */
void dnotify_send(struct list *due);
void dnotify_free(struct watch *w);

#endif
