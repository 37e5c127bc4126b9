/* SPDX-License-Identifier: MIT */
/*
 * MS_BIND makes a directory or file appear at a second place.  With MS_REC the
 * mounts below it appear there, too (topics/mounts/tree.h).  A tree that is
 * bound into itself is copied as it was before.
 *
 * Some files are in no directory tree but can be bound to one: the files of
 * namespaces.  The namespace then lives as long as the mount.
 */
#include "mountopts.h"
#include "tree.h"
#include <fs/mount/mount.h>
#include <fs/open/fd.h>
#include <fs/path/dcache.h>
#include <fs/path/namei.h>
#include <kernel/cred/cred.h>
#include <lib/mem.h>

struct binding {
	const struct path *from, *at;
	unsigned leave;
};

/* Create a mount whose root is a file that is in no tree, and attach it. */
static int bind_file(const struct binding *b, struct mount_stock *s)
{
	struct dentry *d = b->from->dentry;
	int err = mount_tree_may_hang(b->at, 1, 1, 1, s);
	struct mount *m;

	if (err)
		return err;
	m = mount_stock_take(s);
	m->super = d->inode->super;
	m->root = d;
	m->flags = MS_RELATIME;
	str_copy(m->source, m->super->type->name, sizeof(m->source));
	ref_get(&m->super->refs);
	dentry_get(d);
	m->chain = NULL;
	mount_tree_hang(m, b->at, s);
	return 0;
}

/*
 * Check that a copy of the tree leaves no locked mount (MOUNT_HELD) behind:
 * such a mount hides what it covers, so the copy must include it.
 * Context: [mount_mutex].
 */
static int may_leave_behind(const struct binding *b)
{
	struct mount *from = b->from->mount, *o;

	mount_tree_chain(from, b->from->dentry, 0);
	for (o = from->chain; o; o = o->chain) {
		if (!(o->locked & MOUNT_HELD))
			continue;
		if (b->leave & LEAVE_BELOW && o->parent == from)
			return -EINVAL;
		if (o->flags & MS_UNBINDABLE)
			return -EPERM;
	}
	return 0;
}

/* Bind, as a step of mount_stock_run().  Context: [mount_mutex]. */
static int bind_step(struct mount_stock *s, void *arg)
{
	const struct binding *b = arg;
	struct mount *from = b->from->mount;
	unsigned long n;
	int err;

	if (!from)
		return bind_file(b, s);
	if (!mount_is_ours(from))
		return -EINVAL;
	err = may_leave_behind(b);
	if (err)
		return err;
	n = mount_tree_chain(from, b->from->dentry, b->leave);
	err = mount_tree_may_hang(b->at, n, n, n, s);
	if (!err)
		mount_tree_hang(mount_tree_copy(from, b->from->dentry, 0, s,
						NULL), b->at, s);
	return err;
}

/*
 * Check the arguments.  A mount that keeps a mount namespace alive must not
 * propagate, so it cannot be bound below a shared mount.
 */
static int may_bind(const struct path *from, const struct path *at)
{
	const struct fs_type *t = from->dentry->inode->super->type;
	int keeps = t->may_bind ? t->may_bind(from->dentry) : 0;

	if (keeps < 0 || (!from->mount && !t->may_bind))
		return -EINVAL;
	if (from->mount && from->mount->flags & MS_UNBINDABLE)
		return -EINVAL;
	if (keeps && mount_is_shared(at->mount))
		return -EINVAL;
	if (S_ISDIR(from->dentry->inode->mode) !=
	    S_ISDIR(at->dentry->inode->mode))
		return -ENOTDIR;
	return 0;
}

int mount_bind(const struct path *from, const struct path *at, bool all)
{
	struct binding b = {
		from, at, LEAVE_UNBINDABLE | (all ? 0 : LEAVE_BELOW),
	};
	int err = may_bind(from, at);

	return err ? err : mount_stock_run(bind_step, &b);
}
