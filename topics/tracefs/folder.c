/* SPDX-License-Identifier: MIT */
/*
 * tracefs: a fixed tree of files (topics/proc/nodes.c), which scripts expect at
 * /sys/kernel/tracing.  Opening some of the files with O_TRUNC, as a shell's
 * `>` does, clears what they hold.
 */
#include <topics/proc/proc.h>
#include <topics/system/sysfs.h>
#include "tracefs.h"
#include <lt/bug.h>
#include <lt/init.h>

static int trace_truncate(struct inode *i, loff_t size)
{
	return trace_clear_file(proc_of(i)->node);
}

static const struct inode_ops file_ops = {
	.evict = proc_evict, .changed = node_changed,
	.truncate = trace_truncate,
};

static int lookup(struct inode *dir, struct dentry *d)
{
	int err = node_lookup(dir, d);

	if (!err && d->inode && S_ISREG(d->inode->mode))
		d->inode->ops = &file_ops;
	return err;
}

/*
 * Check that the node of d still exists, because events are added and removed
 * at run time.
 */
static int is_there(struct dentry *d)
{
	return !node_gone(proc_of(d->inode)->node);
}

static const struct inode_ops dir_ops = {
	.lookup = lookup, .evict = proc_evict, .changed = node_changed,
	.revalidate = is_there,
};

static struct proc_node root = {
	.mode = S_IFDIR | 0700, .ino = 1, .dir_ops = &dir_ops,
};

struct proc_node *trace_node(const char *path, unsigned mode)
{
	struct proc_node *n;

	if (node_add(&root, path, mode, &n))
		return NULL;
	if (S_ISREG(mode))
		n->fops = &proc_plain_fops;
	return n;
}

void trace_drop(const char *path)
{
	node_remove(&root, path);
}

static int tracefs_mount(const struct fs_type *t, const char *source,
			 unsigned flags, const char *data, struct super **out)
{
	return node_mount(t, &root, flags, &dir_ops, NULL, out);
}

static struct fs_type tracefs_type = {
	.name = "tracefs",
	.noexec = true,
	.magic = 0x74726163,
	.nodev = true,
	.mount = tracefs_mount,
};

/* Runs after all events are registered and all CPUs are up. */
static void folder_init(void)
{
	if (trace_reading() || trace_files() || sysfs_folder("kernel/tracing"))
		panic("tracefs: no memory for its files");
	fs_register(&tracefs_type);
}
INIT(ready, folder_init);
