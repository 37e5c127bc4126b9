/* SPDX-License-Identifier: MIT */
/*
 * List directories: getdents(2).  Entries go into a kernel page first, since
 * the file system emits them under locks that forbid access to user memory; one
 * page at a time is copied out.
 *
 *   position     0     1      3       4       (5)      9
 *              +-----+------+-------+-------+        +-------+
 *   children   | "." | ".." | "bin" | "dev" |  gone  | "tmp" |
 *              +-----+------+-------+-------+        +-------+
 *
 * If the entries of a directory are its dentries, the position is a cookie
 * stored in the dentry: a number that grows with each new name.  Children are
 * linked in the order of cookies, so a reader that was interrupted continues at
 * the first cookie not below its position.  So when names are added and removed
 * meanwhile, the reader sees every other name exactly once (POSIX, readdir()).
 */
#include <fs/internal.h>
#include <fs/inode/notify.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>
#include <syscalls.h>

/* "." is at position 0, ".." at 1; names follow by their cookies. */
int dcache_readdir(struct file *f, struct dir_context *ctx)
{
	struct dentry *dir = f->path.dentry, *d;

	if (ctx->pos == 0) {
		if (!ctx->emit(ctx, ".", 1, 1, dir->inode->ino, DT_DIR))
			return 0;
		ctx->pos = 1;
	}
	br_read_lock(&dcache_lock);
	if (ctx->pos == 1) {
		if (!ctx->emit(ctx, "..", 2, 2, dir->parent->inode->ino,
			       DT_DIR))
			goto out;
		ctx->pos = 2;
	}
	list_for_each(d, &dir->children, sibling) {
		if ((loff_t)d->cookie < ctx->pos || !d->inode)
			continue;
		if (!ctx->emit(ctx, d->name, d->name_len,
			       (loff_t)d->cookie + 1, d->inode->ino,
			       d->inode->mode >> 12 & 15))
			break;
		ctx->pos = (loff_t)d->cookie + 1;
	}
out:
	br_read_unlock(&dcache_lock);
	return 0;
}

loff_t dcache_dir_seek(struct file *f, loff_t off, int whence)
{
	return seek_plain(f, off, whence, POS_MAX);
}

/* Such a directory has size 0 also for a seek, and nothing in it. */
loff_t sized_dir_seek(struct file *f, loff_t off, int whence)
{
	if (whence == SEEK_DATA || whence == SEEK_HOLE)
		return -ENXIO;
	return seek_plain(f, off, whence == SEEK_END ? SEEK_SET : whence,
			  POS_MAX);
}

/*
 * An entry of getdents64(2), aligned to 8 bytes.  The padding is cleared, as
 * the program sees it.
 */
struct dirent64 {
	u64 ino;
	s64 off;		/* position after this entry */
	u16 len;
	u8 type;
	char name[];
};

/* An entry of getdents(2) of 32-bit programs; the type is in the last byte. */
struct dirent_old {
	unsigned long ino;
	unsigned long off;
	u16 len;
	char name[];
};

struct getdents {
	struct dir_context ctx;
	char *buf;
	unsigned size, used;
	unsigned len_at;	/* offset of the length in an entry */
	bool overflow;		/* the buffer is too small for one entry */
};

static bool emit64(struct dir_context *ctx, const char *name, unsigned len,
		   loff_t next, u64 ino, unsigned type)
{
	struct getdents *g = container_of(ctx, struct getdents, ctx);
	unsigned need = ALIGN_UP((unsigned)offsetof(struct dirent64, name) +
				 len + 1, 8u);
	struct dirent64 *e;

	if (need > g->size - g->used) {
		g->overflow = !g->used;
		return false;
	}
	e = (struct dirent64 *)(g->buf + g->used);
	e->ino = ino;
	e->off = next;
	e->len = (u16)need;
	e->type = (u8)type;
	memcpy(e->name, name, len);
	memset(e->name + len, 0, need - offsetof(struct dirent64, name) - len);
	g->used += need;
	return true;
}

static bool emit_old(struct dir_context *ctx, const char *name, unsigned len,
		     loff_t next, u64 ino, unsigned type)
{
	struct getdents *g = container_of(ctx, struct getdents, ctx);
	unsigned need = ALIGN_UP((unsigned)offsetof(struct dirent_old, name) +
				 len + 2, (unsigned)sizeof(long));
	struct dirent_old *e;

	if (need > g->size - g->used) {
		g->overflow = !g->used;
		return false;
	}
	e = (struct dirent_old *)(g->buf + g->used);
	e->ino = (unsigned long)ino;
	e->off = (unsigned long)next;
	e->len = (u16)need;
	memcpy(e->name, name, len);
	memset(e->name + len, 0,
	       need - offsetof(struct dirent_old, name) - len);
	g->buf[g->used + need - 1] = (char)type;
	g->used += need;
	return true;
}

/*
 * Fill g with the next entries.  A removed directory lists nothing, not even
 * "." (ENOENT).  A buffer too small for one entry gives EINVAL, as 0 would mean
 * the end.
 * Context: [f->pos_lock].
 * Return: 0, with g->used bytes in g; or -errno.
 */
static int readdir_fill(struct file *f, struct getdents *g)
{
	struct inode *dir = f->inode;
	int err = -ENOENT;

	g->ctx.pos = f->pos;
	mutex_lock(&dir->lock);
	if (dir->nlink)
		err = f->ops->readdir(f, &g->ctx);
	mutex_unlock(&dir->lock);
	if (!err && g->overflow)
		err = -EINVAL;
	return err;
}

/*
 * Return: the bytes of the first entries that can be copied to the program: all
 * unless its buffer is partly bad.
 */
static unsigned copy_entries(const struct getdents *g, uaddr_t buf)
{
	unsigned at = 0;

	if (!copy_to_user(buf, g->buf, g->used))
		return g->used;
	while (at < g->used) {
		unsigned len = *(const u16 *)(g->buf + at + g->len_at);

		if (copy_to_user(buf + at, g->buf + at, len))
			break;
		at += len;
	}
	return at;
}

/*
 * List entries to the program.  If not all of them can be copied, list only
 * those that can, so that the rest is listed next time.
 * Context: [f->pos_lock].
 * Return: bytes or -errno.
 */
static long list_entries(struct file *f, struct getdents *g, uaddr_t buf)
{
	int err = readdir_fill(f, g);
	unsigned copied = err ? 0 : copy_entries(g, buf);

	if (!err && copied < g->used) {
		if (!copied)
			return -EFAULT;
		g->size = copied;
		g->used = 0;
		err = readdir_fill(f, g);
		if (!err && copy_to_user(buf, g->buf, g->used))
			err = -EFAULT;
	}
	if (err)
		return err;
	f->pos = g->ctx.pos;
	file_touch_atime(f);
	file_strict_atime(f);
	notify_file(f, IN_ACCESS);
	return (long)g->used;
}

/* As on Linux, a size above INT_MAX has room for nothing. */
static long getdents(int fd, uaddr_t buf, unsigned size, unsigned len_at,
		     bool (*emit)(struct dir_context *, const char *, unsigned,
				  loff_t, u64, unsigned))
{
	struct getdents g = { .ctx.emit = emit, .len_at = len_at };
	struct fdref r = fdref_get(fd);
	long err = -ENOTDIR;

	if (!r.file)
		return -EBADF;
	if (!S_ISDIR(r.file->inode->mode) || !r.file->ops->readdir)
		goto out;
	g.size = (int)size < 0 ? 0 : min(size, (unsigned)PAGE_SIZE);
	err = -ENOMEM;
	g.buf = kmalloc(PAGE_SIZE);
	if (!g.buf)
		goto out;
	file_pos_lock(r.file);
	err = list_entries(r.file, &g, buf);
	file_pos_unlock(r.file);
	kfree(g.buf);
out:
	fdref_put(r);
	return err;
}

long sys_getdents64(int fd, uaddr_t buf, unsigned size)
{
	return getdents(fd, buf, size, offsetof(struct dirent64, len), emit64);
}

long sys_getdents(int fd, uaddr_t buf, unsigned size)
{
	return getdents(fd, buf, size, offsetof(struct dirent_old, len),
			emit_old);
}
