/* SPDX-License-Identifier: MIT */
/*
 * Directories: blocks full of entries, each of which holds the distance to the
 * next.  Every entry is checked before it is used (ext2_dirent_at).
 *
 * A directory with a hash tree can be read linearly like any other; the first
 * change clears the flag that says that the directory has a tree.
 */
#include <lib/mem.h>
#include "ext2.h"

/* Context: [i->lock]. */
static u32 dir_blocks(const struct inode *i)
{
	return (u32)(i->size >> ext2_fs(i->super)->geo.block_bits);
}

int ext2_dir_read(struct inode *i, u32 n, struct ext2_buf *b)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	unsigned one;
	u64 disk;
	int err = ext2_map(&i->mapping, n, 1, &disk, &one);

	if (!err && disk == MAP_HOLE) {
		ext2_error(fs, "directory %llu has a hole",
			   (unsigned long long)i->ino);
		err = -EIO;
	}
	return err ? err : ext2_read(fs, (u32)disk, b);
}

static void bad_entry(struct inode *dir, u32 n, unsigned off)
{
	ext2_error(ext2_fs(dir->super), "directory %llu, block %u: bad entry "
		   "at %u", (unsigned long long)dir->ino, n, off);
}

/* An entry found in a directory. */
struct place {
	struct ext2_buf b;
	struct ext2_dirent *e;
	struct ext2_dirent *before;	/* previous one in the block, or NULL */
};

/* Find the entry called name.  Return: 0 with p->b to put; -ENOENT, -EIO. */
static int ext2_find(struct inode *dir, const char *name, unsigned len,
		     struct place *p)
{
	const struct ext2_geometry *g = &ext2_fs(dir->super)->geo;
	u32 blocks = dir_blocks(dir);

	for (u32 n = 0; n < blocks; n++) {
		int err = ext2_dir_read(dir, n, &p->b);
		unsigned off = 0;

		if (err)
			return err;
		p->before = NULL;
		while (off < g->block_size) {
			p->e = (void *)ext2_dirent_at(g, p->b.data, off);
			if (!p->e) {
				ext2_put(&p->b);
				bad_entry(dir, n, off);
				return -EIO;
			}
			if (p->e->ino && p->e->name_len == len &&
			    !memcmp(p->e->name, name, len))
				return 0;
			p->before = p->e;
			off += p->e->len;
		}
		ext2_put(&p->b);
	}
	return -ENOENT;
}

int ext2_find_name(struct inode *dir, const char *name, unsigned len, u32 *ino)
{
	struct place p;
	int err = ext2_find(dir, name, len, &p);

	if (err)
		return err;
	*ino = p.e->ino;
	ext2_put(&p.b);
	return 0;
}

/*
 * Return: the EXT2_FT_ type; 0 without the filetype feature, where this byte is
 * part of the name's length.
 */
static u8 ext2_type_of(const struct ext2_fs *fs, unsigned mode)
{
	static const u8 types[16] = {
		[S_IFREG >> 12] = 1, [S_IFDIR >> 12] = 2,
		[S_IFCHR >> 12] = 3, [S_IFBLK >> 12] = 4,
		[S_IFIFO >> 12] = 5, [S_IFSOCK >> 12] = 6,
		[S_IFLNK >> 12] = 7,
	};

	return fs->geo.filetype ? types[mode >> 12 & 15] : 0;
}

/* Fill an entry; e->len, the size of its space, does not change. */
static void ext2_fill(struct inode *dir, struct ext2_dirent *e,
		      const char *name, unsigned len, const struct inode *i)
{
	e->ino = (u32)i->ino;
	e->name_len = (u8)len;
	e->type = ext2_type_of(ext2_fs(dir->super), i->mode);
	memcpy(e->name, name, len);
}

/* Update dir after a change of its block b. */
static void ext2_dir_changed(struct inode *dir, struct ext2_buf *b)
{
	ext2_i(dir)->flags &= ~(u32)EXT2_INDEX_FL;
	dir->mtime = dir->ctime = inode_now();
	ext2_dirty(ext2_fs(dir->super), b, EXT2_NAMES);
	ext2_mark_dirty(dir);
}

/*
 * Find room for an entry of `need` bytes in block n.
 * Return: the new entry with len set; NULL: no room, or *err is set to -EIO.
 */
static struct ext2_dirent *ext2_make_room(struct inode *dir, u32 n,
					  struct ext2_buf *b, unsigned need,
					  int *err)
{
	const struct ext2_geometry *g = &ext2_fs(dir->super)->geo;
	unsigned off = 0;

	while (off < g->block_size) {
		struct ext2_dirent *e = (void *)ext2_dirent_at(g, b->data,
							       off);
		unsigned used;

		if (!e) {
			bad_entry(dir, n, off);
			*err = -EIO;
			return NULL;
		}
		used = e->ino ? EXT2_DIRENT_SIZE(e->name_len) : 0;
		if (e->len >= used + need) {
			struct ext2_dirent *new = (void *)((char *)e + used);

			if (used) {
				new->len = (u16)(e->len - used);
				e->len = (u16)used;
			}
			return new;
		}
		off += e->len;
	}
	return NULL;
}

/*
 * Append a block that consists of one empty entry.
 * Return: 0 with b to put, or -errno.
 */
static int ext2_grow(struct inode *dir, struct ext2_buf *b)
{
	struct ext2_fs *fs = ext2_fs(dir->super);
	struct ext2_dirent *e;
	bool fresh;
	u32 disk;
	int err;

	if (dir->size >= 0x7fffffff - (loff_t)fs->geo.block_size)
		return -ENOSPC;
	err = ext2_map_alloc(dir, dir_blocks(dir), &disk, &fresh);
	if (err)
		return err;
	err = ext2_fresh(fs, disk, b);
	if (err) {
		ext2_free_from(dir, dir_blocks(dir));
		return err;
	}
	e = b->data;
	e->len = (u16)fs->geo.block_size;
	dir->size += fs->geo.block_size;
	return 0;
}

/*
 * Add an entry.  Entries never move: a new one goes into the first gap that is
 * large enough, searched from the block of the last insertion on.
 * Context: [dir's inode lock, begin].
 */
int ext2_add_name(struct inode *dir, const char *name, unsigned len,
		  const struct inode *i, u32 *block)
{
	struct ext2_inode *d = ext2_i(dir);
	unsigned need = EXT2_DIRENT_SIZE(len);
	struct ext2_dirent *e = NULL;
	struct ext2_buf b;
	int err = 0;
	u32 n;

	for (n = d->dir_hint; n < dir_blocks(dir) && !e; n++) {
		err = ext2_dir_read(dir, n, &b);
		if (err)
			return err;
		e = ext2_make_room(dir, n, &b, need, &err);
		if (!e)
			ext2_put(&b);
		if (err)
			return err;
	}
	if (!e) {
		err = ext2_grow(dir, &b);
		if (err)
			return err;
		e = b.data;
		n = dir_blocks(dir);
	}
	d->dir_hint = n - 1;
	ext2_fill(dir, e, name, len, i);
	ext2_dir_changed(dir, &b);
	*block = b.block;
	ext2_put(&b);
	return 0;
}

/*
 * Remove an entry.  The previous entry in the block absorbs it; the first entry
 * of a block becomes a gap.  So a task that lists the directory meanwhile sees
 * no entry twice.
 */
int ext2_remove_name(struct inode *dir, const char *name, unsigned len,
		     u32 *block)
{
	struct place p;
	int err = ext2_find(dir, name, len, &p);

	if (err)
		return err;
	if (p.before)
		p.before->len = (u16)(p.before->len + p.e->len);
	p.e->ino = 0;
	ext2_i(dir)->dir_hint = 0;
	ext2_dir_changed(dir, &p.b);
	*block = p.b.block;
	ext2_put(&p.b);
	return 0;
}

/* Replace the inode number by one store, so that the name is never missing. */
int ext2_change_name(struct inode *dir, const char *name, unsigned len,
		     const struct inode *i, u32 *block)
{
	struct place p;
	int err = ext2_find(dir, name, len, &p);

	if (err)
		return err;
	p.e->ino = (u32)i->ino;
	p.e->type = ext2_type_of(ext2_fs(dir->super), i->mode);
	ext2_dir_changed(dir, &p.b);
	*block = p.b.block;
	ext2_put(&p.b);
	return 0;
}

/*
 * Make "." and "..", which are ordinary entries, the first two of the first
 * block.
 */
int ext2_make_dots(struct inode *i, u32 parent)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	struct ext2_dirent *e;
	struct ext2_buf b;
	int err = ext2_grow(i, &b);

	if (err)
		return err;
	e = b.data;
	e->len = EXT2_DIRENT_SIZE(1);
	ext2_fill(i, e, ".", 1, i);
	e = (void *)((char *)e + e->len);
	e->len = (u16)(fs->geo.block_size - EXT2_DIRENT_SIZE(1));
	ext2_fill(i, e, "..", 2, i);
	e->ino = parent;
	ext2_dir_changed(i, &b);
	ext2_put(&b);
	return 0;
}

static bool ext2_is_dots(const struct ext2_dirent *e)
{
	return e->name_len && e->name[0] == '.' && (e->name_len == 1 ||
		(e->name_len == 2 && e->name[1] == '.'));
}

/*
 * Return: 1: there are no entries but "." and ".."; 0: there are others; -EIO.
 */
int ext2_is_empty(struct inode *dir)
{
	const struct ext2_geometry *g = &ext2_fs(dir->super)->geo;
	bool empty = true;

	for (u32 n = 0; n < dir_blocks(dir) && empty; n++) {
		struct ext2_buf b;
		int err = ext2_dir_read(dir, n, &b);
		unsigned off = 0;

		if (err)
			return err;
		while (off < g->block_size && empty) {
			const struct ext2_dirent *e =
				ext2_dirent_at(g, b.data, off);

			if (!e) {
				ext2_put(&b);
				bad_entry(dir, n, off);
				return -EIO;
			}
			empty = !e->ino || ext2_is_dots(e);
			off += e->len;
		}
		ext2_put(&b);
	}
	return empty;
}

/* ---- listing ------------------------------------------------------------- */

static const u8 dt_types[8] = {
	DT_UNKNOWN, DT_REG, DT_DIR, DT_CHR, DT_BLK, DT_FIFO, DT_SOCK, DT_LNK,
};

/*
 * Emit the entries of block n from offset `from` on.
 * Return: 0 to go on, 1 to stop, -EIO.
 */
static int list_block(struct inode *dir, u32 n, unsigned from,
		      struct dir_context *ctx)
{
	const struct ext2_geometry *g = &ext2_fs(dir->super)->geo;
	loff_t start = (loff_t)n << g->block_bits;
	struct ext2_buf b;
	int r = ext2_dir_read(dir, n, &b);

	if (r)
		return r;
	for (unsigned off = 0; off < g->block_size && !r; ) {
		const struct ext2_dirent *e = ext2_dirent_at(g, b.data, off);
		unsigned next;

		if (!e) {
			r = -EIO;
			bad_entry(dir, n, off);
			break;
		}
		next = off + e->len;
		if (off >= from && e->ino && e->name_len &&
		    !ctx->emit(ctx, e->name, e->name_len, start + next, e->ino,
			       g->filetype ? dt_types[e->type & 7] :
			       DT_UNKNOWN))
			r = 1;
		else if (off >= from)
			ctx->pos = start + next;
		off = next;
	}
	ext2_put(&b);
	return r;
}

/*
 * A position is a byte offset, which need not be the start of an entry any
 * more.
 * Context: [dir->lock].
 */
static int ext2_readdir(struct file *f, struct dir_context *ctx)
{
	struct inode *dir = f->inode;
	unsigned bits = ext2_fs(dir->super)->geo.block_bits;
	int r = 0;

	while (!r && ctx->pos < dir->size) {
		u32 n = (u32)(ctx->pos >> bits);

		r = list_block(dir, n, (unsigned)ctx->pos & ((1u << bits) - 1),
			       ctx);
		if (!r)
			ctx->pos = (loff_t)(n + 1) << bits;
	}
	return r < 0 ? r : 0;
}

const struct file_ops ext2_dir_fops = {
	.seek = dcache_dir_seek,
	.readdir = ext2_readdir,
	.sync = ext2_fsync,
};
