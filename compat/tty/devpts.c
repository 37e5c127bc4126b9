/* SPDX-License-Identifier: MIT */
/*
 * devpts: a directory with a node for each pseudo-terminal (row A1).  Each
 * mount is an instance with numbers and a ptmx node of its own.  Only opening a
 * ptmx creates names, and only closing the master removes them.
 *
 * Invariant: inode->private of a node is its terminal while the master is open,
 * NULL afterwards; it changes under devpts_lock.
 */
#define LOG_PREFIX "devpts"
#include "devpts.h"
#include <fs/inode/inode.h>
#include <fs/io/pagefile.h>
#include <fs/mount/mount.h>
#include <fs/mount/options.h>
#include <fs/nodes.h>
#include <fs/open/fd.h>
#include <fs/path/dcache.h>
#include <fs/path/namei.h>
#include <kernel/cred/cred.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/init.h>
#include <lt/log.h>
#include <lt/procfile.h>
#include <mm/frames/slab.h>

#define PTMX_RDEV	DEV_MAKE(5, 2)
#define MAP_FIRST	512		/* bytes, for 4096 terminals */

/* Options of mount(2) and remount. */
struct pts_options {
	unsigned mode, uid, gid;	/* of nodes created later */
	bool set_uid, set_gid;		/* false: the opener's ids */
	unsigned ptmx_mode;
	unsigned max;			/* most terminals */
};

struct devpts {
	u8 *used;			/* [devpts_lock] bitmap of numbers */
	unsigned used_size;		/* [devpts_lock] bytes */
	struct pts_options options;	/* [devpts_lock] */
	struct dentry *ptmx;		/* const; lives as long as the root */
};

/* Taken alone, or with a directory's lock held. */
static struct mutex devpts_lock;

/*
 * Counts for all instances.  On Linux the reserve is kept from instances
 * mounted outside the first mount namespace; here nothing uses it.
 */
static unsigned pty_count;		/* [devpts_lock] */
static unsigned long pty_limit = 4096;		/* accessed without a lock */
static unsigned long pty_reserve = 1024;	/* accessed without a lock */

/* ---- nodes --------------------------------------------------------------- */

static int node_open(struct inode *i, struct file *f)
{
	int err = -EIO;

	mutex_lock(&devpts_lock);
	if (i->private)
		err = pty_open_slave(i->private, f);
	mutex_unlock(&devpts_lock);
	return err;
}

static const struct file_ops node_fops = { .open = node_open };
static const struct inode_ops node_ops = { .lookup = NULL };

static const struct file_ops dir_fops = {
	.seek = dcache_dir_seek,
	.readdir = dcache_readdir,
};
static const struct inode_ops dir_ops = { .lookup = NULL };

/* Context: [the root's lock, or mounting]. */
static int devpts_make_node(struct super *s, const char *name, unsigned mode,
			    unsigned rdev, struct inode **out)
{
	unsigned len = (unsigned)strlen(name);
	int err;
	struct dentry *d = dir_lookup(s->root, name, len,
				      name_hash(name, len), &err);
	struct inode *i;

	if (!d)
		return err;
	i = inode_alloc(s, S_IFCHR | mode);
	if (i) {
		inode_init_owner(i, NULL);
		i->ops = &node_ops;
		i->fops = &node_fops;
		i->rdev = rdev;
		dentry_set_inode(d, i);
		*out = i;
	}
	dentry_put(d);
	return i ? 0 : -ENOMEM;
}

/* Enlarge the bitmap.  Context: [devpts_lock].  Return: 0, -ENOMEM. */
static int grow_map(struct devpts *v)
{
	unsigned size = v->used_size ? v->used_size * 2 : MAP_FIRST;
	u8 *map = kzalloc(size);

	mutex_must_hold(&devpts_lock);
	if (!map)
		return -ENOMEM;
	if (v->used)
		memcpy(map, v->used, v->used_size);
	kfree(v->used);
	v->used = map;
	v->used_size = size;
	return 0;
}

/*
 * Allocate the lowest free number.
 * Context: [devpts_lock].  Return: the number, -ENOSPC, -ENOMEM.
 */
static int devpts_take_number(struct devpts *v)
{
	/* 0 means no limit, as on Linux */
	unsigned max = v->options.max ? v->options.max : PTS_MAX, n;

	mutex_must_hold(&devpts_lock);
	if (pty_count + 1 >= READ_ONCE(pty_limit))
		return -ENOSPC;
	for (n = 0; n < max; n++) {
		if (n / 8 == v->used_size && grow_map(v))
			return -ENOMEM;
		if (!(v->used[n / 8] & 1 << n % 8))
			break;
	}
	if (n == max)
		return -ENOSPC;
	v->used[n / 8] |= (u8)(1 << n % 8);
	pty_count++;
	return (int)n;
}

static void free_number(struct devpts *v, unsigned n)
{
	mutex_lock(&devpts_lock);
	v->used[n / 8] &= (u8)~(1 << n % 8);
	pty_count--;
	mutex_unlock(&devpts_lock);
}

int devpts_add(struct super *s, void *private)
{
	struct devpts *v = s->private;
	struct pts_options o;
	struct inode *i;
	char name[12];
	int n, err;

	mutex_lock(&devpts_lock);
	n = devpts_take_number(v);
	o = v->options;
	mutex_unlock(&devpts_lock);
	if (n < 0)
		return n;
	fmt_print(name, sizeof(name), "%d", n);
	mutex_lock(&s->root->inode->lock);
	err = devpts_make_node(s, name, o.mode,
			       DEV_MAKE(PTS_MAJOR, (unsigned)n), &i);
	if (!err) {
		if (o.set_uid)
			i->uid = o.uid;
		if (o.set_gid)
			i->gid = o.gid;
		mutex_lock(&devpts_lock);
		i->private = private;
		mutex_unlock(&devpts_lock);
	}
	mutex_unlock(&s->root->inode->lock);
	if (err)
		free_number(v, (unsigned)n);
	return err ? err : n;
}

void devpts_remove(struct super *s, unsigned number)
{
	struct inode *dir = s->root->inode;
	struct dentry *d;
	char name[12];
	unsigned len;
	int err;

	len = (unsigned)fmt_print(name, sizeof(name), "%u", number);
	mutex_lock(&dir->lock);
	d = dir_lookup(s->root, name, len, name_hash(name, len), &err);
	if (d && d->inode) {
		mutex_lock(&devpts_lock);
		d->inode->private = NULL;
		mutex_unlock(&devpts_lock);
		d->inode->nlink = 0;
		dentry_delete(d);
	}
	mutex_unlock(&dir->lock);
	if (d)
		dentry_put(d);
	free_number(s->private, number);
}

/* ---- which instance ------------------------------------------------------ */

static struct fs_type devpts_type;

/*
 * Find "pts" in the directory of the ptmx node, and what is mounted on "pts".
 * Return: true with *out referenced.
 */
static bool find_beside(const struct path *ptmx, struct path *out)
{
	struct dentry *d;

	br_read_lock(&dcache_lock);
	d = dcache_find(ptmx->dentry->parent, "pts", 3, name_hash("pts", 3));
	if (d && d->inode) {
		*out = (struct path){ ptmx->mount, d };
		path_get(out);
	}
	br_read_unlock(&dcache_lock);
	if (!d || !d->inode)
		return false;
	path_cross_mounts(out);
	return true;
}

/* Find the root of the instance.  Return: 0 with *out referenced, -ENODEV. */
static int find_instance(const struct path *ptmx, struct path *out)
{
	struct super *s = ptmx->mount ? ptmx->mount->super : NULL;

	if (s && s->type == &devpts_type) {
		*out = (struct path){ ptmx->mount, s->root };
		path_get(out);
		return 0;
	}
	if (!s || !find_beside(ptmx, out))
		return -ENODEV;
	if (out->mount->super->type == &devpts_type &&
	    out->dentry == out->mount->root)
		return 0;
	path_put(out);
	return -ENODEV;
}

struct super *devpts_of(const struct path *ptmx, int *err)
{
	struct path pts;
	struct super *s;

	*err = find_instance(ptmx, &pts);
	if (*err)
		return NULL;
	s = pts.mount->super;
	ref_get(&s->refs);
	path_put(&pts);
	return s;
}

int devpts_open(const struct path *ptmx, struct super *s, unsigned number,
		unsigned flags, struct file **out)
{
	struct path dir, p;
	struct dentry *d;
	char name[12];
	unsigned len;
	int err = find_instance(ptmx, &dir);

	if (err)
		return err;
	len = (unsigned)fmt_print(name, sizeof(name), "%u", number);
	err = -ENODEV;
	br_read_lock(&dcache_lock);
	d = dir.mount->super == s ?
		dcache_find(s->root, name, len, name_hash(name, len)) : NULL;
	if (d) {
		p = (struct path){ dir.mount, d };
		path_get(&p);
	}
	br_read_unlock(&dcache_lock);
	if (d) {
		err = file_open_new(&p, flags, out);
		path_put(&p);
	}
	path_put(&dir);
	return err;
}

/* ---- mounting ------------------------------------------------------------ */

/* Every mount is a new instance, so newinstance is ignored. */
static bool devpts_set_option(void *arg, const char *key, const char *value)
{
	bool is_mode = !strcmp(key, "mode"), is_ptmx = !strcmp(key, "ptmxmode");
	struct pts_options *o = arg;
	unsigned n;

	if (!value)
		return !strcmp(key, "newinstance");
	if (!mount_option_u32(value, is_mode || is_ptmx ? 8 : 0, &n) ||
	    n > 0x7fffffff)
		return false;
	if (is_mode)
		o->mode = n & 07777;
	else if (is_ptmx)
		o->ptmx_mode = n & 07777;
	else if (!strcmp(key, "max") && n <= PTS_MAX)
		o->max = n;
	else if (!strcmp(key, "uid"))
		return o->set_uid = (o->uid = uid_meant(n)) != ~0u;
	else if (!strcmp(key, "gid"))
		return o->set_gid = (o->gid = gid_meant(n)) != ~0u;
	else
		return false;
	return true;
}

/* Parse "mode=620,gid=5,ptmxmode=666". */
static int devpts_parse_options(struct pts_options *o, const char *data)
{
	*o = (struct pts_options){ .mode = 0600, .max = PTS_MAX };
	return mount_options_set(data, devpts_set_option, o);
}

/*
 * Remount: options that are not given return to their defaults.  Existing
 * terminals do not change.
 */
static int devpts_reconfigure(struct super *s, const char *data)
{
	struct devpts *v = s->private;
	struct pts_options o;
	int err = devpts_parse_options(&o, data);

	if (err)
		return err;
	mutex_lock(&devpts_lock);
	v->options = o;
	mutex_unlock(&devpts_lock);
	WRITE_ONCE(v->ptmx->inode->mode, S_IFCHR | o.ptmx_mode);
	return 0;
}

static void devpts_show(struct seq *to, struct super *s)
{
	struct devpts *v = s->private;
	struct pts_options o;

	mutex_lock(&devpts_lock);
	o = v->options;
	mutex_unlock(&devpts_lock);
	if (o.set_uid)
		seq_print(to, ",uid=%u", o.uid);
	if (o.set_gid)
		seq_print(to, ",gid=%u", o.gid);
	seq_print(to, ",mode=%03o,ptmxmode=%03o", o.mode, o.ptmx_mode);
	if (o.max < PTS_MAX)
		seq_print(to, ",max=%u", o.max);
}

static int make_root(struct super *s, struct devpts *v)
{
	struct inode *i = inode_alloc(s, S_IFDIR | 0755), *ptmx;
	int err;

	if (!i)
		return -ENOMEM;
	i->ops = &dir_ops;
	i->fops = &dir_fops;
	i->nlink = 2;
	err = super_make_root(s, i);
	if (err)
		return err;
	err = devpts_make_node(s, "ptmx", v->options.ptmx_mode, PTMX_RDEV,
			       &ptmx);
	if (err) {
		dentry_put(s->root);
		return err;
	}
	ptmx->fops = &ptmx_fops;
	br_read_lock(&dcache_lock);
	v->ptmx = dcache_find(s->root, "ptmx", 4, name_hash("ptmx", 4));
	br_read_unlock(&dcache_lock);
	return 0;
}

static int devpts_mount(const struct fs_type *type, const char *source,
			unsigned flags, const char *data, struct super **out)
{
	struct devpts *v = kzalloc(sizeof(*v));
	struct super *s;
	int err;

	if (!v)
		return -ENOMEM;
	err = devpts_parse_options(&v->options, data);
	s = err ? NULL : super_alloc(type, flags);
	if (!s)
		goto fail;
	s->private = v;
	s->block_size = 1024;
	s->pin_names = true;
	s->reconfigure = devpts_reconfigure;
	s->show_options = devpts_show;
	err = make_root(s, v);
	if (!err) {
		*out = s;
		return 0;
	}
	super_free(s);
fail:
	kfree(v);
	return err ? err : -ENOMEM;
}

static void devpts_unmount(struct super *s)
{
	struct devpts *v = s->private;

	kfree(v->used);
	kfree(v);
}

static struct fs_type devpts_type = {
	.name = "devpts", .magic = 0x1cd1, .nodev = true,
	.mount = devpts_mount, .unmount = devpts_unmount,
};

/* ---- /proc/sys/kernel/pty ------------------------------------------------ */

static void devpts_show_count(struct seq *s)
{
	seq_print(s, "%u\n", HINT(pty_count));
}

SYSCTL_NUMBERS(numbers) = {
	{ "kernel/pty/max", &pty_limit, 0, 0x7fffffff },
	{ "kernel/pty/reserve", &pty_reserve, 0, 0x7fffffff },
};

static void devpts_init(void)
{
	mutex_init(&devpts_lock, "devpts");
	fs_register(&devpts_type);
}
INIT(fs, devpts_init);

PROC_FILES(files) = {
	{ "sys/kernel/pty/nr", devpts_show_count },
};
