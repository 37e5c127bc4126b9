/* SPDX-License-Identifier: MIT */
/* Open files that are neither names nor pipes: eventfd, inotify, epoll... */
#ifndef FS_OPEN_ANON_INODE_H
#define FS_OPEN_ANON_INODE_H

#include <fs/vfs.h>

#define ANON_MAGIC	0x09041934	/* of statfs(2) */

/*
 * Kinds of such files; all files of a kind share one inode, and all kinds the
 * owner, mode and times.
 */
enum anon_kind { ANON_EVENTFD, ANON_TIMERFD, ANON_EPOLL, ANON_SIGNALFD,
		 ANON_INOTIFY, ANON_PIDFD, ANON_KINDS };

void anon_init(void);
struct inode *anon_inode(enum anon_kind kind);	/* stays for ever */
/* A file of the kind, over `private`.  Return: NULL: no memory. */
struct file *anon_create(enum anon_kind kind, const struct file_ops *ops,
			 void *private, unsigned flags);
/*
 * A descriptor for a new file of the kind, over `private`.  flags: O_RDWR,
 * O_NONBLOCK, O_CLOEXEC.
 * Return: the descriptor; -errno: the file's release has run on private, unless
 * *alive says that it was never attached.
 */
long anon_open(enum anon_kind kind, const struct file_ops *ops, void *private,
	       unsigned flags, bool *alive);

#endif
