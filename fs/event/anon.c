/* SPDX-License-Identifier: MIT */
/* The inodes behind files without names, and descriptors for such files. */
#include <fs/event/anon.h>
#include <fs/internal.h>
#include <fs/locks.h>

static const struct fs_type types[ANON_KINDS] = {
	[ANON_EVENTFD] = { .name = "eventfd", .magic = ANON_MAGIC },
	[ANON_TIMERFD] = { .name = "timerfd", .magic = ANON_MAGIC },
	[ANON_SIGNALFD] = { .name = "signalfd", .magic = ANON_MAGIC },
	[ANON_INOTIFY] = { .name = "inotify", .magic = ANON_MAGIC },
	[ANON_EPOLL] = { .name = "eventpoll", .magic = ANON_MAGIC },
};

static struct inode *inodes[ANON_KINDS];	/* const after anon_init */

void anon_init(void)
{
	for (unsigned k = 0; k < ANON_KINDS; k++) {
		struct super *s = super_alloc(&types[k], 0);

		inodes[k] = s ? inode_alloc(s, 0600) : NULL;
		/* its locks stay, too: a descriptor's flock takes nothing */
		if (!inodes[k] || !inode_locks(inodes[k]))
			panic("no memory for %s", types[k].name);
	}
	eventfd_init();
	timerfd_init();
	epoll_init();
}

long anon_open(enum anon_kind kind, const struct file_ops *ops, void *private,
	       unsigned flags, bool *alive)
{
	struct file *f = file_create(inodes[kind], ops, flags & ~O_CLOEXEC,
				     private);
	int fd;

	*alive = !f;
	if (!f)
		return -ENOMEM;
	f->mode |= FMODE_UNMOVED;
	inode_get(inodes[kind]);
	fd = fd_install(f, 0, flags & O_CLOEXEC);
	if (fd < 0)
		file_put(f);
	return fd;
}
