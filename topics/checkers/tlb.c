/* SPDX-License-Identifier: MIT */
/*
 * The TLB checker (rows A5, A12, docs/checkers.md): tracks which CPU may still
 * hold a translation that is no longer in the page tables.  It intercepts the
 * calls of the TLB contract and all stores to entries.  It assumes that a CPU
 * never evicts an entry by itself: what was valid while a space was loaded may
 * still be in the TLB.
 *
 * Invariant: a removed translation has a record in stale[] until each CPU that
 * may hold it has flushed it, or that CPU's identifier for the space is
 * SUSPECT.
 */
#include "tlb_internal.h"
#include <kernel/smp/smp.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <mm/tables/kmap.h>

#define RIGHTS (MAP_RWX | MAP_USER | MAP_GLOBAL)

struct shadow_cpu shadow[TLBCHECK_CPUS];
struct stale *stale;
unsigned nr_stale, max_stale;
u32 tlbcheck_count;
static u32 tags;			/* number of tags, a power of two */

void __real_arch_mmu_activate(paddr_t root, unsigned asid);
void __real_arch_tlb_page(unsigned asid, vaddr_t va);
void __real_arch_tlb_asid(unsigned asid);
void __real_arch_tlb_all(void);
void __real_arch_icache_sync(void);
void __wrap_arch_mmu_activate(paddr_t root, unsigned asid);
void __wrap_arch_tlb_page(unsigned asid, vaddr_t va);
void __wrap_arch_tlb_asid(unsigned asid);
void __wrap_arch_tlb_all(void);
void __wrap_arch_icache_sync(void);

static u32 tlb_tag_of(unsigned asid)
{
	return asid & (tags - 1);
}

/* ---- memory -------------------------------------------------------------- */

static void *tlb_take(unsigned long size)
{
	unsigned order = 0;
	struct page *p;

	while (PAGE_SIZE << order < size)
		order++;
	p = page_alloc(order, PAGE_KERNEL);
	if (!p)
		panic("tlb: %lu KiB for the checker are not there", size >> 10);
	memset(page_virt(p), 0, size);
	return page_virt(p);
}

/* Allocate one block for records, at most a sixteenth of memory. */
void tlbcheck_init(void)
{
	unsigned cpus = boot_info.cpu_count ? boot_info.cpu_count : 1;
	unsigned long room = PAGE_SIZE << PAGE_MAX_ORDER;

	while (room > page_total() * PAGE_SIZE / 16)
		room /= 2;
	stale = tlb_take(room);
	max_stale = (unsigned)(room / sizeof(*stale));
	nr_stale = 0;
	tags = 1u << arch_asid_bits();
	memset(shadow, 0, sizeof(shadow));
	for (unsigned i = 0; i < min(cpus, 0u + TLBCHECK_CPUS); i++)
		shadow[i].owner = tlb_take(tags * sizeof(u32));
}

void stale_remove(unsigned i)
{
	pfn_page(stale[i].pfn)->tlb.records--;
	stale[i] = stale[--nr_stale];
}

/*
 * Add a record.  Panic if the table is full, so that no record is lost
 * silently.
 */
void stale_add(const struct stale *s)
{
	if (nr_stale == max_stale)
		panic("tlb: %u changed entries wait for a flush, and the "
		      "checker has room for no more", nr_stale);
	pfn_page(s->pfn)->tlb.records++;
	stale[nr_stale++] = *s;
}

/* ---- address-space identifiers ------------------------------------------- */

/*
 * Update the records: CPU c has flushed all entries with this tag.  Global
 * entries stay.
 */
static void forget_tag(unsigned c, u32 tag)
{
	struct shadow_cpu *s = &shadow[c];
	u32 root = s->owner[tag] & ~SUSPECT;
	unsigned i = nr_stale;

	s->owner[tag] = tag == s->tag ? s->root : 0;
	while (root && i-- > 0) {
		if (stale[i].root != root)
			continue;
		stale[i].cpus &= ~(1u << c);
		if (!stale[i].cpus)
			stale_remove(i);
	}
}

void suspect_tag(unsigned c, u32 tag, const struct stale *what,
		 enum tlbcheck_find kind, unsigned long by)
{
	struct shadow_cpu *s = &shadow[c];

	s->owner[tag] |= SUSPECT;
	s->notes[s->nr_notes++ % NOTES] =
		(struct note){ tag, kind, *what, by };
}

void tlbcheck_suspect(unsigned c, const struct stale *what,
		      enum tlbcheck_find kind, unsigned long by)
{
	suspect_tag(c, frame_of(what->root)->tag[c], what, kind, by);
}

/*
 * Remove CPU c from the records of a root, because its identifier for the root
 * becomes suspect.
 */
static void drop_cpu(u32 root, unsigned c)
{
	for (unsigned i = nr_stale; i-- > 0;) {
		if (stale[i].root != root)
			continue;
		stale[i].cpus &= ~(1u << c);
		if (!stale[i].cpus)
			stale_remove(i);
	}
}

/* ---- trees of page tables ------------------------------------------------ */

static vaddr_t child_va(const struct tlbcheck_frame *f, unsigned i)
{
	unsigned spare = 8 * sizeof(vaddr_t) - PT_SHIFT(PT_LEVELS);
	vaddr_t va = f->va + ((vaddr_t)i << PT_SHIFT(f->level));

	/* the kernel's half of the root is at the top of the address range */
	if (f->level == PT_LEVELS - 1 && i >= PT_KERNEL_FIRST)
		va = (vaddr_t)((long)(va << spare) >> spare);
	return va;
}

/*
 * Return: the frame to which an entry in a user page table holds a reference,
 * or NULL.
 */
static struct page *counted_frame(const struct tlbcheck_frame *f, pte_t e)
{
	if (f->root == KERNEL_TREE || f->level || !pte_present(e) ||
	    pte_soft(e) & PTE_SPECIAL || !pfn_valid(pte_pfn(e)))
		return NULL;
	return pfn_page(pte_pfn(e));
}

/*
 * Count an entry for the frame that it maps.  A reference is taken before the
 * entry is stored and dropped after the entry is removed.  So a frame never has
 * more entries than references.
 */
static void count_entry(const struct tlbcheck_frame *f, vaddr_t va, pte_t e,
			unsigned long by, struct find *find)
{
	struct page *p = counted_frame(f, e);
	struct stale what = { .va = va, .pfn = (u32)pte_pfn(e), .by = by };

	if (p && ++p->tlb.entries > (unsigned)ref_read(&p->refs) && find)
		found(find, FIND_COUNT, this_cpu(), &what, 0);
}

static void uncount_entry(const struct tlbcheck_frame *f, pte_t e)
{
	struct page *p = counted_frame(f, e);

	if (p && p->tlb.entries)	/* 0: the frame was reused */
		p->tlb.entries--;
}

/* Record that frame p is now a table of the tree, with all tables below it. */
static void tlb_add_table(struct page *p, u32 root, unsigned level, vaddr_t va)
{
	struct tlbcheck_frame *f = &p->tlb;
	const pte_t *t = page_virt(p);
	unsigned end = PT_ENTRIES;
	bool known = f->root == SHARED_TREE;

	f->root = root;
	f->level = (u8)level;
	f->va = va;
	if (known)
		return;
	/*
	 * the kernel's half of a root is a copy of entries in the kernel's tree
	 */
	if (level == PT_LEVELS - 1 && root != KERNEL_TREE)
		end = PT_KERNEL_FIRST;
	for (unsigned i = 0; i < end; i++) {
		pte_t e = pte_read(&t[i]);

		count_entry(f, child_va(f, i), e, 0, NULL);
		if (pte_present(e) && !pte_is_leaf(e, level))
			tlb_add_table(pfn_page(pte_pfn(e)), root, level - 1,
				      child_va(f, i));
	}
}

void tlbcheck_root(paddr_t root)
{
	unsigned long flags = tlbcheck_lock();
	u32 number = (u32)(root >> PAGE_SHIFT) + 1;

	tlb_add_table(pfn_page(root >> PAGE_SHIFT), number, PT_LEVELS - 1, 0);
	frame_of(number)->seen = 0;
	frame_of(number)->need = 0;
	tlbcheck_unlock(flags, NULL);
}

/*
 * Record a root that pt_root_create() did not make: the kernel's, or a test's.
 */
static void tlb_add_root(paddr_t root, u32 number)
{
	struct page *p = pfn_page(root >> PAGE_SHIFT);

	if (root == kernel_root)
		number = KERNEL_TREE;
	if (p->tlb.root != number)
		tlb_add_table(p, number, PT_LEVELS - 1, 0);
}

/* ---- page table entries -------------------------------------------------- */

/*
 * True if the change from old to new removes something that a CPU must not use
 * any more.
 */
static bool tlb_revokes(pte_t old, pte_t new, unsigned level)
{
	if (!pte_present(old))
		return false;
	if (!pte_is_leaf(old, level))
		return !pte_present(new) || pte_is_leaf(new, level) ||
			pte_pfn(new) != pte_pfn(old) ||
			(pte_writable(old) && !pte_writable(new));
	if (!(pte_prot(old) & MAP_RWX))
		return false;
	return !pte_present(new) || !pte_is_leaf(new, level) ||
		pte_pfn(new) != pte_pfn(old) ||
		pte_prot(old) & ~pte_prot(new) & RIGHTS;
}

static u8 holders(u32 root)
{
	u8 cpus = 0;

	if (root == KERNEL_TREE)
		return (u8)smp_mask();
	/*
	 * nothing is stored through the upper entries of a shared table, and
	 * its other entries only lose rights
	 */
	if (root == SHARED_TREE)
		return 0;
	for (unsigned c = 0; c < TLBCHECK_CPUS; c++)
		if (held(root, c))
			cpus |= (u8)(1u << c);
	return cpus;
}

static void note_taken(const struct tlbcheck_frame *f, vaddr_t va, pte_t old,
		       unsigned long by)
{
	struct stale s = { 0 };

	s.cpus = holders(f->root);
	if (!s.cpus || !pfn_valid(pte_pfn(old)))
		return;
	s.root = f->root;
	s.pfn = (u32)pte_pfn(old);
	s.va = va;
	s.by = by;
	s.task = current;
	s.level = f->level;
	s.table = !pte_is_leaf(old, f->level);
	stale_add(&s);
}

/* Remove a table from its tree, with everything that its entries still map. */
static void tlb_remove_table(struct page *p, unsigned long by)
{
	struct tlbcheck_frame *f = &p->tlb;
	const pte_t *t = page_virt(p);

	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		pte_t e = pte_read(&t[i]);

		if (tlb_revokes(e, (pte_t){ 0 }, f->level))
			note_taken(f, child_va(f, i), e, by);
		uncount_entry(f, e);
		if (pte_present(e) && !pte_is_leaf(e, f->level))
			tlb_remove_table(pfn_page(pte_pfn(e)), by);
	}
	f->root = 0;
}

/*
 * Check a new executable leaf: the stores to its frames must have been cleaned,
 * unless it may be a copy of an older one, as fork makes; and each CPU that
 * fetches in the space must have synced since the last store.
 */
static void note_fetched(const struct tlbcheck_frame *f, vaddr_t va, pte_t e,
			 unsigned long by, struct find *find)
{
	struct page *p = pfn_page(pte_pfn(e));

	if (p->tlb.entries <= 1)
		for (unsigned i = 0; i < 1u << (PT_BITS * f->level); i++)
			check_clean(p + i, va + i * PAGE_SIZE, by, find);
	p->tlb.fetched = true;
	need_fetch(pfn_page(f->root - 1), p->tlb.written, va,
		   (u32)page_pfn(p), by);
}

/*
 * True if the machine may see both entries of a slot, the new one in the
 * other's place, but must see an invalid one in between (PT_BREAK).
 */
static bool tlb_needs_break(pte_t old, pte_t new, unsigned level)
{
	bool leaf = pte_is_leaf(new, level);

	return PT_BREAK && pte_present(old) && pte_present(new) &&
		(!leaf || pte_prot(new) & MAP_RWX) &&
		(!pte_is_leaf(old, level) || pte_prot(old) & MAP_RWX) &&
		(pte_pfn(old) != pte_pfn(new) ||
		 pte_is_leaf(old, level) != leaf);
}

/*
 * True if record s conflicts with the new entry at va: an old translation that
 * covers va, or for a new superpage, an old smaller translation or table inside
 * it.  With PT_BREAK, so does an old translation of the same size to another
 * frame.
 */
static bool tlb_in_the_way(const struct stale *s,
			   const struct tlbcheck_frame *f, vaddr_t va,
			   bool leaf, pfn_t pfn)
{
	unsigned long size = 1ul << PT_SHIFT(s->level);

	if (s->root != f->root)
		return false;
	if (PT_BREAK && leaf && !s->table && s->level == f->level)
		return s->va == va && s->pfn != pfn;
	if (f->root != KERNEL_TREE && leaf)
		return (s->table || s->level < f->level) &&
			s->va - va < 1ul << PT_SHIFT(f->level);
	return !s->table && va - s->va < size;
}

/*
 * Check that a new entry cannot conflict with an old translation.  An entry of
 * the kernel's map is never set while a TLB may hold a translation for the same
 * address.  In a user space, a flush must come between a superpage and a table
 * that replace each other, because a CPU must not have two page sizes for one
 * address.
 */
static void check_remap(const struct tlbcheck_frame *f, vaddr_t va,
			bool leaf, pfn_t pfn, unsigned long by,
			struct find *find)
{
	for (unsigned i = 0; i < nr_stale; i++) {
		if (!tlb_in_the_way(&stale[i], f, va, leaf, pfn))
			continue;
		stale_due(i, f->root == KERNEL_TREE ? FIND_KERNEL : FIND_USER,
			  by, find);
		return;
	}
}

/*
 * Handle a changed entry of level 1, whose table is or was shared by several
 * spaces: if the table becomes shared, note that.  The entries of the table
 * keep their references to frames.  CPUs that may still have one of these
 * entries in a TLB were recorded when the entry of level 1 changed.
 * Return: true if the table does not belong to a single tree.
 */
static bool tlb_note_shared(const struct tlbcheck_frame *f, pte_t old,
			    pte_t new)
{
	if (f->level != 1)
		return false;
	if (pte_shared(new))
		pfn_page(pte_pfn(new))->tlb.root = SHARED_TREE;
	return pte_shared(new) || pte_shared(old);
}

/*
 * Check an entry of a table that several spaces share: it may only lose rights.
 */
static void check_shared(const struct page *table, vaddr_t va, pte_t old,
			 pte_t new, unsigned long by, struct find *find)
{
	struct stale what = { .va = va, .pfn = (u32)pte_pfn(old), .by = by };

	if (table->tlb.root == SHARED_TREE && ref_read(&table->refs) > 1 &&
	    (pte_pfn(old) != pte_pfn(new) || pte_none(old) || pte_none(new) ||
	     pte_prot(new) & ~pte_prot(old)))
		found(find, FIND_SHARED, this_cpu(), &what, 0);
}

static void checkers_entry(struct page *table, const pte_t *slot, pte_t new,
			   unsigned long by, struct find *find)
{
	struct tlbcheck_frame *f = &table->tlb;
	pte_t old = pte_read(slot);
	unsigned i = (unsigned)(slot - (const pte_t *)page_virt(table));
	vaddr_t va = child_va(f, i);
	bool leaf = pte_present(new) && pte_is_leaf(new, f->level);
	bool shared = tlb_note_shared(f, old, new);

	check_shared(table, va, old, new, by, find);
	if (tlb_needs_break(old, new, f->level)) {
		struct stale what = {
			.va = va, .pfn = (u32)pte_pfn(old), .by = by,
		};

		found(find, FIND_BREAK, this_cpu(), &what, 0);
	}
	if (tlb_revokes(old, new, f->level)) {
		note_taken(f, va, old, by);
		if (!shared && !pte_is_leaf(old, f->level))
			tlb_remove_table(pfn_page(pte_pfn(old)), by);
	}
	uncount_entry(f, old);
	count_entry(f, va, new, by, find);
	if (!pte_present(old) && pte_present(new) &&
	    (f->root == KERNEL_TREE || !leaf || f->level || PT_BREAK))
		check_remap(f, va, leaf, pte_pfn(new), by, find);
	if (pte_present(new) && !leaf && !pte_shared(new))
		tlb_add_table(pfn_page(pte_pfn(new)), f->root, f->level - 1u,
			      va);
	if (leaf && f->root < SHARED_TREE && pte_prot(new) & MAP_X &&
	    !(pte_soft(new) & PTE_SPECIAL) && pfn_valid(pte_pfn(new)))
		note_fetched(f, va, new, by, find);
}

/*
 * Record a change and store the entry under one lock, so that a flush comes
 * before both or after both.
 */
static pte_t tlb_change(pte_t *slot, pte_t new, bool exchange, unsigned long by)
{
	pfn_t pfn = virt_to_phys(slot) >> PAGE_SHIFT;
	struct find find = { 0 };
	unsigned long flags;
	pte_t old = { 0 };

	flags = tlbcheck_lock();
	if (pfn_valid(pfn) && pfn_page(pfn)->tlb.root)
		checkers_entry(pfn_page(pfn), slot, new, by, &find);
	if (exchange)
		old = pte_xchg(slot, new);
	else
		pte_write(slot, new);
	tlbcheck_unlock(flags, &find);
	return old;
}

void tlbcheck_pte_write(pte_t *slot, pte_t p)
{
	tlb_change(slot, p, false, TLBCHECK_CALLER);
}

pte_t tlbcheck_pte_xchg(pte_t *slot, pte_t p)
{
	return tlb_change(slot, p, true, TLBCHECK_CALLER);
}

/* ---- wrappers of the TLB contract ---------------------------------------- */

/*
 * Make root the owner of the tag on c; entries of the previous owner become
 * suspect.
 */
static void tlb_own(unsigned c, u32 root, u32 tag, unsigned long by)
{
	struct tlbcheck_frame *f = frame_of(root);
	struct shadow_cpu *s = &shadow[c];
	u32 before = s->owner[tag] & ~SUSPECT;
	struct stale what = { .root = before, .pfn = root - 1 };

	if (before && before != root) {
		drop_cpu(before, c);
		suspect_tag(c, tag, &what, FIND_REUSED, by);
	}
	if (held(root, c) && f->tag[c] != tag) {
		drop_cpu(root, c);
		what.root = root;
		suspect_tag(c, f->tag[c], &what, FIND_REUSED, by);
	}
	s->owner[tag] = root | (s->owner[tag] & SUSPECT);
	f->seen |= (u8)(1u << c);
	f->tag[c] = (u16)tag;
	s->root = root;
	s->tag = tag;
}

void __wrap_arch_mmu_activate(paddr_t root, unsigned asid)
{
	unsigned long flags = tlbcheck_lock();
	u32 number = (u32)(root >> PAGE_SHIFT) + 1, tag = tlb_tag_of(asid);
	unsigned c = this_cpu();

	if (!pfn_valid(root >> PAGE_SHIFT)) {
		shadow[c].root = 0;	/* a test's root: not tracked */
	} else if (shadow[c].owner) {
		tlb_add_root(root, number);
		if (ARCH_ACTIVATE_FLUSHES) {
			shadow[c].root = 0;
			forget_tag(c, tag);
		}
		tlb_own(c, number, tag, TLBCHECK_CALLER);
	}
	tlbcheck_unlock(flags, NULL);
	__real_arch_mmu_activate(root, asid);
}

/* CPU flushes leaves, but neither the tables above them nor global entries. */
static void forget_pages(unsigned asid, vaddr_t va, unsigned long pages)
{
	unsigned long flags = tlbcheck_lock();
	vaddr_t end = va + pages * PAGE_SIZE;
	unsigned c = this_cpu();
	u32 root = shadow[c].owner ?
		shadow[c].owner[tlb_tag_of(asid)] & ~SUSPECT : 0;

	for (unsigned i = nr_stale; i-- > 0;) {
		struct stale *s = &stale[i];

		if (s->root != root || s->table || s->va >= end ||
		    s->va + (1ul << PT_SHIFT(s->level)) <= va)
			continue;
		s->cpus &= ~(1u << c);
		if (!s->cpus)
			stale_remove(i);
	}
	tlbcheck_unlock(flags, NULL);
}

void __wrap_arch_tlb_page(unsigned asid, vaddr_t va)
{
	forget_pages(asid, va, 1);
	__real_arch_tlb_page(asid, va);
}

#ifdef ARCH_TLB_RANGE
bool __real_arch_tlb_range(unsigned asid, vaddr_t va, unsigned long pages);
bool __wrap_arch_tlb_range(unsigned asid, vaddr_t va, unsigned long pages);

bool __wrap_arch_tlb_range(unsigned asid, vaddr_t va, unsigned long pages)
{
	if (!__real_arch_tlb_range(asid, va, pages))
		return false;
	forget_pages(asid, va, pages);
	return true;
}
#endif

void __wrap_arch_tlb_asid(unsigned asid)
{
	unsigned long flags = tlbcheck_lock();

	if (shadow[this_cpu()].owner)
		forget_tag(this_cpu(), tlb_tag_of(asid));
	tlbcheck_unlock(flags, NULL);
	__real_arch_tlb_asid(asid);
}

void __wrap_arch_tlb_all(void)
{
	unsigned long flags = tlbcheck_lock();
	struct shadow_cpu *s = &shadow[this_cpu()];

	for (unsigned i = nr_stale; i-- > 0;) {
		stale[i].cpus &= ~(1u << this_cpu());
		if (!stale[i].cpus)
			stale_remove(i);
	}
	if (s->owner) {
		memset(s->owner, 0, tags * sizeof(u32));
		s->owner[s->tag] = s->root;
	}
	tlbcheck_unlock(flags, NULL);
	__real_arch_tlb_all();
}

/*
 * Count the sync only once it is done: a store that is counted later may be
 * newer than the sync.
 */
void __wrap_arch_icache_sync(void)
{
	unsigned long flags;

	__real_arch_icache_sync();
	flags = tlbcheck_lock();
	shadow[this_cpu()].synced = ++tlbcheck_count;
	tlbcheck_unlock(flags, NULL);
}
