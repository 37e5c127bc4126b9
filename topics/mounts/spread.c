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

/* True if p is in a tree and contains `at`.  Context: [dcache_lock]. */
static bool spread_contains(const struct mount *p, const struct path *at)
{
	return p->space && dentry_is_below_locked(at->dentry, p->root);
}

static long targets(const struct path *at, unsigned long n)
{
	struct mount *first, *p;
	long count = 0;
	bool full = false;

	br_must_hold(&dcache_lock);
	if (!share_is_shared(at->mount))
		return 0;
	first = share_walk(at->mount);
	for (p = first; p; p = share_of(p)->next) {
		if (!spread_contains(p, at))
			continue;
		p->space->coming += n;
		full |= !mount_has_room(p->space, 0);
		count++;
	}
	for (p = first; p; p = share_of(p)->next)
		if (spread_contains(p, at))
			p->space->coming -= n;
	return full ? -ENOSPC : count;
}

static void follow_it(struct mount *copy, struct mount *of)
{
	mount_sharing->join(copy, of);
	mount_sharing->set_kind(copy, MS_SLAVE);
}

static void follow_shared(struct mount *copy, struct mount *of)
{
	follow_it(copy, of);
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
		relate = share_is_shared(p) ? follow_shared : follow_it;
	while (!up->top)
		up = share_of(up->up);
	top = mount_tree_copy(up->top, up->top->root, LEAVE_SPACES, s, relate);
	if (!lead->top)
		lead->top = top;
	return top;
}

/*
 * Move q, which is attached at the place of the copy top, onto the root of top.
 * The references dropped here are not the last ones, because top has its own.
 */
static void put_on_top(struct mount *q, struct mount *top)
{
	q->at->mounted--;
	ref_put(&q->at->refs);
	ref_put(&q->parent->refs);
	q->parent = top;
	q->at = top->root;
	mount_get(top);
	dentry_get(top->root);
	q->at->mounted++;
}

static void mount_spread(struct mount *top, const struct path *at,
			 struct mount_stock *s)
{
	struct mount *p, *m;

	br_must_hold(&dcache_lock);
	if (!share_is_shared(at->mount))
		return;
	for (m = top; m; m = m->chain)
		mount_sharing->set_kind(m, MS_SHARED);
	p = share_walk(at->mount);
	share_of(at->mount)->top = top;
	for (; p; p = share_of(p)->next) {
		struct mount *q, *copy;

		if (!spread_contains(p, at))
			continue;
		q = mount_covering(p, at->dentry);
		copy = copy_for(p, s);
		if (p->space->owner != at->mount->space->owner)
			mount_tree_lock(copy);
		mount_tree_enter(copy, &(struct path){ p, at->dentry });
		if (q)
			put_on_top(q, copy);
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
/* [dcache_lock] number of the current call */
static unsigned taking;

static bool spread_waits(const struct mount *m)
{
	return share_of(m)->waits == taking;
}

/*
 * Return: a mount on m that waits to go with m; NULL: none.
 * Context: [dcache_lock].
 */
static struct mount *waiting_on(const struct mount *m)
{
	struct mount *o;

	list_for_each(o, &m->space->mounts, link)
		if (o->parent == m && spread_waits(o))
			return o;
	return NULL;
}

/*
 * True if nothing is mounted on m, except mounts that go with it and perhaps
 * one that covers m's root.  *cover: the mount that covers m's root, or NULL.
 * Context: [dcache_lock].
 */
static bool spread_is_bare(const struct mount *m, struct mount **cover)
{
	struct mount *o;
	unsigned n = 0;

	*cover = NULL;
	list_for_each(o, &m->space->mounts, link) {
		if (o->parent != m || spread_waits(o))
			continue;
		n++;
		if (o->at == m->root)
			*cover = o;
	}
	return !n || (n == 1 && *cover);
}

/*
 * True if m or one of its copies is in use.  Copies that would not be unmounted
 * anyway do not count.
 */
static bool is_busy(struct mount *m)
{
	struct mount *p, *c, *cover;

	if (!mount_is_idle(m))
		return true;
	if (!share_is_shared(m->parent))
		return false;
	for (p = share_walk(m->parent); p; p = share_of(p)->next) {
		c = mount_covering(p, m->at);
		if (c && spread_is_bare(c, &cover) &&
		    ref_read(&c->refs) > (cover ? 2 : 1))
			return true;
	}
	return false;
}

/*
 * Exchange c and q, which covers c: q gets c's place, and c gets q's place
 * until c is unmounted.
 */
static void swap_places(struct mount *c, struct mount *q)
{
	struct path at = { c->parent, c->at };

	c->parent = q->parent;
	c->at = q->at;
	q->parent = at.mount;
	q->at = at.dentry;
}

/*
 * Unmount c, for which spread_is_bare() holds, and the mounts that wait to go
 * with it.
 */
static void take_bare(struct mount *c, struct mount *cover, struct list *gone)
{
	struct mount *o;

	while ((o = waiting_on(c)))
		mount_tree_cut(mount_leaf(o), true, gone);
	if (cover)
		swap_places(c, cover);
	mount_tree_cut(c, false, gone);
}

/* Unmount the copies of m at all places to which its parent propagates. */
static void take_elsewhere(struct mount *m, struct list *gone)
{
	struct dentry *at = m->at;
	struct mount *p, *c, *cover;

	if (!share_is_shared(m->parent))
		return;
	for (p = share_walk(m->parent); p; p = share_of(p)->next) {
		c = mount_covering(p, at);
		if (!c || c == m || !spread_is_bare(c, &cover))
			continue;
		if (!(c->locked & MOUNT_HELD))
			take_bare(c, cover, gone);
		else if (!cover)
			share_of(c)->waits = taking;
	}
}

int mount_take_shared(struct mount *m, bool all, struct list *gone)
{
	struct mount *leaf;

	br_must_hold(&dcache_lock);
	taking++;
	if (!all && is_busy(m))
		return -EBUSY;
	do {
		leaf = mount_leaf(m);
		take_elsewhere(leaf, gone);
		mount_tree_cut(leaf, leaf != m, gone);
	} while (leaf != m);
	return 0;
}

void share_spread_init(struct mount_sharing *s)
{
	s->targets = targets;
	s->spread = mount_spread;
}
