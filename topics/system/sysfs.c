/* SPDX-License-Identifier: MIT */
/* The file system sysfs, its helpers (see sysfs.h), and character devices. */
#define LOG_PREFIX "sysfs"
#include "sysfs.h"
#include <topics/proc/proc.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/init.h>
#include <lt/log.h>
#include <lt/seq.h>
#include <lt/table.h>
#include <mm/frames/slab.h>
#include <mm/vm.h>

#define PATH	96		/* bytes of the longest path made here */

/* Refuse to create a file.  Unlike for procfs, Linux returns these errors. */
static int sysfs_refuse_create(struct inode *dir, struct dentry *d,
			       unsigned mode, unsigned rdev)
{
	return S_ISREG(mode) ? -EACCES : -EPERM;
}

static int refuse_mkdir(struct inode *dir, struct dentry *d, unsigned mode)
{
	return -EPERM;
}

static const struct inode_ops sys_dir_ops = {
	.lookup = node_lookup, .create = sysfs_refuse_create,
	.mkdir = refuse_mkdir, .evict = proc_evict, .changed = node_changed,
};

static struct proc_node sys_root = {
	.mode = S_IFDIR | 0555, .ino = 1, .dir_ops = &sys_dir_ops,
	.keeps_times = true,
};

/* ---- making nodes -------------------------------------------------------- */

int sysfs_file(const char *path, void (*show)(struct seq *s), void *arg)
{
	struct proc_node *n;
	int err = node_add(&sys_root, path, S_IFREG | 0444, &n);

	if (err)
		return err;
	n->show = show;
	n->arg = arg;
	n->size = PAGE_SIZE;	/* as Linux reports for every such file */
	return 0;
}

int sysfs_setting(const char *path, void (*show)(struct seq *s),
		  int (*store)(void *arg, const char *text, size_t n),
		  void *arg)
{
	struct proc_node *n;
	int err = node_add(&sys_root, path, S_IFREG | 0644, &n);

	if (err)
		return err;
	n->show = show;
	n->store_arg = store;
	n->arg = arg;
	n->size = PAGE_SIZE;
	return 0;
}

int sysfs_folder(const char *path)
{
	struct proc_node *n;

	return node_add(&sys_root, path, S_IFDIR | 0555, &n);
}

static void sysfs_show_text(struct seq *s)
{
	seq_print(s, "%s\n", (const char *)s->arg);
}

/* Return: a copy of text that lasts as long as the node; NULL: no memory. */
static char *sysfs_keep(const char *text)
{
	size_t n = strlen(text) + 1;
	char *copy = kmalloc(n);

	if (copy)
		memcpy(copy, text, n);
	return copy;
}

int sysfs_text(const char *path, const char *text)
{
	char *copy = sysfs_keep(text);

	return copy ? sysfs_file(path, sysfs_show_text, copy) : -ENOMEM;
}

int sysfs_link(const char *path, const char *target)
{
	struct proc_node *n;
	char *copy = sysfs_keep(target);
	int err = -ENOMEM;

	if (copy)
		err = node_add(&sys_root, path, S_IFLNK | 0777, &n);
	if (!err)
		n->arg = copy;
	else
		kfree(copy);
	return err;
}

/* ---- character devices --------------------------------------------------- */

/* Return: the device class for a major number; NULL: none. */
static const char *sysfs_class_of(unsigned major)
{
	switch (major) {
	case 1:
		return "mem";
	case 4:
	case 5:
		return "tty";
	case 253:
		return "rtc";
	}
	return NULL;
}

struct device_facts {
	unsigned rdev, mode;		/* const */
	const char *name;		/* const */
};

static void sysfs_show_uevent(struct seq *s)
{
	const struct device_facts *d = s->arg;

	seq_print(s, "MAJOR=%u\nMINOR=%u\nDEVNAME=%s\n", DEV_MAJOR(d->rdev),
		  DEV_MINOR(d->rdev), d->name);
	/* Linux omits this for the default mode 0600 */
	if ((d->mode & 0777) != 0600)
		seq_print(s, "DEVMODE=0%o\n", d->mode & 0777);
}

static void sysfs_show_dev(struct seq *s)
{
	const struct device_facts *d = s->arg;

	seq_print(s, "%u:%u\n", DEV_MAJOR(d->rdev), DEV_MINOR(d->rdev));
}

/* Make the device's directory with dev, uevent and subsystem. */
static int device_folder(const char *where, const char *class,
			 struct device_facts *d)
{
	char path[PATH], target[PATH];
	int err;

	fmt_print(path, sizeof(path), "%s/dev", where);
	err = sysfs_file(path, sysfs_show_dev, d);
	if (err)
		return err;
	fmt_print(path, sizeof(path), "%s/uevent", where);
	err = sysfs_file(path, sysfs_show_uevent, d);
	if (err)
		return err;
	fmt_print(path, sizeof(path), "%s/subsystem", where);
	fmt_print(target, sizeof(target), "../../../../class/%s", class);
	return sysfs_link(path, target);
}

/* Make links to the device's directory: by class and by number. */
static int device_links(const char *where, const char *class,
			const struct device_facts *d)
{
	char path[PATH], target[PATH];
	int err;

	fmt_print(target, sizeof(target), "../../%s", where);
	fmt_print(path, sizeof(path), "class/%s/%s", class, d->name);
	err = sysfs_link(path, target);
	if (err)
		return err;
	fmt_print(path, sizeof(path), "dev/char/%u:%u", DEV_MAJOR(d->rdev),
		  DEV_MINOR(d->rdev));
	return sysfs_link(path, target);
}

/*
 * Show a node of /dev in sysfs: at its place, in its class and by its number.
 */
static void sysfs_device(const char *name, unsigned mode, unsigned rdev)
{
	const char *class = sysfs_class_of(DEV_MAJOR(rdev));
	struct device_facts *d;
	char where[PATH];
	int err = -ENOMEM;

	if (!S_ISCHR(mode) || !class)
		return;
	fmt_print(where, sizeof(where), "devices/virtual/%s/%s", class, name);
	d = kmalloc(sizeof(*d));
	if (d) {
		*d = (struct device_facts){ .rdev = rdev, .mode = mode,
					    .name = sysfs_keep(name) };
		err = d->name ? device_folder(where, class, d) : -ENOMEM;
	}
	if (!err)
		err = device_links(where, class, d);
	if (err)
		log_warn("%s is not shown: error %d", name, -err);
}

static const struct device_watch watch __table(device_watch) = { sysfs_device };

/* ---- the file system ----------------------------------------------------- */

static int sysfs_mount(const struct fs_type *t, const char *source,
		       unsigned flags, const char *data, struct super **out)
{
	return node_mount(t, &sys_root, flags, &sys_dir_ops, NULL, out);
}

static struct fs_type sysfs_type = {
	.name = "sysfs",
	.noexec = true,
	.magic = 0x62656572,
	.nodev = true,
	.mount = sysfs_mount,
};

static void sysfs_init(void)
{
	static const char *const folders[] = {
		"block", "bus", "class", "dev/block", "dev/char", "devices",
		"firmware", "fs/cgroup", "kernel", "module", "power",
	};
	int err = 0;

	for (unsigned k = 0; !err && k < ARRAY_SIZE(folders); k++)
		err = sysfs_folder(folders[k]);
	if (!err)
		err = sysfs_text("kernel/cpu_byteorder", "little");
	if (err)
		panic("sysfs: no memory for its folders");
	fs_register(&sysfs_type);
}
INIT(fs, sysfs_init);

/*
 * Name the console.  Runs after the console device, if any, has been
 * registered.
 */
static void console_init(void)
{
	if (sysfs_text("devices/virtual/tty/console/active", "ttyS0"))
		panic("sysfs: no memory for the console");
}
INIT(ready, console_init);
