/* SPDX-License-Identifier: MIT */
/*
 * The inodes of files without names, and descriptors for such files.  The state
 * of such a file is in file->private, so all files of a kind share one inode.
 * fstat(2) uses the inode, and /proc/PID/fd shows the name of its kind
 * (anon_inode:[eventfd]).
 */
#include "anon_inode.h"
#include <fs/internal.h>

static const struct fs_type types[ANON_KINDS] = {
	[ANON_EVENTFD] = { .name = "eventfd", .magic = ANON_MAGIC },
	[ANON_TIMERFD] = { .name = "timerfd", .magic = ANON_MAGIC },
	[ANON_SIGNALFD] = { .name = "signalfd", .magic = ANON_MAGIC },
	[ANON_INOTIFY] = { .name = "inotify", .magic = ANON_MAGIC },
	[ANON_EPOLL] = { .name = "eventpoll", .magic = ANON_MAGIC },
	[ANON_PIDFD] = { .name = "pidfd", .magic = ANON_MAGIC },
};

static struct inode *inodes[ANON_KINDS];	/* const after anon_init */

/*
 * Copy mode and owner to the inodes of all kinds, because programs shall see a
 * single inode for all these files.
 * Context: [i->lock].
 */
static void anon_inode_spread(struct inode *i)
{
	for (unsigned k = 0; k < ANON_KINDS; k++) {
		WRITE_ONCE(inodes[k]->mode, i->mode);
		WRITE_ONCE(inodes[k]->uid, i->uid);
		WRITE_ONCE(inodes[k]->gid, i->gid);
	}
}

static const struct inode_ops anon_ops = { .changed = anon_inode_spread };

void anon_init(void)
{
	for (unsigned k = 0; k < ANON_KINDS; k++) {
		struct super *s = super_alloc(&types[k], 0);

		inodes[k] = s ? inode_alloc(s, 0600) : NULL;
		if (!inodes[k])
			panic("no memory for %s", types[k].name);
		inodes[k]->ops = &anon_ops;
	}
}

struct inode *anon_inode(enum anon_kind kind)
{
	return inodes[kind];
}

struct file *anon_create(enum anon_kind kind, const struct file_ops *ops,
			 void *private, unsigned flags)
{
	struct file *f;

	f = file_create(inodes[kind], ops, flags, private);
	if (f)
		inode_get(inodes[kind]);
	return f;
}

long anon_open(enum anon_kind kind, const struct file_ops *ops, void *private,
	       unsigned flags, bool *alive)
{
	struct file *f = anon_create(kind, ops, private, flags & ~O_CLOEXEC);

	*alive = !f;
	if (!f)
		return -ENOMEM;
	f->mode |= FMODE_UNMOVED;
	return fd_give(f, 0, flags & O_CLOEXEC);
}
