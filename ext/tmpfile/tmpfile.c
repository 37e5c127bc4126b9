/* SPDX-License-Identifier: MIT */
/*
 * open(2), O_TMPFILE: a file that begins without a name.  It goes with its last
 * user, unless linkat(2) gives it a name before.
 */
#include <fs/internal.h>
#include <lib/printf.h>
#include <lt/init.h>

/*
 * In the directory p.  The dentry's name is one that no look-up finds; /proc
 * shows it.
 * Context: [dir's inode lock].
 */
static int make_file(const struct path *p, unsigned mode, struct dentry **out)
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

/* O_EXCL: it can never be given a name. */
static int open_new(const struct path *p, unsigned flags, struct file **out)
{
	int err;

	p->dentry->inode->linkable = !(flags & O_EXCL);
	err = file_open_new(p, flags & ~O_TMPFILE, out);
	if (!err)
		(*out)->flags |= O_TMPFILE;	/* F_GETFL tells */
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
	err = make_file(&p, mode, &new.dentry);
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
