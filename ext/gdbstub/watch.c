/* SPDX-License-Identifier: MIT */
/*
 * Watchpoints, by page (row B7): whatever page of a watched range there is may
 * not be stored to, or not be touched at all.
 *
 *	watches[]	ranges, as GDB asks for them
 *	guards[]	pages that are protected now, and their entries of before
 *
 * Guards are put as a session ends and lifted as one begins, and while a
 * watched page is accessed (session.c); the other CPUs are held meanwhile.  What
 * the way from a fault to there touches cannot be watched, as it would fault
 * again.
 *
 * A space's entries belong to mm/, which may change one that is guarded, and
 * copy it for a child: so one is found anew each time.  A private page has the
 * rights again that mprotect(2) would give it; any other, only if its entry is
 * as it was left, those that it had.  A child's fault does the same (mm/fault.c,
 * forget_older()).
 */
#include <ext/gdbstub/gdbstub.h>
#include <kernel/hooks.h>
#include <kernel/smp.h>
#include <lt/boot.h>
#include <lt/compiler.h>
#include <mm/page.h>
#include <mm/pt.h>
#include <mm/tlb.h>
#include <mm/vm_internal.h>

#define WATCHES_MAX	16
#define BYTES_MAX	PAGE_SIZE		/* so two pages at most */

static struct stub_watch watches[WATCHES_MAX];	/* [owner of the session] */

static struct guard {
	struct vm_space *space;		/* NULL: the kernel's */
	unsigned long at, span;		/* span: 0: it is not in */
	pte_t was, now;
} guards[2 * WATCHES_MAX];		/* [owner]; who faults reads it */

static struct stub_watch hit;		/* [owner] kind: 0: none */
/* kernel_root, where no watch makes it fault.  const after init */
static paddr_t root;

/* ---- guards -------------------------------------------------------------- */

/* The pages of a range. */
static unsigned long first_page(const struct stub_watch *w)
{
	return ALIGN_DOWN(w->at, PAGE_SIZE);
}

static unsigned long page_bytes(const struct stub_watch *w)
{
	return ALIGN_UP(w->at + w->n - first_page(w), PAGE_SIZE);
}

/* Are they not to be read either? */
static bool hides(const struct stub_watch *w)
{
	return w->kind != STUB_WATCH_WRITE;
}

static void put_guard(struct guard *g, bool hide)
{
	unsigned level = 0;
	pte_t *slot = pt_walk(g->space ? g->space->root : root, g->at,
			      &level, PT_CHANGE);
	pte_t e;

	if (!slot)
		return;
	e = pte_read(slot);
	if (!pte_present(e) || (level && !pte_is_leaf(e, level)) ||
	    !(pte_prot(e) & (hide ? MAP_RWX : MAP_W)))
		return;
	if (g->space && level && hide)
		return;		/* stub_watches_to_copy() */
	g->was = e;
	g->now = hide ? pte_leaf_at(level, pte_pfn(e), pte_prot(e) & ~MAP_RWX,
				    pte_soft(e)) : pte_wrprotect(e);
	g->span = 1ul << PT_SHIFT(level);
	g->at = ALIGN_DOWN(g->at, g->span);
	pte_write(slot, g->now);
}

static struct vma *vma_at(struct vm_space *s, unsigned long at)
{
	struct vma *v = vm_find(s, at);

	return v && v->start <= at ? v : NULL;
}

/* Can mm/ give it v's rights in a session, where no other CPU answers? */
static bool can_change(const struct vma *v, pte_t e)
{
	return vma_private(v) && pte_present(e) &&
		(pte_soft(e) & PTE_SPECIAL ||
		 !(vm_effective(v->prot) & MAP_X) ||
		 (page_flags(pfn_page(pte_pfn(e))) &
		  (PG_FETCHED | PG_FETCHING)) == PG_FETCHED);
}

/* What it was still fits v, and does not let a child's frame be stored to. */
static bool may_restore(const struct guard *g, const struct vma *v)
{
	return v && !(pte_prot(g->was) & MAP_RWX & ~vm_effective(v->prot)) &&
		(!vma_private(v) || !pte_writable(g->was) ||
		 ref_read(&pfn_page(pte_pfn(g->was))->refs) == 1);
}

static void lift_guard(struct guard *g)
{
	const __typeof__(g->now.v) marks = PTE_A | PTE_D;
	unsigned level = 0;
	pte_t *slot = pt_walk(g->space ? g->space->root : root, g->at,
			      &level, PT_CHANGE);
	struct vma *v = g->space ? vma_at(g->space, g->at) : NULL;
	pte_t e = slot ? pte_read(slot) : (pte_t){ 0 };

	if (v && !level && can_change(v, e))
		vm_change_slots(v, slot, 1);
	else if (slot && !((e.v ^ g->now.v) & ~marks) &&
		 (!g->space || may_restore(g, v)))
		pte_write(slot, g->was);
	g->span = 0;
}

bool stub_is_space(const struct vm_space *s)
{
	struct task *t = NULL;

	for (int n = 0; n < STUB_TASKS_MAX && (t = stub_next_task(t)); n++)
		if (t->space == s)
			return true;
	return !s;
}

static struct guard *guard_at(const struct vm_space *s, unsigned long at)
{
	for (size_t i = 0; i < ARRAY_SIZE(guards); i++)
		if (guards[i].span && at - guards[i].at < guards[i].span &&
		    guards[i].space == s)
			return &guards[i];
	return NULL;
}

/* What hides a page has the say over what does not. */
static void guard_page(const struct stub_watch *w, unsigned long at)
{
	struct guard *g = guard_at(w->space, at);

	for (size_t i = 0; !g && i < ARRAY_SIZE(guards); i++)
		if (!guards[i].span) {
			guards[i].space = w->space;
			guards[i].at = at;
			put_guard(&guards[i], hides(w));
			return;
		}
}

static void put_watches(void *arg)
{
	const bool *hiding = arg;

	for (size_t i = 0; i < WATCHES_MAX; i++) {
		struct stub_watch *w = &watches[i];

		if (!w->kind || hides(w) != *hiding)
			continue;
		if (!stub_is_space(w->space)) {
			w->kind = 0;
			continue;
		}
		for (unsigned long n = 0; n < page_bytes(w); n += PAGE_SIZE)
			guard_page(w, first_page(w) + n);
	}
}

void stub_put_watches(void)
{
	bool hiding = true;

	stub_try(put_watches, &hiding);
	hiding = false;
	stub_try(put_watches, &hiding);
	arch_tlb_all();
}

static void lift_watches(void *arg __unused)
{
	for (size_t i = 0; i < ARRAY_SIZE(guards); i++)
		if (guards[i].span && stub_is_space(guards[i].space))
			lift_guard(&guards[i]);
}

void stub_lift_watches(void)
{
	stub_try(lift_watches, NULL);
	for (size_t i = 0; i < ARRAY_SIZE(guards); i++)
		guards[i].span = 0;
	arch_tlb_all();
}

bool stub_lift_page(unsigned long va)
{
	struct guard *g = guard_at(va < USER_TOP ? current->space : NULL, va);

	if (!g)
		return false;
	lift_guard(g);
	arch_tlb_all();
	return true;
}

/* ---- accesses ------------------------------------------------------------ */

bool stub_guards(unsigned long va, enum fault_access how)
{
	struct guard *g = guard_at(va < USER_TOP ? current->space : NULL, va);
	static const u8 needs[] = {
		[FAULT_READ] = MAP_R, [FAULT_WRITE] = MAP_W,
		[FAULT_EXEC] = MAP_X,
	};

	return g && pte_prot(g->was) & needs[how] &&
		!(pte_prot(g->now) & needs[how]);
}

bool stub_knows(unsigned long va)
{
	const struct vm_space *s = current->space;

	for (size_t i = 0; i < WATCHES_MAX; i++)
		if (watches[i].kind && watches[i].space == s && s &&
		    va - first_page(&watches[i]) < page_bytes(&watches[i]))
			return true;
	return false;
}

bool stub_is_old(unsigned long va, enum fault_access how)
{
	unsigned level = 0;
	pte_t *slot = pt_walk(kernel_root, va, &level, PT_READ);
	pte_t e = slot ? pte_read(slot) : (pte_t){ 0 };

	if (!pte_present(e) || !(pte_prot(e) & MAP_R) || how == FAULT_EXEC ||
	    (how == FAULT_WRITE && !pte_writable(e)))
		return false;
	arch_tlb_all();
	return true;
}

void stub_note_access(const struct trapframe *tf, unsigned long va,
		      enum fault_access how)
{
	const struct stub_access a = stub_access(tf);
	bool reads = how == FAULT_READ || (how == FAULT_WRITE && a.reads);

	hit.kind = 0;
	for (size_t i = 0; i < WATCHES_MAX; i++) {
		const struct stub_watch *w = &watches[i];

		if (w->kind &&
		    w->space == (va < USER_TOP ? current->space : NULL) &&
		    va < w->at + w->n && w->at < va + a.size &&
		    ((reads && hides(w)) || (how == FAULT_WRITE &&
					     w->kind != STUB_WATCH_READ)))
			hit = *w;
	}
}

void stub_give_up(unsigned long va)
{
	for (size_t i = 0; i < WATCHES_MAX; i++)
		if (watches[i].kind &&
		    va - first_page(&watches[i]) < page_bytes(&watches[i]))
			watches[i].kind = 0;
}

const struct stub_watch *stub_hit(void)
{
	return hit.kind ? &hit : NULL;
}

void stub_no_hit(void)
{
	hit.kind = 0;
}

/* ---- what cannot be watched ---------------------------------------------- */

bool stub_overlap(unsigned long at, unsigned long n, const void *p, size_t size)
{
	return at < (unsigned long)p + size && (unsigned long)p < at + n;
}

/* Does it lie in a table of the kernel's half? */
static bool in_tables(pte_t *table, unsigned level, unsigned first,
		      unsigned long at, unsigned long n)
{
	if (stub_overlap(at, n, table, PT_ENTRIES * sizeof(*table)))
		return true;
	for (unsigned i = first; level && i < PT_ENTRIES; i++) {
		pte_t e = pte_read(&table[i]);

		if (pte_present(e) && !pte_is_leaf(e, level) &&
		    in_tables(phys_to_virt((paddr_t)pte_pfn(e) << PAGE_SHIFT),
			      level - 1, 0, at, n))
			return true;
	}
	return false;
}

/* Pages from at on, n bytes. */
static bool is_needed(unsigned long at, unsigned long n)
{
	struct task *t = NULL;

	for (int i = 0; i < STUB_TASKS_MAX && (t = stub_next_task(t)); i++)
		if (stub_overlap(at, n, t, sizeof(*t)) ||
		    stub_overlap(at, n, t->kstack, KSTACK_SIZE))
			return true;
	return stub_overlap(at, n, cpus, sizeof(cpus)) ||
		stub_overlap(at, n, &hooks, sizeof(hooks)) ||
		stub_overlap(at, n, watches, sizeof(watches)) ||
		stub_overlap(at, n, guards, sizeof(guards)) ||
		stub_overlap(at, n, &root, sizeof(root)) ||
		stub_keeps_session(at, n) || stub_keeps_parked(at, n) ||
		stub_keeps_machine(at, n) ||
		in_tables(phys_to_virt(kernel_root), PT_LEVELS - 1,
			  PT_KERNEL_FIRST, at, n);
}

/*
 * Of the kernel's only what lies in the direct map, where a page has one
 * address, and can be stored to.
 */
static bool is_plain(unsigned long page)
{
	unsigned level = 0;
	pte_t *slot = pt_walk(kernel_root, page, &level, PT_READ);
	pte_t e = slot ? pte_read(slot) : (pte_t){ 0 };

	return !level && pte_present(e) && pte_writable(e) &&
		pfn_valid(pte_pfn(e)) &&
		(unsigned long)page_virt(pfn_page(pte_pfn(e))) == page;
}

static void check_watch(void *arg)
{
	struct stub_watch *w = arg;
	unsigned long at = first_page(w), n = page_bytes(w);

	if (w->at < USER_TOP) {
		for (; w->space && n; at += PAGE_SIZE, n -= PAGE_SIZE)
			if (!vma_at(w->space, at))
				break;
		if (!n)
			return;
	} else if (is_plain(at) && is_plain(at + n - PAGE_SIZE) &&
		   !is_needed(at, n)) {
		return;
	}
	w->kind = 0;
}

/* ---- GDB's --------------------------------------------------------------- */

static struct stub_watch *find(const struct stub_watch *like)
{
	for (size_t i = 0; i < WATCHES_MAX; i++)
		if (watches[i].kind == like->kind &&
		    (!like->kind || (watches[i].at == like->at &&
				     watches[i].n == like->n)))
			return &watches[i];
	return NULL;
}

bool stub_set_watch(const struct task *t, unsigned kind, unsigned long at,
		    unsigned long n)
{
	struct stub_watch w = {
		.kind = (u8)kind, .at = at, .n = n,
		.space = at < USER_TOP ? t->space : NULL,
	}, *free = find(&(struct stub_watch){ .kind = 0 });

	if (!n || n > BYTES_MAX || at + n - 1 < at)
		return false;
	if (find(&w))
		return true;
	if (!free || !stub_try(check_watch, &w) || !w.kind)
		return false;
	*free = w;
	return true;
}

bool stub_clear_watch(unsigned kind, unsigned long at, unsigned long n)
{
	struct stub_watch *w = find(&(struct stub_watch){
		.kind = (u8)kind, .at = at, .n = n });

	if (w)
		w->kind = 0;
	return w;
}

void stub_clear_watches(void)
{
	for (size_t i = 0; i < WATCHES_MAX; i++)
		watches[i].kind = 0;
}

/* Superpages, and tables that fork shares with another space. */
unsigned stub_watches_to_copy(struct vm_space **space, unsigned long *at,
			      unsigned room)
{
	unsigned n = 0;

	for (size_t i = 0; i < WATCHES_MAX; i++) {
		const struct stub_watch *w = &watches[i];
		unsigned long page = first_page(w), end = page + page_bytes(w);

		if (!w->kind || !w->space || !stub_is_space(w->space) ||
		    (*space && *space != w->space))
			continue;
		for (; page < end && n < room; page += PAGE_SIZE) {
			unsigned level = 0;

			if (!pt_walk(w->space->root, page, &level, PT_CHANGE) ||
			    !level)
				continue;
			*space = w->space;
			at[n++] = page;
		}
	}
	return n;
}

/* ---- superpages ---------------------------------------------------------- */

/*
 * One table in the place of a leaf, with the same addresses and rights: so it
 * does not matter that a CPU has some by the one and some by the other.
 */
static bool split(pte_t *slot, unsigned level)
{
	struct page *p = pt_table_alloc();
	pte_t e = pte_read(slot), *table;

	if (!p)
		return false;
	table = page_virt(p);
	for (unsigned i = 0; i < PT_ENTRIES; i++)
		table[i] = pte_leaf_at(level - 1, pte_pfn(e) +
				       ((pfn_t)i << (PT_SHIFT(level - 1) -
						     PAGE_SHIFT)),
				       pte_prot(e), pte_soft(e));
	if (level > 1)		/* tables above the leaves count entries */
		atomic_add(&p->mapcount, PT_ENTRIES);
	pte_write(slot, pte_table(page_pfn(p)));
	return true;
}

bool stub_split_map(void)
{
	root = kernel_root;
	for (unsigned i = 0; i < boot_info.ram_count; i++) {
		const struct boot_range *r = &boot_info.ram[i];
		vaddr_t va = (vaddr_t)phys_to_virt((paddr_t)r->base);
		vaddr_t end = va + (unsigned long)r->size;

		while (va < end) {
			unsigned level = 0;
			pte_t *slot = pt_walk(kernel_root, va, &level, PT_READ);

			if (!slot || !level)
				va = ALIGN_DOWN(va, PT_LEAF_SPAN) +
					PT_LEAF_SPAN;
			else if (!split(slot, level))
				return false;
		}
	}
	tlb_flush_kernel();
	pt_shrink();		/* roots that were made before */
	return true;
}
