/* SPDX-License-Identifier: MIT */
/*
 * Extended attributes of ext2 (row B17): read with the inode, from its spare
 * bytes and its attribute block, and kept in memory as a set.  A change writes
 * the whole set into a new block and frees the old one; after a power cut the
 * disk has either the old set or the new one.
 */
#include <lib/mem.h>
#include "ext2.h"
#include "format.h"
#include <compat/xattr/xattr.h>
#include <mm/frames/slab.h>

#define MOST	(EXT2_MAX_BLOCK / 16)	/* attributes in a block */

static const struct {
	u8 index;
	bool whole;			/* text is a full name, not a prefix */
	const char *text;
} classes[] = {
	{ EXT2_XATTR_USER, false, "user." },
	{ EXT2_XATTR_TRUSTED, false, "trusted." },
	{ EXT2_XATTR_SECURITY, false, "security." },
	{ EXT2_XATTR_ACL_ACCESS, true, XATTR_ACL_ACCESS },
	{ EXT2_XATTR_ACL_DEFAULT, true, XATTR_ACL_DEFAULT },
};

/* ---- reading ------------------------------------------------------------- */

struct loading {
	struct xattrs *set;
	const char *why;		/* why the attributes are damaged; NULL:
					   they are not */
	int err;
};

/*
 * Add one attribute by copying the set: an inode has few attributes, and they
 * are loaded once.
 */
static void load_value(struct loading *l, const char *name, size_t len,
		       const void *value, size_t value_len)
{
	struct xattrs *new;

	l->err = xattrs_with(l->set, name, len, value, value_len, &new);
	if (l->err)
		return;
	kfree(l->set);
	l->set = new;
}

/* Convert an ACL from the disk, where its form is shorter, and add it. */
static void load_acl(struct loading *l, const char *name,
		     const struct ext2_xattr *x)
{
	size_t max = sizeof(struct acl) + 2 * (size_t)x->value_len;
	struct acl *a = kmalloc(max);
	long len;

	if (!a) {
		l->err = -ENOMEM;
		return;
	}
	len = ext2_acl_decode(x->value, x->value_len, a, max);
	if (len < 0 || acl_check(a, (size_t)len) <= 0)
		l->why = "its access control list is damaged";
	else
		load_value(l, name, strlen(name), a, (size_t)len);
	kfree(a);
}

/* Add one attribute; the disk stores the prefix of its name as a number. */
static void load_one(void *arg, const struct ext2_xattr *x)
{
	struct loading *l = arg;
	char name[XATTR_NAME_MAX + 1];
	size_t n;

	if (l->err || l->why)
		return;
	for (unsigned k = 0; k < ARRAY_SIZE(classes); k++) {
		if (classes[k].index != x->index)
			continue;
		n = strlen(classes[k].text);
		if (classes[k].whole) {
			load_acl(l, classes[k].text, x);
		} else if (n + x->name_len <= XATTR_NAME_MAX && x->name_len) {
			memcpy(name, classes[k].text, n);
			memcpy(name + n, x->name, x->name_len);
			load_value(l, name, n + x->name_len, x->value,
				   x->value_len);
		} else {
			l->why = "bad name of an attribute";
		}
		return;
	}
	l->why = "unknown class of attributes";
}

/* Load the attribute block.  Keeps an earlier error reported by load_one(). */
static void load_block(struct inode *i, struct loading *l)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	const char *why;
	struct ext2_buf b;
	u32 users;

	l->err = ext2_read(fs, ext2_i(i)->file_acl, &b);
	if (l->err)
		return;
	why = ext2_xattr_decode_block(b.data, fs->geo.block_size, &users,
				      load_one, l);
	if (!l->why)
		l->why = why;
	ext2_put(&b);
}

/*
 * Context: i is not visible to others yet.
 * Return: 0 with i->xattrs; -EIO: damaged; -ENOMEM.
 */
int ext2_load_xattrs(struct inode *i, const struct ext2_inode_disk *raw)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	struct ext2_inode *e = ext2_i(i);
	size_t fields = EXT2_GOOD_INODE_SIZE + (size_t)e->extra_size;
	struct loading l = { .set = NULL };
	const char *why = NULL;

	if (e->extra_size && fs->geo.inode_size > fields)
		why = ext2_xattr_decode_inode((const char *)raw + fields,
				fs->geo.inode_size - fields, load_one, &l);
	if (!l.why)
		l.why = why;
	e->spare_used = l.set != NULL;
	if (e->file_acl && !l.why && !l.err)
		load_block(i, &l);
	if (l.why) {
		ext2_error(fs, "inode %llu: %s", (unsigned long long)i->ino,
			   l.why);
		l.err = -EIO;
	}
	if (l.err)
		kfree(l.set);
	else
		i->xattrs = l.set;
	return l.err;
}

/* ---- writing ------------------------------------------------------------- */

/*
 * Drop a reference to an attribute block.  Other systems share a block among
 * inodes with equal attributes, and count these inodes in its second word.  We
 * never share blocks, but accept such disks.
 */
void ext2_drop_xattr_block(struct inode *i, u32 block)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	struct ext2_buf b;
	bool good, last;
	u32 *head;

	if (!block || ext2_read(fs, block, &b))
		return;
	head = b.data;
	/* two inodes may drop the block concurrently */
	mutex_lock(&fs->alloc);
	good = head[0] == EXT2_XATTR_MAGIC;
	last = good && head[1] <= 1;
	if (good && !last) {
		head[1]--;
		ext2_dirty(fs, &b, EXT2_NAMES);
	}
	mutex_unlock(&fs->alloc);
	if (!good)
		ext2_error(fs, "inode %llu: block %u has no attributes",
			   (unsigned long long)i->ino, block);
	if (last) {
		ext2_forget(fs, block);
		ext2_free_blocks(fs, block, 1, false);
	}
	ext2_put(&b);
}

/*
 * Convert attribute a to its disk form.  *acls: buffer for the values of ACLs;
 * advance it past the bytes used.
 */
static void xattr_to_disk(const struct xattr *a, struct ext2_xattr *out,
			  char **acls)
{
	const char *name = xattr_name(a);

	*out = (struct ext2_xattr){ .value = a->value,
				    .value_len = a->value_len };
	for (unsigned k = 0; k < ARRAY_SIZE(classes); k++) {
		size_t n = strlen(classes[k].text);

		if (a->name_len < n || memcmp(name, classes[k].text, n))
			continue;
		out->index = classes[k].index;
		out->name = name + n;
		out->name_len = (u8)(a->name_len - n);
		if (classes[k].whole) {
			out->value = *acls;
			out->value_len = (u32)ext2_acl_encode(
				(const void *)a->value, a->value_len, *acls);
			*acls += a->value_len;
		}
	}
}

/* Return: 0, -ENOSPC: x does not fit into a block, -ENOMEM. */
static int encode_set(const struct xattrs *x, void *block, size_t size)
{
	struct ext2_xattr *list = kmalloc(MOST * sizeof(*list) + x->len);
	const struct xattr *a = NULL;
	unsigned n = 0;
	char *acls;
	int err = -ENOSPC;

	if (!list)
		return -ENOMEM;
	acls = (char *)&list[MOST];
	while (n < MOST && (a = xattr_next(x, a)))
		xattr_to_disk(a, &list[n++], &acls);
	if (!a && ext2_xattr_encode(block, size, list, n))
		err = 0;
	kfree(list);
	return err;
}

/* Write x into a new block.  Return: 0 with *block, or -errno. */
static int write_block(struct inode *i, const struct xattrs *x, u32 *block)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	u32 goal = (u32)(i->ino - 1) / fs->geo.inodes_per_group *
		fs->geo.blocks_per_group + fs->geo.first_data;
	struct ext2_buf b;
	int err = ext2_alloc_block(fs, goal, block);

	if (err)
		return err;
	err = ext2_fresh(fs, *block, &b);
	if (!err) {
		err = encode_set(x, b.data, fs->geo.block_size);
		if (!err)
			ext2_dirty(fs, &b, EXT2_NAMES);
		ext2_put(&b);
	}
	if (err)
		ext2_free_blocks(fs, *block, 1, true);
	return err;
}

/* Store set x; NULL: i has no attributes any more.  Context: [begin]. */
int ext2_store_xattrs(struct inode *i, const struct xattrs *x)
{
	struct ext2_fs *fs = ext2_fs(i->super);
	struct ext2_inode *e = ext2_i(i);
	u32 block = 0, old = e->file_acl, sectors = fs->geo.block_size / 512;
	int err = 0;

	if (x)
		err = write_block(i, x, &block);
	if (err)
		return err;
	if (x)
		ext2_need_feature(fs, &fs->disk->compat,
				  EXT2_COMPAT_EXT_ATTR);
	mutex_lock(&e->map);
	e->file_acl = block;
	e->spare_used = false;
	e->sectors += (block ? sectors : 0) - (old ? sectors : 0);
	mutex_unlock(&e->map);
	ext2_drop_xattr_block(i, old);
	return 0;
}

struct storing {
	struct inode *i;
	const struct xattrs *x;
};

/* Context: [begin]. */
static int store_named(void *arg)
{
	const struct storing *w = arg;
	int err = ext2_store_xattrs(w->i, w->x);

	if (!err)
		ext2_mark_dirty(w->i);
	return err;
}

int ext2_set_xattrs(struct inode *i, const struct xattrs *x)
{
	struct storing w = { i, x };

	return ext2_with_room(ext2_fs(i->super), store_named, &w);
}
