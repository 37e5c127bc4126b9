/* SPDX-License-Identifier: MIT */
#include "tree.h"
#include <fs/mount/mount.h>
#include <fs/open/fd.h>
#include <fs/path/dcache.h>
#include <fs/path/namei.h>
#include <kernel/cred/cred.h>
#include <lib/mem.h>
#include <mm/frames/slab.h>

const struct mount_sharing *mount_sharing;

/* ---- mounts allocated in advance ----------------------------------------- */

int mount_stock_fill(struct mount_stock *s, unsigned long n)
{
	while (n--) {
		struct mount *m = mount_alloc(NULL, NULL, 0, "");

		if (!m)
			return -ENOMEM;
		list_append(&s->made, &m->link);
	}
	return 0;
}

struct mount *mount_stock_take(struct mount_stock *s)
{
	struct mount *m = list_first(&s->made, struct mount, link);

	list_remove(&m->link);
	return m;
}

int mount_stock_run(int (*step)(struct mount_stock *s, void *arg), void *arg)
{
	struct mount_stock s = { LIST_INIT(s.made) };
	int err;

	mutex_lock(&mount_mutex);
	err = step(&s, arg);
	mutex_unlock(&mount_mutex);
	while (!list_empty(&s.made))
		kfree(mount_stock_take(&s));
	return err;
}

/* ---- trees --------------------------------------------------------------- */

bool mount_keeps_space(const struct mount *m)
{
	const struct fs_type *t = m->super->type;

	return t->may_bind && t->may_bind(m->root) != 0;
}

/*
 * True if o, a mount below top, is left behind with all that is mounted on it.
 * root: only mounts below this directory of top belong to the tree; NULL: all.
 */
static bool is_left(const struct mount *o, const struct mount *top,
		    const struct dentry *root, unsigned leave)
{
	bool below = true;

	if (leave & LEAVE_BELOW ||
	    (leave & LEAVE_UNBINDABLE && o->flags & MS_UNBINDABLE) ||
	    (leave & LEAVE_SPACES && mount_keeps_space(o)))
		return true;
	if (o->parent == top && root) {
		br_read_lock(&dcache_lock);
		below = dentry_is_below_locked(o->at, root);
		br_read_unlock(&dcache_lock);
	}
	return !below;
}

/*
 * Return: the mount that comes behind m in the tree of top, a parent before its
 * children; NULL: none.  skip: without those on m.
 */
static struct mount *tree_next(struct mount *m, const struct mount *top,
			       bool skip)
{
	if (!skip && !list_empty(&m->children))
		return list_first(&m->children, struct mount, sibling);
	while (m != top && m->sibling.next == &m->parent->children)
		m = m->parent;
	return m == top ? NULL : list_next(m, sibling);
}

unsigned long mount_tree_chain(struct mount *top, const struct dentry *root,
			       unsigned leave)
{
	struct mount *o, *last = top;
	unsigned long n = 1;
	bool left;

	mutex_must_hold(&mount_mutex);
	for (o = tree_next(top, top, false); o; o = tree_next(o, top, left)) {
		left = is_left(o, top, root, leave);
		if (left)
			continue;
		last->chain = o;
		last = o;
		n++;
	}
	last->chain = NULL;
	return n;
}

/* Make m a copy of o that is not in the tree yet. */
static void copy_one(struct mount *m, struct mount *o, struct dentry *root)
{
	m->super = o->super;
	m->root = root;
	m->flags = o->flags;
	m->locked = o->locked;
	memcpy(m->source, o->source, sizeof(m->source));
	ref_get(&o->super->refs);
	dentry_get(root);
	o->copy = m;
}

/* Link m to a place, with references. */
static void place_one(struct mount *m, const struct path *at)
{
	path_get(at);
	br_write_lock(&dcache_lock);
	mount_link(m, at);
	br_write_unlock(&dcache_lock);
}

struct mount *mount_tree_copy(struct mount *top, struct dentry *root,
			      unsigned leave, struct mount_stock *s,
			      void (*relate)(struct mount *copy,
					     struct mount *of))
{
	struct mount *first = NULL, **tail = &first, *o;

	mutex_must_hold(&mount_mutex);
	if (!relate && mount_sharing)
		relate = mount_sharing->join;
	for (o = top; o; o = o->chain) {
		o->copy = NULL;
		if (o != top && (!o->parent->copy ||
				 is_left(o, top, NULL, leave)))
			continue;
		copy_one(mount_stock_take(s), o, o == top ? root : o->root);
		*tail = o->copy;
		tail = &o->copy->chain;
		if (relate)
			relate(o->copy, o);
		if (o != top)
			place_one(o->copy, &(struct path){ o->parent->copy,
							   o->at });
	}
	*tail = NULL;
	/*
	 * the original must stay to hide what it covers; the copy covers
	 * something else, and may be unmounted
	 */
	first->locked &= ~MOUNT_HELD;
	return first;
}

void mount_tree_lock(struct mount *top)
{
	for (struct mount *m = top; m; m = m->chain)
		m->locked |= MOUNT_FOREIGN | MOUNT_TIMES |
			(m == top ? 0 : MOUNT_HELD) | (m->flags &
			(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC));
}

/* A mount is in no walk of a group any more when it leaves its group. */
void mount_tree_cut(struct mount *m, bool with_parent, struct list *gone)
{
	mutex_must_hold(&mount_mutex);
	br_write_lock(&dcache_lock);
	mount_detach_one(m, with_parent, gone);
	br_write_unlock(&dcache_lock);
	if (mount_sharing)
		mount_sharing->leave(m);
}

void mount_tree_cut_all(struct mount *m, bool with_parent, struct list *gone)
{
	struct mount *leaf, *up = m;

	do {
		leaf = mount_leaf(up);
		up = leaf->parent;
		mount_tree_cut(leaf, leaf != m || with_parent, gone);
	} while (leaf != m);
}

static int reserve(const struct path *at)
{
	int err;

	br_write_lock(&dcache_lock);
	err = mount_check_point(at);
	if (!err)
		at->dentry->mounted++;
	br_write_unlock(&dcache_lock);
	return err;
}

void mount_tree_hung(const struct path *at)
{
	br_write_lock(&dcache_lock);
	at->dentry->mounted--;
	br_write_unlock(&dcache_lock);
}

int mount_tree_may_hang(const struct path *at, unsigned long n,
			unsigned long new, unsigned long own,
			struct mount_stock *s)
{
	long more = 0;
	int err = reserve(at);

	if (err)
		return err;
	at->mount->space->coming = new;
	if (mount_sharing)
		more = mount_sharing->targets(at, n);
	if (!mount_has_room(at->mount->space, 0))
		more = -ENOSPC;
	at->mount->space->coming = 0;
	err = more < 0 ? (int)more :
		mount_stock_fill(s, own + (unsigned long)more * n);
	if (err)
		mount_tree_hung(at);
	return err;
}

/* Move q, which is attached at the place of top, onto the root of top. */
static void put_on_top(struct mount *q, struct mount *top)
{
	struct path old = { q->parent, q->at }, on = { top, top->root };

	path_get(&on);
	mount_relink(q, &on);
	/* not the last references, because top has its own */
	ref_put(&old.dentry->refs);
	ref_put(&old.mount->refs);
}

/*
 * All other mounts of the chain are in their tree before the top is linked, so
 * walks get to see them at once.
 */
void mount_tree_enter(struct mount *top, const struct path *at,
		      struct mount *below)
{
	br_write_lock(&dcache_lock);
	mount_give_number(top);
	br_write_unlock(&dcache_lock);
	for (struct mount *m = top->chain; m; m = m->chain) {
		br_write_lock(&dcache_lock);
		mount_enter(m, at->mount->space);
		br_write_unlock(&dcache_lock);
	}
	path_get(at);
	br_write_lock(&dcache_lock);
	mount_hang(top, at);
	if (below)
		put_on_top(below, top);
	br_write_unlock(&dcache_lock);
}

void mount_tree_hang(struct mount *top, const struct path *at,
		     struct mount_stock *s)
{
	mount_tree_enter(top, at, NULL);
	if (mount_sharing)
		mount_sharing->spread(top, at, s);
	mount_tree_hung(at);
}
