/* SPDX-License-Identifier: MIT */
/*
 * The set of VMAs of a space (lecture rows D4, D5 and E1 of docs/coverage.md).
 * It consists of a red-black tree by address, a sorted list for neighbors, and
 * the last VMA found.  Each node of the tree has an upper bound of the free
 * gaps below the VMAs of its subtree, which place.c searches.
 *
 *   vma_split(v, at, tail)       v first becomes shorter, then tail is linked
 *
 *     [============ v ============)   start     at         end
 *     [===== v =====[=== tail ====)   tail->pgoff = v->pgoff + pages before at
 *
 *   vma_merge(v)                 if rights, flags and object agree
 *
 *     [= prev =)[== v ==)[= next =)   and pgoff goes on from one to the next
 *     [========== prev ===========)   v and next are absorbed, and freed
 *
 * The gap below a growing stack ends VM_STACK_GAP pages below it, so that no
 * mapping is ever placed right under it.
 */
#include <lt/bug.h>
#include <mm/frames/slab.h>
#include "vma_tree.h"

static struct slab_cache *anon_cache, *file_cache;
atomic_t vma_live;

/* ---- life ---------------------------------------------------------------- */

void vma_init(void)
{
	anon_cache = slab_create("vma",
				 __builtin_offsetof(struct vma, map_link));
	file_cache = slab_create("vma_file", sizeof(struct vma));
}

static inline struct slab_cache *cache_of(const struct vma *v)
{
	return v->flags & VM_FILE ? file_cache : anon_cache;
}

unsigned long vm_live_vmas(void)
{
	return atomic_read(&vma_live);
}

/*
 * Lock the reverse map of v's file, if it has one.  Truncation and write-back
 * find VMAs by the reverse map, without space->lock.  Whenever map_lock is
 * free, each mapped page of the file must belong to a VMA in the map.
 * Therefore a change of two VMAs holds the lock until both are changed.
 */
static inline void map_lock(const struct vma *v)
{
	if (v->mapping)
		mutex_lock(&v->mapping->map_lock);
}

static inline void map_unlock(const struct vma *v)
{
	if (v->mapping)
		mutex_unlock(&v->mapping->map_lock);
}

/* Context: [map_lock]. */
static inline void map_attach(struct vma *v)
{
	if (!v->mapping)
		return;
	mutex_must_hold(&v->mapping->map_lock);
	list_append(&v->mapping->vmas, &v->map_link);
}

static inline void map_detach(struct vma *v)
{
	if (!v->mapping)
		return;
	mutex_must_hold(&v->mapping->map_lock);
	list_remove(&v->map_link);
}

void vma_free(struct vma *v)
{
	if (v->ops && v->ops->close)
		v->ops->close(v);
	if (v->mapping && !v->mapping->owner)
		mapping_put_anon(v->mapping);
	if (v->object)
		vm_object_put(v->object);
	atomic_add(&vma_live, -1);
	slab_free(cache_of(v), v);
}

struct vma *vma_dup(struct vm_space *s, const struct vma *from)
{
	struct vma *v = slab_alloc(cache_of(from));

	if (!v)
		return NULL;
	v->start = from->start;
	v->end = from->end;
	v->prot = from->prot;
	v->flags = from->flags;
	v->pgoff = from->pgoff;
	v->object = from->object;
	v->mapping = from->mapping;
	v->ops = from->ops;
	v->space = s;
	if (v->object)
		vm_object_get(v->object);
	if (v->mapping && !v->mapping->owner)
		mapping_get_anon(v->mapping);
	if (v->ops && v->ops->open)
		v->ops->open(v);
	atomic_add(&vma_live, 1);
	return v;
}

/* ---- gaps ---------------------------------------------------------------- */

/*
 * Called by lib/rbtree.c for each node whose children have changed.
 * Return: false: no need to update the ancestors, whose bounds remain valid.
 */
static bool vma_augment(struct rb_node *n)
{
	struct vma *v = node_vma(n);

	v->max_gap = subtree_gap(v);
	return false;
}

/*
 * Note that the gap below v has changed.  If the gap exceeds the bounds of v
 * and its ancestors, raise them.  If it is shorter, the bounds stay until a
 * search finds them wrong: a mapping that comes and goes takes the same gap
 * again and again.
 */
static void gap_changed(struct vma *v)
{
	struct vm_space *s = v->space;
	struct rb_node *n = &v->node;
	unsigned long g = gap_below(v);

	v->gap = g;
	for (; n && node_vma(n)->max_gap < g; n = n->parent)
		node_vma(n)->max_gap = g;
	if (s->roomy && v->start > s->roomy->start && g >= s->room)
		s->roomy = v;
}

/* ---- look-up ------------------------------------------------------------- */

struct vma *(*vma_looker)(struct vm_space *s, uaddr_t at);

/*
 * Row D5.  The cached VMA also answers for the gap below it, because a mapping
 * is usually made in a gap just found.  Readers share the lock, so several may
 * store `last` at once; any of their hits is valid.  `last` is never stale:
 * vma_unlink() replaces it.
 */
struct vma *vm_find(struct vm_space *s, uaddr_t at)
{
	struct vma *v = READ_ONCE(s->last), *best = NULL;
	const struct rb_node *n;

	vm_count(lookups);
	if (v && at < v->end && at >= v->start - v->gap) {
		vm_count(last_hits);
		return v;
	}
	if (unlikely(vma_looker))
		return vma_looker(s, at);
	for (n = s->tree.root; n; ) {
		v = node_vma(n);
		if (at < v->end) {
			best = v;
			if (at >= v->start) {
				WRITE_ONCE(s->last, v);
				break;
			}
			n = n->left;
		} else {
			n = n->right;
		}
	}
	return best;
}

/* ---- changes ------------------------------------------------------------- */

/* Context: [map_lock]. */
static __inlined void link_in(struct vm_space *s, struct vma *v,
				    struct vma *prev)
{
	struct rb_node *parent, **link;
	struct vma *next;
	bool known = false;

	vma_changes(s);
	/*
	 * in the tree, prev has no right child, or else next has no left child:
	 * v becomes that child
	 */
	list_push(prev ? &prev->link : &s->vmas, &v->link);
	next = vma_next(v);
	if (next && !next->node.left) {
		parent = &next->node;
		link = &parent->left;
		/* the gap of v was part of next's: the bounds cover it */
		known = v->start <= low_edge(next);
	} else if (prev) {
		parent = &prev->node;
		link = &parent->right;
	} else {
		parent = NULL;
		link = &s->tree.root;
	}
	rb_link(&v->node, parent, link);
	v->gap = gap_below(v);
	v->max_gap = 0;
	if (next) {
		next->gap = gap_below(next);
		if (next == s->roomy && next->gap < s->room)
			s->roomy = v;
	} else {
		s->roomy = NULL;
	}
	if (!known)
		gap_changed(v);
	rb_insert_fixup(&s->tree, &v->node, vma_augment);
	vma_cache_hit(s, v);
	s->nr_vmas++;
	map_attach(v);
}

void vma_append(struct vm_space *s, struct vma *v)
{
	list_append(&s->vmas, &v->link);
	s->nr_vmas++;
	v->gap = gap_below(v);
	map_attach(v);
}

/*
 * Build a tree of the n > 0 VMAs from *next on.  The middle one becomes the
 * root, so that all levels but the last are full.  Nodes of the last level are
 * red and all others black: then every path has the same number of black nodes.
 * Return: the root, with *next behind the last VMA.
 */
static struct rb_node *make_tree(struct list **next, unsigned n, unsigned level)
{
	struct rb_node *left = NULL, *right = NULL;
	struct vma *v;

	if (n > 1)
		left = make_tree(next, n / 2, level - 1);
	v = list_entry(*next, struct vma, link);
	*next = v->link.next;
	if (n > 2)
		right = make_tree(next, (n - 1) / 2, level - 1);
	v->node.left = left;
	if (left)
		left->parent = &v->node;
	v->node.right = right;
	if (right)
		right->parent = &v->node;
	v->node.red = !level;
	v->max_gap = subtree_gap(v);
	return &v->node;
}

void vma_make_tree(struct vm_space *s)
{
	struct list *first = s->vmas.next;
	unsigned level = 0;

	if (!s->nr_vmas)
		return;
	while (s->nr_vmas >> level > 1)
		level++;
	s->tree.root = make_tree(&first, s->nr_vmas, level);
	s->tree.root->parent = NULL;
	s->tree.root->red = false;
}

void vma_link(struct vm_space *s, struct vma *v, struct vma *prev)
{
	map_lock(v);
	link_in(s, v, prev);
	map_unlock(v);
}

/*
 * Take v out of its space.  The reverse map comes first, so that nobody finds a
 * VMA there that is not in the space.
 * Context: [map_lock].
 */
static __inlined void unlink_out(struct vm_space *s, struct vma *v)
{
	struct vma *next = vma_next(v);

	vma_changes(s);
	map_detach(v);
	rb_remove(&s->tree, &v->node, vma_augment);
	list_remove(&v->link);
	if (s->roomy == v)
		s->roomy = next;
	if (s->last == v)
		s->last = next;
	if (next)
		gap_changed(next);
	s->nr_vmas--;
}

void vma_unlink(struct vm_space *s, struct vma *v)
{
	map_lock(v);
	unlink_out(s, v);
	map_unlock(v);
}

/*
 * Move both edges and adjust pgoff.  map_lock makes start, end and pgoff agree
 * for a reader that comes through the reverse map.
 * Context: [map_lock].
 */
static __inlined void move_edges(struct vma *v, uaddr_t start,
				 uaddr_t end)
{
	struct vma *next = vma_next(v);
	bool moved_start = start != v->start, moved_end = end != v->end;

	vma_changes(v->space);
	v->pgoff += (long)(start - v->start) >> PAGE_SHIFT;
	v->start = start;
	v->end = end;
	if (moved_start)
		gap_changed(v);
	if (next && moved_end)
		gap_changed(next);
}

void vma_resize(struct vma *v, uaddr_t start, uaddr_t end)
{
	map_lock(v);
	move_edges(v, start, end);
	map_unlock(v);
}

/*
 * VMAs with a close hook are not merged, as the hook may count VMAs.  Two VMAs
 * of a file must also be contiguous in the file.
 */
bool vma_mergeable(const struct vma *a, const struct vma *b)
{
	if (a->end != b->start || a->prot != b->prot ||
	    (a->flags ^ b->flags) & ~VM_STICKY)
		return false;
	if (a->object != b->object || a->mapping != b->mapping ||
	    a->ops != b->ops || a->flags & VM_SPECIAL)
		return false;
	if (a->ops && a->ops->close)
		return false;
	return (!a->mapping && !a->object) ||
		a->pgoff + vma_pages(a) == b->pgoff;
}

/* Merge b, the successor of a, into a. */
static void vma_absorb_next(struct vma *a, struct vma *b)
{
	a->flags |= b->flags & VM_STICKY;
	map_lock(a);
	a->end = b->end;
	unlink_out(a->space, b);
	map_unlock(a);
	vma_free(b);
}

struct vma *vma_merge(struct vma *v)
{
	struct vma *prev = vma_prev(v), *next = vma_next(v);

	vma_changes(v->space);
	if (prev && vma_mergeable(prev, v)) {
		vma_absorb_next(prev, v);
		v = prev;
	}
	if (next && vma_mergeable(v, next))
		vma_absorb_next(v, next);
	return v;
}

/*
 * Shorten v first, then link the tail: the two never overlap, and the gap above
 * v is the same afterwards.
 */
void vma_split(struct vma *v, uaddr_t at, struct vma *tail)
{
	tail->pgoff = vma_index(v, at);
	tail->start = at;
	tail->end = v->end;
	map_lock(v);
	v->end = at;
	link_in(v->space, tail, v);
	map_unlock(v);
}
