/* SPDX-License-Identifier: MIT */
/*
 * Open files that have no names and are not pipes: eventfd, inotify, epoll...
 */
#ifndef FS_OPEN_ANON_INODE_H
#define FS_OPEN_ANON_INODE_H

#include <fs/vfs.h>

#define ANON_MAGIC	0x09041934	/* for statfs(2) */

/*
 * Kinds of files without names.  All files of a kind share one inode; the
 * inodes of all kinds have the same owner, mode and times.
 */
enum anon_kind { ANON_EVENTFD, ANON_TIMERFD, ANON_EPOLL, ANON_SIGNALFD,
		 ANON_INOTIFY, ANON_PIDFD, ANON_KINDS };

void anon_init(void);
struct inode *anon_inode(enum anon_kind kind);	/* never freed */
/*
 * Create a file of the kind with f->private = private.
 * Return: NULL: no memory.
 */
struct file *anon_create(enum anon_kind kind, const struct file_ops *ops,
			 void *private, unsigned flags);
/*
 * Create a file as anon_create(), and a descriptor for it.  flags: O_RDWR,
 * O_NONBLOCK, O_CLOEXEC.
 * Return: the descriptor; -errno: the file's release() has been called with
 * private, unless *alive is true: then private was never attached to a file.
 */
long anon_open(enum anon_kind kind, const struct file_ops *ops, void *private,
	       unsigned flags, bool *alive);

#endif
