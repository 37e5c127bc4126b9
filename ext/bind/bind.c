/* SPDX-License-Identifier: MIT */
/*
 * MS_BIND: what lies at one place appears at another too, with MS_REC together
 * with what is mounted below it.
 *
 * A tree is copied in two steps: mounts are allocated outside the lock, as many
 * as were counted; then, in one hold of it, they become copies of what is there
 * and enter the tree.  If there is more by then, it begins anew.  So a copy is
 * whole, nobody sees half of one, and a tree that is bound into itself is
 * copied as it was before.
 */
#include <ext/mountopts/mountopts.h>
#include <fs/internal.h>
#include <lt/init.h>
#include <mm/slab.h>

/* What is copied, and where to. */
struct binding {
	const struct path *from, *at;
	bool all;			/* MS_REC */
	struct mount **made;		/* [caller] `room` of them */
	unsigned long room, used;
};

static bool lies_below(const struct dentry *d, const struct dentry *above)
{
	while (d != above && d->parent != d)
		d = d->parent;
	return d == above;
}

/*
 * Is o to be copied along?  Not what lies beside the directory that is bound,
 * and nothing that hangs on what cannot be bound.
 * Context: [dcache_lock].
 */
static bool comes_along(const struct binding *b, const struct mount *o)
{
	const struct mount *top = b->from->mount;

	br_must_hold(&dcache_lock);
	if (!b->all || o == top)
		return o == top;
	for (; o && o->parent != top; o = o->parent)
		if (o->flags & MS_UNBINDABLE)
			return false;
	return o && !(o->flags & MS_UNBINDABLE) &&
		lies_below(o->at, b->from->dentry);
}

/* Context: [dcache_lock]. */
static unsigned long count_all(const struct binding *b)
{
	unsigned long n = 0;
	struct mount *o;

	br_must_hold(&dcache_lock);
	list_for_each(o, &all_mounts, link)
		n += comes_along(b, o);
	return n;
}

/* m becomes a copy of o, not in the tree yet.  Context: [dcache_lock]. */
static void copy_one(const struct binding *b, struct mount *m,
		     struct mount *o)
{
	struct dentry *root = o == b->from->mount ? b->from->dentry : o->root;

	br_must_hold(&dcache_lock);
	m->super = o->super;
	m->root = root;
	m->flags = o->flags & ~MS_UNBINDABLE;
	memcpy(m->source, o->source, sizeof(m->source));
	ref_get(&o->super->refs);
	dentry_get(root);
	o->copy = m;
}

/* Where the copy of o hangs.  Context: [dcache_lock]. */
static void hang_copy(const struct binding *b, struct mount *o)
{
	struct mount *m = o->copy;
	bool top = o == b->from->mount;

	br_must_hold(&dcache_lock);
	m->parent = top ? b->at->mount : o->parent->copy;
	m->at = top ? b->at->dentry : o->at;
	mount_get(m->parent);
	dentry_get(m->at);
	m->at->mounted++;
}

/*
 * The copies enter behind all others and in the order of the originals, as the
 * newest of several in one place covers the others.
 * Context: [dcache_lock].
 */
static void copy_tree(struct binding *b)
{
	struct mount *o;

	br_must_hold(&dcache_lock);
	list_for_each(o, &all_mounts, link) {
		if (comes_along(b, o))
			copy_one(b, b->made[b->used++], o);
		else
			o->copy = NULL;
	}
	list_for_each(o, &all_mounts, link)
		if (o->copy)
			hang_copy(b, o);
	for (unsigned long k = 0; k < b->used; k++)
		mount_enter(b->made[k]);
	list_for_each(o, &all_mounts, link)
		o->copy = NULL;
}

#define MORE_NEEDED 1

/* Return: 0; MORE_NEEDED with *n, how many; -EINVAL, -ENOSPC, -ENOENT. */
static int bind_now(struct binding *b, unsigned long *n)
{
	int err = mount_may_hang(b->at);

	if (err)
		return err;
	br_write_lock(&dcache_lock);
	*n = count_all(b);
	if (!mount_in_tree(b->from->mount) || !mount_in_tree(b->at->mount))
		err = -EINVAL;
	else if (!mount_room(*n))
		err = -ENOSPC;
	else if (*n > b->room)
		err = MORE_NEEDED;
	else
		copy_tree(b);
	br_write_unlock(&dcache_lock);
	return err;
}

/* Those that no copy was made of. */
static void free_unused(struct binding *b)
{
	for (unsigned long k = b->used; k < b->room; k++)
		kfree(b->made[k]);
	kfree(b->made);
	b->made = NULL;
	b->room = 0;
}

static int make_copies(struct binding *b, unsigned long n)
{
	free_unused(b);
	b->made = kmalloc(n * sizeof(b->made[0]));
	if (!b->made)
		return -ENOMEM;
	for (; b->room < n; b->room++) {
		b->made[b->room] = mount_alloc(NULL, NULL, 0, "");
		if (!b->made[b->room])
			return -ENOMEM;
	}
	return 0;
}

static int bind(const struct path *from, const struct path *at, bool all)
{
	struct binding b = { .from = from, .at = at, .all = all };
	unsigned long n = 0;
	int err;

	if (!from->mount || from->mount->flags & MS_UNBINDABLE)
		return -EINVAL;
	if (S_ISDIR(from->dentry->inode->mode) !=
	    S_ISDIR(at->dentry->inode->mode))
		return -ENOTDIR;
	do {
		err = bind_now(&b, &n);
		if (err == MORE_NEEDED && make_copies(&b, n))
			err = -ENOMEM;
	} while (err == MORE_NEEDED);
	free_unused(&b);
	return err;
}

static void bind_init(void)
{
	mount_bind = bind;
}
INIT(fs, bind_init);
