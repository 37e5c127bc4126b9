/* SPDX-License-Identifier: MIT */
/*
 * The checker of translations (rows A5, A12, docs/checkers.md): which CPU may
 * still hold what the page tables have no more.  It sees the contract's calls
 * and the stores to entries, and takes every CPU for one that forgets nothing
 * by itself: what was valid while a space was loaded may be in its TLB.
 *
 * Invariant: a translation that was taken away is a record in stale[] until
 * each CPU that may hold it was told, or its identifier there is SUSPECT.
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
static u32 tags;			/* a power of two */

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

/* As many records as a sixteenth of memory has room for, in one block. */
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

/* Never silently without one. */
void stale_add(const struct stale *s)
{
	if (nr_stale == max_stale)
		panic("tlb: %u changed entries wait for a flush, and the "
		      "checker has room for no more", nr_stale);
	pfn_page(s->pfn)->tlb.records++;
	stale[nr_stale++] = *s;
}

/* ---- identifiers --------------------------------------------------------- */

/* All of c's entries under the tag are gone, global ones not. */
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

void suspect(unsigned c, const struct stale *what, enum tlbcheck_find kind,
	     unsigned long by)
{
	suspect_tag(c, frame_of(what->root)->tag[c], what, kind, by);
}

/* Records of a root need not name c: its identifier there is suspect. */
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

/* ---- trees --------------------------------------------------------------- */

static vaddr_t child_va(const struct tlbcheck_frame *f, unsigned i)
{
	unsigned spare = 8 * sizeof(vaddr_t) - PT_SHIFT(PT_LEVELS);
	vaddr_t va = f->va + ((vaddr_t)i << PT_SHIFT(f->level));

	/* the kernel's half of the root lies at the end of all addresses */
	if (f->level == PT_LEVELS - 1 && i >= PT_KERNEL_FIRST)
		va = (vaddr_t)((long)(va << spare) >> spare);
	return va;
}

/* The frame that an entry of a program's page holds a reference to, or NULL. */
static struct page *counted_frame(const struct tlbcheck_frame *f, pte_t e)
{
	if (f->root == KERNEL_TREE || f->level || !pte_present(e) ||
	    pte_soft(e) & PTE_SPECIAL || !pfn_valid(pte_pfn(e)))
		return NULL;
	return pfn_page(pte_pfn(e));
}

/*
 * A reference is taken before the entry is stored, and given back after the
 * entry is gone: so there are never more entries than references.
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

	if (p && p->tlb.entries)	/* none: it was taken anew meanwhile */
		p->tlb.entries--;
}

/* The frame p is a table of the tree now, with all that hangs on it. */
static void tlb_hook(struct page *p, u32 root, unsigned level, vaddr_t va)
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
	/* the kernel's half of a root is a copy: the tree is the kernel's */
	if (level == PT_LEVELS - 1 && root != KERNEL_TREE)
		end = PT_KERNEL_FIRST;
	for (unsigned i = 0; i < end; i++) {
		pte_t e = pte_read(&t[i]);

		count_entry(f, child_va(f, i), e, 0, NULL);
		if (pte_present(e) && !pte_is_leaf(e, level))
			tlb_hook(pfn_page(pte_pfn(e)), root, level - 1,
				 child_va(f, i));
	}
}

void tlbcheck_root(paddr_t root)
{
	unsigned long flags = tlbcheck_lock();
	u32 number = (u32)(root >> PAGE_SHIFT) + 1;

	tlb_hook(pfn_page(root >> PAGE_SHIFT), number, PT_LEVELS - 1, 0);
	frame_of(number)->seen = 0;
	frame_of(number)->need = 0;
	tlbcheck_unlock(flags, NULL);
}

/* A root that is not of pt_root_create(): the kernel's own, or a test's. */
static void adopt(paddr_t root, u32 number)
{
	struct page *p = pfn_page(root >> PAGE_SHIFT);

	if (root == kernel_root)
		number = KERNEL_TREE;
	if (p->tlb.root != number)
		tlb_hook(p, number, PT_LEVELS - 1, 0);
}

/* ---- entries ------------------------------------------------------------- */

/* Does new leave something of old that a CPU must not use any more? */
static bool takes_away(pte_t old, pte_t new, unsigned level)
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
	/* nobody stores through its upper entries, and the rest must not change */
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

/* A table leaves the tree: so does what its entries still map. */
static void tlb_unhook(struct page *p, unsigned long by)
{
	struct tlbcheck_frame *f = &p->tlb;
	const pte_t *t = page_virt(p);

	for (unsigned i = 0; i < PT_ENTRIES; i++) {
		pte_t e = pte_read(&t[i]);

		if (takes_away(e, (pte_t){ 0 }, f->level))
			note_taken(f, child_va(f, i), e, by);
		uncount_entry(f, e);
		if (pte_present(e) && !pte_is_leaf(e, f->level))
			tlb_unhook(pfn_page(pte_pfn(e)), by);
	}
	f->root = 0;
}

/* A leaf that is fetched from: each CPU of the space was told of the stores. */
static void note_fetched(const struct tlbcheck_frame *f, vaddr_t va, pte_t e,
			 unsigned long by)
{
	struct page *p = pfn_page(pte_pfn(e));

	p->tlb.fetched = true;
	need_fetch(pfn_page(f->root - 1), p->tlb.written, va,
		   (u32)page_pfn(p), by);
}

/*
 * Is it of the same place as what is entered at va: something that covers it,
 * or for a superpage what is smaller, and the table that led there?
 */
static bool tlb_in_the_way(const struct stale *s,
			   const struct tlbcheck_frame *f, vaddr_t va,
			   bool leaf)
{
	unsigned long size = 1ul << PT_SHIFT(s->level);

	if (s->root != f->root)
		return false;
	if (f->root != KERNEL_TREE && leaf)
		return (s->table || s->level < f->level) &&
			s->va - va < 1ul << PT_SHIFT(f->level);
	return !s->table && va - s->va < size;
}

/*
 * The kernel's map is never changed under a translation of the same place, nor
 * is a superpage's place given to a table, or a table's to a superpage: no CPU
 * that runs the space has two sizes for an address.
 */
static void check_remap(const struct tlbcheck_frame *f, vaddr_t va,
			bool leaf, unsigned long by, struct find *find)
{
	for (unsigned i = 0; i < nr_stale; i++) {
		if (!tlb_in_the_way(&stale[i], f, va, leaf))
			continue;
		stale_due(i, f->root == KERNEL_TREE ? FIND_KERNEL : FIND_USER,
			  by, find);
		return;
	}
}

/*
 * The table that an entry above the leaves names becomes shared, or already
 * was when the entry changed.  Its own entries have the references to frames,
 * as ever; who may still have one in a TLB was noted with the upper entry.
 * Return: it is no table of one tree.
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

/* An entry of a table that several spaces have only loses rights. */
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
	if (takes_away(old, new, f->level)) {
		note_taken(f, va, old, by);
		if (!shared && !pte_is_leaf(old, f->level))
			tlb_unhook(pfn_page(pte_pfn(old)), by);
	}
	uncount_entry(f, old);
	count_entry(f, va, new, by, find);
	if (!pte_present(old) && pte_present(new) &&
	    (f->root == KERNEL_TREE || !leaf || f->level))
		check_remap(f, va, leaf, by, find);
	if (pte_present(new) && !leaf && !pte_shared(new))
		tlb_hook(pfn_page(pte_pfn(new)), f->root, f->level - 1u, va);
	if (leaf && f->root < SHARED_TREE && pte_prot(new) & MAP_X &&
	    !(pte_soft(new) & PTE_SPECIAL) && pfn_valid(pte_pfn(new)))
		note_fetched(f, va, new, by);
}

/* Store and record are one step: a flush comes before both or after both. */
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

/* ---- the contract -------------------------------------------------------- */

/* root becomes the owner of the tag on c; what was before is suspect. */
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
		shadow[c].root = 0;	/* of a test: nothing is there */
	} else if (shadow[c].owner) {
		adopt(root, number);
		if (ARCH_ACTIVATE_FLUSHES) {
			shadow[c].root = 0;
			forget_tag(c, tag);
		}
		tlb_own(c, number, tag, TLBCHECK_CALLER);
	}
	tlbcheck_unlock(flags, NULL);
	__real_arch_mmu_activate(root, asid);
}

/* One leaf; not what leads to it, nor a global one. */
void __wrap_arch_tlb_page(unsigned asid, vaddr_t va)
{
	unsigned long flags = tlbcheck_lock();
	unsigned c = this_cpu();
	u32 root = shadow[c].owner ?
		shadow[c].owner[tlb_tag_of(asid)] & ~SUSPECT : 0;

	for (unsigned i = nr_stale; i-- > 0;) {
		struct stale *s = &stale[i];

		if (s->root != root || s->table ||
		    va - s->va >= 1ul << PT_SHIFT(s->level))
			continue;
		s->cpus &= ~(1u << c);
		if (!s->cpus)
			stale_remove(i);
	}
	tlbcheck_unlock(flags, NULL);
	__real_arch_tlb_page(asid, va);
}

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

/* Stores before it are seen: so it is done before it is counted. */
void __wrap_arch_icache_sync(void)
{
	unsigned long flags;

	__real_arch_icache_sync();
	flags = tlbcheck_lock();
	shadow[this_cpu()].synced = ++tlbcheck_count;
	tlbcheck_unlock(flags, NULL);
}
