/* SPDX-License-Identifier: MIT */
/*
 * fcntl F_NOTIFY (row B5): sends a signal when something happens in an open
 * directory.  Programs now use inotify instead.  A request is a watch without
 * an inotify.  A process has at most one request for each open file, and the
 * request ends when the process closes any descriptor of that file.
 *
 * Signals are sent only after an event was recorded completely, because
 * dcache_lock may be held while events are recorded.
 */
#include <compat/filelock/async.h>
#include "notify.h"
#include <fs/open/fcntl.h>
#include <kernel/signal/signal.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>

#define F_NOTIFY	1026

#define DN_ACCESS	0x00000001u
#define DN_MODIFY	0x00000002u
#define DN_CREATE	0x00000004u
#define DN_DELETE	0x00000008u
#define DN_RENAME	0x00000010u
#define DN_ATTRIB	0x00000020u
#define DN_MULTISHOT	0x80000000u

static unsigned long dnotify_enable = 1;

SYSCTL_NUMBERS(numbers) = {
	{ "fs/dir-notify-enable", &dnotify_enable, 0, 0x7fffffff },
};

struct dnotify {
	struct watch watch;		/* first, as watches_free() frees it */
	const struct file *file;	/* const: only compared */
	const struct files *table;	/* const: only compared */
	struct async *async;		/* const: referenced: receiver of the
					   signal */
	int fd;				/* const */
	struct list due;		/* [notify_lock] */
	bool is_due;			/* [notify_lock] in a list of requests
					   to signal */
};

void dnotify_tell(struct watch *w, struct list *due)
{
	struct dnotify *d = (struct dnotify *)w;

	if (!d->is_due)
		list_append(due, &d->due);
	d->is_due = true;
}

void dnotify_send(struct list *due)
{
	while (!list_empty(due)) {
		struct dnotify *d = list_first(due, struct dnotify, due);

		list_remove(&d->due);
		d->is_due = false;
		async_message(d->async, d->fd);
	}
}

void dnotify_free(struct watch *w)
{
	async_put(((struct dnotify *)w)->async);
}

/* Context: [notify_lock].  Return: the request of table for f, or NULL. */
static struct dnotify *request_of(const struct file *f,
				  const struct files *table)
{
	struct watch *w;

	spin_must_hold(&notify_lock);
	for (w = f->inode->watches; w; w = w->next) {
		struct dnotify *d = (struct dnotify *)w;

		if (!w->owner && d->file == f && d->table == table)
			return d;
	}
	return NULL;
}

void dnotify_closed(const struct file *f, const struct files *table)
{
	struct list gone = LIST_INIT(gone);
	struct dnotify *d;

	spin_lock(&notify_lock);
	d = request_of(f, table);
	if (d)
		watch_detach(&d->watch, &gone);
	spin_unlock(&notify_lock);
	watches_free(&gone);
}

static u32 dnotify_mask_of(unsigned arg)
{
	static const u32 bits[][2] = {
		{ DN_ACCESS, IN_ACCESS }, { DN_MODIFY, IN_MODIFY },
		{ DN_CREATE, IN_CREATE | IN_MOVED_TO },
		{ DN_DELETE, IN_DELETE | IN_MOVED_FROM },
		{ DN_RENAME, NOTIFY_RENAMED }, { DN_ATTRIB, IN_ATTRIB },
	};
	u32 mask = arg & DN_MULTISHOT ? 0 : IN_ONESHOT;

	for (unsigned i = 0; i < ARRAY_SIZE(bits); i++)
		if (arg & bits[i][0])
			mask |= bits[i][1];
	return mask;
}

/*
 * Merge two masks: the result has all events of both, and is one-shot only if
 * both masks are.
 */
static u32 merge_masks(u32 old, u32 new)
{
	return ((old | new) & ~IN_ONESHOT) | (old & new & IN_ONESHOT);
}

/*
 * Add events to the request for f; if there is none, attach `new`.
 * Return: true if `new` is in use.
 */
static bool dnotify_request(struct file *f, u32 mask, struct dnotify *new)
{
	struct dnotify *d;

	spin_lock(&notify_lock);
	d = request_of(f, new->table);
	if (d)
		d->watch.mask = merge_masks(d->watch.mask, mask);
	else
		watch_attach(&new->watch, f->inode, mask);
	spin_unlock(&notify_lock);
	return !d;
}

/*
 * F_NOTIFY: send SIGIO to the caller for the DN_ events in arg of directory f,
 * which has descriptor fd.
 * Return: 0, -ENOTDIR, -ENOMEM, -EINVAL.
 */
static long dnotify_fcntl(int fd, struct file *f, unsigned cmd,
			  unsigned long arg)
{
	const struct file_owner nobody = { F_OWNER_PID, 0 };
	u32 mask = (u32)arg;
	struct dnotify *new;
	struct file *now;

	if (!READ_ONCE(dnotify_enable))
		return -EINVAL;
	if (!(mask & ~DN_MULTISHOT)) {
		if (f->inode)
			dnotify_closed(f, current->files);
		return 0;
	}
	if (!f->inode || !S_ISDIR(f->inode->mode))
		return -ENOTDIR;
	new = kzalloc(sizeof(*new));
	if (!new)
		return -ENOMEM;
	list_init(&new->watch.link);
	new->file = f;
	new->table = current->files;
	new->fd = fd;
	new->async = async_own(f, &nobody);
	if (!new->async) {
		kfree(new);
		return -ENOMEM;
	}
	if (!dnotify_request(f, dnotify_mask_of(mask), new)) {
		async_put(new->async);
		kfree(new);
	}
	/*
	 * a thread that closed fd meanwhile found no request, so end the
	 * request here
	 */
	now = fd_file(fd);
	if (now != f)
		dnotify_closed(f, current->files);
	if (now)
		file_put(now);
	return 0;
}

FCNTL_COMMANDS(commands) = {
	{ F_NOTIFY, dnotify_fcntl },
};
