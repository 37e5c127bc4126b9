/* SPDX-License-Identifier: MIT */
/*
 * The dentry cache (lecture row A1 of docs/coverage.md): dentries by (parent,
 * name), including negative ones.
 *
 *   hash table             a tree by ->parent
 *   +---+
 *   |   |                      "/"
 *   | x-|-->"etc"             /   \
 *   |   |                 "etc"   "tmp"
 *   | x-|-->"passwd"       /  \
 *   |   |    /       "passwd"  "nosuch"     negative: known not to exist,
 *   +---+ "tmp"            |                inode NULL
 *                          v
 *                        inode   <-- also of another dentry: a hard link
 *
 * Each bucket of the table is a red-black tree, nearly always of one or two
 * names.  Anybody can find names with equal hashes, but not make a look-up
 * linear.
 *
 *   function                 state of the dentry afterwards
 *   dentry_alloc()           refs is 1, and no look-up finds it
 *   dentry_set_inode()       positive, in the table, which has a reference
 *   dentry_set_negative()    negative, in the table, which has a reference
 *   dentry_delete(),         out of the table, whose reference is dropped
 *     dcache_shrink()
 *   dentry_free()            freed; called when the last reference is gone
 *
 * Invariant: the reference of the table is one of those that refs counts.  So a
 * dentry in the table may be dropped if and only if refs is 1 (under
 * dcache_lock).  File systems in memory pin their dentries: there the dentry is
 * the directory entry.
 */
#include <fs/internal.h>
#include <fs/inode/notify.h>
#include <kernel/sched/sched.h>
#include <mm/frames/slab.h>

#define HASH_BITS	12
#define HASH_SIZE	(1u << HASH_BITS)
#define UNPINNED_MAX	2048	/* most droppable dentries kept */

struct brlock dcache_lock = BR_INIT("dcache", IPL_CLOCK);

static struct rb_tree hash_table[HASH_SIZE];	/* [dcache_lock] */
static struct list lru = LIST_INIT(lru);	/* [dcache_lock] newest last */
static unsigned nr_unpinned;			/* [dcache_lock] */
static atomic_t nr_dentries;
static u64 next_cookie = 3;			/* [dcache_lock] 2: after .. */
static struct slab_cache *dentry_cache;

void dcache_init(void)
{
	dentry_cache = slab_create("dentry", sizeof(struct dentry));
}

u32 name_hash(const char *name, unsigned len)
{
	u32 h = NAME_HASH_INIT;

	for (unsigned i = 0; i < len; i++)
		h = name_hash_step(h, (u8)name[i]);
	return h;
}

/*
 * Return: the bucket for the name's hash and the parent's address, whose
 * constant low bits are not hashed.
 */
static struct rb_tree *dcache_bucket(const struct dentry *parent, u32 hash)
{
	u32 h = hash ^ (u32)((unsigned long)parent >> 6) * 0x9e3779b1u;

	return &hash_table[(h ^ h >> HASH_BITS) & (HASH_SIZE - 1)];
}

/*
 * The order of a bucket's tree.
 * Return: negative, 0 or positive: the name comes before d's, is d's, or comes
 * behind it.
 */
static inline int dentry_compare(const struct dentry *parent, const char *name,
				 unsigned len, u32 hash, const struct dentry *d)
{
	if (hash != d->hash)
		return hash < d->hash ? -1 : 1;
	if (parent != d->parent)
		return parent < d->parent ? -1 : 1;
	if (len != d->name_len)
		return len < d->name_len ? -1 : 1;
	return memcmp(name, d->name, len);
}

/* Context: [dcache_lock].  Return: the dentry, not referenced. */
struct dentry *dcache_find(struct dentry *parent, const char *name,
			   unsigned len, u32 hash)
{
	struct rb_node *n = dcache_bucket(parent, hash)->root;

	br_must_hold(&dcache_lock);
	while (n) {
		struct dentry *d = rb_entry(n, struct dentry, in_bucket);
		int side = dentry_compare(parent, name, len, hash, d);

		if (!side)
			return d;
		n = side < 0 ? n->left : n->right;
	}
	return NULL;
}

/*
 * Add d to the cache; the caller supplies the cache's reference.
 * Context: [dcache_lock] for writing.
 */
static void hash_add(struct dentry *d)
{
	struct rb_tree *bucket = dcache_bucket(d->parent, d->hash);
	struct rb_node **link = &bucket->root, *above = NULL;

	br_must_write(&dcache_lock);
	while (*link) {
		above = *link;
		link = dentry_compare(d->parent, d->name, d->name_len, d->hash,
				      rb_entry(above, struct dentry,
					       in_bucket)) < 0 ?
			&above->left : &above->right;
	}
	rb_link(&d->in_bucket, above, link);
	rb_insert_fixup(bucket, &d->in_bucket, NULL);
	d->hashed = true;
}

/*
 * Take d out of the cache; the cache's reference passes to the caller.
 * Context: [dcache_lock] for writing.
 */
static void dcache_hash_remove(struct dentry *d)
{
	br_must_write(&dcache_lock);
	rb_remove(dcache_bucket(d->parent, d->hash), &d->in_bucket, NULL);
	d->hashed = false;
}

/* Context of lru_add() and lru_remove(): [dcache_lock] for writing. */
static void lru_add(struct dentry *d)
{
	br_must_write(&dcache_lock);
	if (list_empty(&d->lru)) {
		list_append(&lru, &d->lru);
		nr_unpinned++;
	}
}

static void lru_remove(struct dentry *d)
{
	if (!list_empty(&d->lru)) {
		list_remove(&d->lru);
		nr_unpinned--;
	}
}

/* Short names, which most are, are stored in the dentry itself. */
static bool dentry_set_name(struct dentry *d, const char *name, unsigned len)
{
	char *to = d->short_name;

	if (len >= sizeof(d->short_name)) {
		to = kmalloc(len + 1);
		if (!to)
			return false;
	}
	memcpy(to, name, len);
	to[len] = 0;
	d->name = to;
	d->name_len = len;
	return true;
}

/*
 * The dentry is not in the cache yet: no look-up finds it before
 * dentry_set_inode().
 */
struct dentry *dentry_alloc(struct dentry *parent, const char *name,
			    unsigned len, u32 hash)
{
	struct dentry *d = slab_alloc(dentry_cache);

	if (!d)
		return NULL;
	if (!dentry_set_name(d, name, len)) {
		slab_free(dentry_cache, d);
		return NULL;
	}
	ref_init(&d->refs);
	d->inode = NULL;
	list_init(&d->children);
	list_init(&d->sibling);
	list_init(&d->lru);
	d->hashed = false;
	d->cookie = 0;
	d->hash = hash;
	d->pinned = false;
	d->mounted = 0;
	d->parent = parent ? parent : d;
	if (parent)
		dentry_get(parent);
	atomic_add(&nr_dentries, 1);
	return d;
}

/*
 * Free d, whose last reference is gone, and each parent that only d kept alive.
 * A loop, as a path may be deep and the kernel stack is small.
 */
void dentry_free(struct dentry *d)
{
	for (;;) {
		struct dentry *parent = d->parent;
		struct inode *i = d->inode;

		ASSERT(!d->hashed && list_empty(&d->children) &&
		       list_empty(&d->sibling) && list_empty(&d->lru));
		atomic_add(&nr_dentries, -1);
		if (d->name != d->short_name)
			kfree(d->name);
		slab_free(dentry_cache, d);
		if (i) {
			if (!HINT(i->nlink)) /* the file has no name any more */
				notify_inode(i, IN_DELETE_SELF);
			inode_put(i);
		}
		if (parent == d || !ref_put(&parent->refs))
			return;
		d = parent;
	}
}

/* Put d under its parent and into the cache.  Context: [dcache_lock]. */
static void dentry_enter(struct dentry *d)
{
	br_must_write(&dcache_lock);
	if (dentry_hashed(d))
		return;
	d->cookie = next_cookie++;
	list_append(&d->parent->children, &d->sibling);
	hash_add(d);
	dentry_get(d);
}

/*
 * Note that the name now exists.  In a file system that keeps names only in
 * memory, the dentry is pinned: it is on no list from which it could be
 * dropped.
 */
void dentry_set_inode(struct dentry *d, struct inode *i)
{
	bool trim;

	br_write_lock(&dcache_lock);
	ASSERT(!d->inode);
	d->inode = i;
	if (d->parent == d) {		/* a root: referenced by its super */
		br_write_unlock(&dcache_lock);
		return;
	}
	dentry_enter(d);
	if (i->super->pin_names) {
		d->pinned = true;
		lru_remove(d);
	} else {
		lru_add(d);
	}
	trim = nr_unpinned > UNPINNED_MAX;
	br_write_unlock(&dcache_lock);
	if (unlikely(trim))
		dcache_shrink(UNPINNED_MAX / 2);
}

/* For O_TMPFILE and pipes, whose dentries are never found by name. */
void dentry_set_nameless(struct dentry *d, struct inode *i)
{
	br_write_lock(&dcache_lock);
	d->inode = i;
	br_write_unlock(&dcache_lock);
}

/*
 * A negative dentry is worth caching: a shell looks for each command in every
 * directory of PATH.
 */
void dentry_set_negative(struct dentry *d)
{
	bool trim;

	br_write_lock(&dcache_lock);
	dentry_enter(d);
	lru_add(d);
	trim = nr_unpinned > UNPINNED_MAX;
	br_write_unlock(&dcache_lock);
	if (unlikely(trim))
		dcache_shrink(UNPINNED_MAX / 2);
}

/*
 * Context: [dcache_lock] for writing.
 * Return: true if the caller now owns the cache's reference.
 */
static bool dentry_unhash(struct dentry *d)
{
	br_must_write(&dcache_lock);
	if (!dentry_hashed(d))
		return false;
	dcache_hash_remove(d);
	list_remove(&d->sibling);
	lru_remove(d);
	return true;
}

/* Users of the file keep d alive, but no look-up finds it. */
void dentry_delete(struct dentry *d)
{
	bool put;

	br_write_lock(&dcache_lock);
	put = dentry_unhash(d);
	br_write_unlock(&dcache_lock);
	if (put)
		dentry_put(d);
}

/*
 * Swap the names.  A short name is stored inside the dentry, so the pointer to
 * a short name must not be swapped.
 */
static void swap_names(struct dentry *a, struct dentry *b)
{
	char *name = a->name;
	char text[sizeof(a->short_name)];
	unsigned len = a->name_len;
	u32 hash = a->hash;
	bool a_short = a->name == a->short_name;
	bool b_short = b->name == b->short_name;

	memcpy(text, a->short_name, sizeof(text));
	memcpy(a->short_name, b->short_name, sizeof(text));
	memcpy(b->short_name, text, sizeof(text));
	a->name = b_short ? a->short_name : b->name;
	b->name = a_short ? b->short_name : name;
	a->name_len = b->name_len;
	b->name_len = len;
	a->hash = b->hash;
	b->hash = hash;
}

static void swap_parents(struct dentry *a, struct dentry *b)
{
	struct dentry *p = a->parent;

	a->parent = b->parent;
	b->parent = p;
}

/*
 * Give `to`, which has lost its place to d, the name and parent of that place
 * again: an event of the open file, and its link in /proc, have the name that
 * it was opened by.
 * long_name: room for the name, if it is a long one.
 * Context: [dcache_lock] for writing.
 * Return: the parent that `to` had; its reference is the caller's.
 */
static struct dentry *keep_place(struct dentry *to, const struct dentry *d,
				 char **long_name)
{
	struct dentry *old = to->parent;
	char *unused = to->name == to->short_name ? NULL : to->name;

	to->name = *long_name ? *long_name : to->short_name;
	memcpy(to->name, d->name, d->name_len + 1);
	*long_name = unused;
	to->name_len = d->name_len;
	to->hash = d->hash;
	to->parent = d->parent;
	dentry_get(to->parent);
	return old;
}

/*
 * d takes over the name and parent of `to`, and goes to the end of the
 * children; `to` leaves the cache for good.  Without memory for a second long
 * name, `to` gets d's old one.
 */
void dentry_move(struct dentry *d, struct dentry *to)
{
	bool is_long = to->name_len >= sizeof(to->short_name), put;
	char *long_name = to->inode && is_long ?
		kmalloc(to->name_len + 1) : NULL;
	struct dentry *old = NULL;

	br_write_lock(&dcache_lock);
	dcache_hash_remove(d);
	list_remove(&d->sibling);
	put = dentry_unhash(to);
	swap_names(d, to);
	swap_parents(d, to);
	if (to->inode && (!is_long || long_name))
		old = keep_place(to, d, &long_name);
	list_append(&d->parent->children, &d->sibling);
	d->cookie = next_cookie++;
	hash_add(d);
	br_write_unlock(&dcache_lock);
	kfree(long_name);
	if (old)
		dentry_put(old);
	if (put)
		dentry_put(to);
}

/*
 * Both names change in one hold of the lock, so that no look-up finds only one
 * of them changed.
 */
void dentry_exchange(struct dentry *a, struct dentry *b)
{
	br_write_lock(&dcache_lock);
	dcache_hash_remove(a);
	dcache_hash_remove(b);
	list_remove(&a->sibling);
	list_remove(&b->sibling);
	swap_names(a, b);
	swap_parents(a, b);
	a->cookie = next_cookie++;
	b->cookie = next_cookie++;
	list_append(&a->parent->children, &a->sibling);
	list_append(&b->parent->children, &b->sibling);
	hash_add(a);
	hash_add(b);
	br_write_unlock(&dcache_lock);
}

bool dentry_is_below_locked(const struct dentry *d, const struct dentry *above)
{
	while (d != above && d->parent != d)
		d = d->parent;
	return d == above;
}

/*
 * The answer stays valid only while the rename mutex or the caller's locks keep
 * the tree unchanged.
 */
bool dentry_is_below(struct dentry *d, struct dentry *above)
{
	bool yes;

	br_read_lock(&dcache_lock);
	yes = dentry_is_below_locked(d, above);
	br_read_unlock(&dcache_lock);
	return yes;
}

/* Return: a leaf of the tree under root, which may be root itself. */
static struct dentry *tree_leaf(struct dentry *root)
{
	struct dentry *d = root;

	while (!list_empty(&d->children))
		d = list_first(&d->children, struct dentry, sibling);
	return d;
}

/*
 * Called at the end of a file system, when it has no users.  The reference to
 * root is dropped as well.
 */
void dcache_drop_tree(struct dentry *root)
{
	for (;;) {
		struct dentry *d;
		bool put;

		br_write_lock(&dcache_lock);
		d = tree_leaf(root);
		put = d != root && dentry_unhash(d);
		br_write_unlock(&dcache_lock);
		if (d == root)
			break;
		if (put)
			dentry_put(d);
		cond_resched();
	}
	dentry_put(root);
}

#define SHRINK_BATCH	256	/* dentries looked at in one hold of the lock */

/*
 * Look at the oldest dentries, and drop the first that is not in use.  Each
 * dentry looked at goes to the end of the list, so a pass sees each once.  A
 * parent is referenced by its children, so it is dropped only after them.
 * *left: number of dentries that this pass has not seen; after a dentry was
 * dropped, a new pass begins.
 * Return: true if the pass goes on.
 */
static bool shrink_some(unsigned keep, unsigned *left)
{
	struct dentry *d, *victim = NULL;
	bool more;

	br_write_lock(&dcache_lock);
	for (unsigned n = 0; n < SHRINK_BATCH && *left && !victim &&
	     nr_unpinned > keep; n++) {
		d = list_first(&lru, struct dentry, lru);
		list_remove(&d->lru);
		list_append(&lru, &d->lru);
		(*left)--;
		if (ref_read(&d->refs) == 1 && !d->mounted)
			victim = d;
	}
	if (victim) {
		dentry_unhash(victim);
		*left = nr_unpinned;
	}
	more = *left && nr_unpinned > keep;
	br_write_unlock(&dcache_lock);
	if (victim)
		dentry_put(victim);
	return more;
}

void dcache_shrink(unsigned keep)
{
	unsigned left = PEEK(nr_unpinned);

	while (left && shrink_some(keep, &left))
		;
}

unsigned long dentry_count(void)
{
	return (unsigned long)atomic_read(&nr_dentries);
}

void vfs_shrink(void)
{
	dcache_shrink(0);
}
