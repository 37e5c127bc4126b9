/* SPDX-License-Identifier: MIT */
/*
 * The set of VMAs of a space (lecture rows D4, D5 and E1 of docs/coverage.md):
 * a red-black tree by address in which each node knows the largest free gap
 * below any VMA of its subtree, a sorted list for neighbours, and the last hit.
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
#include <kernel/current.h>
#include <kernel/lock_debug.h>
#include <lt/bug.h>
#include <mm/slab.h>
#include <mm/vm_internal.h>

struct slab_cache *vma_cache;
atomic_t vma_live;

static inline struct vma *node_vma(const struct rb_node *n)
{
	return rb_entry(n, struct vma, node);
}

/*
 * Check that a task which changes the VMAs of its space holds the lock for
 * writing.  Nobody else has the space of a child that is being made, or a dead
 * one, so these need no lock.
 */
static inline void changes(const struct vm_space *s)
{
#ifdef CHECK_LOCK
	if (s == current->space)
		lock_debug_writes(&s->lock);
#else
	(void)s;
#endif
}

/* ---- life ---------------------------------------------------------------- */

struct vma *vma_alloc(struct vm_space *s)
{
	struct vma *v = slab_zalloc(vma_cache);

	if (!v)
		return NULL;
	v->space = s;
	list_init(&v->map_link);
	atomic_add(&vma_live, 1);
	return v;
}

unsigned long vm_live_vmas(void)
{
	return atomic_read(&vma_live);
}

/*
 * Lock the reverse map of v's file, if it has one.  Whoever comes by it
 * (truncation, write-back) does not hold space->lock.  So whenever map_lock is
 * free, each mapped page of the file must belong to a VMA there: a change of
 * two VMAs holds the lock until both are done.
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
	if (v->mapping)
		list_append(&v->mapping->vmas, &v->map_link);
}

static inline void map_detach(struct vma *v)
{
	if (v->mapping)
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
	slab_free(vma_cache, v);
}

struct vma *vma_dup(struct vm_space *s, const struct vma *from)
{
	struct vma *v = slab_alloc(vma_cache);

	if (!v)
		return NULL;
	*v = *from;
	v->space = s;
	list_init(&v->map_link);
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

/* Where the gap below v ends: a stack keeps VM_STACK_GAP pages of it free. */
static inline uaddr_t low_edge(const struct vma *v)
{
	if (likely(!(v->flags & VM_GROWSDOWN)))
		return v->start;
	return v->start > VM_STACK_GAP * PAGE_SIZE ?
		v->start - VM_STACK_GAP * PAGE_SIZE : 0;
}

static inline unsigned long gap_below(const struct vma *v)
{
	const struct vma *prev = vma_prev(v);
	uaddr_t from = prev ? prev->end : 0, to = low_edge(v);

	return to > from ? to - from : 0;
}

/* What max_gap of v must be, by its own gap and those of its two subtrees. */
static inline unsigned long subtree_gap(const struct vma *v)
{
	unsigned long g = v->gap;

	if (v->node.left)
		g = max(g, node_vma(v->node.left)->max_gap);
	if (v->node.right)
		g = max(g, node_vma(v->node.right)->max_gap);
	return g;
}

/* lib/rbtree.c calls this for each node whose children have changed. */
static void augment(struct rb_node *n)
{
	struct vma *v = node_vma(n);

	v->max_gap = subtree_gap(v);
}

/* The gap below v has changed: correct max_gap from v up, where it differs. */
static void gap_changed(struct vma *v)
{
	struct rb_node *n = &v->node;

	v->gap = gap_below(v);
	for (; n; n = n->parent) {
		unsigned long g = subtree_gap(node_vma(n));

		if (node_vma(n)->max_gap == g)
			return;
		node_vma(n)->max_gap = g;
	}
}

/*
 * The part of the gap below v that lies inside [low, high).
 * Return: its length, with its end in *end.
 */
static inline unsigned long gap_part(const struct vma *v, uaddr_t low,
				     uaddr_t high, uaddr_t *end)
{
	uaddr_t to = low_edge(v), from = to - v->gap;

	from = max(from, low);
	to = min(to, high);
	*end = to;
	return to > from ? to - from : 0;
}

/*
 * Find the highest gap that fits, in the tree below n, right subtree first.  A
 * subtree is searched only if its largest gap is long enough.  That gap may
 * still lie outside [low, high), which costs one more path at each border.
 * Return: the start of the len bytes at the gap's end; 0: none.
 */
static uaddr_t gap_search(const struct rb_node *n, unsigned long len,
			  uaddr_t low, uaddr_t high)
{
	while (n) {
		const struct vma *v = node_vma(n);
		uaddr_t at, end;

		if (v->max_gap < len)
			return 0;
		if (n->right && v->end < high) {
			at = gap_search(n->right, len, low, high);
			if (at)
				return at;
		}
		if (v->gap >= len && gap_part(v, low, high, &end) >= len)
			return end - len;
		if (v->start <= low)
			return 0;
		n = n->left;
	}
	return 0;
}

/* Try the room above the last VMA first: no VMA lies above it to know it. */
uaddr_t vma_gap_top(struct vm_space *s, unsigned long len, uaddr_t low,
		    uaddr_t high)
{
	uaddr_t above = list_empty(&s->vmas) ? 0 :
		list_last(&s->vmas, struct vma, link)->end;

	above = max(above, low);
	if (above < high && high - above >= len)
		return high - len;
	return gap_search(s->tree.root, len, low, high);
}

/* ---- look-up ------------------------------------------------------------- */

/*
 * Row D5.  Readers share the lock, so several may store `last` at once, and any
 * of their hits will do.  It is never stale, as vma_unlink() clears it.
 */
struct vma *vm_find(struct vm_space *s, uaddr_t at)
{
	struct vma *v = READ_ONCE(s->last), *best = NULL;
	const struct rb_node *n;

	vm_count(lookups);
	if (v && at >= v->start && at < v->end) {
		vm_count(last_hits);
		return v;
	}
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

struct vma *vma_before(struct vm_space *s, uaddr_t at)
{
	struct vma *v = vm_find(s, at);

	if (v)
		return vma_prev(v);
	return list_empty(&s->vmas) ? NULL :
		list_last(&s->vmas, struct vma, link);
}

/* ---- changes ------------------------------------------------------------- */

/* Context: [map_lock]. */
static __inlined void link_in(struct vm_space *s, struct vma *v,
				    struct vma *prev)
{
	struct rb_node *parent, **link;
	struct vma *next;

	changes(s);
	/* one of two neighbours always has a free child between them */
	list_push(prev ? &prev->link : &s->vmas, &v->link);
	next = vma_next(v);
	if (prev && !prev->node.right) {
		parent = &prev->node;
		link = &parent->right;
	} else if (next) {
		parent = &next->node;
		link = &parent->left;
	} else {
		parent = NULL;
		link = &s->tree.root;
	}
	/* next lies on the way from v to the root: one pass updates both */
	v->gap = gap_below(v);
	if (next)
		next->gap = gap_below(next);
	rb_link(&v->node, parent, link);
	rb_insert_fixup(&s->tree, &v->node, augment);
	s->nr_vmas++;
	map_attach(v);
}

void vma_link(struct vm_space *s, struct vma *v, struct vma *prev)
{
	map_lock(v);
	link_in(s, v, prev);
	map_unlock(v);
}

/*
 * Take v out of the reverse map first: nobody may come by it to a VMA that is
 * not in the space.
 * Context: [map_lock].
 */
static __inlined void unlink_out(struct vm_space *s, struct vma *v)
{
	struct vma *next = vma_next(v);

	changes(s);
	map_detach(v);
	rb_remove(&s->tree, &v->node, augment);
	list_remove(&v->link);
	if (next)
		gap_changed(next);
	if (s->last == v)
		s->last = NULL;
	s->nr_vmas--;
}

void vma_unlink(struct vm_space *s, struct vma *v)
{
	map_lock(v);
	unlink_out(s, v);
	map_unlock(v);
}

/*
 * Whoever comes by the reverse map sees start, end and pgoff that agree.
 * Context: [map_lock].
 */
static __inlined void move_edges(struct vma *v, uaddr_t start,
				 uaddr_t end)
{
	struct vma *next = vma_next(v);
	bool moved_start = start != v->start, moved_end = end != v->end;

	changes(v->space);
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
 * VMAs with a close hook stay apart, as it may count them.  Pages of a file
 * must follow each other in the file as well.
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

/* Make b, the successor of a, part of a. */
static void absorb(struct vma *a, struct vma *b)
{
	uaddr_t end = b->end;

	a->flags |= b->flags & VM_STICKY;
	map_lock(a);
	unlink_out(a->space, b);
	move_edges(a, a->start, end);
	map_unlock(a);
	vma_free(b);
}

struct vma *vma_merge(struct vma *v)
{
	struct vma *prev = vma_prev(v), *next = vma_next(v);

	changes(v->space);
	if (prev && vma_mergeable(prev, v)) {
		absorb(prev, v);
		v = prev;
	}
	if (next && vma_mergeable(v, next))
		absorb(v, next);
	return v;
}

/* First v becomes shorter, then the tail is linked: they never overlap. */
void vma_split(struct vma *v, uaddr_t at, struct vma *tail)
{
	tail->pgoff = vma_index(v, at);
	tail->start = at;
	tail->end = v->end;
	map_lock(v);
	move_edges(v, v->start, at);
	link_in(v->space, tail, v);
	map_unlock(v);
}

/* ---- self-check ---------------------------------------------------------- */

/* Check parents and max_gap from n down.  Return: the number of nodes. */
static unsigned check_node(const struct rb_node *n)
{
	unsigned count = 1;

	if (!n)
		return 0;
	ASSERT(node_vma(n)->max_gap == subtree_gap(node_vma(n)));
	if (n->left)
		ASSERT(n->left->parent == n);
	if (n->right)
		ASSERT(n->right->parent == n);
	count += check_node(n->left);
	return count + check_node(n->right);
}

void vma_check(struct vm_space *s)
{
	struct rb_node *n = rb_first(&s->tree);
	uaddr_t last = 0;
	struct vma *v;

	list_for_each(v, &s->vmas, link) {
		struct vma *prev = vma_prev(v);

		ASSERT(n == &v->node);
		n = rb_next(n);
		ASSERT(v->start < v->end && v->start >= last);
		ASSERT(!((v->start | v->end) & ~PAGE_MASK));
		ASSERT(v->gap == gap_below(v));
		ASSERT(!prev || !vma_mergeable(prev, v));
		last = v->end;
	}
	ASSERT(!n);
	ASSERT(check_node(s->tree.root) == s->nr_vmas);
}
