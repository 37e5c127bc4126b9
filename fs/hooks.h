/* SPDX-License-Identifier: MIT */
/*
 * What extensions hang on open files and inodes.  A bit in file->hooks or
 * inode->hooks says that something of its kind is there; an ordinary file has
 * none, and its open and close test no more than that word.
 */
#ifndef FS_HOOKS_H
#define FS_HOOKS_H

#include <fs/vfs.h>
#include <lt/table.h>

#define HOOK_EPOLL	1u	/* of files: sets of epoll watch it */
#define HOOK_ASYNC	2u	/* of files: it tells an owner by signals */
#define HOOK_LOCKS	4u	/* of inodes: it has had locks or leases */

/* All may sleep, but for full.  What is left out is not needed there. */
struct file_hooks {
	unsigned bit;
	/* A descriptor of f in the table `owner` is closed. */
	void (*close)(struct file *f, struct files *owner);
	/* The last reference to f goes, or to i. */
	void (*end)(struct file *f);
	void (*free)(struct inode *i);
	/*
	 * i is to be opened or truncated, with these O_ flags.
	 * Return: 0 or -errno.
	 */
	int (*open)(struct inode *i, unsigned flags);
	/* f could not be written: it tells when it can again. */
	void (*full)(struct file *f);
	/* O_ASYNC of f; fd is what its signal names.  Return: 0 or -errno. */
	int (*set_async)(int fd, struct file *f, bool on);
};
#define FILE_HOOKS(name) \
	static const struct file_hooks name[] __table(file_hooks)

static inline void file_set_hook(struct file *f, unsigned bit)
{
	__atomic_fetch_or(&f->hooks, bit, __ATOMIC_RELAXED);
}

static inline void inode_set_hook(struct inode *i, unsigned bit)
{
	__atomic_fetch_or(&i->hooks, bit, __ATOMIC_RELAXED);
}

/* Of f, or of its inode; an open that failed has none. */
static inline unsigned file_hooked(const struct file *f)
{
	return READ_ONCE(f->hooks) | (f->inode ? READ_ONCE(f->inode->hooks) : 0);
}

/* The slow halves: something hangs there. */
void hooks_close(struct file *f, struct files *owner);
void hooks_end(struct file *f);
void hooks_free(struct inode *i);
int hooks_open(struct inode *i, unsigned flags);
void hooks_full(struct file *f);
/* Return: -ENOTTY: no extension here knows the command. */
int file_set_async(int fd, struct file *f, bool on);

/* As the table says; see there. */
static inline int inode_opening(struct inode *i, unsigned flags)
{
	return unlikely(READ_ONCE(i->hooks)) ? hooks_open(i, flags) : 0;
}

static inline void file_full(struct file *f)
{
	if (unlikely(READ_ONCE(f->hooks) & HOOK_ASYNC))
		hooks_full(f);
}

#endif
