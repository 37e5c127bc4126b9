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

bool mount_stock_has(struct mount_stock *s, unsigned long n)
{
	s->wanted = n;
	return n <= s->room;
}

static void stock_free(struct mount_stock *s)
{
	for (unsigned long k = s->used; k < s->room; k++)
		kfree(s->made[k]);
	kfree(s->made);
	s->made = NULL;
	s->room = 0;
}

static int stock_fill(struct mount_stock *s)
{
	stock_free(s);
	s->made = kmalloc(s->wanted * sizeof(s->made[0]));
	if (!s->made)
		return -ENOMEM;
	for (; s->room < s->wanted; s->room++) {
		s->made[s->room] = mount_alloc(NULL, NULL, 0, "");
		if (!s->made[s->room])
			return -ENOMEM;
	}
	return 0;
}

int mount_stock_run(int (*step)(struct mount_stock *s, void *arg), void *arg)
{
	struct mount_stock s = { NULL };
	int err;

	do {
		br_write_lock(&dcache_lock);
		err = step(&s, arg);
		br_write_unlock(&dcache_lock);
		if (err == STOCK_SHORT && stock_fill(&s))
			err = -ENOMEM;
	} while (err == STOCK_SHORT);
	stock_free(&s);
	return err;
}

/* ---- trees --------------------------------------------------------------- */

bool mount_keeps_space(const struct mount *m)
{
	const struct fs_type *t = m->super->type;

	return t->may_bind && t->may_bind(m->root) != 0;
}

/*
 * True if o belongs to top's tree: neither o nor a mount between o and top is
 * left behind.  root: count only mounts below this directory; NULL: all.
 * Context: [dcache_lock].
 */
static bool mount_tree_has(const struct mount *o, const struct mount *top,
			   const struct dentry *root, unsigned leave)
{
	br_must_hold(&dcache_lock);
	for (; o && o != top; o = o->parent) {
		if (leave & LEAVE_BELOW ||
		    (leave & LEAVE_UNBINDABLE && o->flags & MS_UNBINDABLE) ||
		    (leave & LEAVE_SPACES && mount_keeps_space(o)))
			return false;
		if (o->parent == top && root &&
		    !dentry_is_below_locked(o->at, root))
			return false;
	}
	return o != NULL;
}

unsigned long mount_tree_chain(struct mount *top, const struct dentry *root,
			       unsigned leave)
{
	struct mount *o, *last = top;
	unsigned long n = 1;

	br_must_hold(&dcache_lock);
	list_for_each(o, &top->space->mounts, link) {
		if (o == top || !mount_tree_has(o, top, root, leave))
			continue;
		last->chain = o;
		last = o;
		n++;
	}
	last->chain = NULL;
	return n;
}

/* Make m a copy of o that is not in the tree yet.  Context: [dcache_lock]. */
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

/* Set the place of m, with references.  Context: [dcache_lock]. */
static void mount_place(struct mount *m, const struct path *at)
{
	path_get(at);
	m->parent = at->mount;
	m->at = at->dentry;
	m->at->mounted++;
}

struct mount *mount_tree_copy(struct mount *top, struct dentry *root,
			      unsigned leave, struct mount_stock *s,
			      void (*relate)(struct mount *copy,
					     struct mount *of))
{
	struct mount *first = NULL, **tail = &first, *o;

	br_must_hold(&dcache_lock);
	if (!relate && mount_sharing)
		relate = mount_sharing->join;
	for (o = top; o; o = o->chain) {
		o->copy = NULL;
		if (!mount_tree_has(o, top, NULL, leave))
			continue;
		copy_one(s->made[s->used], o, o == top ? root : o->root);
		*tail = s->made[s->used++];
		tail = &o->copy->chain;
		if (relate)
			relate(o->copy, o);
	}
	*tail = NULL;
	/*
	 * the original must stay to hide what it covers; the copy covers
	 * something else, and may be unmounted
	 */
	first->locked &= ~MOUNT_HELD;
	for (o = top->chain; o; o = o->chain)
		if (o->copy)
			mount_place(o->copy,
				    &(struct path){ o->parent->copy, o->at });
	return first;
}

void mount_tree_lock(struct mount *top)
{
	br_must_hold(&dcache_lock);
	for (struct mount *m = top; m; m = m->chain)
		m->locked |= MOUNT_FOREIGN | MOUNT_TIMES |
			(m == top ? 0 : MOUNT_HELD) | (m->flags &
			(MS_RDONLY | MS_NOSUID | MS_NODEV | MS_NOEXEC));
}

void mount_tree_cut(struct mount *m, bool with_parent, struct list *gone)
{
	if (mount_sharing)
		mount_sharing->leave(m);
	mount_detach_one(m, with_parent, gone);
}

int mount_tree_may_hang(const struct path *at, unsigned long n,
			unsigned long new, unsigned long own,
			struct mount_stock *s)
{
	long more = 0;
	int err = mount_check_point(at);

	if (err)
		return err;
	at->mount->space->coming = new;
	if (mount_sharing)
		more = mount_sharing->targets(at, n);
	if (!mount_has_room(at->mount->space, 0))
		more = -ENOSPC;
	at->mount->space->coming = 0;
	if (more < 0)
		return (int)more;
	return mount_stock_has(s, own + (unsigned long)more * n) ? 0 :
		STOCK_SHORT;
}

void mount_tree_enter(struct mount *top, const struct path *at)
{
	mount_place(top, at);
	for (struct mount *m = top; m; m = m->chain)
		mount_list_add(m, at->mount->space);
}

void mount_tree_hang(struct mount *top, const struct path *at,
		     struct mount_stock *s)
{
	if (mount_sharing)
		mount_sharing->spread(top, at, s);
	mount_tree_enter(top, at);
}
