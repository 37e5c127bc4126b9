/* SPDX-License-Identifier: MIT */
/*
 * xv6's file system calls (row E13): names are cut to 14 bytes, directories can
 * be read like files, and there are three kinds of inodes.
 */
#include "xv6files.h"
#include <fs/fs.h>
#include <fs/inode/inode.h>
#include <fs/io/pagefile.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <lib/mem.h>
#include <mm/uaccess.h>
#include <syscalls.h>

enum { XV6_WRONLY = 1, XV6_RDWR = 2, XV6_CREATE = 0x200, XV6_TRUNC = 0x400 };

/* An entry of a directory. */
struct xv6_entry {
	u16 ino;			/* 0: free */
	char name[XV6_NAME];
};

/* ---- paths --------------------------------------------------------------- */

/* Copy a path, cutting each name to 14 bytes. */
int xv6_path(char *path, uaddr_t from)
{
	long n = string_from_user(path, from, XV6_PATH);
	unsigned len = 0;
	char *to = path;

	for (long i = 0; i < n; i++) {
		len = path[i] == '/' ? 0 : len + 1;
		if (len <= XV6_NAME)
			*to++ = path[i];
	}
	if (n >= 0)
		*to = '\0';
	return n < 0 ? (int)n : 0;
}

/* ---- descriptors --------------------------------------------------------- */

long xv6_pipe(const char *path, const unsigned long *a)
{
	return sys_pipe2(a[0], 0);
}

long xv6_dup(const char *path, const unsigned long *a)
{
	return sys_dup((int)a[0]);
}

long xv6_close(const char *path, const unsigned long *a)
{
	return sys_close((int)a[0]);
}

/*
 * Check for a hole.  xv6's files have none: if a file was truncated below the
 * position, a write fails.
 * Return: true if the position is behind the end.  *plain: true if the file is
 * regular.
 */
static bool behind_end(int fd, bool *plain)
{
	struct fdref r = fdref_get(fd);
	bool behind;

	*plain = r.file && S_ISREG(r.file->inode->mode);
	behind = *plain && PEEK(r.file->pos) > inode_size(r.file->inode);
	fdref_put(r);
	return behind;
}

/*
 * Write.  A negative length is larger than any buffer.  A regular file takes
 * all bytes; otherwise the result is -1, although a part was written.
 */
long xv6_write(const char *path, const unsigned long *a)
{
	unsigned long n = (unsigned long)(int)a[2];
	bool plain;
	long done;

	if (behind_end((int)a[0], &plain))
		return -EFBIG;
	done = sys_write((int)a[0], a[1], n);
	return plain && done >= 0 && (unsigned long)done < n ? -EFAULT : done;
}

/* Describe an open file; fails for pipes. */
long xv6_fstat(const char *path, const unsigned long *a)
{
	struct kstat st;
	long err = do_fstat((int)a[0], &st);
	int type;

	if (err)
		return err;
	type = S_ISDIR(st.mode) ? XV6_DIR : S_ISREG(st.mode) ? XV6_FILE :
		S_ISCHR(st.mode) ? XV6_DEVICE : 0;
	return type ? xv6_stat_put(a[1], type, &st) : -EINVAL;
}

/* ---- directories --------------------------------------------------------- */

#define ENTRIES 32u			/* entries read at a time */

struct listing {
	struct dir_context ctx;
	struct xv6_entry entry[ENTRIES];
	unsigned used, most;
};

/* Add an entry; omit a name that is too long for xv6's calls. */
static bool list_one(struct dir_context *ctx, const char *name, unsigned len,
		     loff_t next, u64 ino, unsigned type)
{
	struct listing *l = container_of(ctx, struct listing, ctx);
	struct xv6_entry *e = &l->entry[l->used];

	if (len > XV6_NAME)
		return true;
	if (l->used == l->most)
		return false;
	memset(e, 0, sizeof(*e));
	e->ino = (u16)ino ?: 1;
	memcpy(e->name, name, len);
	l->used++;
	return true;
}

/*
 * Read directory entries from the file's position on.
 * Return: the size of the whole entries read.
 */
static long read_directory(int fd, uaddr_t to, unsigned long n)
{
	struct listing l = { .ctx.emit = list_one };
	struct fdref r = fdref_get(fd);
	struct file *f = r.file;
	long err = -ENOENT;

	file_pos_lock(f);
	l.most = (unsigned)min(n / sizeof(l.entry[0]), (unsigned long)ENTRIES);
	l.ctx.pos = f->pos;
	mutex_lock(&f->inode->lock);
	if (f->inode->nlink && f->ops->readdir)
		err = f->ops->readdir(f, &l.ctx);
	mutex_unlock(&f->inode->lock);
	n = l.used * sizeof(l.entry[0]);
	if (!err)
		err = copy_to_user(to, l.entry, n);
	if (!err)
		f->pos = l.ctx.pos;
	file_pos_unlock(f);
	fdref_put(r);
	return err ? err : (long)n;
}

/*
 * Read a file or, if sys_read() returns -EISDIR, a directory.  An xv6 program
 * has one thread, so the descriptor stays the same meanwhile.
 */
long xv6_read(const char *path, const unsigned long *a)
{
	unsigned long n = (unsigned long)(int)a[2];
	long done = sys_read((int)a[0], a[1], n);

	return done == -EISDIR ? read_directory((int)a[0], a[1], n) : done;
}

/* ---- names --------------------------------------------------------------- */

/*
 * Return: path, or "." if path is empty.  Not for calls that create a file:
 * with an empty path these fail.
 */
static const char *xv6_path_or_dot(const char *path)
{
	return *path ? path : ".";
}

/* Open.  A new file is executable, because xv6 can run every file. */
long xv6_open(const char *path, const unsigned long *a)
{
	unsigned how = (unsigned)a[1], flags = O_LARGEFILE;
	struct file *f;
	int err;

	flags |= how & XV6_RDWR ? O_RDWR : how & XV6_WRONLY;
	if (how & XV6_CREATE)
		flags |= O_CREAT;
	else
		path = xv6_path_or_dot(path);
	if (how & XV6_TRUNC)
		flags |= O_TRUNC;
	err = file_open(AT_FDCWD, path, flags, 0777, &f);
	if (err)
		return err;
	return fd_give(f, 0, false);
}

long xv6_chdir(const char *path, const unsigned long *a)
{
	struct path p;
	int err = path_lookup(AT_FDCWD, xv6_path_or_dot(path),
			      LOOKUP_FOLLOW | LOOKUP_DIR, &p);

	if (err)
		return err;
	err = inode_permission(p.dentry->inode, X_OK);
	if (err)
		path_put(&p);
	else
		fscontext_set_cwd(&p);
	return err;
}

/* Make a device; the only one is the console, which is the terminal. */
long xv6_mknod(const char *path, const unsigned long *a)
{
	enum { CONSOLE = 1 };

	return (u16)a[1] != CONSOLE ? -ENODEV :
		kernel_mknodat(AT_FDCWD, path, S_IFCHR | 0666, 5 << 8, NULL);
}

long xv6_mkdir(const char *path, const unsigned long *a)
{
	return kernel_mkdir(path, 0777);
}

/* Unlink a file, or an empty directory. */
long xv6_unlink(const char *path, const unsigned long *a)
{
	int err = kernel_unlinkat(AT_FDCWD, path, false);

	return err == -EISDIR ? kernel_unlinkat(AT_FDCWD, path, true) : err;
}

long xv6_link(const char *path, const unsigned long *a)
{
	char name[XV6_PATH];
	struct path from;
	int err = path_lookup(AT_FDCWD, path, LOOKUP_FOLLOW, &from);

	if (err)
		return err;
	err = xv6_path(name, a[1]);
	if (!err)
		err = kernel_linkat(&from, AT_FDCWD, name);
	path_put(&from);
	return err;
}
