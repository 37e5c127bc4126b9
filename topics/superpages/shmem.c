/* SPDX-License-Identifier: MIT */
/*
 * Superpages in memory files: tmpfs, memfd_create(2), System V and anonymous
 * shared memory (row C5).
 *
 *   page cache, by index   512    513    514   ...   1023
 *                           |      |      |            |
 *   frames                 F      F+1    F+2   ...   F+511    F % 512 == 0
 *                           \______________ _____________/
 *                                          v
 *   page table             one leaf that names F
 *
 * The page cache knows only single pages.  If the pages of an aligned piece are
 * consecutive frames, one leaf maps them all, and each page is counted as if it
 * had an entry of its own.  So truncation, hole punching, reading and writing
 * need not know about superpages, and a split changes no counts.
 *
 * Invariant: a leaf is made under pt_lock and the mapping's lock, while all of
 * its pages are in the tree.  Code that removes a page from the tree unmaps it
 * afterwards.
 */
#include "hugepage.h"
#include <mm/tables/soft_entry.h>
#include <mm/vma.h>

#define TRIES	4		/* attempts to find a page that nobody uses */

/* ---- runs of frames ------------------------------------------------------ */

/*
 * Return: the first frame of the pages from index first on, if they are one
 * block; or NULL.
 * Context: [m->lock].
 */
static struct page *block_at(struct mapping *m, unsigned long first)
{
	struct page *head = radix_get(&m->tree, first);

	spin_must_hold(&m->lock);
	if (!item_is_page(head) || !IS_ALIGNED(page_pfn(head), HUGE_PAGES))
		return NULL;
	for (unsigned i = 1; i < HUGE_PAGES; i++)
		if (radix_get(&m->tree, first + i) != head + i)
			return NULL;
	return head;
}

/*
 * Take a reference and a mapping count on each frame of the block, for a leaf.
 * Return: the head; NULL: the pages are no block.
 */
static struct page *get_block(struct mapping *m, unsigned long first)
{
	struct page *head;

	spin_lock(&m->lock);
	head = block_at(m, first);
	for (unsigned i = 0; head && i < HUGE_PAGES; i++) {
		page_get(head + i);
		atomic_add(&head[i].mapcount, 1);
	}
	spin_unlock(&m->lock);
	return head;
}

/*
 * Return: how many of the pages are present or swapped out.  Context:
 * [m->lock].
 */
static unsigned count_present(struct mapping *m, unsigned long first)
{
	unsigned n = 0;

	for (unsigned i = 0; i < HUGE_PAGES; i++)
		n += radix_get(&m->tree, first + i) != NULL;
	return n;
}

static int shmem_reserve(struct mapping *m, unsigned long n)
{
	return m->ops && m->ops->reserve ? m->ops->reserve(m, n) : 0;
}

static void unreserve(struct mapping *m, unsigned long n)
{
	if (n && m->ops && m->ops->unreserve)
		m->ops->unreserve(m, n);
}

/*
 * Enter the zeroed frames into the tree, if no page is there.
 * Context: [m->lock].
 * Return: the number of frames entered.
 */
static unsigned enter_block(struct mapping *m, unsigned long first,
			    struct page *head)
{
	unsigned n = 0;

	if (count_present(m, first))
		return 0;
	for (; n < HUGE_PAGES; n++) {
		mapping_claim(m, head + n, first + n, PG_SHMEM);
		if (mapping_enter_locked(m, head + n)) {
			head[n].mapping = NULL;
			break;
		}
	}
	return n;
}

/* Fill a hole of the file with a block of zeros.  Return: true on success. */
static bool make_block(const struct vma *v, unsigned long first)
{
	struct mapping *m = v->mapping;
	struct page *head;
	unsigned n;

	if (shmem_reserve(m, HUGE_PAGES))
		return false;
	head = huge_alloc(PAGE_CACHE, true, huge_try_hard(v));
	if (!head) {
		unreserve(m, HUGE_PAGES);
		huge_note(file_fallback);
		return false;
	}
	page_break_block(head);
	spin_lock(&m->lock);
	n = enter_block(m, first, head);
	spin_unlock(&m->lock);
	unreserve(m, HUGE_PAGES - n);
	for (unsigned i = 0; i < HUGE_PAGES; i++)
		page_put(head + i);
	if (n == HUGE_PAGES)
		huge_note(file_alloc);
	return n == HUGE_PAGES;
}

/* ---- leaves -------------------------------------------------------------- */

static void drop_block(struct vm_space *s, struct page *head)
{
	for (unsigned i = 0; i < HUGE_PAGES; i++)
		atomic_add(&head[i].mapcount, -1);
	atomic_add(vm_rss_of(s, head), -(int)HUGE_PAGES);
	atomic_add(&huge_count.shmem, -1);
}

void huge_file_zap(struct vm_space *s, struct page *head)
{
	drop_block(s, head);
}

/* Set the leaf.  Context: [s->pt_lock].  Return: true on success. */
static bool enter_leaf(struct vm_space *s, struct vma *v, pte_t *slot,
		       struct page *head)
{
	unsigned prot = vm_effective(v->prot) | MAP_USER;

	huge_note_fetch(head, prot);
	atomic_add(vm_rss_of(s, head), HUGE_PAGES);
	atomic_add(&huge_count.shmem, 1);
	if (!huge_reserve_table(s))
		return false;
	if (pt_super_set(slot, pte_leaf_at(1, page_pfn(head), prot, 0)))
		return true;
	huge_drop_table(s);		/* another thread was first */
	return false;
}

/* Map the pages at start, if they are one block.  Return: true on success. */
static bool map_block(struct vm_space *s, struct vma *v, uaddr_t start)
{
	unsigned level = 1;
	pte_t *slot = pt_walk(s->root, start, &level, PT_MAKE);
	struct page *head;
	bool mine = false;

	if (!slot || level != 1 || !pte_none(pte_read(slot)))
		return false;
	spin_lock(&s->pt_lock);
	head = get_block(v->mapping, vma_index(v, start));
	if (head) {
		mine = enter_leaf(s, v, slot, head);
		if (!mine)
			drop_block(s, head);
	}
	spin_unlock(&s->pt_lock);
	if (head && !mine)
		huge_put_pieces(head);
	if (mine)
		huge_note(file_mapped);
	return mine;
}

/*
 * True if the whole superpage at start lies within v's file.  An access behind
 * the end of the file must get SIGBUS, so no superpage may reach beyond it.
 * huge_file_fault() checks this again after it has added pages to the file: a
 * truncation before that could not remove them.
 */
static bool in_file(const struct vma *v, uaddr_t start)
{
	return vma_index(v, start) + HUGE_PAGES <= mapping_end(v->mapping);
}

bool huge_file_fault(struct vm_space *s, struct vma *v, uaddr_t start)
{
	if (!in_file(v, start))
		return false;
	if (map_block(s, v, start))
		return true;
	return huge_allowed(v) && make_block(v, vma_index(v, start)) &&
		in_file(v, start) && map_block(s, v, start);
}

/* ---- collapse ------------------------------------------------------------ */

/*
 * Replace the page at index by the frame `to`, if only the tree has a reference
 * to the page: then nobody maps, reads or writes the page, and new users must
 * wait for the lock.
 * Context: [m->lock].
 * Return: true on success.
 */
static bool shmem_replace(struct mapping *m, unsigned long index,
			  struct page *old, struct page *to)
{
	if (ref_read(&old->refs) != 1 || atomic_read(&old->mapcount) ||
	    page_flags(old) & PG_NOT_READY)
		return false;
	arch_copy_page(page_virt(to), page_virt(old));
	mapping_claim(m, to, index, page_flags(old) & ~(PG_FETCHED | PG_FETCHING));
	radix_take(&m->tree, index);
	radix_set(&m->tree, index, to);	/* cannot fail: the nodes exist */
	old->mapping = NULL;
	return true;
}

/*
 * Fill the hole at index with the frame `to`.  Return: 0; -EAGAIN: there is a
 * page now; -ENOSPC, -ENOMEM.
 */
static int fill_hole(struct mapping *m, unsigned long index, struct page *to)
{
	int err = shmem_reserve(m, 1);

	if (err)
		return err;
	arch_clear_page(page_virt(to));
	spin_lock(&m->lock);
	err = -EAGAIN;
	if (!radix_get(&m->tree, index)) {
		mapping_claim(m, to, index, PG_SHMEM);
		err = mapping_enter_locked(m, to);
		if (err)
			to->mapping = NULL;
	}
	spin_unlock(&m->lock);
	if (err)
		unreserve(m, 1);
	else
		page_put(to);		/* the tree has its own reference */
	return err;
}

/*
 * Move the page at index to the frame `to`, whose reference goes to the tree.
 * Try several times, because a writing thread may map the page again between
 * the unmapping and the check.
 * Context: [m->map_lock].
 * Return: 0, -errno.
 */
static int move_page(struct mapping *m, unsigned long index, struct page *to)
{
	int err = -EAGAIN;

	for (unsigned k = 0; err == -EAGAIN && k < TRIES; k++) {
		struct page *old;
		bool done;

		spin_lock(&m->lock);
		old = radix_get(&m->tree, index);
		done = item_is_page(old) && shmem_replace(m, index, old, to);
		spin_unlock(&m->lock);
		if (done) {
			page_put(old);
			return 0;
		}
		if (!old)
			err = fill_hole(m, index, to);
		else if (item_is_out(old))
			err = min(soft_entry->bring(m, index), 0) ?: -EAGAIN;
		else
			vm_unmap_mapping(m, index, index, false);
	}
	return err;
}

/*
 * Move all pages to a new block.  Each page moves separately, so the file is
 * always consistent, even if this stops half-way.
 * Context: [m->map_lock].
 * Return: 0, -errno.
 */
static int move_pages(struct mapping *m, unsigned long first, bool hard)
{
	struct page *head = huge_alloc(PAGE_CACHE, false, hard);
	unsigned n = 0;
	int err = 0;

	if (!head) {
		huge_note(collapse_failed);
		return -ENOMEM;
	}
	huge_note(collapse_alloc);
	page_break_block(head);
	vm_unmap_mapping(m, first, first + HUGE_PAGES - 1, false);
	while (n < HUGE_PAGES && !(err = move_page(m, first + n, head + n)))
		n++;
	while (n < HUGE_PAGES)
		page_put(head + n++);
	return err;
}

/* Make the pages one block.  Context: [m->map_lock].  Return: 0, -errno. */
static int make_whole(struct mapping *m, unsigned long first, bool asked)
{
	unsigned present;
	bool is;

	spin_lock(&m->lock);
	is = block_at(m, first) != NULL;
	present = is ? HUGE_PAGES : count_present(m, first);
	spin_unlock(&m->lock);
	if (is)
		return 0;
	if (!asked && HUGE_PAGES - present > READ_ONCE(huge_switch.most_none))
		return -EBUSY;
	return move_pages(m, first,
			  asked || READ_ONCE(huge_switch.scan_defrag));
}

int huge_file_collapse(struct vma *v, uaddr_t start, bool asked)
{
	struct mapping *m = v->mapping;
	int err;

	if (!in_file(v, start))
		return -EINVAL;
	mutex_lock(&m->map_lock);
	err = make_whole(m, vma_index(v, start), asked);
	mutex_unlock(&m->map_lock);
	if (err)
		return err;
	/*
	 * faults wait for the space's lock, so the cleared entries stay empty
	 * until map_block() sets the leaf
	 */
	vm_zap_free(v->space, start, start + HUGE_SIZE, start,
		    start + HUGE_SIZE, false);
	return in_file(v, start) && map_block(v->space, v, start) ? 0 :
		-EAGAIN;
}
