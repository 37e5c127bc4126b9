/* SPDX-License-Identifier: MIT */
/*
 * Mounting a tmpfs: the options, their limits, and the root.
 *
 *   size=N         bytes; with k, m, g, or % of memory; 0: no limit
 *   nr_blocks=N    the same in pages
 *   nr_inodes=N    files, directories, links...; 0: no limit
 *   mode=N         of the root directory, octal; uid=N, gid=N: its owner
 *
 * An unknown option, or one without a value, is EINVAL; a remount that fails so
 * changes nothing (tmpfs(5)).
 */
#include <fs/internal.h>
#include <fs/tmpfs/tmpfs.h>
#include <mm/slab.h>

static void tmpfs_statfs(struct super *s, struct kstatfs *st)
{
	struct tmpfs *t = s->private;

	st->blocks = t->max_pages;
	st->bfree = st->bavail = t->max_pages - t->used_pages;
	st->files = t->max_inodes;
	st->ffree = t->max_inodes - t->used_inodes;
}

/* ---- mount options ------------------------------------------------------ */

struct options {
	unsigned long max_pages, max_inodes;
	unsigned mode, uid, gid;
};

/* Digits in base, then k, m, g or %.  Return: false: not a number. */
static bool parse_number(const char *s, unsigned base, u64 *out)
{
	u64 v = 0;
	const char *start = s;

	for (; *s >= '0' && *s < (char)('0' + base); s++)
		v = v * base + (u64)(*s - '0');
	if (s == start)
		return false;
	switch (*s) {
	case 'g': case 'G':
		v <<= 10;
		fallthrough;
	case 'm': case 'M':
		v <<= 10;
		fallthrough;
	case 'k': case 'K':
		v <<= 10;
		s++;
		break;
	case '%':
		v = v * page_total() / 100 << PAGE_SHIFT;
		s++;
		break;
	}
	*out = v;
	return !*s;
}

/* tmpfs(5). */
static bool set_option(struct options *o, const char *key, const char *value)
{
	u64 n;

	if (!strcmp(key, "mode")) {
		if (!parse_number(value, 8, &n))
			return false;
		o->mode = (unsigned)n & 07777;
		return true;
	}
	if (!parse_number(value, 10, &n))
		return false;
	if (!strcmp(key, "size"))
		o->max_pages = (unsigned long)((n + PAGE_SIZE - 1) >>
					       PAGE_SHIFT);
	else if (!strcmp(key, "nr_blocks"))
		o->max_pages = (unsigned long)n;
	else if (!strcmp(key, "nr_inodes"))
		o->max_inodes = (unsigned long)n;
	else if (!strcmp(key, "uid"))
		o->uid = (unsigned)n;
	else if (!strcmp(key, "gid"))
		o->gid = (unsigned)n;
	else
		return false;
	return true;
}

/* "size=4m,mode=1777"; 0 as a size means no limit, as on Linux. */
static int parse_options(struct options *o, const char *data)
{
	char *text = kstrdup(data ? data : ""), *s, *end;
	int err = 0;

	if (!text)
		return -ENOMEM;
	for (s = text; !err && s && *s; s = end) {
		char *value;

		end = strchr(s, ',');
		if (end)
			*end++ = 0;
		value = strchr(s, '=');
		if (value)
			*value++ = 0;
		if (!value || !set_option(o, s, value))
			err = -EINVAL;
	}
	kfree(text);
	if (!o->max_pages)
		o->max_pages = ~0ul;
	if (!o->max_inodes)
		o->max_inodes = ~0ul;
	return err;
}

/* tmpfs(5): what has no limit gets none later, and what is used must fit. */
static bool may_limit(unsigned long old, unsigned long new, unsigned long used)
{
	return new == old || (old != ~0ul && used <= new);
}

/* A remount changes the limits alone; one that is not named stays. */
static int tmpfs_reconfigure(struct super *s, const char *data)
{
	struct tmpfs *t = s->private;
	struct options o = {
		.max_pages = t->max_pages, .max_inodes = t->max_inodes,
	};
	int err = parse_options(&o, data);

	if (err)
		return err;
	spin_lock(&t->lock);
	if (may_limit(t->max_pages, o.max_pages, t->used_pages) &&
	    may_limit(t->max_inodes, o.max_inodes, t->used_inodes)) {
		t->max_pages = o.max_pages;
		t->max_inodes = o.max_inodes;
	} else {
		err = -EINVAL;
	}
	spin_unlock(&t->lock);
	return err;
}

static int fill_super(struct super *s, const struct options *o)
{
	struct tmpfs *t = kzalloc(sizeof(*t));
	struct inode *i;
	int err;

	if (!t)
		return -ENOMEM;
	spin_init(&t->lock, "tmpfs", IPL_SOFT);
	t->max_pages = o->max_pages;
	t->max_inodes = o->max_inodes;
	s->private = t;
	s->pin_names = true;
	s->statfs = tmpfs_statfs;
	s->reconfigure = tmpfs_reconfigure;
	i = tmpfs_inode(s, NULL, S_IFDIR | o->mode, 0, &err);
	if (!i)
		goto fail;
	i->uid = o->uid;
	i->gid = o->gid;
	s->root = dentry_alloc(NULL, "/", 1, 0);
	if (s->root) {
		s->root->inode = i;
		return 0;
	}
	inode_put(i);
	err = -ENOMEM;
fail:
	kfree(t);
	return err;
}

/* Half of memory unless told otherwise (tmpfs(5)). */
int tmpfs_mount(const struct fs_type *type, const char *source,
		unsigned flags, const char *data, struct super **out)
{
	struct options o = { .mode = 01777 };
	struct super *s;
	int err;

	o.max_pages = o.max_inodes = page_total() / 2;
	err = parse_options(&o, data);
	if (err)
		return err;
	s = super_alloc(type, flags);
	if (!s)
		return -ENOMEM;
	err = fill_super(s, &o);
	if (err)
		super_free(s);
	else
		*out = s;
	return err;
}

/*
 * The first root is filled before memory is known to be enough: from then on it
 * may take half of what is left.
 */
void tmpfs_limit(struct super *s)
{
	struct tmpfs *t = s->private;
	unsigned long room = page_free_count() / 2;

	spin_lock(&t->lock);
	t->max_pages = t->used_pages + room;
	t->max_inodes = t->used_inodes + room;
	spin_unlock(&t->lock);
}

void tmpfs_unmount(struct super *s)
{
	kfree(s->private);
}

static struct fs_type tmpfs_type = {
	.name = "tmpfs", .magic = 0x01021994, .nodev = true,
	.mount = tmpfs_mount, .unmount = tmpfs_unmount,
};
/* The first root: the same thing under the name that df leaves out. */
static struct fs_type rootfs_type = {
	.name = "rootfs", .magic = 0x01021994, .nodev = true,
	.mount = tmpfs_mount, .unmount = tmpfs_unmount,
};

void tmpfs_init(void)
{
	fs_register(&tmpfs_type);
	fs_register(&rootfs_type);
}
