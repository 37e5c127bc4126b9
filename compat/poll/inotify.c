/* SPDX-License-Identifier: MIT */
/*
 * inotify(7): a descriptor with a queue of events, and its watches (row B5).
 * An event equal to the last one in the queue is not queued again; a full queue
 * ends with one IN_Q_OVERFLOW, and later events are lost.
 */
#include <fs/open/anon_inode.h>
#include "notify.h"
#include <lt/procfile.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define FIONREAD	0x541b
#define VALID_BITS	(IN_ALL_EVENTS | IN_UNMOUNT | IN_Q_OVERFLOW | \
	IN_IGNORED | IN_ONLYDIR | IN_DONT_FOLLOW | IN_EXCL_UNLINK | \
	IN_MASK_CREATE | IN_MASK_ADD | IN_ISDIR | IN_ONESHOT)
#define KEPT_BITS	(IN_ALL_EVENTS | IN_EXCL_UNLINK | IN_ONESHOT)

struct list all_inotify = LIST_INIT(all_inotify);

static unsigned long most_queued = 16384;	/* events that a new instance
						   queues */
static unsigned long most_instances = 128;	/* per user */
static unsigned long most_watches = 8192;	/* per user */

SYSCTL_NUMBERS(numbers) = {
	{ "fs/inotify/max_queued_events", &most_queued, 0, 0x7fffffff },
	{ "fs/inotify/max_user_instances", &most_instances, 0, 0x7fffffff },
	{ "fs/inotify/max_user_watches", &most_watches, 0, 0x7fffffff },
};

struct event_head {			/* layout of the ABI; the name
					   follows */
	s32 wd;
	u32 mask, cookie, len;
};

/* ---- the queue ----------------------------------------------------------- */

/* Return: bytes of the name with NULs, so that the next head is aligned. */
static unsigned name_size(const struct event *e)
{
	unsigned head = sizeof(struct event_head);

	return e->len ? ALIGN_UP(e->len + 1, head) : 0;
}

unsigned event_size(const struct event *e)
{
	return (unsigned)sizeof(struct event_head) + name_size(e);
}

/* True if an event equals the last one, and need not be queued (inotify(7)). */
static bool same_event(const struct event *e, int wd, u32 mask,
		       const char *name, unsigned len)
{
	return e->wd == wd && e->mask == mask && e->len == len &&
		!(mask & IN_IGNORED) && !memcmp(e->name, name, len);
}

/* Context: [notify_lock]. */
static void inotify_append(struct inotify *n, struct event *e, int wd, u32 mask)
{
	spin_must_hold(&notify_lock);
	e->wd = wd;
	e->mask = mask;
	list_append(&n->events, &e->link);
	n->nr_events++;
	n->bytes += event_size(e);
	wake_up_key(&n->wait, POLLIN | POLLRDNORM);
}

/* Queue IN_Q_OVERFLOW, unless it is queued already.  Context: [notify_lock]. */
static void inotify_lost(struct inotify *n)
{
	struct event *e = n->overflowed ? NULL : kzalloc(sizeof(*e));

	spin_must_hold(&notify_lock);
	if (!e)
		return;
	n->overflowed = true;
	inotify_append(n, e, -1, IN_Q_OVERFLOW);
}

void inotify_post(struct inotify *n, int wd, u32 mask, u32 cookie,
		  const char *name, unsigned len)
{
	struct event *e;

	if (!list_empty(&n->events) &&
	    same_event(list_last(&n->events, struct event, link), wd, mask,
		       name, len))
		return;
	e = n->nr_events < n->most_events ? kmalloc(sizeof(*e) + len) : NULL;
	if (!e) {
		inotify_lost(n);
		return;
	}
	e->cookie = cookie;
	e->len = len;
	memcpy(e->name, name, len);
	inotify_append(n, e, wd, mask);
}

/* Context: [notify_lock]. */
static void inotify_unqueue(struct inotify *n, struct event *e)
{
	spin_must_hold(&notify_lock);
	list_remove(&e->link);
	n->nr_events--;
	n->bytes -= event_size(e);
	if (e->mask & IN_Q_OVERFLOW)
		n->overflowed = false;
}

/*
 * Take the oldest event.
 * Return: the event; NULL: there is none or, with *err -EINVAL, it takes more
 * than `room` bytes.
 */
static struct event *next_event(struct inotify *n, unsigned long room,
				int *err)
{
	struct event *e = NULL;

	*err = 0;
	spin_lock(&notify_lock);
	if (!list_empty(&n->events)) {
		e = list_first(&n->events, struct event, link);
		if (event_size(e) <= room) {
			inotify_unqueue(n, e);
		} else {
			e = NULL;
			*err = -EINVAL;
		}
	}
	spin_unlock(&notify_lock);
	return e;
}

/*
 * Copy an event to the user.  If that faults, the event is lost.
 * Context: no lock.
 */
static long put_event(struct uio *u, const struct event *e)
{
	static const char zero[sizeof(struct event_head)];
	struct event_head h = { e->wd, e->mask, e->cookie, name_size(e) };
	unsigned pad = h.len - e->len;

	if (uio_put(u, &h, sizeof(h)) < sizeof(h) ||
	    uio_put(u, e->name, e->len) < e->len ||
	    (pad && uio_put(u, zero, pad) < pad))
		return -EFAULT;
	return event_size(e);
}

/* Read as many whole events as fit; EINVAL if the first does not fit. */
static long inotify_read(struct file *f, struct uio *u, loff_t *pos)
{
	struct inotify *n = f->private;
	struct event *e;
	long done = 0, part;
	int err;

	for (;;) {
		e = next_event(n, u->left, &err);
		if (e) {
			part = put_event(u, e);
			kfree(e);
			if (part < 0)
				return done ? done : part;
			done += part;
			continue;
		}
		if (done || err)
			return done ? done : err;
		if (f->flags & O_NONBLOCK)
			return -EAGAIN;
		err = wait_event_interruptible(&n->wait,
					       !list_empty(&n->events));
		if (err)
			return err;
	}
}

static unsigned inotify_poll(struct file *f, struct poll_table *pt)
{
	struct inotify *n = f->private;

	poll_wait(pt, &n->wait);
	return list_empty(&n->events) ? 0 : POLLIN | POLLRDNORM;
}

static long inotify_ioctl(struct file *f, unsigned cmd, unsigned long arg)
{
	struct inotify *n = f->private;

	if (cmd != FIONREAD)
		return -ENOTTY;
	return put_user((int)HINT(n->bytes), arg);
}

/* ---- watches ------------------------------------------------------------- */

/*
 * A watched inode is referenced, so it stays in memory.
 * Context: [notify_lock].
 */
void watch_attach(struct watch *w, struct inode *i, u32 mask)
{
	spin_must_hold(&notify_lock);
	w->inode = i;
	inode_get(i);
	w->mask = mask;
	w->next = i->watches;
	i->watches = w;
	notify_count(1);
}

/*
 * watches_free() drops the reference to the inode later, without the lock.
 * Context: [notify_lock].
 */
void watch_detach(struct watch *w, struct list *gone)
{
	struct watch **p = &w->inode->watches;

	spin_must_hold(&notify_lock);
	while (*p != w)
		p = &(*p)->next;
	*p = w->next;
	list_remove(&w->link);
	list_append(gone, &w->link);
	notify_count(-1);
	if (!w->owner)
		return;
	rb_remove(&w->owner->wds, &w->by_wd, NULL);
	w->owner->nr_watches--;
	inotify_post(w->owner, w->wd, IN_IGNORED, 0, NULL, 0);
}

void watches_free(struct list *gone)
{
	while (!list_empty(gone)) {
		struct watch *w = list_first(gone, struct watch, link);

		list_remove(&w->link);
		if (!w->owner)
			dnotify_free(w);
		inode_put(w->inode);
		kfree(w);
	}
}

/* Count the instances and watches of a user.  Context: [notify_lock]. */
static unsigned count_of_user(unsigned uid, unsigned *watches)
{
	struct inotify *n;
	unsigned instances = 0;

	spin_must_hold(&notify_lock);
	*watches = 0;
	list_for_each(n, &all_inotify, link)
		if (n->uid == uid) {
			instances++;
			*watches += n->nr_watches;
		}
	return instances;
}

/* Context: [notify_lock].  Return: the watch of n on i; NULL: none. */
static struct watch *watch_of(const struct inotify *n, const struct inode *i)
{
	struct watch *w = i->watches;

	spin_must_hold(&notify_lock);
	while (w && w->owner != n)
		w = w->next;
	return w;
}

/*
 * Change the mask of a watch.
 * Context: [notify_lock].  Return: its wd, -EEXIST.
 */
static int change_watch(struct watch *w, u32 mask)
{
	spin_must_hold(&notify_lock);
	if (mask & IN_MASK_CREATE)
		return -EEXIST;
	w->mask = (mask & IN_MASK_ADD ? w->mask : 0) | (mask & KEPT_BITS) |
		IN_UNMOUNT;
	return w->wd;
}

static struct watch *of_wd(struct rb_node *n)
{
	return rb_entry(n, struct watch, by_wd);
}

/* Context: [notify_lock].  Return: NULL: n has no such watch. */
static struct watch *find_wd(const struct inotify *n, int wd)
{
	struct rb_node *at = n->wds.root;

	spin_must_hold(&notify_lock);
	while (at && of_wd(at)->wd != wd)
		at = wd < of_wd(at)->wd ? at->left : at->right;
	return at ? of_wd(at) : NULL;
}

/*
 * Insert w into n->wds, to the far right, as its wd is the largest.
 * Context: [notify_lock].
 */
static void enter_wd(struct inotify *n, struct watch *w)
{
	struct rb_node **link = &n->wds.root, *parent = NULL;

	spin_must_hold(&notify_lock);
	while (*link) {
		parent = *link;
		link = &parent->right;
	}
	rb_link(&w->by_wd, parent, link);
	rb_insert_fixup(&n->wds, &w->by_wd, NULL);
}

/*
 * Add watch w for i.
 * Context: [notify_lock].
 * Return: its wd; -ENOSPC: the caller has to free w.
 */
static int add_watch(struct inotify *n, struct inode *i, u32 mask,
		     struct watch *w)
{
	unsigned watches;

	spin_must_hold(&notify_lock);
	count_of_user(n->uid, &watches);
	if (watches >= READ_ONCE(most_watches) || n->next_wd == 0x7fffffff)
		return -ENOSPC;
	w->owner = n;
	w->wd = n->next_wd++;
	watch_attach(w, i, (mask & KEPT_BITS) | IN_UNMOUNT);
	list_append(&n->watches, &w->link);
	enter_wd(n, w);
	n->nr_watches++;
	return w->wd;
}

/*
 * Change the watch of n on i, or add one.  The new watch is allocated before
 * the lock is taken, even if it turns out not to be needed.
 */
static int watch_inode(struct inotify *n, struct inode *i, u32 mask)
{
	struct watch *new = kmalloc(sizeof(*new)), *old;
	int wd;

	if (!new)
		return -ENOMEM;
	spin_lock(&notify_lock);
	old = watch_of(n, i);
	wd = old ? change_watch(old, mask) : add_watch(n, i, mask, new);
	spin_unlock(&notify_lock);
	if (old || wd < 0)
		kfree(new);
	return wd;
}

/* ---- descriptors --------------------------------------------------------- */

static void inotify_release(struct file *f)
{
	struct inotify *n = f->private;
	struct list gone = LIST_INIT(gone);

	spin_lock(&notify_lock);
	while (!list_empty(&n->watches))
		watch_detach(list_first(&n->watches, struct watch, link),
			     &gone);
	list_remove(&n->link);
	spin_unlock(&notify_lock);
	watches_free(&gone);
	while (!list_empty(&n->events)) {	/* no other task uses n any
						   more */
		struct event *e = list_first(&n->events, struct event, link);

		list_remove(&e->link);
		kfree(e);
	}
	kfree(n);
}

static void inotify_show(struct seq *s, struct file *f)
{
	struct inotify *n = f->private;
	struct watch *w;

	spin_lock(&notify_lock);
	list_for_each(w, &n->watches, link)
		seq_print(s, "inotify wd:%x ino:%llx sdev:%x mask:%x "
			  "ignored_mask:0\n", (unsigned)w->wd,
			  (unsigned long long)w->inode->ino,
			  w->inode->super->dev, w->mask & ~IN_UNMOUNT);
	spin_unlock(&notify_lock);
}

static unsigned long inotify_pins(const struct file *f)
{
	const struct inotify *n = f->private;

	return sizeof(*n) + HINT(n->bytes) +
		HINT(n->nr_events) * sizeof(struct event) +
		HINT(n->nr_watches) * sizeof(struct watch);
}

static const struct file_ops inotify_fops = {
	.no_splice = true, .reads_pieces = true,
	.read = inotify_read, .poll = inotify_poll, .ioctl = inotify_ioctl,
	.release = inotify_release, .show_fdinfo = inotify_show,
	.sends_sigio = true, .pins = inotify_pins,
};

/* Add n to all_inotify.  Return: 0, -EMFILE: its user has too many. */
static int inotify_enlist(struct inotify *n)
{
	unsigned watches;
	int err = 0;

	spin_lock(&notify_lock);
	if (count_of_user(n->uid, &watches) >=
	    READ_ONCE(most_instances))
		err = -EMFILE;
	else
		list_append(&all_inotify, &n->link);
	spin_unlock(&notify_lock);
	return err;
}

long sys_inotify_init1(int flags)
{
	struct inotify *n;
	bool alive;
	long fd;

	if (flags & ~(int)(O_CLOEXEC | O_NONBLOCK))
		return -EINVAL;
	n = kzalloc(sizeof(*n));
	if (!n)
		return -ENOMEM;
	list_init(&n->events);
	list_init(&n->watches);
	wait_queue_init(&n->wait);
	n->next_wd = 1;
	n->uid = current->cred->uid;
	n->most_events = READ_ONCE(most_queued);
	fd = inotify_enlist(n);
	if (fd) {
		kfree(n);
		return fd;
	}
	fd = anon_open(ANON_INOTIFY, &inotify_fops, n,
		       O_RDONLY | (unsigned)flags, &alive);
	if (alive) {
		spin_lock(&notify_lock);
		list_remove(&n->link);
		spin_unlock(&notify_lock);
		kfree(n);
	}
	return fd;
}

long sys_inotify_init(void)
{
	return sys_inotify_init1(0);
}

/* inotify_add_watch(2) needs read permission on the object. */
static long watch_path(struct inotify *n, uaddr_t name, u32 mask)
{
	struct path p;
	long err;

	err = path_lookup_user(AT_FDCWD, name,
			       (mask & IN_DONT_FOLLOW ? 0 : LOOKUP_FOLLOW) |
				       (mask & IN_ONLYDIR ? LOOKUP_DIR : 0),
			       &p);
	if (err)
		return err;
	err = inode_permission(p.dentry->inode, R_OK);
	if (!err)
		err = watch_inode(n, p.dentry->inode, mask);
	path_put(&p);
	return err;
}

long sys_inotify_add_watch(int fd, uaddr_t name, u32 mask)
{
	struct fdref r;
	long err;

	if (!(mask & VALID_BITS) || mask & ~VALID_BITS)
		return -EINVAL;
	r = fdref_get(fd);
	if (!r.file)
		return -EBADF;
	if ((mask & IN_MASK_ADD && mask & IN_MASK_CREATE) ||
	    r.file->ops != &inotify_fops)
		err = -EINVAL;
	else
		err = watch_path(r.file->private, name, mask);
	fdref_put(r);
	return err;
}

static long remove_watch(struct inotify *n, int wd)
{
	struct list gone = LIST_INIT(gone);
	struct watch *w;
	long err = -EINVAL;

	spin_lock(&notify_lock);
	w = find_wd(n, wd);
	if (w) {
		watch_detach(w, &gone);
		err = 0;
	}
	spin_unlock(&notify_lock);
	watches_free(&gone);
	return err;
}

long sys_inotify_rm_watch(int fd, int wd)
{
	struct fdref r = fdref_get(fd);
	long err = -EINVAL;

	if (!r.file)
		return -EBADF;
	if (r.file->ops == &inotify_fops)
		err = remove_watch(r.file->private, wd);
	fdref_put(r);
	return err;
}
