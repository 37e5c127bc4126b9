/* SPDX-License-Identifier: MIT */
/*
 * /dev: a tmpfs with one instance, in which drivers create their nodes, and the
 * table that maps device numbers to drivers, for nodes in any file system.
 *
 *   name          node: an inode of any         struct device, of the
 *                 file system                   table `devices`
 *   /dev/null --> +------------------+          +-------------------+
 *                 | S_IFCHR          |  number  | ops: read, write..|
 *   /tmp/hole --> | rdev 1:3         |--------->| private           |
 *   (mknod)       +------------------+          +-------------------+
 *
 * A node is only a type and a number.  open(2) calls chrdev_open(), which finds
 * the driver and gives the open file its operations: from then on reads and
 * writes go to the driver, and neither node nor table is used again.
 */
#define LOG_PREFIX "devfs"
#include <fs/internal.h>
#include <fs/tmpfs/tmpfs.h>
#include <lt/log.h>
#include <lt/table.h>
#include <mm/frames/slab.h>

TABLE(device_watch);

struct device {
	struct list link;		/* [devices_lock] */
	unsigned type;			/* S_IFCHR or S_IFBLK */
	unsigned rdev;
	const struct file_ops *ops;
	void *private;
};

static struct spinlock devices_lock = SPIN_INIT("devices", IPL_SOFT);
static struct list devices = LIST_INIT(devices);	/* [devices_lock] */
static struct super *dev_super;				/* const after init */

/* Devices are never removed, so the result needs no reference. */
static struct device *device_find(unsigned type, unsigned rdev)
{
	struct device *d, *found = NULL;

	spin_lock(&devices_lock);
	list_for_each(d, &devices, link) {
		if (d->rdev == rdev && d->type == type) {
			found = d;
			break;
		}
	}
	spin_unlock(&devices_lock);
	return found;
}

int chrdev_open(struct inode *i, struct file *f)
{
	struct device *d = device_find(i->mode & S_IFMT, i->rdev);

	if (!d)
		return -ENXIO;
	f->ops = d->ops;
	f->private = d->private;
	return f->ops->open ? f->ops->open(i, f) : 0;
}

const struct file_ops chrdev_fops = { .open = chrdev_open };

/*
 * Make a node with exactly this mode, regardless of the umask.  target: the
 * text of a symlink; NULL: the node is no symlink.
 * Context: [the directory's lock], or boot.
 */
static int devfs_make_node(struct dentry *dir, const char *name, unsigned mode,
			   unsigned rdev, const char *target)
{
	struct inode *i = dir->inode;
	unsigned len = (unsigned)strlen(name);
	int err = 0;
	struct dentry *d = dir_lookup(dir, name, len, name_hash(name, len),
				      &err);

	if (!d)
		return err;
	if (d->inode)
		err = -EEXIST;
	else if (target)
		err = i->ops->symlink(i, d, target);
	else if (S_ISDIR(mode))
		err = i->ops->mkdir(i, d, mode);
	else
		err = i->ops->create(i, d, mode, rdev);
	if (!err) {
		d->inode->mode = mode;
		d->inode->uid = d->inode->gid = 0;
	}
	dentry_put(d);
	return err;
}

int devfs_add(const char *name, unsigned mode, unsigned rdev,
	      const struct file_ops *ops, void *private)
{
	struct device *d = kzalloc(sizeof(*d));
	int err;

	if (!d)
		return -ENOMEM;
	*d = (struct device){ .type = mode & S_IFMT, .rdev = rdev,
			      .ops = ops, .private = private };
	err = devfs_make_node(dev_super->root, name, mode, rdev, NULL);
	if (err) {
		kfree(d);
		return err;
	}
	spin_lock(&devices_lock);
	list_append(&devices, &d->link);
	spin_unlock(&devices_lock);
	table_each(watch, device_watch)
		watch->added(name, mode, rdev);
	return 0;
}

int dev_register(const char *name, unsigned mode, unsigned rdev,
		 const struct file_ops *ops, void *private)
{
	struct inode *dir = dev_super->root->inode;
	int err;

	mutex_lock(&dir->lock);
	err = devfs_add(name, mode, rdev, ops, private);
	mutex_unlock(&dir->lock);
	return err;
}

/* Every mount shows the single instance, and sets whether it is read-only. */
static int devfs_mount(const struct fs_type *type, const char *source,
		       unsigned flags, const char *data, struct super **out)
{
	bool read_only = flags & MS_RDONLY;
	int err = 0;

	if (read_only != !!(dev_super->flags & MS_RDONLY))
		err = super_remount(dev_super, read_only);
	if (err)
		return err;
	ref_get(&dev_super->refs);
	*out = dev_super;
	return 0;
}

unsigned dev_next_major(unsigned type, unsigned above)
{
	unsigned next = 0;
	struct device *d;

	spin_lock(&devices_lock);
	list_for_each(d, &devices, link)
		if (d->type == type && DEV_MAJOR(d->rdev) > above &&
		    (!next || DEV_MAJOR(d->rdev) < next))
			next = DEV_MAJOR(d->rdev);
	spin_unlock(&devices_lock);
	return next;
}

static struct fs_type devfs_type = {
	.name = "devtmpfs", .magic = 0x01021994, .nodev = true,
	.mount = devfs_mount,
};

void devfs_init(void)
{
	static const struct { const char *name, *target; } links[] = {
		{ "fd", "/proc/self/fd" }, { "stdin", "/proc/self/fd/0" },
		{ "stdout", "/proc/self/fd/1" },
		{ "stderr", "/proc/self/fd/2" }, { "rtc", "rtc0" },
	};
	int err = tmpfs_mount(&devfs_type, "devtmpfs", 0, NULL, &dev_super);

	if (!err)
		dev_super->root->inode->mode = S_IFDIR | 0755;
	for (unsigned k = 0; !err && k < ARRAY_SIZE(links); k++)
		err = devfs_make_node(dev_super->root, links[k].name,
				      S_IFLNK | 0777, 0, links[k].target);
	if (!err)
		err = devfs_make_node(dev_super->root, "shm", S_IFDIR | 01777,
				      0, NULL);
	if (!err)
		err = devfs_make_node(dev_super->root, "pts", S_IFDIR | 0755, 0,
				      NULL);
	if (err)
		panic("cannot make /dev: error %d", -err);
	fs_register(&devfs_type);
}
