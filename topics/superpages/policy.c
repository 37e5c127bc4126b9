/* SPDX-License-Identifier: MIT */
/*
 * Decide which memory gets superpages (row C5): depending on the machine, the
 * settings in /sys/kernel/mm/transparent_hugepage, the advice on a VMA, and
 * prctl(2).  Also allocate the blocks for superpages, unless less than a
 * sixteenth of all memory is free: that is left to single pages.
 */
#include "hugepage.h"
#include <mm/vma.h>

bool huge_enabled;
bool huge_deferred;
struct huge_counts huge_count;
struct page *(*huge_pool)(void);
void (*huge_make_room)(void);

/*
 * Linux's defaults, except for most_none: Linux lets a piece with a single page
 * become a superpage, which undoes MADV_DONTNEED.  Here seven eighths of a
 * piece must be in use.
 */
struct huge_switches huge_switch = {
	.anon = ANON_ALWAYS, .defrag = DEFRAG_MADVISE, .shmem = SHMEM_NEVER,
	.scan_defrag = 1, .scan_ms = 10000, .alloc_ms = 60000,
	.scan_pages = 8 * HUGE_PAGES, .most_none = HUGE_PAGES / 8,
};

/* ---- permission ---------------------------------------------------------- */

bool huge_is_anon(const struct vma *v)
{
	return !v->mapping && !v->ops && !(v->flags & VM_SPECIAL);
}

/*
 * True for a shared mapping of a memory file.  Private mappings of memory files
 * get single pages: most of the pages are copied sooner or later, one by one.
 */
bool huge_is_shmem(const struct vma *v)
{
	return v->mapping && mapping_no_writeback(v->mapping) &&
		!vma_private(v) && !(v->ops && v->ops->fault);
}

bool huge_fits(const struct vma *v, uaddr_t start)
{
	return huge_enabled &&
		!(v->flags & (VM_NOHUGE | VM_GROWSDOWN | VM_SPECIAL)) &&
		start >= v->start && start < v->end &&
		v->end - start >= HUGE_SIZE &&
		!READ_ONCE(v->space->no_huge) &&
		(!v->mapping || IS_ALIGNED(vma_index(v, start), HUGE_PAGES));
}

bool huge_allowed(const struct vma *v)
{
	unsigned shmem = READ_ONCE(huge_switch.shmem);
	unsigned anon = READ_ONCE(huge_switch.anon);

	if (v->mapping)
		return shmem == SHMEM_FORCE || shmem == SHMEM_ALWAYS ||
			shmem == SHMEM_WITHIN_SIZE ||
			(shmem == SHMEM_ADVISE && v->flags & VM_HUGE);
	return anon == ANON_ALWAYS ||
		(anon == ANON_MADVISE && v->flags & VM_HUGE);
}

/*
 * True if a fault or a scan could make a superpage in v (Linux's THPeligible).
 */
bool huge_eligible(const struct vma *v)
{
	return (huge_is_anon(v) || huge_is_shmem(v)) && huge_allowed(v) &&
		huge_fits(v, ALIGN_UP(v->start, HUGE_SIZE));
}

/* ---- memory -------------------------------------------------------------- */

bool huge_try_hard(const struct vma *v)
{
	unsigned defrag = READ_ONCE(huge_switch.defrag);
	bool advised = v->flags & VM_HUGE;

	if (defrag == DEFRAG_DEFER ||
	    (defrag == DEFRAG_DEFER_MADVISE && !advised))
		WRITE_ONCE(huge_deferred, true);
	return defrag == DEFRAG_ALWAYS ||
		(advised && (defrag == DEFRAG_MADVISE ||
			     defrag == DEFRAG_DEFER_MADVISE));
}

static bool scarce(void)
{
	return page_free_count() < page_total() / 16 + HUGE_PAGES;
}

/*
 * Clear a block.  The TLB flush is for emulators: QEMU's TLB gets an entry for
 * each 4 KiB of the block, and grows.  Without the flush here, the next flush
 * must clear the grown TLB: an munmap() after 64 MiB of such faults takes 9 ms
 * of wall time without this flush, 0.1 ms with it.  The faults are no slower.
 */
static void clear_block(struct page *head)
{
	char *at = page_virt(head);

	for (unsigned i = 0; i < HUGE_PAGES; i++)
		arch_clear_page(at + i * PAGE_SIZE);
	arch_tlb_all();
}

struct page *huge_alloc(enum page_kind kind, bool zeroed, bool hard)
{
	struct page *head = NULL;

	if (zeroed && kind == PAGE_ANON && huge_pool)
		head = huge_pool();
	if (head)
		return page_charge(head);
	head = scarce() ? NULL : page_alloc(HUGE_ORDER, kind);
	if (!head && hard && huge_make_room) {
		huge_make_room();
		head = scarce() ? NULL : page_alloc(HUGE_ORDER, kind);
	}
	if (head && zeroed)
		clear_block(head);
	return head;
}
