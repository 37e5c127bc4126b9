/* SPDX-License-Identifier: MIT */
/*
 * Delivers events to the watches that ask for them (row B5).  notify_lock
 * guards all watches and queues.  Names are read under dcache_lock, which is
 * taken inside notify_lock, so that a rename cannot change them meanwhile.  A
 * watch holds a reference to its inode, and an inode lists its watches.  So a
 * watched inode without other users stays in memory until IN_DELETE_SELF.
 */
#include <kernel/lock/brlock.h>
#include <fs/path/walk.h>
#include <fs/path/dcache.h>
#include "notify.h"
#include <lt/init.h>

struct spinlock notify_lock = SPIN_INIT("notify", IPL_SOFT);

static u32 dir_bit(const struct inode *i)
{
	return S_ISDIR(i->mode) ? IN_ISDIR : 0;
}

/* An event to deliver to the watches of an inode. */
struct news {
	u32 event, cookie;
	const char *name;		/* NULL: about the inode itself */
	unsigned len;
	bool unlinked;			/* the event came through a name that
					   was removed */
	struct list gone;		/* one-shot watches that have fired */
	struct list due;		/* dnotify requests to be signaled */
};

#define TOLD (IN_ALL_EVENTS | IN_UNMOUNT | NOTIFY_RENAMED)

/*
 * Start delivering n.  Context: takes notify_lock, which notify_end() releases.
 */
static void notify_begin(struct news *n)
{
	list_init(&n->gone);
	list_init(&n->due);
	spin_lock(&notify_lock);
}

static void notify_end(struct news *n)
{
	dnotify_send(&n->due);
	spin_unlock(&notify_lock);
	watches_free(&n->gone);
}

/* Deliver n to all watches of i.  Context: [notify_lock]. */
static void notify_tell(struct inode *i, struct news *n)
{
	struct watch *w, *next;

	spin_must_hold(&notify_lock);
	for (w = i->watches; w; w = next) {
		next = w->next;
		if (!(w->mask & n->event & TOLD) ||
		    (n->unlinked && w->mask & IN_EXCL_UNLINK))
			continue;
		if (w->owner)
			inotify_post(w->owner, w->wd, n->event, n->cookie,
				     n->name, n->len);
		else
			dnotify_tell(w, &n->due);
		if (w->mask & IN_ONESHOT)
			watch_detach(w, &n->gone);
	}
}

/*
 * Deliver n to the watches of d's parent directory, with d's name.
 * Context: [notify_lock].
 */
static void notify_tell_parent(struct dentry *d, struct news *n)
{
	struct inode *dir;

	spin_must_hold(&notify_lock);
	br_read_lock(&dcache_lock);
	dir = d->parent != d ? d->parent->inode : NULL;
	if (dir && dir->watches) {
		n->name = d->name;
		n->len = d->name_len;
		notify_tell(dir, n);
		n->name = NULL;
		n->len = 0;
	}
	br_read_unlock(&dcache_lock);
}

/*
 * True if a directory's watches are not told of event: when a terminal is read
 * tells what keys its user types, and anybody may watch the terminals'
 * directory.
 */
static bool keeps_secret(const struct inode *i, u32 event)
{
	return event & (IN_ACCESS | IN_MODIFY) && !S_ISREG(i->mode) &&
		!S_ISDIR(i->mode) && !S_ISLNK(i->mode);
}

static void tell_all(struct dentry *d, struct inode *i, u32 event,
		     bool by_path)
{
	struct news n = { .event = event | dir_bit(i) };

	notify_begin(&n);
	n.unlinked = by_path && d && d->parent != d && !dentry_hashed(d);
	if (d && !keeps_secret(i, event))
		notify_tell_parent(d, &n);
	notify_tell(i, &n);
	notify_end(&n);
}

static void tell_inode(struct inode *i, u32 event)
{
	struct news n = { .event = event };
	struct watch *w;

	/* as on Linux, these two events never carry IN_ISDIR */
	if (event & ~(IN_DELETE_SELF | IN_MOVE_SELF))
		n.event |= dir_bit(i);
	notify_begin(&n);
	notify_tell(i, &n);
	while (event & IN_DELETE_SELF && (w = i->watches))
		watch_detach(w, &n.gone);
	notify_end(&n);
}

static void tell_cookie(struct inode *dir, const char *name, u32 event,
			u32 cookie)
{
	struct news n = {
		.event = event, .cookie = cookie, .name = name,
		.len = (unsigned)strlen(name),
	};

	notify_begin(&n);
	notify_tell(dir, &n);
	notify_end(&n);
}

static void tell_name(struct inode *dir, const char *name, u32 event)
{
	tell_cookie(dir, name, event, 0);
}

static void notify_tell_rename(struct inode *from, const char *old,
			       struct inode *to, const char *new,
			       struct inode *moved)
{
	static u32 last;
	u32 cookie = __atomic_add_fetch(&last, 1, __ATOMIC_RELAXED);

	tell_cookie(from, old, IN_MOVED_FROM | dir_bit(moved), cookie);
	tell_cookie(to, new, IN_MOVED_TO | dir_bit(moved), cookie);
	if (from == to)
		tell_name(to, new, NOTIFY_RENAMED);
}

/*
 * Find a watch on any inode of s.
 * Context: [notify_lock].  Return: NULL: none.
 */
static struct watch *watch_within(const struct super *s)
{
	struct inotify *n;
	struct watch *w;

	spin_must_hold(&notify_lock);
	list_for_each(n, &all_inotify, link)
		list_for_each(w, &n->watches, link)
			if (w->inode->super == s)
				return w;
	return NULL;
}

static void tell_unmount(struct super *s)
{
	struct list gone = LIST_INIT(gone);
	struct watch *w;

	spin_lock(&notify_lock);
	while ((w = watch_within(s))) {
		inotify_post(w->owner, w->wd,
			     IN_UNMOUNT | dir_bit(w->inode), 0, NULL, 0);
		watch_detach(w, &gone);
	}
	spin_unlock(&notify_lock);
	watches_free(&gone);
}

static const struct notify_ops ops = {
	.on_file = tell_all,
	.on_inode = tell_inode,
	.on_name = tell_name,
	.on_rename = notify_tell_rename,
	.on_close = dnotify_closed,
	.on_unmount = tell_unmount,
};

static void notify_init(void)
{
	notify_ops = &ops;
}
INIT(fs, notify_init);
