/* SPDX-License-Identifier: MIT */
/*
 * How mounts are found: by the place they cover, and by their number.
 *
 *   places, ordered by         a walk looks for (at, tree of the parent,
 *   (at, tree, parent)         parent); rmdir(2) for (at, its own tree)
 *
 *	       (usr, first, M1)
 *	      /                \
 *   (mnt, first, M1)    (usr, second, M7)    equal places: the newest last
 *
 * Any user may have as many mounts as fs.mount-max allows, all on one directory
 * or each on its own.  So nothing here takes longer than the height of a tree.
 */
#include <fs/internal.h>
#include <fs/mount/mount.h>
#include <fs/path/dcache.h>
#include <lib/rbtree.h>

static struct rb_tree places;			/* [dcache_lock] */

/* Compare two words; the result has the sign of a - b. */
static int place_order(uintptr_t a, uintptr_t b)
{
	return (a > b) - (a < b);
}

/*
 * Compare a place with that of m.  space NULL: any tree; parent NULL: any
 * parent.
 */
static int place_compare(const struct dentry *at,
			 const struct mount_space *space,
			 const struct mount *parent, const struct mount *m)
{
	int c = place_order((uintptr_t)at, (uintptr_t)m->at);

	if (!c && space)
		c = place_order((uintptr_t)space, (uintptr_t)m->space);
	if (!c && parent)
		c = place_order((uintptr_t)parent, (uintptr_t)m->parent);
	return c;
}

void mount_place_add(struct mount *m)
{
	struct rb_node **link = &places.root, *up = NULL;

	br_must_write(&dcache_lock);
	while (*link) {
		const struct mount *o = rb_entry(*link, struct mount, place);

		up = *link;
		link = place_compare(m->at, m->space, m->parent, o) < 0 ?
			&up->left : &up->right;
	}
	rb_link(&m->place, up, link);
	rb_insert_fixup(&places, &m->place, NULL);
	m->placed = true;
}

void mount_place_remove(struct mount *m)
{
	br_must_write(&dcache_lock);
	if (m->placed)
		rb_remove(&places, &m->place, NULL);
	m->placed = false;
}

struct mount *mount_at_place(const struct dentry *at,
			     const struct mount_space *space,
			     const struct mount *parent)
{
	struct rb_node *n = places.root;
	struct mount *found = NULL;

	br_must_hold(&dcache_lock);
	while (n) {
		struct mount *m = rb_entry(n, struct mount, place);
		int c = place_compare(at, space, parent, m);

		if (!c)
			found = m;
		n = c < 0 ? n->left : n->right;
	}
	return found;
}

/* ---- by number ----------------------------------------------------------- */

void mount_number_add(struct mount *m, struct mount_space *s)
{
	struct rb_node **link = &s->mounts.root, *up = NULL;

	br_must_write(&dcache_lock);
	while (*link) {
		up = *link;
		link = m->id < rb_entry(up, struct mount, number)->id ?
			&up->left : &up->right;
	}
	rb_link(&m->number, up, link);
	rb_insert_fixup(&s->mounts, &m->number, NULL);
}

struct mount *mount_after(const struct mount_space *s, int id)
{
	struct rb_node *n = s->mounts.root;
	struct mount *best = NULL;

	while (n) {
		struct mount *m = rb_entry(n, struct mount, number);

		if (m->id > id)
			best = m;
		n = m->id > id ? n->left : n->right;
	}
	return best;
}
