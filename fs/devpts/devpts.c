/* SPDX-License-Identifier: MIT */
/*
 * devpts: a directory with a node for each pseudo-terminal (row A1).  Each
 * mount is an instance with numbers of its own and a ptmx node of its own;
 * only opening a ptmx makes names, only closing the master takes them away.
 *
 * Invariant: a node's inode->private is its terminal while the master is
 * open, NULL afterwards; both change under devpts_lock.
 */
#include <fs/devpts/devpts.h>
#include <fs/internal.h>
#include <kernel/cred.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <mm/slab.h>

#define PTMX_RDEV	DEV_MAKE(5, 2)

struct devpts {
	u8 used[PTS_MAX / 8];		/* [devpts_lock] */
	unsigned mode, uid, gid;	/* const: of the nodes */
	bool set_uid, set_gid;		/* const: else the opener's */
	unsigned ptmx_mode;		/* const */
	unsigned max;			/* const: terminals */
};

/* Taken alone, or inside a directory's lock. */
static struct mutex devpts_lock;

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

/* => [the root's lock, or mounting] */
static int make_node(struct super *s, const char *name, unsigned mode,
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

/* => [devpts_lock]; the lowest free number, or -ENOSPC */
static int take_number(struct devpts *v)
{
	for (unsigned n = 0; n < v->max; n++) {
		if (v->used[n / 8] & 1 << n % 8)
			continue;
		v->used[n / 8] |= (u8)(1 << n % 8);
		return (int)n;
	}
	return -ENOSPC;
}

static void free_number(struct devpts *v, unsigned n)
{
	mutex_lock(&devpts_lock);
	v->used[n / 8] &= (u8)~(1 << n % 8);
	mutex_unlock(&devpts_lock);
}

int devpts_add(struct super *s, void *private)
{
	struct devpts *v = s->private;
	struct inode *i;
	char name[12];
	int n, err;

	mutex_lock(&devpts_lock);
	n = take_number(v);
	mutex_unlock(&devpts_lock);
	if (n < 0)
		return n;
	fmt_print(name, sizeof(name), "%d", n);
	mutex_lock(&s->root->inode->lock);
	err = make_node(s, name, v->mode, DEV_MAKE(PTS_MAJOR, (unsigned)n),
			&i);
	if (!err) {
		if (v->set_uid)
			i->uid = v->uid;
		if (v->set_gid)
			i->gid = v->gid;
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

/* "pts" beside the node, with what is mounted on it.  => referenced */
static bool find_beside(const struct path *ptmx, struct path *out)
{
	struct dentry *d;

	spin_lock(&dcache_lock);
	d = dcache_find(ptmx->dentry->parent, "pts", 3, name_hash("pts", 3));
	if (d && d->inode) {
		*out = (struct path){ ptmx->mount, d };
		path_get(out);
	}
	spin_unlock(&dcache_lock);
	if (!d || !d->inode)
		return false;
	path_cross_mounts(out);
	return true;
}

struct super *devpts_of(const struct path *ptmx, int *err)
{
	struct super *s = ptmx->mount ? ptmx->mount->super : NULL;
	struct path pts;

	if (s && s->type == &devpts_type) {
		ref_get(&s->refs);
		return s;
	}
	*err = -ENODEV;
	if (!s || !find_beside(ptmx, &pts))
		return NULL;
	s = pts.mount->super;
	if (s->type == &devpts_type && pts.dentry == pts.mount->root)
		ref_get(&s->refs);
	else
		s = NULL;
	path_put(&pts);
	return s;
}

/* ---- mounting ------------------------------------------------------------ */

static bool set_number(struct devpts *v, const char *key, unsigned long n)
{
	if (!strcmp(key, "mode"))
		v->mode = n & 0777;
	else if (!strcmp(key, "ptmxmode"))
		v->ptmx_mode = n & 0777;
	else if (!strcmp(key, "max"))
		v->max = (unsigned)min(n, (unsigned long)PTS_MAX);
	else if (!strcmp(key, "uid"))
		v->set_uid = true, v->uid = (unsigned)n;
	else if (!strcmp(key, "gid"))
		v->set_gid = true, v->gid = (unsigned)n;
	else
		return false;
	return true;
}

/* Digits: modes in base 8, the rest in 10.  => false: not a number */
static bool digits(const char *s, bool octal, unsigned long *out)
{
	unsigned base = octal ? 8 : 10;
	unsigned long v = 0;

	if (!*s)
		return false;
	for (; *s; s++) {
		if (*s < '0' || *s >= (char)('0' + base) || v > 0xfffffff)
			return false;
		v = v * base + (unsigned long)(*s - '0');
	}
	*out = v;
	return true;
}

/* "mode=620,gid=5,ptmxmode=666"; newinstance is what every mount is. */
static int parse_options(struct devpts *v, const char *data)
{
	char *text = kstrdup(data ? data : ""), *s, *end, *value;
	unsigned long n;
	int err = text ? 0 : -ENOMEM;

	for (s = text; !err && s && *s; s = end) {
		end = strchr(s, ',');
		if (end)
			*end++ = 0;
		if (!*s || !strcmp(s, "newinstance"))
			continue;
		value = strchr(s, '=');
		if (value)
			*value++ = 0;
		if (!value || !digits(value, !strcmp(s, "mode") ||
				      !strcmp(s, "ptmxmode"), &n) ||
		    !set_number(v, s, n))
			err = -EINVAL;
	}
	kfree(text);
	return err;
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
	s->root = dentry_alloc(NULL, "/", 1, 0);
	if (!s->root) {
		inode_put(i);
		return -ENOMEM;
	}
	s->root->inode = i;
	err = make_node(s, "ptmx", v->ptmx_mode, PTMX_RDEV, &ptmx);
	if (err) {
		dentry_put(s->root);
		return err;
	}
	ptmx->fops = &ptmx_fops;
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
	v->mode = 0600;
	v->max = PTS_MAX;
	err = parse_options(v, data);
	s = err ? NULL : super_alloc(type, flags);
	if (!s)
		goto fail;
	s->private = v;
	s->pin_names = true;
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
	kfree(s->private);
}

static struct fs_type devpts_type = {
	.name = "devpts", .magic = 0x1cd1, .nodev = true,
	.mount = devpts_mount, .unmount = devpts_unmount,
};

void devpts_init(void)
{
	mutex_init(&devpts_lock, "devpts");
	fs_register(&devpts_type);
}
