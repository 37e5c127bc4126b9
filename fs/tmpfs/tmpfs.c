/* SPDX-License-Identifier: MIT */
/*
 * tmpfs(5): files in memory, made only of structures that the kernel has for
 * any file.
 *
 *   directory               file                     its bytes
 *   dentry "tmp"            inode: size, mode        mapping: index -> page
 *     children --> dentry      |                      | 0 | 1 |   | 3 |
 *                  "note" -----+  symlink: private -> "../target"
 *
 * Names are pinned dentries, data is in pages of the cache, and a missing page
 * is a hole that reads as zeros.  There is no other copy, so nothing is dropped
 * before it is deleted.  A page may be in swap (topics/swap); then its place in
 * the tree has the swap slot.  The quota (size=, nr_inodes=) is charged when a
 * page or inode is added, and uncharged when it is freed; if it is exhausted,
 * the call fails without a change (ENOSPC).
 */
#include <fs/internal.h>
#include <fs/tmpfs/tmpfs.h>
#include <mm/frames/slab.h>
#include <mm/vm.h>

/*
 * The same number as in Linux, so that stat(2) shows the same size of a
 * directory.
 */
#define DIRENT_SIZE 20		/* a name's part of the size of its directory */

/*
 * Reserve n pages before they are added.
 * Context: no lock.
 * Return: 0 or -ENOSPC.
 */
static int reserve_pages(struct mapping *m, unsigned long n)
{
	struct tmpfs *t = mapping_inode(m)->super->private;
	int err = -ENOSPC;

	spin_lock(&t->lock);
	if (n <= t->max_pages && t->used_pages <= t->max_pages - n) {
		t->used_pages += n;
		err = 0;
	}
	spin_unlock(&t->lock);
	return err;
}

static void unreserve_pages(struct mapping *m, unsigned long n)
{
	struct tmpfs *t = mapping_inode(m)->super->private;

	spin_lock(&t->lock);
	t->used_pages -= n;
	spin_unlock(&t->lock);
}

static const struct mapping_ops tmpfs_mapping_ops = {
	.reserve = reserve_pages,
	.unreserve = unreserve_pages,
};

static bool reserve_inode(struct tmpfs *t)
{
	bool ok;

	spin_lock(&t->lock);
	ok = t->used_inodes < t->max_inodes;
	t->used_inodes += ok;
	spin_unlock(&t->lock);
	return ok;
}

static void unreserve_inode(struct tmpfs *t)
{
	spin_lock(&t->lock);
	t->used_inodes--;
	spin_unlock(&t->lock);
}

#define SHORT_LINK	128		/* bytes of a target, with its NUL, for
					   which Linux takes no page */

/* True if the target of a symbolic link counts as a page of the file system. */
static bool takes_page(const struct inode *i)
{
	return i->size >= SHORT_LINK;
}

static void tmpfs_evict(struct inode *i)
{
	if (S_ISLNK(i->mode) && i->private) {
		if (takes_page(i))
			unreserve_pages(&i->mapping, 1);
		kfree(i->private);
	}
	unreserve_inode(i->super->private);
}

static int tmpfs_sync(struct file *f)
{
	return 0;	/* there is only memory */
}

static void tmpfs_stored(struct vma *v)
{
	inode_note_store(mapping_inode(v->mapping));
}

static const struct vma_ops tmpfs_area_ops = {
	.map_pages = vm_map_around,
	.stored = tmpfs_stored,
};

static const struct file_ops tmpfs_file_fops = {
	.read = pagefile_read,
	.serves_direct = true,
	.write = pagefile_write,
	.seek = pagefile_seek,
	.sync = tmpfs_sync,
	.area = &tmpfs_area_ops,
};

static const struct file_ops tmpfs_dir_fops = {
	.seek = dcache_dir_seek,
	.readdir = dcache_readdir,
	.sync = tmpfs_sync,
};

/* A file that grows gets no pages: the new part is a hole. */
static int tmpfs_truncate(struct inode *i, loff_t size)
{
	bool shrink = size < i->size;
	struct page *last = NULL;
	int err = 0;

	/* the end of the last page is cleared, so the page must be in memory */
	if (size & ~PAGE_MASK && unlikely(HINT(i->mapping.nr_out)))
		err = mapping_bring(&i->mapping,
				    (unsigned long)(size >> PAGE_SHIFT), &last);
	if (err < 0)
		return err;
	i->size = size;
	if (shrink || i->mapping.nr_pages)
		mapping_truncate(&i->mapping, size);
	if (last)
		page_put(last);
	return 0;
}

/*
 * Find the page that contains bytes [from, to).  *p becomes NULL if the range
 * is empty, or if the page is missing: then the bytes are zeros anyway.
 * Return: 0; 1: the page was read from swap; -ENOMEM, -EIO: it could not be
 * read from swap.
 */
static int get_part(struct inode *i, loff_t from, loff_t to, struct page **p)
{
	*p = NULL;
	return from < to ? mapping_bring(&i->mapping,
			(unsigned long)(from >> PAGE_SHIFT), p) : 0;
}

static void clear_part(struct page *p, loff_t from, loff_t to)
{
	if (!p)
		return;
	memset((char *)page_virt(p) + (from & ~PAGE_MASK), 0,
	       (size_t)(to - from));
	page_stored(p);
}

static void tmpfs_put_part(struct page *p)
{
	if (p)
		page_put(p);
}

/*
 * Remove whole pages between pos and end; clear bytes at the edges, only once
 * if both edges are in one page.
 * Context: [i->lock].
 */
static int tmpfs_punch(struct inode *i, loff_t pos, loff_t end)
{
	mutex_must_hold(&i->lock);
	/* unsigned: the limit above the last page does not fit a loff_t */
	u64 first = ALIGN_UP((u64)pos, PAGE_SIZE);
	u64 behind = ALIGN_DOWN((u64)end, PAGE_SIZE);
	loff_t head = (loff_t)min(first, (u64)end);
	struct page *p = NULL, *q = NULL;
	int err;

	/* get both edges before anything is cleared */
	err = get_part(i, pos, head, &p);
	if (err >= 0 && behind >= first)
		err = get_part(i, (loff_t)behind, end, &q);
	if (err >= 0) {
		clear_part(p, pos, head);
		clear_part(q, (loff_t)behind, end);
	}
	tmpfs_put_part(p);
	tmpfs_put_part(q);
	if (err < 0)
		return err;
	if (behind > first)
		mapping_punch(&i->mapping, (unsigned long)(first >> PAGE_SHIFT),
			      (unsigned long)(behind >> PAGE_SHIFT) - 1);
	return 0;
}

static int tmpfs_set_xattrs(struct inode *i, const struct xattrs *x)
{
	return 0;	/* the attributes in the inode are the only copy */
}

static const struct inode_ops tmpfs_file_ops = {
	.set_xattrs = tmpfs_set_xattrs,
	.truncate = tmpfs_truncate,
	.punch = tmpfs_punch,
	.evict = tmpfs_evict,
};

static long tmpfs_readlink(struct inode *i, char *buf, size_t size)
{
	size_t n = (size_t)i->size;

	if (n >= size)
		return -ENAMETOOLONG;
	memcpy(buf, i->private, n + 1);
	return (long)n;
}

static u64 link_blocks(const struct inode *i)
{
	return takes_page(i) ? PAGE_SIZE / 512 : 0;
}

static const struct inode_ops tmpfs_link_ops = {
	.set_xattrs = tmpfs_set_xattrs,
	.readlink = tmpfs_readlink,
	.blocks = link_blocks,
	.evict = tmpfs_evict,
};

static const struct inode_ops tmpfs_dir_ops;

/* Files cannot be sealed unless memfd_create(2) allows it. */
static void set_operations(struct inode *i)
{
	switch (i->mode & S_IFMT) {
	case S_IFREG:
		i->ops = &tmpfs_file_ops;
		i->fops = &tmpfs_file_fops;
		i->mapping.ops = &tmpfs_mapping_ops;
		i->seals = SEALS_HERE | F_SEAL_SEAL;
		break;
	case S_IFDIR:
		i->ops = &tmpfs_dir_ops;
		i->fops = &tmpfs_dir_fops;
		i->nlink = 2;
		i->size = 2 * DIRENT_SIZE;
		break;
	case S_IFLNK:
		i->ops = &tmpfs_link_ops;
		break;
	default:
		i->ops = &tmpfs_file_ops;
		i->fops = special_fops(i->mode);
	}
}

/*
 * As soon as the operations are set, inode_put() returns the quota
 * (tmpfs_evict).
 */
struct inode *tmpfs_inode(struct super *s, const struct inode *dir,
			  unsigned mode, unsigned rdev, int *err)
{
	struct inode *i;

	*err = -ENOSPC;
	if (!reserve_inode(s->private))
		return NULL;
	*err = -ENOMEM;
	i = inode_alloc(s, mode);
	if (!i) {
		unreserve_inode(s->private);
		return NULL;
	}
	i->rdev = rdev;
	inode_init_owner(i, dir);
	set_operations(i);
	*err = inode_inherit(i, dir);
	if (*err) {
		inode_put(i);
		return NULL;
	}
	return i;
}

static void dir_changed(struct inode *dir, int entries)
{
	dir->size += entries * DIRENT_SIZE;
	dir->mtime = dir->ctime = inode_now();
}

/*
 * The dentry is the directory entry: giving it an inode creates the file.
 * Context: [dir's inode lock] for this and the following functions.
 */
static int tmpfs_create(struct inode *dir, struct dentry *d, unsigned mode,
			unsigned rdev)
{
	int err;
	struct inode *i = tmpfs_inode(dir->super, dir, mode, rdev, &err);

	if (!i)
		return err;
	dentry_set_inode(d, i);
	dir_changed(dir, 1);
	return 0;
}

/*
 * Make a file for O_TMPFILE.  The file has neither name nor link, so the inode
 * is freed with its last reference.
 */
static int tmpfs_tmpfile(struct inode *dir, struct dentry *d, unsigned mode)
{
	int err;
	struct inode *i = tmpfs_inode(dir->super, dir, mode, 0, &err);

	if (!i)
		return err;
	i->nlink = 0;
	dentry_set_nameless(d, i);
	return 0;
}

/*
 * The links of a directory are its name, its own "." and the ".." of each
 * subdirectory: a new one starts with 2, and dir gets one more.
 */
static int tmpfs_mkdir(struct inode *dir, struct dentry *d, unsigned mode)
{
	int err = tmpfs_create(dir, d, mode, 0);

	if (!err)
		dir->nlink++;
	return err;
}

static int tmpfs_symlink(struct inode *dir, struct dentry *d, const char *to)
{
	int err;
	struct inode *i = tmpfs_inode(dir->super, dir, S_IFLNK | 0777, 0, &err);

	if (!i)
		return err;
	i->size = (loff_t)strlen(to);
	if (takes_page(i))
		err = reserve_pages(&i->mapping, 1);
	if (err)
		goto fail;
	i->private = kstrdup(to);
	if (!i->private) {
		err = -ENOMEM;
		if (takes_page(i))
			unreserve_pages(&i->mapping, 1);
		goto fail;
	}
	dentry_set_inode(d, i);
	dir_changed(dir, 1);
	return 0;
fail:
	inode_put(i);		/* has no target that it could give back */
	return err;
}

static int tmpfs_link(struct inode *dir, struct dentry *d, struct inode *i)
{
	if (i->nlink == 0xffffffffu)
		return -EMLINK;
	inode_get(i);
	i->nlink++;
	i->ctime = inode_now();
	dentry_set_inode(d, i);
	dir_changed(dir, 1);
	return 0;
}

/* The VFS removes the dentry itself (dentry_delete()). */
static void drop_name(struct inode *dir, struct inode *i)
{
	i->nlink--;
	i->ctime = inode_now();
	dir_changed(dir, -1);
}

static int tmpfs_unlink(struct inode *dir, struct dentry *d)
{
	drop_name(dir, d->inode);
	return 0;
}

static bool dir_is_empty(struct dentry *d)
{
	bool empty;

	br_read_lock(&dcache_lock);
	empty = list_empty(&d->children);
	br_read_unlock(&dcache_lock);
	return empty;
}

static int tmpfs_rmdir(struct inode *dir, struct dentry *d)
{
	if (!dir_is_empty(d))
		return -ENOTEMPTY;
	d->inode->nlink--;		/* its own "." */
	drop_name(dir, d->inode);
	dir->nlink--;			/* its ".." */
	return 0;
}

/* Move the link of ".." when directory i changes its parent. */
static void move_dotdot(struct inode *i, struct inode *from, struct inode *to)
{
	if (S_ISDIR(i->mode)) {
		from->nlink--;
		to->nlink++;
	}
}

/* The VFS moves the dentries afterwards: only counts and times change here. */
static int tmpfs_rename(struct inode *from_dir, struct dentry *from,
			struct inode *to_dir, struct dentry *to,
			unsigned flags)
{
	int err = 0;

	if (flags & RENAME_EXCHANGE) {
		move_dotdot(to->inode, to_dir, from_dir);
		to->inode->ctime = inode_now();
	} else {
		if (to->inode && S_ISDIR(to->inode->mode))
			err = tmpfs_rmdir(to_dir, to);
		else if (to->inode)
			err = tmpfs_unlink(to_dir, to);
		if (err)
			return err;
		dir_changed(from_dir, -1);
		dir_changed(to_dir, 1);
	}
	move_dotdot(from->inode, from_dir, to_dir);
	from->inode->ctime = inode_now();
	from_dir->mtime = from_dir->ctime = inode_now();
	to_dir->mtime = to_dir->ctime = inode_now();
	return 0;
}

static const struct inode_ops tmpfs_dir_ops = {
	.set_xattrs = tmpfs_set_xattrs,
	.create = tmpfs_create,
	.tmpfile = tmpfs_tmpfile,
	.mkdir = tmpfs_mkdir,
	.symlink = tmpfs_symlink,
	.link = tmpfs_link,
	.unlink = tmpfs_unlink,
	.rmdir = tmpfs_rmdir,
	.rename = tmpfs_rename,
	.evict = tmpfs_evict,
};
