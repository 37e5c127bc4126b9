/* SPDX-License-Identifier: MIT */
/*
 * The file system cgroup2: one tree, however often it is mounted.  A group is a
 * directory with the files of files.c.  The directory consists of its dentries,
 * so the effects of chown(2) and chmod(2) persist; delegation depends on them.
 *
 * Lock order: a directory's inode lock, those of directories below it, and
 * tree_lock.  The controllers of a group change under the inode locks of its
 * parent and itself.
 */
#include "cgroup.h"
#include <topics/mounts/words.h>
#include <topics/proc/proc.h>
#include <fs/inode/inode.h>
#include <fs/io/pagefile.h>
#include <fs/mount/mount.h>
#include <fs/nodes.h>
#include <fs/path/dcache.h>
#include <fs/path/namei.h>
#include <kernel/cred/cred.h>
#include <lib/mem.h>
#include <kernel/task/task.h>
#include <lt/init.h>
#include <lt/log.h>
#include <mm/frames/slab.h>

#define CGROUP2_MAGIC	0x63677270

static struct super *cg_super;		/* const after init */

static struct cgroup *cgroup_group_of(const struct inode *i)
{
	return i->private;
}

/* ---- files in a directory ------------------------------------------------ */

static int no_truncate(struct inode *i, loff_t size)
{
	return 0;
}

static void cg_evict(struct inode *i)
{
	cg_put(cgroup_group_of(i));
}

static const struct inode_ops text_ops = {
	.truncate = no_truncate, .evict = cg_evict,
};

static struct inode *cgroup_new_inode(struct cgroup *cg, unsigned mode)
{
	struct inode *i = inode_alloc(cg_super, mode);

	if (!i)
		return NULL;
	inode_init_owner(i, NULL);
	i->private = cg;
	cg_get(cg);
	return i;
}

/* Context: [cg's directory] */
static struct dentry *cgroup_find_file(struct dentry *dir,
				       const struct cg_file *file)
{
	unsigned n = (unsigned)strlen(file->name);
	int err;

	return dir_lookup(dir, file->name, n, name_hash(file->name, n), &err);
}

/* Context: [cg's directory] */
static int cgroup_add_file(struct cgroup *cg, struct dentry *dir,
			   const struct cg_file *file)
{
	struct dentry *d = cgroup_find_file(dir, file);
	struct inode *i = d ? cgroup_new_inode(cg, S_IFREG | file->mode) : NULL;

	if (!i) {
		if (d)
			dentry_put(d);
		return -ENOMEM;
	}
	i->fs_info = (void *)file;
	i->ops = &text_ops;
	i->fops = &cg_text_fops;
	dentry_set_inode(d, i);
	spin_lock(&tree_lock);
	if (file->event) {
		cg->notices[file->event].d = d;
		dentry_get(d);
	}
	spin_unlock(&tree_lock);
	if (file == cg_core_files) {
		inode_get(i);
		cg->procs = i;
	}
	dentry_put(d);
	return 0;
}

/* Context: [cg's directory] */
static void remove_file(struct cgroup *cg, struct dentry *dir,
			const struct cg_file *file)
{
	struct dentry *d = cgroup_find_file(dir, file), *told = NULL;

	if (!d)
		return;
	if (d->inode) {
		spin_lock(&tree_lock);
		if (file->event) {
			told = cg->notices[file->event].d;
			cg->notices[file->event].d = NULL;
		}
		spin_unlock(&tree_lock);
		if (told)
			dentry_put(told);
		d->inode->nlink = 0;
		dentry_delete(d);
	}
	dentry_put(d);
}

/* The sets of files of every group, up to NULL, as those of a controller. */
static const struct cg_file *const core_files[] = { cg_core_files, NULL };

/* Context: [cg's directory] */
static void remove_files(struct cgroup *cg, struct dentry *dir,
			 const struct cg_file *const *set)
{
	const struct cg_file *file;

	for (; *set; set++)
		for (file = *set; file->name; file++)
			remove_file(cg, dir, file);
}

/* Context: [cg's directory] */
static int cgroup_add_files(struct cgroup *cg, struct dentry *dir,
			    const struct cg_file *const *sets)
{
	const struct cg_file *const *set, *file;
	int err = 0;

	for (set = sets; *set; set++)
		for (file = *set; file->name; file++)
			if (!err && (cg->parent || !file->not_root))
				err = cgroup_add_file(cg, dir, file);
	if (err)
		remove_files(cg, dir, sets);
	return err;
}

/* ---- controllers of the children ----------------------------------------- */

/*
 * Check that tasks in cg would not compete with its child groups.
 * Context: [tree].
 */
static int may_enable(struct cgroup *cg, unsigned on)
{
	if (!on)
		return 0;
	if (!cg_valid_domain(cg->dom))
		return -EOPNOTSUPP;
	if (!cg->parent)
		return 0;
	if (on & ~cg_threaded) {
		if (cg_thread_root(cg) || cg_is_threaded(cg))
			return -EOPNOTSUPP;
	} else if (cg_may_be_thread_root(cg) || cg_is_threaded(cg)) {
		return 0;
	}
	return cg->nr_members ? -EBUSY : 0;
}

/*
 * Remove bits from *on and *off that change nothing, and check the rest.
 * Context: [tree].
 */
static int check_control(struct cgroup *cg, unsigned *on, unsigned *off)
{
	const struct cgroup *child;

	if (cg->dead)
		return -ENODEV;
	*on &= ~cg->control;
	*off &= cg->control;
	if (*on & ~cg_available(cg))
		return -ENOENT;
	list_for_each(child, &cg->children, sibling)
		if (child->control & *off)
			return -EBUSY;
	return may_enable(cg, *on);
}

/*
 * Return the child after `child`, with a reference.  Drops the reference to
 * `child`.
 * Context: [cg's directory].
 */
static struct cgroup *next_child(struct cgroup *cg, struct cgroup *child)
{
	struct cgroup *next = NULL;
	struct list *link;

	spin_lock(&tree_lock);
	link = child ? child->sibling.next : cg->children.next;
	if (link != &cg->children) {
		next = list_entry(link, struct cgroup, sibling);
		cg_get(next);
	}
	spin_unlock(&tree_lock);
	if (child)
		cg_put(child);
	return next;
}

/*
 * Add and remove the children's files.  After an error the caller removes the
 * files that were added.
 * Context: [cg's directory].
 */
static int change_files(struct cgroup *cg, unsigned on, unsigned off)
{
	const struct cgroup_controller *c;
	struct cgroup *child = NULL;
	int err = 0;

	while ((child = next_child(cg, child))) {
		mutex_lock_below(&child->dir->inode->lock);
		cg_each_controller(c, id) {
			if (!err && on & 1u << id)
				err = cgroup_add_files(child, child->dir,
						       c->files);
			if (off & 1u << id)
				remove_files(child, child->dir, c->files);
		}
		mutex_unlock(&child->dir->inode->lock);
	}
	return err;
}

/* Context: [tree] */
static void set_control(struct cgroup *cg, unsigned on, unsigned off)
{
	struct cgroup *child;

	cg->control = (cg->control | on) & ~off;
	list_for_each(child, &cg->children, sibling)
		cg_toggle(child, on, off);
}

/*
 * Change the controllers.  The directory's lock prevents mkdir(2) and rmdir(2)
 * meanwhile.
 */
int cg_change_control(struct cgroup *cg, unsigned on, unsigned off)
{
	struct inode *dir = cg->dir->inode;
	int err;

	mutex_lock(&dir->lock);
	spin_lock(&tree_lock);
	err = check_control(cg, &on, &off);
	if (!err)
		set_control(cg, on, off);
	spin_unlock(&tree_lock);
	if (!err)
		err = change_files(cg, on, off);
	if (!err)
		cg_settle(cg, off);
	if (err == -ENOMEM) {
		change_files(cg, 0, on);
		spin_lock(&tree_lock);
		set_control(cg, 0, on);
		spin_unlock(&tree_lock);
	}
	mutex_unlock(&dir->lock);
	return err;
}

/* ---- directories --------------------------------------------------------- */

static const struct inode_ops dir_ops;
static const struct file_ops dir_fops = {
	.seek = sized_dir_seek, .readdir = dcache_readdir,
};

struct cgroup *cg_of_file(const struct file *f)
{
	return f->inode && f->inode->fops == &dir_fops ?
		cgroup_group_of(f->inode) : NULL;
}

static int cgroup_refuse_create(struct inode *dir, struct dentry *d,
				unsigned mode, unsigned rdev)
{
	return S_ISREG(mode) ? -EACCES : -EPERM;
}

static int refuse_unlink(struct inode *dir, struct dentry *d)
{
	return -EPERM;
}

/*
 * Remove all files.  A read of a file that is still open returns ENODEV.
 * Context: [cg's directory].
 */
static void empty_dir(struct cgroup *cg, struct dentry *d)
{
	const struct cgroup_controller *c;

	cg_each_controller(c, id)
		remove_files(cg, d, c->files);
	remove_files(cg, d, core_files);
	if (cg->procs)
		inode_put(cg->procs);
	d->inode->nlink = 0;
}

/* Context: [cg's directory, which is new and empty]. */
static int fill_dir(struct cgroup *cg, struct dentry *d)
{
	int err = cgroup_add_files(cg, d, core_files);
	const struct cgroup_controller *c;

	cg_each_controller(c, id)
		if (!err && cg_controlled(cg, id))
			err = cgroup_add_files(cg, d, c->files);
	return err;
}

static struct inode *dir_inode(struct cgroup *cg, unsigned mode)
{
	struct inode *i = cgroup_new_inode(cg, mode);

	if (!i)
		return NULL;
	i->ops = &dir_ops;
	i->fops = &dir_fops;
	i->nlink = 2;
	return i;
}

/* Link cg into the tree and make its directory visible.  Context: [dir]. */
static int cgroup_link_dir(struct cgroup *cg, struct inode *dir,
			   struct dentry *d, struct inode *i)
{
	int err;

	mutex_lock_below(&i->lock);
	inode_get(i);
	dentry_set_inode(d, i);
	cg->dir = d;
	err = fill_dir(cg, d);
	if (!err) {
		spin_lock(&tree_lock);
		err = cg_link(cg);
		spin_unlock(&tree_lock);
	}
	if (err) {
		empty_dir(cg, d);
		dentry_delete(d);
	} else {
		dentry_get(d);
		dir->nlink++;
	}
	mutex_unlock(&i->lock);
	inode_put(i);
	return err;
}

static int cg_mkdir(struct inode *dir, struct dentry *d, unsigned mode)
{
	struct cgroup *cg;
	struct inode *i;
	int err;

	if (strchr(d->name, '\n'))
		return -EINVAL;
	cg = cg_alloc(cgroup_group_of(dir), d->name);
	if (!cg)
		return -ENOMEM;
	i = dir_inode(cg, mode);
	members_begin();
	err = i ? cgroup_link_dir(cg, dir, d, i) : -ENOMEM;
	cg_put(cg);
	return err;
}

static int cg_rmdir(struct inode *dir, struct dentry *d)
{
	struct cgroup *cg = cgroup_group_of(d->inode);
	int err;

	spin_lock(&tree_lock);
	err = cg_unlink(cg);
	spin_unlock(&tree_lock);
	if (err)
		return err;
	cg_settle(cg, cg_all);
	empty_dir(cg, d);
	dir->nlink--;
	dentry_put(cg->dir);
	cg_tell(cg->parent);
	return 0;
}

static const struct inode_ops dir_ops = {
	.create = cgroup_refuse_create, .unlink = refuse_unlink,
	.mkdir = cg_mkdir, .rmdir = cg_rmdir, .evict = cg_evict,
};

/* ---- mounting ------------------------------------------------------------ */

bool cg_nsdelegate;
struct cgroup *(*cg_namespace)(void);

/* Mount options that Linux knows; only NSDELEGATE has an effect here. */
enum { NSDELEGATE };
static const char *const options[] = {
	[NSDELEGATE] = "nsdelegate", "favordynmods", "memory_localevents",
	"memory_recursiveprot", "memory_hugetlb_accounting",
	"pids_localevents",
};

static int cg_mount(const struct fs_type *type, const char *source,
		    unsigned flags, const char *data, struct super **out)
{
	bool nsdelegate = false;
	int word;

	while ((word = mount_word(&data, options, ARRAY_SIZE(options))) >= 0)
		nsdelegate |= word == NSDELEGATE;
	if (word != MOUNT_WORDS_END)
		return -EINVAL;
	/*
	 * the machine has one setting, which only a mount from the initial
	 * namespace changes
	 */
	if (cg_top() == &cgroup_root)
		WRITE_ONCE(cg_nsdelegate, nsdelegate);
	ref_get(&cg_super->refs);
	*out = cg_super;
	return 0;
}

/* Return the root of current's cgroup namespace; NULL: it has been removed. */
static struct dentry *cg_mount_top(struct super *s)
{
	struct cgroup *cg = cg_top();
	struct dentry *d = NULL;

	spin_lock(&tree_lock);
	if (!cg->dead) {
		d = cg->dir;
		dentry_get(d);
	}
	spin_unlock(&tree_lock);
	return d;
}

static void cg_show_options(struct seq *to, struct super *s)
{
	if (READ_ONCE(cg_nsdelegate))
		seq_print(to, ",nsdelegate");
}

/* The reader's own root counts as the top, as in /proc/PID/cgroup. */
static void cg_show_root(struct seq *to, const struct dentry *root)
{
	bool file = !S_ISDIR(root->inode->mode);
	const struct cgroup *cg = cgroup_group_of(root->inode);

	spin_lock(&tree_lock);
	if (!file || cg != cg_top())
		cg_show_path(to, cg);
	spin_unlock(&tree_lock);
	if (file)
		seq_print(to, "/%s", root->name);
}

static struct fs_type cg_type = {
	.name = "cgroup2", .magic = CGROUP2_MAGIC, .nodev = true,
	.mount = cg_mount, .top = cg_mount_top,
};

static void cgroup_init(void)
{
	struct inode *i;

	fs_register(&cg_type);
	for (int k = 0; k < CG_NR_EVENTS; k++)
		cgroup_root.notices[k].count = 1;
	cg_super = super_alloc(&cg_type, 0);
	if (!cg_super)
		panic("no memory for cgroup2");
	cg_super->pin_names = true;
	cg_super->show_options = cg_show_options;
	cg_super->show_root = cg_show_root;
	i = dir_inode(&cgroup_root, S_IFDIR | 0555);
	if (!i || super_make_root(cg_super, i))
		panic("no memory for cgroup2");
	cgroup_root.dir = cg_super->root;
}
INIT(fs, cgroup_init);

/*
 * Make the files of the root.  This is the first stage of init in which taking
 * a mutex may sleep.
 */
static void root_files(void)
{
	struct inode *dir = cgroup_root.dir->inode;
	int err;

	mutex_lock(&dir->lock);
	err = cgroup_add_files(&cgroup_root, cgroup_root.dir, core_files);
	mutex_unlock(&dir->lock);
	if (err)
		panic("no memory for cgroup2");
}
INIT(task, root_files);
