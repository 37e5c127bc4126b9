/* SPDX-License-Identifier: MIT */
/*
 * pivot_root(2): make another mount the root, and attach the old root below it,
 * in one step for all tasks whose root or working directory is the old root.
 */
#include "tree.h"
#include <fs/mount/mount.h>
#include <fs/open/fd.h>
#include <fs/path/dcache.h>
#include <fs/path/namei.h>
#include <kernel/task/task.h>
#include <syscalls.h>

/* True if p lies at or below top.  Context: [dcache_lock]. */
static bool is_below(const struct path *p, const struct path *top)
{
	const struct mount *m = p->mount;
	const struct dentry *d = p->dentry;

	br_must_hold(&dcache_lock);
	for (; m != top->mount && m->parent; m = m->parent)
		d = m->at;
	while (d != top->dentry && d->parent != d)
		d = d->parent;
	return m == top->mount && d == top->dentry;
}

/* True if p is the root of a mount that is attached to another mount. */
static bool is_mounted(const struct path *p)
{
	return p->dentry == p->mount->root && p->mount->parent;
}

/*
 * Check the conditions of pivot_root(2).
 * Context: [mount_mutex, dcache_lock].
 */
static int may_pivot(const struct path *root, const struct path *new,
		     const struct path *put)
{
	br_must_hold(&dcache_lock);
	if (!mount_is_ours(root->mount) || !put->mount ||
	    mount_is_shared(put->mount) ||
	    mount_is_shared(new->mount->parent) ||
	    mount_is_shared(root->mount->parent))
		return -EINVAL;
	if (new->mount == root->mount || put->mount == root->mount)
		return -EBUSY;
	if (new->mount->locked & MOUNT_HELD)
		return -EINVAL;
	if (!is_mounted(root) || !is_mounted(new) || !is_below(put, new) ||
	    !is_below(new, root))
		return -EINVAL;
	return 0;
}

static bool pivot_root_same(const struct path *a, const struct path *b)
{
	return a->mount == b->mount && a->dentry == b->dentry;
}

/*
 * Replace `from` by `to` wherever it is the root or working directory of a
 * task.
 * Context: [tree_lock, dcache_lock].
 * Return: the number of replacements; the caller must put as many references to
 * `from`.
 */
static unsigned switch_everybody(const struct path *from,
				 const struct path *to)
{
	struct task *t;
	unsigned n = 0;

	list_for_each(t, &all_tasks, all_link) {
		struct path *slots[] = {
			t->fs ? &t->fs->root : NULL, t->fs ? &t->fs->cwd : NULL,
		};

		for (unsigned k = 0; k < ARRAY_SIZE(slots); k++) {
			if (!slots[k] || !pivot_root_same(slots[k], from))
				continue;
			path_get(to);
			*slots[k] = *to;
			n++;
		}
	}
	return n;
}

/* Exchange the roots.  The caller drops the references of all three paths. */
static int pivot(struct path *root, const struct path *new, struct path *put)
{
	struct path at, above;
	unsigned n = 0;
	int err;

	mutex_lock(&mount_mutex);
	spin_lock(&tree_lock);
	br_write_lock(&dcache_lock);
	*root = *current_root();
	err = may_pivot(root, new, put);
	path_get(root);
	if (!err) {
		at = mount_detach(new->mount);
		above = mount_detach(root->mount);
		mount_hang(new->mount, &above);
		path_get(put);
		mount_hang(root->mount, put);
		/* now the new root covers what the old one covered */
		new->mount->locked |= root->mount->locked & MOUNT_HELD;
		root->mount->locked &= ~MOUNT_HELD;
		n = switch_everybody(root, new);
	}
	br_write_unlock(&dcache_lock);
	spin_unlock(&tree_lock);
	mutex_unlock(&mount_mutex);
	while (n--) {
		struct path old = *root;

		path_put(&old);
	}
	if (!err) {
		path_put(&at);
		wake_up(&mount_wait);
	}
	return err;
}

long sys_pivot_root(uaddr_t new_root, uaddr_t put_old)
{
	struct path new, put, root;
	int err;

	if (!mount_may_change())
		return -EPERM;
	err = path_lookup_user(AT_FDCWD, new_root, LOOKUP_FOLLOW | LOOKUP_DIR,
			       &new);
	if (err)
		return err;
	err = path_lookup_user(AT_FDCWD, put_old, LOOKUP_FOLLOW | LOOKUP_DIR,
			       &put);
	if (!err) {
		err = pivot(&root, &new, &put);
		path_put(&root);
		path_put(&put);
	}
	path_put(&new);
	return err;
}
