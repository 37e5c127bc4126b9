/* SPDX-License-Identifier: MIT */
/*
 * open(2) and related calls: from a name to an open file (lecture rows A1 and
 * B5 of docs/coverage.md).
 *
 *   sys_openat      reserve the lowest free descriptor
 *     |
 *   file_open       without O_CREAT      with O_CREAT
 *     |             path_lookup          path_parent, then under the
 *     |                |                 directory's lock: look up, create
 *     |                +-----------------------+
 *   open_path       check type, mount and rights (not for a new file)
 *     |
 *   open_inode      file_create, count it as a writer or reader, leases,
 *     |             O_TRUNC, then the operation .open
 *   fd_fill         only now can other threads find the file
 *
 * A call that fails undoes its steps in reverse; but a file that it created
 * stays, as on Linux.
 */
#include <fs/hooks.h>
#include <fs/internal.h>
#include <fs/inode/notify.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/* Flags for the open itself, which the open file does not keep. */
#define O_TOLD	(O_EXCL | O_NOCTTY)	/* passed to ops->open only */
#define O_ONCE	(O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | O_CLOEXEC)
#define O_TMPFILE_BIT 020000000u

/*
 * Return: the rights to the file that open(2)'s flags require: R_OK, W_OK.
 * Access mode 3 requires both, although it grants neither.
 */
static int access_mask(unsigned flags)
{
	int mask = R_OK;

	if ((flags & O_ACCMODE) == O_WRONLY)
		mask = W_OK;
	else if ((flags & O_ACCMODE) != O_RDONLY)
		mask = R_OK | W_OK;
	if (flags & O_TRUNC)
		mask |= W_OK;
	return mask;
}

/*
 * Check whether the caller may open p.  A file that the caller has just created
 * needs no permission.
 */
static int open_check_rights(const struct path *p, unsigned flags, bool created)
{
	struct inode *i = p->dentry->inode;
	int mask = access_mask(flags), err;

	if (S_ISLNK(i->mode))
		return -ELOOP;
	if (S_ISDIR(i->mode) && (mask & W_OK || flags & O_CREAT))
		return -EISDIR;
	if ((S_ISCHR(i->mode) || S_ISBLK(i->mode)) && p->mount &&
	    p->mount->flags & MS_NODEV)
		return -EACCES;
	err = created ? 0 : path_permission(p, mask);
	if (unlikely(err))
		return err;
	if (unlikely(flags & (O_NOATIME | O_DIRECT))) {
		if (flags & O_NOATIME && !inode_owner_or_capable(i))
			return -EPERM;
		if (flags & O_DIRECT && i->fops && !file_can_direct(i))
			return -EINVAL;
	}
	return likely(i->fops) ? 0 : -ENXIO;	/* sockets, anonymous files */
}

/* Takes new references to p.  f has a reference of its own to the inode. */
static void file_set_path(struct file *f, const struct path *p)
{
	f->path = *p;
	path_get(p);
	f->inode = p->dentry->inode;
	inode_get(f->inode);
}

/* Open with O_PATH: needs no permission on the file, gives no operations. */
static int open_as_path(const struct path *p, unsigned flags,
			struct file **out)
{
	struct file *f = file_alloc();

	if (!f)
		return -ENOMEM;
	f->flags = flags & (O_PATH | O_DIRECTORY | O_NOFOLLOW);
	f->mode = FMODE_PATH;
	file_set_path(f, p);
	*out = f;
	return 0;
}

/*
 * Count f with the readers or writers of its inode; file_end() undoes it.
 * Writers are counted three times: to exclude running programs (ETXTBSY), and
 * to keep the file system and the mount from becoming read-only (mount(2)).
 * Return: 0 or -ETXTBSY.
 */
static int count_opener(struct file *f, struct inode *i)
{
	int err;

	if (!(f->mode & FMODE_WRITE)) {
		atomic_add(&i->readers, 1);
		f->mode |= FMODE_READER;
		return 0;
	}
	err = inode_get_write(i);
	if (err) {
		f->mode &= ~FMODE_WRITE;
		return err;
	}
	f->mode |= FMODE_WRITER;
	atomic_add(&i->super->writers, 1);
	if (f->path.mount)
		atomic_add(&f->path.mount->writers, 1);
	return 0;
}

/* O_TRUNC counts as a writer during the truncation, even with O_RDONLY. */
static int truncate_opened(const struct path *p)
{
	struct inode *i = p->dentry->inode;
	int err = inode_get_write(i);

	if (err)
		return err;
	err = inode_truncate(i, 0);
	inode_put_write(i);
	return err;
}

/*
 * Create the open file after all checks.  On failure file_put() undoes all
 * steps.
 */
static int open_inode(const struct path *p, unsigned flags, bool truncate,
		      struct file **out)
{
	struct inode *i = p->dentry->inode;
	struct file *f = file_create(NULL, i->fops,
				     flags & ~(O_ONCE & ~O_TOLD), NULL);
	int err = -ENOMEM;

	if (!f)
		return err;
	file_set_path(f, p);
	if (S_ISREG(i->mode)) {
		err = count_opener(f, i);
		if (err)
			goto fail;
	}
	err = inode_opening(i, flags);
	if (err)
		goto fail;
	if (truncate) {
		err = truncate_opened(p);
		if (err)
			goto fail;
	}
	/*
	 * must be the last step that can fail: `fail` does not call release(),
	 * which alone undoes .open
	 */
	if (f->ops->open) {
		err = f->ops->open(i, f);
		if (err)
			goto fail;
	}
	f->flags &= ~O_TOLD;
	if (f->ops && f->ops->seek)
		f->mode |= FMODE_SEEK;
	notify_file(f, IN_OPEN);
	if (truncate)
		notify_dentry(p->dentry, IN_MODIFY);
	*out = f;
	return 0;

fail:
	f->ops = NULL;		/* never opened: nothing to release */
	file_put(f);
	return err;
}

/*
 * O_TRUNC does nothing on a new file, FIFOs and terminals (POSIX, open()), nor
 * here on other devices.
 */
static int open_path(const struct path *p, unsigned flags, bool created,
		     struct file **out)
{
	struct inode *i = p->dentry->inode;
	int err;

	if (flags & O_DIRECTORY && !S_ISDIR(i->mode))
		return -ENOTDIR;
	if (flags & O_PATH)
		return open_as_path(p, flags, out);
	err = open_check_rights(p, flags, created);
	if (unlikely(err))
		return err;
	return open_inode(p, flags,
			  flags & O_TRUNC && !created && S_ISREG(i->mode),
			  out);
}

/*
 * The caller has just made the file p, whose mode does not restrict this open
 * (open(2), mode).
 */
int file_open_new(const struct path *p, unsigned flags, struct file **out)
{
	return open_path(p, flags, true, out);
}

/* Create a file for O_CREAT at a negative dentry.  Context: [dir->lock]. */
static int create_here(const struct last_name *l, struct dentry *d,
		       unsigned mode)
{
	struct inode *dir = l->dir.dentry->inode;
	int err = dir_may_add(&l->dir);

	if (err)
		return err;
	err = dir->ops->create(dir, d, S_IFREG |
			       inode_new_mode(dir, mode & 07777), 0);
	if (!err)
		notify_name(dir, l->name, IN_CREATE);
	return err;
}

/*
 * Find or create the last component; a symlink there advances l.
 * Return: 1: l was advanced, look again; 0: *p referenced; -errno.
 */
static int create_step(struct last_name *l, unsigned flags, unsigned mode,
		       unsigned *depth, struct path *p, bool *created)
{
	struct inode *dir = l->dir.dentry->inode;
	struct dentry *d;
	int err = 0;

	if (l->dot || l->slash)
		return flags & O_EXCL && l->dot ? -EEXIST : -EISDIR;
	mutex_lock(&dir->lock);
	d = dir_lookup(l->dir.dentry, l->name, l->len, l->hash, &err);
	if (d && !d->inode) {
		err = create_here(l, d, mode);
		*created = !err;
	} else if (d && flags & O_EXCL) {
		err = -EEXIST;
	}
	mutex_unlock(&dir->lock);
	if (!err && S_ISLNK(d->inode->mode) &&
	    !(flags & (O_NOFOLLOW | O_EXCL)) && !d->inode->ops->follow) {
		err = path_parent_link(l, d, depth);
		dentry_put(d);
		return err ? err : 1;
	}
	if (err) {
		if (d)
			dentry_put(d);
		return err;
	}
	*p = (struct path){ l->dir.mount, d };
	if (p->mount)
		mount_get(p->mount);
	path_cross_mounts(p);
	return 0;
}

/*
 * O_CREAT: look-up and creation are one step under the directory's lock, so
 * that O_EXCL is reliable among programs.
 */
static int open_create(int dirfd, const char *name, unsigned flags,
		       unsigned mode, const struct scope *scope,
		       struct file **out)
{
	struct last_name l;
	struct path p;
	unsigned depth = 0;
	bool created = false;
	int err = path_parent_scoped(dirfd, name, scope, &l);

	if (err)
		return err;
	do {
		err = create_step(&l, flags, mode, &depth, &p, &created);
	} while (err > 0);
	if (!err && !created && sticky_rules) {
		err = sticky_rules->may_open(l.dir.dentry->inode,
					     p.dentry->inode);
		if (err)
			path_put(&p);
	}
	path_put(&l.dir);
	if (err)
		return err;
	if (S_ISLNK(p.dentry->inode->mode) && !(flags & O_NOFOLLOW)) {
		path_put(&p);		/* a magic link: jump */
		err = path_lookup_scoped(dirfd, name, LOOKUP_FOLLOW, scope,
					 &p);
		if (err)
			return err;
	}
	err = open_path(&p, flags, created, out);
	path_put(&p);
	return err;
}

int (*open_nameless)(int dirfd, const char *name, unsigned flags, unsigned mode,
		     const struct scope *scope, struct file **out);

int file_open(int dirfd, const char *name, unsigned flags, unsigned mode,
	      struct file **out)
{
	return file_open_scoped(dirfd, name, flags, mode, NULL, out);
}

int file_open_scoped(int dirfd, const char *name, unsigned flags,
		     unsigned mode, const struct scope *scope,
		     struct file **out)
{
	struct path p;
	unsigned lookup = 0;
	int err;

	if (flags & O_PATH)
		flags &= O_PATH | O_DIRECTORY | O_NOFOLLOW | O_CLOEXEC;
	if (flags & O_TMPFILE_BIT)
		return open_nameless ?
			open_nameless(dirfd, name, flags, mode, scope, out) :
			-EOPNOTSUPP;
	if (flags & O_CREAT) {
		if (flags & O_DIRECTORY)
			return -EINVAL;
		return open_create(dirfd, name, flags, mode, scope, out);
	}
	if (!(flags & O_NOFOLLOW))
		lookup |= LOOKUP_FOLLOW;
	if (flags & O_DIRECTORY)
		lookup |= LOOKUP_DIR;
	err = path_lookup_scoped(dirfd, name, lookup, scope, &p);
	if (unlikely(err))
		return err;
	err = open_path(&p, flags, false, out);
	path_put(&p);
	return err;
}

int file_open_denied(const struct path *p, struct file **out)
{
	struct inode *i = p->dentry->inode;
	int err = inode_deny_write(i);

	if (err)
		return err;
	err = open_inode(p, O_RDONLY | O_LARGEFILE, false, out);
	if (err)
		inode_allow_write(i);
	else
		(*out)->mode |= FMODE_EXEC;
	return err;
}

/* Requires execute permission; the file need not be readable. */
int file_open_exec(int dirfd, const char *name, unsigned lookup_flags,
		   struct file **out)
{
	struct path p;
	struct inode *i;
	int err = path_lookup(dirfd, name, lookup_flags, &p);

	if (err == -ENOTDIR && !name[0])
		return -EACCES;		/* a descriptor of a nameless file */
	if (err)
		return err;
	i = p.dentry->inode;
	err = S_ISLNK(i->mode) ? -ELOOP : -EACCES;
	if (S_ISREG(i->mode) && !path_noexec(&p))
		err = inode_permission(i, X_OK);
	if (!err)
		err = file_open_denied(&p, out);
	path_put(&p);
	return err;
}

/* Check for invalid combinations of flags, before the name is looked up. */
static bool flags_valid(unsigned flags)
{
	unsigned tmp = flags & O_TMPFILE;

	if (likely(!(flags & (O_PATH | O_TMPFILE))))
		return true;
	if (flags & O_PATH)
		return true;		/* O_PATH ignores most other flags */
	if (tmp & O_TMPFILE_BIT)
		return tmp == O_TMPFILE && flags & (O_WRONLY | O_RDWR) &&
			!(flags & O_CREAT);
	return !(flags & O_CREAT) || !(flags & O_DIRECTORY);
}

#define O_KNOWN	(O_ACCMODE | O_CREAT | O_EXCL | O_NOCTTY | O_TRUNC | \
		 O_APPEND | O_NONBLOCK | O_SYNC | O_ASYNC | O_DIRECT | \
		 O_LARGEFILE | O_DIRECTORY | O_NOFOLLOW | O_NOATIME | \
		 O_CLOEXEC | O_PATH | O_TMPFILE)

/* Drop unknown bits; on a 64-bit machine every file is large. */
static unsigned call_flags(unsigned flags)
{
	return (flags & O_KNOWN) | (sizeof(long) == 8 ? O_LARGEFILE : 0);
}

/* The descriptor is reserved first: if none is free, no file may be created. */
long sys_openat(int dirfd, uaddr_t name, unsigned flags, unsigned mode)
{
	struct file *f;
	int fd, err;
	char *text;

	flags = call_flags(flags);
	if (unlikely(flags & (O_CREAT | O_TMPFILE_BIT)) && !flags_valid(flags))
		return -EINVAL;
	text = name_from_user(name, &err);
	if (!text)
		return err;
	fd = fd_reserve(0, flags & O_CLOEXEC);
	if (likely(fd >= 0)) {
		err = file_open(dirfd, text, flags, mode, &f);
		if (unlikely(err)) {
			fd_cancel(fd);
			fd = err;
		} else {
			fd_fill(fd, f);
		}
	}
	name_put(text);
	return fd;
}

long sys_open(uaddr_t name, unsigned flags, unsigned mode)
{
	return sys_openat(AT_FDCWD, name, flags, mode);
}

long sys_creat(uaddr_t name, unsigned mode)
{
	return sys_openat(AT_FDCWD, name, O_CREAT | O_WRONLY | O_TRUNC, mode);
}
