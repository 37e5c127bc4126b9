/* SPDX-License-Identifier: MIT */
/* Short system calls on files: O_TMPFILE of open(2), close_range(2), syncfs(2). */
#include <lt/init.h>
#include <fs/fs.h>
#include <fs/inode/inode.h>
#include <fs/io/pagefile.h>
#include <fs/open/fd.h>
#include <fs/path/dcache.h>
#include <fs/path/namei.h>
#include <lib/printf.h>
#include <syscalls.h>

/* ---- O_TMPFILE ----------------------------------------------------------- */

/*
 * O_TMPFILE creates a file without a name.  The file is deleted after its last
 * use, unless linkat(2) gives it a name before.
 */

/*
 * Create a file in directory p.  Its dentry has a name that lookups cannot
 * find, and that /proc shows.
 * Context: [dir's inode lock].
 */
static int calls_make_file(const struct path *p, unsigned mode,
			   struct dentry **out)
{
	struct inode *dir = p->dentry->inode;
	char name[24];
	int n, err = dir_may_add(p);

	if (err)
		return err;
	if (!dir->ops->tmpfile)
		return -EOPNOTSUPP;
	n = fmt_print(name, sizeof(name), "#%llu",
		      (unsigned long long)dir->super->next_ino);
	*out = dentry_alloc(p->dentry, name, (unsigned)n, 0);
	if (!*out)
		return -ENOMEM;
	err = dir->ops->tmpfile(dir, *out, S_IFREG |
				inode_new_mode(dir, mode & 07777));
	if (err)
		dentry_put(*out);
	return err;
}

/* Open the new file; with O_EXCL it can never get a name. */
static int open_new(const struct path *p, unsigned flags, struct file **out)
{
	int err;

	p->dentry->inode->linkable = !(flags & O_EXCL);
	err = file_open_new(p, flags & ~O_TMPFILE, out);
	if (!err)
		(*out)->flags |= O_TMPFILE;	/* for F_GETFL */
	return err;
}

static int open_tmpfile(int dirfd, const char *name, unsigned flags,
			unsigned mode, const struct scope *scope,
			struct file **out)
{
	struct path p, new;
	int err;

	if ((flags & O_TMPFILE) != O_TMPFILE ||
	    (flags & O_ACCMODE) == O_RDONLY)
		return -EINVAL;
	err = path_lookup_scoped(dirfd, name, LOOKUP_FOLLOW | LOOKUP_DIR,
				 scope, &p);
	if (err)
		return err;
	new.mount = p.mount;
	mutex_lock(&p.dentry->inode->lock);
	err = calls_make_file(&p, mode, &new.dentry);
	mutex_unlock(&p.dentry->inode->lock);
	if (!err) {
		err = open_new(&new, flags, out);
		dentry_put(new.dentry);
	}
	path_put(&p);
	return err;
}

static void tmpfile_init(void)
{
	open_nameless = open_tmpfile;
}
INIT(fs, tmpfile_init);

/* ---- close_range(2) ------------------------------------------------------ */

/* close_range(2): closes a range of descriptors, or sets close-on-exec. */

#define CLOSE_RANGE_UNSHARE	2
#define CLOSE_RANGE_CLOEXEC	4

/* Return: the number of descriptors that a copy of the table needs. */
static unsigned needed(unsigned first, unsigned last, unsigned flags)
{
	bool up_to_end = last == ~0u || files_next(current->files, last + 1) < 0;

	return up_to_end && !(flags & CLOSE_RANGE_CLOEXEC) ? first : FILES_ALL;
}

/* Visits only open descriptors, as `last` is usually ~0. */
long sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	int fd, err;

	if (first > last ||
	    flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC))
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE) {
		err = files_unshare_current(needed(first, last, flags));
		if (err)
			return err;
	}
	for (;;) {
		fd = files_next(current->files, first);
		if (fd < 0 || (unsigned)fd > last)
			return 0;
		if (flags & CLOSE_RANGE_CLOEXEC)
			fd_set_cloexec((unsigned)fd, true);
		else
			fd_close(fd);
		first = (unsigned)fd + 1;
	}
}

/* ---- syncfs(2) ----------------------------------------------------------- */

/* syncfs(2): writes all changes of one file system to storage. */

/* Pages are written before the structures that refer to their blocks. */
long sys_syncfs(int fd)
{
	struct fdref r = fdref_get(fd);
	struct super *s;
	long err = 0;

	if (!r.file)
		return -EBADF;
	s = r.file->inode->super;
	if (s && s->sync) {
		err = s->write_files(s);
		if (!err)
			err = s->sync(s);
	}
	fdref_put(r);
	return err;
}
