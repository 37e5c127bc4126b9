/* SPDX-License-Identifier: MIT */
/*
 * /proc/kpagecount and /proc/kpageflags (row A5): a 64-bit word for each frame
 * of the machine, indexed by frame number.  kpagecount has the number of
 * mappings of the frame in user spaces, kpageflags what the frame is used for.
 *
 * Invariant: no lock is taken, so a word may be out of date.  The struct page
 * of a frame is used only if no free block covers the frame.
 */
#include <fs/io/pagefile.h>
#include "kpage.h"
#include <topics/proc/proc.h>
#include <lt/init.h>
#include <lt/bug.h>
#include <mm/frames/page.h>
#include <mm/tables/pt.h>
#include <mm/frames/slab.h>

#define IF(cond, n)	((cond) ? KPF(n) : 0)

static struct kpage_source *sources;	/* const after init */

void kpage_add_source(struct kpage_source *s)
{
	s->next = sources;
	sources = s;
}

/*
 * True if the frame lies in a free block; only the block's head is marked free.
 */
static bool kpage_is_free(pfn_t pfn)
{
	for (unsigned o = 0; o <= PAGE_MAX_ORDER; o++) {
		pfn_t head = pfn & ~((1ul << o) - 1);
		struct page *p;

		if (!pfn_valid(head))
			break;
		p = pfn_page(head);
		if (HINT(p->kind) == PAGE_FREE && HINT(p->order) >= o)
			return true;
	}
	return false;
}

/*
 * Return: the head of the superpage that contains the frame, or the frame's own
 * page.
 */
static struct page *head_of(pfn_t pfn)
{
	pfn_t head = ALIGN_DOWN(pfn, 1ul << (PT_SHIFT(1) - PAGE_SHIFT));

	return pfn_valid(head) && HINT(pfn_page(head)->flags) & PG_HUGE_HEAD ?
		pfn_page(head) : pfn_page(pfn);
}

/*
 * True if the frame is part of a superpage of a memory file.  Such a superpage
 * is a run of frames, aligned in memory and in the file
 * (topics/superpages/shmem.c).
 */
static bool in_run(pfn_t pfn)
{
	unsigned n = 1u << (PT_SHIFT(1) - PAGE_SHIFT);
	pfn_t first = ALIGN_DOWN(pfn, n);
	const struct page *p = pfn_page(first);
	bool run = pfn_valid(first) && pfn_valid(first + n - 1) &&
		!kpage_is_free(first) && IS_ALIGNED(HINT(p->index), n);

	for (unsigned i = 0; run && i < n; i++)
		run = HINT(p[i].kind) == PAGE_CACHE &&
			HINT(p[i].flags) & PG_SHMEM &&
			HINT(p[i].mapping) == HINT(p->mapping) &&
			HINT(p[i].index) == HINT(p->index) + i;
	return run;
}

static u64 count_of(pfn_t pfn)
{
	struct page *head;

	if (!pfn_valid(pfn) || kpage_is_free(pfn))
		return 0;
	head = head_of(pfn);
	if (HINT(head->kind) != PAGE_ANON && HINT(head->kind) != PAGE_CACHE)
		return 0;
	return (u64)max(page_mappers(head, pfn - page_pfn(head)), 0);
}

/*
 * Return: flags of a page that may have been read from disk and may be written
 * back.
 */
static u64 state_flags(u32 flags)
{
	return IF(flags & PG_READING, KPF_LOCKED) |
		IF(flags & PG_ERROR, KPF_ERROR) |
		IF(flags & PG_DIRTY, KPF_DIRTY) |
		IF(!(flags & PG_NOT_READY), KPF_UPTODATE);
}

/*
 * Return: flags of a page in the page cache.  KPF_LRU: the page is on the ring
 * that reclaim scans.
 */
static u64 cache_flags(u32 flags)
{
	return state_flags(flags) |
		IF(flags & PG_WRITEBACK, KPF_WRITEBACK) |
		IF(flags & PG_SHMEM, KPF_SWAPBACKED) |
		IF(flags & PG_IN_TREE, KPF_LRU);
}

static u64 super_flags(pfn_t pfn)
{
	bool head = IS_ALIGNED(pfn, 1ul << (PT_SHIFT(1) - PAGE_SHIFT));

	return KPF(KPF_THP) | KPF(head ? KPF_COMPOUND_HEAD :
				    KPF_COMPOUND_TAIL);
}

static u64 anon_flags(const struct page *head, pfn_t pfn)
{
	u32 flags = HINT(head->flags);

	return KPF(KPF_ANON) | KPF(KPF_SWAPBACKED) | state_flags(flags) |
		IF(flags & PG_SWAP, KPF_SWAPCACHE) |
		(flags & PG_HUGE_HEAD ? super_flags(pfn) : 0);
}

static u64 kpage_flags_of(pfn_t pfn)
{
	struct page *head;
	u64 word;

	if (!pfn_valid(pfn))
		return KPF(KPF_NOPAGE);
	if (kpage_is_free(pfn))
		return KPF(KPF_BUDDY);
	head = head_of(pfn);
	word = IF(HINT(head->flags) & PG_ACCESSED, KPF_REFERENCED) |
		IF(count_of(pfn), KPF_MMAP);
	switch (HINT(head->kind)) {
	case PAGE_SLAB:
		return KPF(KPF_SLAB);
	case PAGE_TABLE:
		return KPF(KPF_PGTABLE);
	case PAGE_RESERVED:
		return KPF(KPF_RESERVED) |
			IF(head == zero_page, KPF_ZERO_PAGE);
	case PAGE_ANON:
		return word | anon_flags(head, pfn);
	case PAGE_CACHE:
		return word | cache_flags(HINT(head->flags));
	default:
		return IF(head == zero_page, KPF_ZERO_PAGE);
	}
}

/* ---- shared page tables -------------------------------------------------- */

/*
 * Return: the number of additional spaces that share this frame as a leaf
 * table.
 */
static unsigned kpage_extra_spaces(pfn_t pfn)
{
	struct page *p = pfn_page(pfn);
	int refs = HINT(p->kind) == PAGE_TABLE ? ref_read(&p->refs) : 0;

	return refs > 1 && !kpage_is_free(pfn) ? (unsigned)refs - 1 : 0;
}

/* The shared tables at the start of a read. */
struct shared_tables {
	pfn_t *pfn;
	unsigned n;
};

/*
 * Find the shared tables.  Return: their number; the first `room` are stored.
 */
static unsigned find_shared(pfn_t *pfn, unsigned room)
{
	unsigned n = 0;

	for (pfn_t t = page_first; t < page_end; t++) {
		if (!kpage_extra_spaces(t))
			continue;
		if (n < room)
			pfn[n] = t;
		n++;
	}
	return n;
}

static int kpage_note_shared(struct shared_tables *s)
{
	s->n = find_shared(NULL, 0);
	s->pfn = s->n ? kmalloc(s->n * sizeof(*s->pfn)) : NULL;
	if (s->n && !s->pfn)
		return -ENOMEM;
	s->n = min(s->n, find_shared(s->pfn, s->n));
	return 0;
}

/* ---- the files ----------------------------------------------------------- */

static void fill_flags(pfn_t first, u64 *word, unsigned n,
		       const struct shared_tables *shared __unused)
{
	struct kpage_words words = { first, n, word };
	bool run = false;

	for (unsigned i = 0; i < n; i++) {
		pfn_t pfn = first + i;

		if (!i || IS_ALIGNED(pfn, 1ul << (PT_SHIFT(1) - PAGE_SHIFT)))
			run = in_run(pfn);
		word[i] = kpage_flags_of(pfn) | (run ? super_flags(pfn) : 0);
	}
	for (const struct kpage_source *source = sources; source; source = source->next)
		source->mark(&words);
}

/*
 * Count the mappings of frames.  An entry of a table that fork shared counts
 * once for each space that shares the table.  There is no index from frames to
 * shared tables, so all shared tables are read.
 */
static void fill_counts(pfn_t first, u64 *word, unsigned n,
			const struct shared_tables *shared)
{
	for (unsigned i = 0; i < n; i++)
		word[i] = count_of(first + i);
	for (unsigned t = 0; t < shared->n; t++) {
		unsigned more = kpage_extra_spaces(shared->pfn[t]);
		const pte_t *slot = page_virt(pfn_page(shared->pfn[t]));

		for (unsigned i = 0; more && i < PT_ENTRIES; i++) {
			pte_t e = pte_read(&slot[i]);

			if (pte_present(e) && !(pte_soft(e) & PTE_SPECIAL) &&
			    pte_pfn(e) - first < n)
				word[pte_pfn(e) - first] += more;
		}
	}
}

typedef void fill_t(pfn_t first, u64 *word, unsigned n,
		    const struct shared_tables *shared);

/* Read words in chunks.  The end of memory is the end of the file. */
static long read_chunks(struct uio *u, loff_t *pos, u64 *chunk,
			fill_t *fill, const struct shared_tables *shared)
{
	loff_t at = *pos;
	long done = 0;

	while (u->left && at / 8 < (loff_t)page_end) {
		unsigned long n = min(u->left / 8, PAGE_SIZE / 8);

		n = min(n, (unsigned long)(page_end - (pfn_t)(at / 8)));
		fill((pfn_t)(at / 8), chunk, (unsigned)n, shared);
		if (uio_put(u, chunk, n * 8) < n * 8)
			return -EFAULT;
		done += (long)n * 8;
		at += (loff_t)n * 8;
	}
	*pos = at;
	return done;
}

static long kpage_read_words(struct uio *u, loff_t *pos, fill_t *fill,
			     const struct shared_tables *shared)
{
	u64 *chunk;
	long done;

	if (*pos % 8 || u->left % 8)
		return -EINVAL;
	chunk = kmalloc(PAGE_SIZE);
	if (!chunk)
		return -ENOMEM;
	done = read_chunks(u, pos, chunk, fill, shared);
	kfree(chunk);
	return done;
}

static long count_read(struct file *f __unused, struct uio *u, loff_t *pos)
{
	struct shared_tables shared;
	long done = kpage_note_shared(&shared);

	if (!done)
		done = kpage_read_words(u, pos, fill_counts, &shared);
	kfree(shared.pfn);
	return done;
}

static long flags_read(struct file *f __unused, struct uio *u, loff_t *pos)
{
	return kpage_read_words(u, pos, fill_flags, NULL);
}

static const struct file_ops count_fops = {
	.no_splice = true, .reads_pieces = true,
	.read = count_read, .seek = seek_anywhere,
};
static const struct file_ops flags_fops = {
	.no_splice = true, .reads_pieces = true,
	.read = flags_read, .seek = seek_anywhere,
};

static void kpage_init(void)
{
	struct proc_node *count, *flags;

	if (proc_add("kpagecount", 0400, &count) ||
	    proc_add("kpageflags", 0400, &flags))
		panic("proc: no memory for kpagecount");
	count->fops = &count_fops;
	flags->fops = &flags_fops;
}
INIT(ready, kpage_init);
