/* SPDX-License-Identifier: MIT */
/*
 * The page cache: the one home of file pages, for read, write and mmap alike.
 * A page enters the tree filled; whoever loses the race to fill one drops his.
 *
 * Invariant: a page in a tree has kind PAGE_CACHE, page->mapping set and one
 * reference of the tree's.  A page cut off has mapping NULL, and whoever maps
 * a page looks at that under pt_lock; truncation clears it first and unmaps
 * after, so no mapping of a cut page stays behind.
 */
#include <fs/vfs.h>
#include <lib/mem.h>
#include <lt/bug.h>
#include <mm/page.h>
#include <mm/pagecache.h>
#include <mm/slab.h>
#include <mm/vm_internal.h>

#define BATCH 32

struct anon_mapping {
	struct mapping mapping;
	ref_t refs;
	unsigned long limit;		/* const: pages; 0: none */
};

static atomic_t total_pages;		/* in all mappings */

void mapping_init(struct mapping *m, struct inode *inode,
		  const struct mapping_ops *ops)
{
	m->inode = inode;
	m->ops = ops;
	radix_init(&m->tree);
	m->nr_pages = 0;
	spin_init(&m->lock, "mapping", IPL_SOFT);
	mutex_init(&m->map_lock, "file mapping");
	list_init(&m->vmas);
}

unsigned long mapping_end(const struct mapping *m)
{
	const struct anon_mapping *a;

	if (m->inode)
		return (m->inode->size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	a = container_of(m, const struct anon_mapping, mapping);
	return a->limit ? a->limit : ~0ul;
}

unsigned long pagecache_pages(void)
{
	return atomic_read(&total_pages);
}

struct page *mapping_find(struct mapping *m, unsigned long index)
{
	struct page *p;

	spin_lock(&m->lock);
	p = radix_get(&m->tree, index);
	if (p)
		page_get(p);
	spin_unlock(&m->lock);
	return p;
}

/* A filled page that nobody else knows yet.  => 0, -ENOMEM, -EIO */
static int make_page(struct mapping *m, unsigned long index,
		     struct page **out)
{
	struct page *p = page_alloc(0, PAGE_CACHE);
	int err = 0;

	if (!p)
		return -ENOMEM;
	p->mapping = m;
	p->index = index;
	if (mapping_no_writeback(m)) {
		p->flags = PG_SHMEM;
		arch_clear_page(page_virt(p));
	} else {
		err = m->ops->read_page(m, p);
	}
	if (err) {
		page_put(p);
		return err;
	}
	*out = p;
	return 0;
}

/* Enter p, or take the page that is there now.  => 0 or -ENOMEM */
static int enter(struct mapping *m, struct page **p)
{
	struct page *old;
	int err = 0;

	spin_lock(&m->lock);
	old = radix_get(&m->tree, (*p)->index);
	if (old) {
		page_get(old);
	} else {
		err = radix_set(&m->tree, (*p)->index, *p);
		if (!err) {
			page_get(*p);
			m->nr_pages++;
			atomic_add(&total_pages, 1);
		}
	}
	spin_unlock(&m->lock);
	if (!old && !err)
		return 0;
	(*p)->mapping = NULL;
	page_put(*p);
	*p = old;
	if (m->ops && m->ops->unreserve)
		m->ops->unreserve(m, 1);
	return err;
}

int mapping_get(struct mapping *m, unsigned long index, struct page **out)
{
	struct page *p = mapping_find(m, index);
	int err;

	if (!p) {
		if (m->ops && m->ops->reserve) {
			err = m->ops->reserve(m, 1);
			if (err)
				return err;
		}
		err = make_page(m, index, &p);
		if (err && m->ops && m->ops->unreserve)
			m->ops->unreserve(m, 1);
		if (!err)
			err = enter(m, &p);
		if (err)
			return err;
	}
	*out = p;
	return 0;
}

/* ---- removal ------------------------------------------------------------- */

/* Take pages [first, last] out of the tree. */
static void remove_pages(struct mapping *m, unsigned long first,
			 unsigned long last)
{
	struct page *batch[BATCH];
	unsigned n;

	do {
		n = 0;
		spin_lock(&m->lock);
		while (n < BATCH) {
			struct page *p = radix_next(&m->tree, &first);

			if (!p || first > last)
				break;
			radix_remove(&m->tree, first);
			p->mapping = NULL;
			batch[n++] = p;
		}
		m->nr_pages -= n;
		atomic_add(&total_pages, -(int)n);
		spin_unlock(&m->lock);
		if (n && m->ops && m->ops->unreserve)
			m->ops->unreserve(m, n);
		page_put_many(batch, n);
	} while (n == BATCH);
}

void mapping_destroy(struct mapping *m)
{
	ASSERT(list_empty(&m->vmas));
	remove_pages(m, 0, ~0ul);
	ASSERT(!m->nr_pages);
}

static void unmap_pages(struct mapping *m, unsigned long first,
			unsigned long last)
{
	if (list_empty(&m->vmas))
		return;
	mutex_lock(&m->map_lock);
	vm_unmap_mapping(m, first, last);
	mutex_unlock(&m->map_lock);
}

void mapping_truncate(struct mapping *m, loff_t size)
{
	unsigned long first = (size + PAGE_SIZE - 1) >> PAGE_SHIFT;
	unsigned tail = size & ~PAGE_MASK;
	struct page *p;

	remove_pages(m, first, ~0ul);
	if (tail) {
		p = mapping_find(m, size >> PAGE_SHIFT);
		if (p) {
			memset((char *)page_virt(p) + tail, 0,
			       PAGE_SIZE - tail);
			page_put(p);
		}
	}
	unmap_pages(m, first, ~0ul);
}

void mapping_punch(struct mapping *m, unsigned long first, unsigned long last)
{
	remove_pages(m, first, last);
	unmap_pages(m, first, last);
}

void vm_unmap_mapping(struct mapping *m, unsigned long first,
		      unsigned long last)
{
	struct vma *v;

	list_for_each(v, &m->vmas, map_link) {
		unsigned long from = max(first, v->pgoff);
		unsigned long to = min(last, v->pgoff + vma_pages(v) - 1);

		if (from > to)
			continue;
		vm_zap(v->space, v->start + ((from - v->pgoff) << PAGE_SHIFT),
		       v->start + ((to - v->pgoff + 1) << PAGE_SHIFT), false);
	}
}

/* ---- memory shared without a file ---------------------------------------- */

struct mapping *mapping_create_anon_limit(unsigned long limit)
{
	struct anon_mapping *a = kmalloc(sizeof(*a));

	if (!a)
		return NULL;
	mapping_init(&a->mapping, NULL, NULL);
	ref_init(&a->refs);
	a->limit = limit;
	return &a->mapping;
}

struct mapping *mapping_create_anon(void)
{
	return mapping_create_anon_limit(0);
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
