/* SPDX-License-Identifier: MIT */
/* Locks and leases of files: what locks.c and lease.c share. */
#ifndef COMPAT_FILELOCK_LOCKS_H
#define COMPAT_FILELOCK_LOCKS_H

#include <fs/vfs.h>
#include <kernel/wait/wait.h>

#define F_RDLCK	0
#define F_WRLCK	1
#define F_UNLCK	2

extern struct spinlock locks_lock;	/* IPL_SOFT */

/* Hangs on the inode from its first lock until it goes. */
struct inode_locks {
	struct inode *inode;		/* const: whose they are, it frees us */
	struct list link;		/* [locks_lock] in locked_files */
	struct list all;		/* [locks_lock] struct file_lock */
	struct list leases;		/* [locks_lock] struct lease */
	struct wait_queue wait;		/* something was unlocked */
};

/* Those of i, made at the first; NULL: no memory.  Context: may sleep. */
struct inode_locks *inode_locks(struct inode *i);

/* fcntl F_SETLEASE of descriptor fd, and F_GETLEASE. */
long lease_set(int fd, struct file *f, unsigned long type);
long lease_get(struct file *f);
/*
 * i is about to be opened or cut off, with these O_ flags: until no lease is
 * in the way.  Context: may sleep.  Return: 0; -EAGAIN (O_NONBLOCK),
 * -ERESTARTSYS.
 */
int lease_break(struct inode *i, unsigned flags);
/* The last reference to f goes. */
void lease_drop(struct file *f);
/* Lines of /proc/locks.  Context: [locks_lock]. */
void leases_show(struct seq *s, unsigned *n, const struct inode_locks *l);

#endif
