/* SPDX-License-Identifier: MIT */
/* Watches and their owners, shared by inotify and F_NOTIFY. */
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

/* One queued event; a read pads the name with NULs. */
struct event {
	struct list link;		/* [notify_lock] */
	int wd;
	u32 mask, cookie;
	unsigned len;			/* bytes of the name; 0: none */
	char name[];
};

struct inotify {
	struct list events;		/* [notify_lock] oldest first */
	unsigned nr_events;		/* [notify_lock] */
	unsigned long most_events;	/* const: limit before overflow */
	unsigned long bytes;		/* [notify_lock] for FIONREAD */
	bool overflowed;		/* [notify_lock] IN_Q_OVERFLOW is
					   queued */
	struct list watches;		/* [notify_lock] struct watch */
	struct rb_tree wds;		/* [notify_lock] watches by wd */
	unsigned nr_watches;		/* [notify_lock] */
	int next_wd;			/* [notify_lock] next wd; numbers are
					   not reused */
	unsigned uid;			/* const: creator */
	struct list link;		/* [notify_lock] in all_inotify */
	struct wait_queue wait;
};

struct watch {
	struct inotify *owner;		/* const; NULL: a watch of dnotify.c */
	struct inode *inode;		/* const: referenced */
	int wd;				/* const */
	u32 mask;			/* [notify_lock] */
	struct rb_node by_wd;		/* [notify_lock] in owner->wds */
	struct list link;		/* [notify_lock] in owner->watches,
					   or in a list of watches to free */
	struct watch *next;		/* [notify_lock] next watch of the same
					   inode */
};

extern struct spinlock notify_lock;	/* IPL_SOFT */
extern struct list all_inotify;		/* [notify_lock] */

/* Queue an event.  Context: [notify_lock]. */
void inotify_post(struct inotify *n, int wd, u32 mask, u32 cookie,
		  const char *name, unsigned len);
/* Start watching i, and take a reference to it.  Context: [notify_lock]. */
void watch_attach(struct watch *w, struct inode *i, u32 mask);
/*
 * Detach w, and queue IN_IGNORED for its owner.  The caller frees w with
 * watches_free() when no spin lock is held.
 * Context: [notify_lock].
 */
void watch_detach(struct watch *w, struct list *gone);
void watches_free(struct list *gone);
/* Return: bytes that an event takes in a read. */
unsigned event_size(const struct event *e);

/* ---- dnotify.c ----------------------------------------------------------- */

/* End the F_NOTIFY request on f, if any, after f was closed in `table`. */
void dnotify_closed(const struct file *f, const struct files *table);

/* A name changed within a directory; inotify has no bit for this event. */
#define NOTIFY_RENAMED	0x00001000u

/* Note an event for w, a watch without an inotify.  Context: [notify_lock]. */
void dnotify_tell(struct watch *w, struct list *due);
/* Send the signals noted in due.  Context: [notify_lock, not dcache_lock]. */
void dnotify_send(struct list *due);
void dnotify_free(struct watch *w);

#endif
