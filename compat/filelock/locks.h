/* SPDX-License-Identifier: MIT */
/* Locks and leases of files, shared by locks.c and lease.c. */
#ifndef COMPAT_FILELOCK_LOCKS_H
#define COMPAT_FILELOCK_LOCKS_H

#include <fs/vfs.h>
#include <kernel/wait/wait.h>

#define F_RDLCK	0
#define F_WRLCK	1
#define F_UNLCK	2

extern struct spinlock locks_lock;	/* IPL_SOFT */

/* All locks on an inode; exists from the first lock to the end of the inode. */
struct inode_locks {
	struct inode *inode;		/* const: owner, which frees this
					   struct */
	struct list link;		/* [locks_lock] in locked_files */
	struct list all;		/* [locks_lock] struct file_lock */
	unsigned nr;			/* [locks_lock] locks in `all` */
	struct list leases;		/* [locks_lock] struct lease */
	struct wait_queue wait;		/* woken when a lock is released */
};

/*
 * Get the locks of i, creating them if necessary.
 * Context: may sleep.  Return: NULL: no memory.
 */
struct inode_locks *inode_locks(struct inode *i);

/* lease_set: F_SETLEASE of descriptor fd.  lease_get: F_GETLEASE (fcntl(2)). */
long lease_set(int fd, struct file *f, unsigned long type);
long lease_get(struct file *f);
/*
 * Wait until no lease prevents opening or truncating i with these O_ flags.
 * Context: may sleep.  Return: 0; -EAGAIN (O_NONBLOCK), -ERESTARTSYS.
 */
int lease_break(struct inode *i, unsigned flags);
/* Remove the lease of f, whose last reference is dropped. */
void lease_drop(struct file *f);
/*
 * /proc/locks is printed in pages, because users choose the number of locks.
 */
struct lock_page {
	struct seq *s;
	unsigned n;			/* locks seen so far */
	unsigned from, to;		/* the page: n of its first line, and of
					 * the first behind it */
};

/* Count a lock.  Return: true if it is on the page. */
static inline bool lock_page_takes(struct lock_page *p)
{
	p->n++;
	return p->n >= p->from && p->n < p->to;
}

/* Print the leases of a file that are on the page.  Context: [locks_lock]. */
void leases_show(struct lock_page *p, const struct inode_locks *l);

#endif
