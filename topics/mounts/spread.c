/* SPDX-License-Identifier: MIT */
/*
 * Mounts and unmounts on a shared mount propagate to its peers and slaves
 * (share.c).
 *
 *  at a peer       the copy is a peer of the new mount
 *  at a slave      the copy is a slave of the new mount; copies at peers of the
 *                  slave are peers of the first copy
 *
 * A mount that is already at the place of a copy moves on top of the copy, so
 * that its users still see it.  It moves back when the copy is unmounted.
 */
#include "mountopts.h"
#include "tree.h"
#include "propagate.h"
#include <fs/io/pagefile.h>
#include <fs/mount/mount.h>
#include <fs/open/fd.h>
#include <fs/path/dcache.h>

/* ---- mounting ------------------------------------------------------------ */

/* True if p is in a tree and contains `at`. */
static bool spread_contains(const struct mount *p, const struct path *at)
{
	bool yes;

	br_read_lock(&dcache_lock);
	yes = p->space && dentry_is_below_locked(at->dentry, p->root);
	br_read_unlock(&dcache_lock);
	return yes;
}

static long targets(const struct path *at, unsigned long n)
{
	struct mount *first, *p;
	long count = 0;
	bool full = false;

	if (!share_is_shared(at->mount))
		return 0;
	first = share_walk(at->mount);
	for (p = first; p; p = share_of(p)->next) {
		share_of(p)->target = spread_contains(p, at);
		if (!share_of(p)->target)
			continue;
		p->space->coming += n;
		full |= !mount_has_room(p->space, 0);
		count++;
	}
	for (p = first; p; p = share_of(p)->next)
		if (share_of(p)->target)
			p->space->coming -= n;
	return full ? -ENOSPC : count;
}

static void follow_shared(struct mount *copy, struct mount *of)
{
	mount_sharing->follow(copy, of);
	mount_sharing->set_kind(copy, MS_SHARED);
}

/* Return: the copy for p, copied from the tree at the nearest group above p. */
static struct mount *copy_for(struct mount *p, struct mount_stock *s)
{
	struct share *lead = share_of(share_of(p)->lead), *up = lead;
	struct mount *top;
	void (*relate)(struct mount *copy, struct mount *of) =
		mount_sharing->join;

	if (!lead->top)
		relate = share_is_shared(p) ? follow_shared :
			mount_sharing->follow;
	while (!up->top)
		up = share_of(up->up);
	top = mount_tree_copy(up->top, up->top->root, LEAVE_SPACES, s, relate);
	if (!lead->top)
		lead->top = top;
	return top;
}

/* Return: the mount at the place `at` in p, or NULL. */
static struct mount *spread_find(struct mount *p, struct dentry *at)
{
	struct mount *m;

	br_read_lock(&dcache_lock);
	m = mount_covering(p, at);
	br_read_unlock(&dcache_lock);
	return m;
}

/* The walk is that of targets(). */
static void mount_spread(struct mount *top, const struct path *at,
			 struct mount_stock *s)
{
	struct mount *p, *m, *copy;

	mutex_must_hold(&mount_mutex);
	if (!share_is_shared(at->mount))
		return;
	for (m = top; m; m = m->chain)
		mount_sharing->set_kind(m, MS_SHARED);
	share_of(at->mount)->top = top;
	for (p = share_of(at->mount)->next; p; p = share_of(p)->next) {
		if (!share_of(p)->target)
			continue;
		copy = copy_for(p, s);
		if (p->space->owner != at->mount->space->owner)
			mount_tree_lock(copy);
		mount_tree_enter(copy, &(struct path){ p, at->dentry },
				 spread_find(p, at->dentry));
	}
}

struct attaching {
	struct mount *mount;
	const struct path *at;
};

static int attach_step(struct mount_stock *s, void *arg)
{
	const struct attaching *a = arg;
	int err = mount_tree_may_hang(a->at, 1, 1, 0, s);

	a->mount->chain = NULL;
	if (!err)
		mount_tree_hang(a->mount, a->at, s);
	return err;
}

int mount_attach_shared(struct mount *m, const struct path *at)
{
	struct attaching a = { m, at };

	return mount_stock_run(attach_step, &a);
}

/* ---- unmounting ---------------------------------------------------------- */

/*
 * A locked mount (MOUNT_HELD) goes only together with its parent.  Leaves are
 * unmounted first, so such a mount waits until it is known that the parent
 * goes.
 */
/* [mount_mutex] number of the current call */
static unsigned taking;

static bool spread_waits(const struct mount *m)
{
	return share_of(m)->waits == taking;
}

/*
 * Return: a mount on m that waits to go with m; NULL: none.
 */
static struct mount *waiting_on(const struct mount *m)
{
	struct mount *o;

	list_for_each(o, &m->children, sibling)
		if (spread_waits(o))
			return o;
	return NULL;
}

/*
 * True if nothing is mounted on m, except mounts that go with it and perhaps
 * one that covers m's root.  *cover: the mount that covers m's root, or NULL.
 */
static bool spread_is_bare(const struct mount *m, struct mount **cover)
{
	struct mount *o;
	unsigned n = 0;

	*cover = NULL;
	list_for_each(o, &m->children, sibling) {
		if (spread_waits(o))
			continue;
		if (++n > 1)
			return false;
		if (o->at == m->root)
			*cover = o;
	}
	return !n || (n == 1 && *cover);
}

/*
 * True if a copy of m, which is idle, is in use.  Copies that would not be
 * unmounted anyway do not count.
 */
static bool is_busy_elsewhere(struct mount *m)
{
	struct mount *p, *c, *cover;

	if (!share_is_shared(m->parent))
		return false;
	for (p = share_walk(m->parent); p; p = share_of(p)->next) {
		c = spread_find(p, m->at);
		if (c && spread_is_bare(c, &cover) &&
		    ref_read(&c->refs) > (cover ? 2 : 1))
			return true;
	}
	return false;
}

/*
 * Unmount c, for which spread_is_bare() holds, and the mounts that wait to go
 * with it.  The mount that covers c gets c's place, and c that of the other
 * until it is unmounted in the same hold of the lock.
 */
static void take_bare(struct mount *c, struct mount *cover, struct list *gone)
{
	struct path at = { c->parent, c->at }, on;
	struct mount *o;

	while ((o = waiting_on(c)))
		mount_tree_cut_all(o, true, gone);
	br_write_lock(&dcache_lock);
	if (cover) {
		on = (struct path){ cover->parent, cover->at };
		mount_relink(c, &on);
		mount_relink(cover, &at);
	}
	mount_detach_one(c, false, gone);
	br_write_unlock(&dcache_lock);
	mount_sharing->leave(c);
}

/*
 * Unmount the copies of a mount that was at this place, wherever its parent
 * propagates to.  First find them all, because a mount that covers one of them
 * may be the place of another.
 */
static void take_elsewhere(const struct path *at, struct list *gone)
{
	struct mount *first, *p, *c, *cover;

	if (!share_is_shared(at->mount))
		return;
	first = share_walk(at->mount);
	for (p = first; p; p = share_of(p)->next)
		share_of(p)->top = spread_find(p, at->dentry);
	for (p = first; p; p = share_of(p)->next) {
		c = share_of(p)->top;
		if (!c || !mount_in_tree(c) || !spread_is_bare(c, &cover))
			continue;
		if (!(c->locked & MOUNT_HELD))
			take_bare(c, cover, gone);
		else if (!cover)
			share_of(c)->waits = taking;
	}
}

/* Let no walk find m any more, nor what is mounted on it. */
static void spread_hide(struct mount *m)
{
	br_write_lock(&dcache_lock);
	mount_place_remove(m);
	br_write_unlock(&dcache_lock);
}

/*
 * Unmount a whole tree, leaves first.  Copies elsewhere may be part of the same
 * tree.
 */
static void take_tree(struct mount *m, struct list *gone)
{
	struct mount *o, *next, *order = NULL;

	mount_tree_chain(m, NULL, 0);
	for (o = m; o; o = next) {
		next = o->chain;
		o->chain = order;
		order = o;
	}
	spread_hide(m);
	for (o = order; o; o = next) {
		struct path at = { o->parent, o->at };

		next = o->chain;
		if (!mount_in_tree(o))
			continue;
		mount_tree_cut(o, o != m, gone);
		take_elsewhere(&at, gone);
	}
}

int mount_take_shared(struct mount *m, bool all, struct list *gone)
{
	struct path at = { m->parent, m->at };
	bool idle;

	mutex_must_hold(&mount_mutex);
	taking++;
	if (all) {
		take_tree(m, gone);
		return 0;
	}
	if (is_busy_elsewhere(m))
		return -EBUSY;
	br_write_lock(&dcache_lock);
	idle = mount_is_idle(m);
	if (idle)
		mount_detach_one(m, false, gone);
	br_write_unlock(&dcache_lock);
	if (!idle)
		return -EBUSY;
	mount_sharing->leave(m);
	take_elsewhere(&at, gone);
	return 0;
}

void share_spread_init(struct mount_sharing *s)
{
	s->targets = targets;
	s->spread = mount_spread;
}
