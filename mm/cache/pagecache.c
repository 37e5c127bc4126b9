/* SPDX-License-Identifier: MIT */
/*
 * The page cache, which holds all file pages, for read, write and mmap alike
 * (lecture row E8 of docs/coverage.md).
 *
 *   read(), write()    a page fault         write-back, reclaim
 *         \                 |                 /
 *          v                v                v
 *   inode->mapping:  radix tree by page index
 *         |    index 0      1        2       (3: a hole, not read yet, or out)
 *         |        +---+    +---+    +---+
 *         |        |   |    | D |    | R |   D: dirty   R: PG_READING
 *         |        +---+    +---+    +---+
 *         |          ^        ^
 *         |          |        |     page-table entries that map it
 *         +--> vmas: the reverse map, which finds those entries again
 *
 * A page of tmpfs is filled before it enters the tree.  When it is swapped out,
 * the number of its swap slot takes its place in the tree.  A page of a file on
 * a disk enters the tree with PG_READING, and nobody reads its contents before
 * that bit is clear.
 *
 * Invariants: a page in a tree has kind PAGE_CACHE, page->mapping is set, and
 * the tree has one reference to the page.  A dirty page of a file on a disk is
 * in the tree.  A truncated page has mapping NULL; code that maps a page checks
 * this under pt_lock (mm/cache/truncate.c).
 */
#include <kernel/current.h>
#include <lt/bug.h>
#include <mm/frames/page.h>
#include "pagecache.h"
#include <mm/frames/slab.h>
#include <mm/tables/soft_entry.h>
#include <mm/vm_internal.h>

/* Size of a mapping without a limit. */
#define NO_LIMIT ((loff_t)(~0ull >> 1 & ~(u64)(PAGE_SIZE - 1)))

struct anon_mapping {
	struct mapping mapping;
	ref_t refs;
	loff_t size;			/* const */
};

static atomic_t total_pages;		/* in all mappings */
static atomic_t disk_pages;		/* pages of files on disks */
atomic_t dirty_pages;			/* dirty pages of files on disks */

void mapping_init(struct mapping *m, const struct mapping_owner *owner,
		  const loff_t *size, const struct mapping_ops *ops)
{
	m->owner = owner;
	m->size = size;
	m->ops = ops;
	m->bdev = NULL;
	atomic_set(&m->writeback, 0);
	atomic_set(&m->direct, 0);
	radix_init(&m->tree);
	m->nr_pages = m->nr_out = m->nr_dirty = 0;
	m->kept = false;
	m->error = 0;
	spin_init(&m->lock, "mapping", IPL_SOFT);
	mutex_init(&m->map_lock, "file mapping");
	list_init(&m->vmas);
	m->truncate_seq = 0;
	m->futex_id = 0;
}

/*
 * Reads the size without a lock: a caller that acts on the result checks again
 * afterwards (file_page()), or holds the inode's mutex.
 */
unsigned long mapping_end(const struct mapping *m)
{
	return (PEEK(*m->size) + PAGE_SIZE - 1) >> PAGE_SHIFT;
}

unsigned long pagecache_pages(void)
{
	return (unsigned long)atomic_read(&total_pages);
}

unsigned long pagecache_of_disks(void)
{
	return (unsigned long)atomic_read(&disk_pages);
}

unsigned long pagecache_dirty(void)
{
	return (unsigned long)atomic_read(&dirty_pages);
}

bool mapping_next(struct mapping *m, unsigned long *index)
{
	bool any;

	spin_lock(&m->lock);
	any = radix_next(&m->tree, index) != NULL;
	spin_unlock(&m->lock);
	return any;
}

/*
 * Takes the reference to the page under the lock.  Otherwise the tree could
 * drop its own reference first, and the frame could be reused.
 */
struct page *mapping_find(struct mapping *m, unsigned long index)
{
	struct page *p;

	spin_lock(&m->lock);
	p = radix_get(&m->tree, index);
	if (item_is_page(p) && likely(!(page_flags(p) & PG_NOT_READY)))
		page_get(p);
	else
		p = NULL;
	spin_unlock(&m->lock);
	return p;
}

struct page *mapping_lookup(struct mapping *m, unsigned long index)
{
	struct page *p;

	spin_lock(&m->lock);
	p = radix_get(&m->tree, index);
	if (item_is_page(p))
		page_get(p);
	else
		p = NULL;
	spin_unlock(&m->lock);
	return p;
}

/* Context: [m->lock].  Return: 0 or -ENOMEM. */
int mapping_enter_locked(struct mapping *m, struct page *p)
{
	int err = radix_set(&m->tree, p->index, p);

	spin_must_hold(&m->lock);
	if (err)
		return err;
	page_get(p);
	m->nr_pages++;
	atomic_add(&total_pages, 1);
	return 0;
}

/* p->mapping is set first, because a task that finds p in the tree reads it. */
int mapping_add(struct mapping *m, struct page *p, unsigned long index)
{
	int err = -EEXIST;

	spin_lock(&m->lock);
	if (!radix_get(&m->tree, index)) {
		p->mapping = m;
		p->index = index;
		err = mapping_enter_locked(m, p);
		if (!err) {
			page_set_flags(p, PG_IN_TREE);
			atomic_add(&disk_pages, 1);
		} else {
			p->mapping = NULL;
		}
	}
	spin_unlock(&m->lock);
	return err;
}

/*
 * ---- pages that begin as zeros (tmpfs) ------------------------------------
 */

int mapping_bring(struct mapping *m, unsigned long index, struct page **out)
{
	int read = 0;

	while (true) {
		void *item;

		spin_lock(&m->lock);
		item = radix_get(&m->tree, index);
		*out = item_is_page(item) ? item : NULL;
		if (*out)
			page_get(*out);
		spin_unlock(&m->lock);
		if (!item_is_out(item))
			return read;
		/*
		 * the page may be swapped out again at once if memory is short
		 */
		read = soft_entry->bring(m, index) ?: read;
		if (read < 0)
			return read;
	}
}

#define IS_THERE 1

/*
 * Enter a page of zeros if the slot is empty.
 * Return: 0; IS_THERE; -ENOMEM.
 */
static inline int enter_zero(struct mapping *m, unsigned long index,
			     struct page **out)
{
	struct page *p = page_alloc(0, PAGE_CACHE);
	int err = IS_THERE;

	if (unlikely(!p))
		return -ENOMEM;
	arch_clear_page(page_virt(p));
	mapping_claim(m, p, index, PG_SHMEM);
	spin_lock(&m->lock);
	if (likely(!radix_get(&m->tree, index)))
		err = mapping_enter_locked(m, p);
	spin_unlock(&m->lock);
	if (likely(!err)) {
		*out = p;
		return 0;
	}
	p->mapping = NULL;
	page_put(p);
	return err;
}

/*
 * Enter a page of zeros.  Space in the file system is reserved before the frame
 * is allocated, so that tmpfs never has more pages than its size= allows.  The
 * space is given back if another task entered a page first.
 */
static inline int make_page(struct mapping *m, unsigned long index,
			    struct page **out)
{
	bool limited = m->ops && m->ops->reserve;
	int err = limited ? m->ops->reserve(m, 1) : 0;

	if (unlikely(err))
		return err;
	err = enter_zero(m, index, out);
	if (unlikely(err) && limited)
		m->ops->unreserve(m, 1);
	return err;
}

/*
 * Continue after make_page() made no page: a page is in the tree or in swap, or
 * there was no space (err).  A page in swap needs no new space.
 */
static __noinline int find_or_make(struct mapping *m, unsigned long index,
				   struct page **out, int err)
{
	int read = 0;

	while (err) {
		int found = mapping_bring(m, index, out);

		if (found < 0)
			return found;
		read |= found;
		if (*out)
			return read;
		/* no page was found: it was truncated meanwhile */
		if (err < 0)
			return err;
		err = make_page(m, index, out);
	}
	return read;
}

static inline int make_or_bring(struct mapping *m, unsigned long index,
				struct page **out)
{
	int err = make_page(m, index, out);

	return likely(!err) ? 0 : find_or_make(m, index, out, err);
}

int mapping_make(struct mapping *m, unsigned long index, struct page **out)
{
	return min(make_or_bring(m, index, out), 0);
}

int mapping_fault(struct mapping *m, unsigned long index, struct page **out)
{
	*out = mapping_find(m, index);
	return *out ? 0 : make_or_bring(m, index, out);
}

int mapping_adopt(struct mapping *m, struct page *p, unsigned long n)
{
	int err = m->ops->reserve(m, n);

	spin_lock(&m->lock);
	for (unsigned long i = 0; i < n && !err; i++) {
		mapping_claim(m, &p[i], i, PG_SHMEM | PG_DIRTY);
		err = radix_set(&m->tree, i, &p[i]);
		m->nr_pages += !err;
	}
	atomic_add(&total_pages, (int)m->nr_pages);
	spin_unlock(&m->lock);
	return err;
}

/*
 * ---- pages that are read from a disk ---------------------------------------
 */

/*
 * Wait for p, which a task is reading or failed to read.  If the read that
 * failed was this task's own (*mine), report the error; else let the caller
 * read the page once more, since the disk may work again.
 * Return: 0: look again; -EIO.
 */
static int pagecache_await(struct mapping *m, struct page *p, bool *mine)
{
	page_wait(p, PG_READING);
	if (likely(!(page_flags(p) & PG_ERROR)))
		return 0;
	mapping_forget(m, p);
	if (*mine)
		return -EIO;
	*mine = true;		/* another task's failure: read once more */
	return 0;
}

/*
 * Loops, because the page may be truncated, reclaimed, or read by another task
 * before this task reads it or while this task waits for it.  n is 1 after the
 * first round, so that the window is read only once.
 */
int mapping_get_window(struct mapping *m, unsigned long index,
		       unsigned long first, unsigned n, struct page **out)
{
	bool mine = false;
	int err = 0;

	while (!err) {
		struct page *p = mapping_lookup(m, index);

		if (!p) {
			if (mapping_no_writeback(m))
				return mapping_make(m, index, out);
			err = m->ops->read_pages(m, first, n);
			/*
			 * if index is not first, its read may not have started
			 * for lack of memory
			 */
			mine = first == index;
			/* the window may end before index */
			first = index;
			n = 1;
			continue;
		}
		if (likely(!(page_flags(p) & PG_NOT_READY))) {
			*out = p;
			return 0;
		}
		err = pagecache_await(m, p, &mine);
		page_put(p);
	}
	return err;
}

int mapping_get(struct mapping *m, unsigned long index, struct page **out)
{
	return mapping_get_window(m, index, index, 1, out);
}

/* ---- removal ------------------------------------------------------------- */

void mapping_evict_locked(struct mapping *m, struct page *p)
{
	spin_must_hold(&m->lock);
	radix_remove(&m->tree, p->index);
	if ((READ_ONCE(p->flags) & (PG_DIRTY | PG_SHMEM)) == PG_DIRTY) {
		m->nr_dirty--;
		atomic_add(&dirty_pages, -1);
		current->moved.cancelled += PAGE_SIZE;
	}
	p->mapping = NULL;
	if (READ_ONCE(p->flags) & PG_IN_TREE) {
		page_clear_flags(p, PG_IN_TREE);
		atomic_add(&disk_pages, -1);
	}
	m->nr_pages--;
	atomic_add(&total_pages, -1);
}

/*
 * ---- pages in swap ---------------------------------------------------------
 */

void mapping_set_out(struct mapping *m, unsigned long index, void *item)
{
	spin_must_hold(&m->lock);
	radix_replace(&m->tree, index, item);
	m->nr_out++;
	atomic_add(&total_pages, -1);
}

void mapping_set_in(struct mapping *m, struct page *p, unsigned long index)
{
	spin_must_hold(&m->lock);
	mapping_claim(m, p, index, PG_SHMEM | PG_DIRTY);
	radix_replace(&m->tree, index, p);
	m->nr_out--;
	atomic_add(&total_pages, 1);
}

unsigned mapping_slot(struct mapping *m, unsigned long index)
{
	void *item;

	spin_lock(&m->lock);
	item = radix_get(&m->tree, index);
	spin_unlock(&m->lock);
	return item_is_out(item) ? item_slot(item) : ~0u;
}

unsigned long mapping_count_out(struct mapping *m, unsigned long first,
				unsigned long n)
{
	unsigned long out = 0, at = first, steps = 0;
	void *item;

	spin_lock(&m->lock);
	while (m->nr_out && (item = radix_next(&m->tree, &at)) &&
	       at - first < n) {
		out += item_is_out(item);
		if (!++at)
			break;
		if (++steps % RADIX_SLOTS)
			continue;
		spin_unlock(&m->lock);
		spin_lock(&m->lock);
	}
	spin_unlock(&m->lock);
	return out;
}

/* ---- dirty pages --------------------------------------------------------- */

/*
 * While any page is dirty, the range from dirty_from to dirty_to only grows.
 * The range spares write-back a look at every page of a large file that has few
 * dirty pages.
 */
void mapping_dirty_slow(struct mapping *m, struct page *p)
{
	/* instruction fetches may not see the store */
	if (READ_ONCE(p->flags) & PG_FETCHED)
		page_clear_flags(p, PG_FETCHED);
	if (mapping_no_writeback(m)) {
		page_set_flags(p, PG_DIRTY);
		return;
	}
	spin_lock(&m->lock);
	if (p->mapping == m && !(READ_ONCE(p->flags) & PG_DIRTY)) {
		page_set_flags(p, PG_DIRTY);
		if (!m->nr_dirty++) {
			m->dirty_from = m->dirty_to = p->index;
			m->ops->dirtied(m);
		}
		m->dirty_from = min(m->dirty_from, p->index);
		m->dirty_to = max(m->dirty_to, p->index);
		atomic_add(&dirty_pages, 1);
		current->moved.write_bytes += PAGE_SIZE;
	}
	spin_unlock(&m->lock);
}

/*
 * Find the addresses [*start, *end) at which v maps pages [first, last] of the
 * file.
 * Return: false: v maps none of them.
 */
static bool mapping_range_in(const struct vma *v, unsigned long first,
			     unsigned long last, uaddr_t *start, uaddr_t *end)
{
	unsigned long from = max(first, v->pgoff);
	unsigned long to = min(last, v->pgoff + vma_pages(v) - 1);

	*start = v->start + ((from - v->pgoff) << PAGE_SHIFT);
	*end = v->start + ((to - v->pgoff + 1) << PAGE_SHIFT);
	return from <= to;
}

/*
 * Skips private mappings, as their entries for pages of the file are always
 * read-only.
 */
void mapping_wrprotect(struct mapping *m, unsigned long first,
		       unsigned long last)
{
	uaddr_t start, end;
	struct vma *v;

	if (list_empty(&m->vmas))
		return;
	mutex_lock(&m->map_lock);
	list_for_each(v, &m->vmas, map_link)
		if (mapping_range_in(v, first, last, &start, &end) &&
		    !vma_private(v))
			vm_wrprotect(v, start, end);
	mutex_unlock(&m->map_lock);
}

/* ---- the reverse map ----------------------------------------------------- */

/*
 * If `copies` is true, private copies are unmapped as well: beyond the end of
 * the file an access to a private mapping gets SIGBUS, too (mmap(2)).  Before
 * the end, a private copy outlives the page of the file.
 */
void vm_unmap_mapping(struct mapping *m, unsigned long first,
		      unsigned long last, bool copies)
{
	uaddr_t start, end;
	struct vma *v;

	list_for_each(v, &m->vmas, map_link) {
		if (!mapping_range_in(v, first, last, &start, &end))
			continue;
		vm_own_some(v->space, start, end,
			    copies ? OWN_SOLE : OWN_TO_EVICT);
		if (copies || !vma_private(v))
			vm_zap(v->space, start, end, false);
		else
			vm_zap_file(v->space, start, end);
	}
}

/* ---- memory shared without a file ---------------------------------------- */

struct mapping *mapping_create_anon_limit(unsigned long limit)
{
	struct anon_mapping *a = kmalloc(sizeof(*a));

	if (!a)
		return NULL;
	mapping_init(&a->mapping, NULL, &a->size, NULL);
	ref_init(&a->refs);
	a->size = limit ? (loff_t)limit << PAGE_SHIFT : NO_LIMIT;
	return &a->mapping;
}

bool mapping_hold(struct mapping *m)
{
	if (m->owner)
		return m->owner->hold(m);
	return ref_try_get(&container_of(m, struct anon_mapping, mapping)->refs);
}

void mapping_drop(struct mapping *m)
{
	if (m->owner)
		m->owner->drop(m);
	else
		mapping_put_anon(m);
}

void mapping_get_anon(struct mapping *m)
{
	ref_get(&container_of(m, struct anon_mapping, mapping)->refs);
}

void mapping_put_anon(struct mapping *m)
{
	struct anon_mapping *a = container_of(m, struct anon_mapping, mapping);

	if (!ref_put(&a->refs))
		return;
	mapping_destroy(m);
	kfree(a);
}
