/* SPDX-License-Identifier: MIT */
/*
 * Hooks of extensions on open files and inodes.  A bit in file->hooks or
 * inode->hooks is set if the extension has something attached.  An ordinary
 * file has no bit set, and its open and close test only that word.
 */
#ifndef FS_HOOKS_H
#define FS_HOOKS_H

#include <fs/vfs.h>
#include <lt/table.h>

#define HOOK_EPOLL	1u	/* files that epoll sets watch */
#define HOOK_ASYNC	2u	/* files that signal their owner (O_ASYNC) */
#define HOOK_LOCKS	4u	/* inodes that have, or had, locks or leases */

/*
 * All hooks but full() may sleep.  A hook is NULL if the extension does not
 * need it.
 */
struct file_hooks {
	unsigned bit;
	/* Called when a descriptor of f in the table `owner` is closed. */
	void (*close)(struct file *f, struct files *owner);
	/*
	 * Called when the last reference is gone: end() of a file, free() of an
	 * inode.
	 */
	void (*end)(struct file *f);
	void (*free)(struct inode *i);
	/*
	 * Called before i is opened or truncated.  flags: the O_ flags of the
	 * call.
	 * Return: 0 or -errno.
	 */
	int (*open)(struct inode *i, unsigned flags);
	/*
	 * Called when a write to f found no room: the extension signals later
	 * that there is room again.
	 */
	void (*full)(struct file *f);
	/*
	 * Set or clear O_ASYNC of f.  fd: the descriptor number that the
	 * signals carry.
	 * Return: 0 or -errno.
	 */
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

/*
 * Return: the HOOK_ bits of f and of its inode.  A file whose open failed has
 * no inode.
 */
static inline unsigned file_hooked(const struct file *f)
{
	return READ_ONCE(f->hooks) | (f->inode ? READ_ONCE(f->inode->hooks) : 0);
}

/* Slow paths, called only if a hook may be set. */
void hooks_close(struct file *f, struct files *owner);
void hooks_end(struct file *f);
void hooks_free(struct inode *i);
int hooks_open(struct inode *i, unsigned flags);
void hooks_full(struct file *f);
/* Return: as set_async(); -ENOTTY: no extension implements it. */
int file_set_async(int fd, struct file *f, bool on);

/*
 * inode_opening() calls the hooks `open` of i, if it has any; file_full() calls
 * the hooks `full` of f.  The caller of inode_opening() has counted itself with
 * the readers or writers of i: that is visible before the hooks are read, as a
 * new lease reads the counts.
 */
static inline int inode_opening(struct inode *i, unsigned flags)
{
	mb_after_atomic();
	return unlikely(READ_ONCE(i->hooks)) ? hooks_open(i, flags) : 0;
}

static inline void file_full(struct file *f)
{
	if (unlikely(READ_ONCE(f->hooks) & HOOK_ASYNC))
		hooks_full(f);
}

#endif
