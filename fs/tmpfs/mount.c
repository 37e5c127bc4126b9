/* SPDX-License-Identifier: MIT */
/*
 * Mount a tmpfs: its limits, and the root.  The options of mount(2) (tmpfs(5))
 * are parsed by an extension (tmpfs_options).
 */
#include <fs/internal.h>
#include <fs/tmpfs/tmpfs.h>
#include <kernel/current.h>
#include <kernel/wait/wait.h>
#include <lt/seq.h>
#include <mm/cache/pagecache.h>
#include <mm/frames/slab.h>

#define NAP	(NSEC_PER_SEC / 100)

static void tmpfs_statfs(struct super *s, struct kstatfs *st)
{
	struct tmpfs *t = s->private;

	st->blocks = t->max_pages;
	st->bfree = st->bavail = t->max_pages - t->used_pages;
	st->files = t->max_inodes;
	st->ffree = t->max_inodes - t->used_inodes;
}

/* The default limit is half of memory (tmpfs(5)). */
static unsigned long tmpfs_default_room(void)
{
	return page_total() / 2;
}

/* A limit is told as 0 if there is none, as it was asked for. */
static unsigned long limit_told(unsigned long limit)
{
	return limit == ~0ul ? 0 : limit;
}

/* Show what differs from the defaults. */
static void tmpfs_show_options(struct seq *to, struct super *s)
{
	struct tmpfs *t = s->private;
	unsigned long pages = READ_ONCE(t->max_pages);
	unsigned long inodes = READ_ONCE(t->max_inodes);

	if (pages != tmpfs_default_room())
		seq_print(to, ",size=%luk",
			  limit_told(pages) << (PAGE_SHIFT - 10));
	if (inodes != tmpfs_default_room())
		seq_print(to, ",nr_inodes=%lu", limit_told(inodes));
	if (t->mode != 01777)
		seq_print(to, ",mode=%03o", t->mode);
	if (t->uid)
		seq_print(to, ",uid=%u", t->uid);
	if (t->gid)
		seq_print(to, ",gid=%u", t->gid);
}

int (*tmpfs_options)(struct tmpfs_options *o, const char *data);
int (*tmpfs_reconfigure)(struct super *s, const char *data);

static struct fs_type tmpfs_type;

static int fill_super(struct super *s, const struct tmpfs_options *o)
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
	if (o->uid != ~0u)
		i->uid = o->uid;
	if (o->gid != ~0u)
		i->gid = o->gid;
	t->mode = o->mode;
	t->uid = i->uid;
	t->gid = i->gid;
	err = super_make_root(s, i);
	if (!err)
		return 0;
fail:
	kfree(t);
	return err;
}

int tmpfs_mount(const struct fs_type *type, const char *source,
		unsigned flags, const char *data, struct super **out)
{
	struct tmpfs_options o = { .mode = 01777, .uid = ~0u, .gid = ~0u };
	struct super *s;
	int err = 0;

	o.max_pages = o.max_inodes = tmpfs_default_room();
	if (data && *data)
		err = tmpfs_options ? tmpfs_options(&o, data) : -EINVAL;
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
	if (!err && type == &tmpfs_type)
		s->show_options = tmpfs_show_options;
	return err;
}

void tmpfs_limit(struct super *s, unsigned long room)
{
	struct tmpfs *t = s->private;

	spin_lock(&t->lock);
	t->max_pages = t->used_pages + room;
	t->max_inodes = t->used_inodes + room;
	spin_unlock(&t->lock);
}

static bool is_empty(struct tmpfs *t)
{
	bool empty;

	spin_lock(&t->lock);
	empty = !t->used_inodes && !t->used_pages;
	spin_unlock(&t->lock);
	return empty;
}

/* Waits while a task that swaps pages out may still hold a file of s. */
void tmpfs_unmount(struct super *s)
{
	while (READ_ONCE(pagecache_hunted) && !is_empty(s->private))
		wait_nap(NAP);
	kfree(s->private);
}

static struct fs_type tmpfs_type = {
	.name = "tmpfs", .magic = 0x01021994, .nodev = true,
	.mount = tmpfs_mount, .unmount = tmpfs_unmount,
};
/* The type of the first root: a tmpfs with a name that df(1) leaves out. */
static struct fs_type rootfs_type = {
	.name = "rootfs", .magic = 0x01021994, .nodev = true,
	.mount = tmpfs_mount, .unmount = tmpfs_unmount,
};

void tmpfs_init(void)
{
	fs_register(&tmpfs_type);
	fs_register(&rootfs_type);
}
