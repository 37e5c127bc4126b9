/* SPDX-License-Identifier: MIT */
/*
 * The places where the TLB checker looks for violations (rows A5, A12,
 * docs/checkers.md): when a frame, a table or a root is freed, when user mode
 * is entered or was left, when the kernel accesses user memory, and when a task
 * has finished its changes.
 *
 * Freeing a frame while another CPU may hold a translation is no error if that
 * CPU flushes its identifier before it runs the space again.  So the error is
 * reported when that CPU runs the space without a flush.
 */
#include "tlb_internal.h"
#include <lt/arch.h>
#include <lt/bug.h>
#include <lt/ksym.h>
#include <lt/log.h>
#include <mm/uaccess.h>

static int busy;			/* the checker's spin lock, innermost */
static bool expected[FIND_KINDS];	/* true: errors of a kind are counted */
static unsigned counted[FIND_KINDS];

/* ---- reports ------------------------------------------------------------- */

static const char *const texts[FIND_KINDS] = {
	[FIND_FREED] = "a frame was freed while a CPU may still reach it",
	[FIND_MAPPED] = "a file's page was freed that counts as mapped",
	[FIND_TABLE] = "a page table was freed while a CPU may still walk it",
	[FIND_KERNEL] = "the kernel's map changed and a CPU was not told",
	[FIND_USER] = "a changed entry was not flushed before it was used",
	[FIND_REUSED] = "an address-space identifier has two spaces' entries",
	[FIND_ROOT] = "a space was freed while a CPU has it loaded",
	[FIND_FETCH] = "instruction fetch was not told of stores",
	[FIND_CODE] = "stores to code may still be in the data caches",
	[FIND_BREAK] = "an entry was replaced without a break",
	[FIND_COUNT] = "a frame has more entries than references",
	[FIND_SHARED] = "an entry changed in a table that several spaces share",
};

static void tlb_find_show_pc(const char *what, unsigned long pc)
{
	uintptr_t offset = 0;
	const char *name;

	if (!pc)
		return;
	name = ksym_lookup(pc - 1, &offset);
	log_print(LOG_EMERG, "tlb", "  %s: [%0*lx] %s+%#lx", what,
		  (int)sizeof(long) * 2, pc, name ? name : "?",
		  (unsigned long)offset + 1);
}

static void tlb_find_report(const struct find *f)
{
	const struct stale *s = &f->what;

	if (expected[f->kind]) {
		__atomic_fetch_add(&counted[f->kind], 1, __ATOMIC_RELAXED);
		return;
	}
	log_print(LOG_EMERG, "tlb", "%s:", texts[f->kind]);
	log_print(LOG_EMERG, "tlb", "  CPU %u, address %#lx, level %u%s, "
		  "frame %#lx", f->cpu, s->va, s->level,
		  s->table ? " (a table)" : "",
		  (unsigned long)s->pfn << PAGE_SHIFT);
	tlb_find_show_pc("the entry was changed by", s->by);
	tlb_find_show_pc("then", f->by);
	panic("tlb: %s", texts[f->kind]);
}

unsigned tlbcheck_expect(bool expect, enum tlbcheck_find kind)
{
	expected[kind] = expect;
	return __atomic_exchange_n(&counted[kind], 0, __ATOMIC_RELAXED);
}

unsigned long tlbcheck_lock(void)
{
	unsigned long flags = arch_irq_save();

	while (__atomic_exchange_n(&busy, 1, __ATOMIC_ACQUIRE))
		arch_relax();
	return flags;
}

void tlbcheck_unlock(unsigned long flags, const struct find *f)
{
	__atomic_store_n(&busy, 0, __ATOMIC_RELEASE);
	if (f && f->is)
		tlb_find_report(f);
	arch_irq_restore(flags);
}

/* ---- records that are due ------------------------------------------------ */

void found(struct find *f, enum tlbcheck_find kind, unsigned c,
	   const struct stale *s, unsigned long by)
{
	if (!f->is)
		*f = (struct find){ true, kind, c, *s, by };
}

/*
 * True if this CPU still has a space loaded that its task does not need
 * (mm/tables/asid.c).
 */
static bool tlb_find_is_lent(void)
{
	const struct cpu_mmu *m = &current->cpu->mmu;

	return m->space && !m->wanted;
}

/*
 * Check record i at the moment from which no CPU may use its translation any
 * more.  In the kernel's map it is an error at once if a CPU may still hold the
 * translation.  In a user space it is an error at once only for this CPU.  For
 * another CPU, and for this CPU if its task does not need the space, it becomes
 * an error only when the CPU uses the identifier again.  If a table was
 * removed, it is an error at once for any CPU that has the root loaded: the CPU
 * may walk the table at any time.
 */
void stale_due(unsigned i, enum tlbcheck_find kind, unsigned long by,
	       struct find *f)
{
	const struct stale s = stale[i];

	stale_remove(i);
	for (unsigned c = 0; c < TLBCHECK_CPUS; c++) {
		if (!(s.cpus >> c & 1))
			continue;
		if (s.root == KERNEL_TREE)
			found(f, FIND_KERNEL, c, &s, by);
		else if (!held(s.root, c))
			continue;
		else if (shadow[c].root == s.root &&
			 (s.table || (c == this_cpu() && !tlb_find_is_lent())))
			found(f, kind, c, &s, by);
		else
			tlbcheck_suspect(c, &s, kind, by);
	}
}

static bool names(const struct stale *s, u32 pfn, u32 n)
{
	u32 size = s->table ? 1 : 1u << (PT_BITS * s->level);

	return s->pfn < pfn + n && pfn < s->pfn + size;
}

/* True if there is a record for a frame or for a superpage that contains it. */
static bool tlb_find_recorded(const struct page *p, unsigned order)
{
	pfn_t pfn = page_pfn(p);

	if (order)
		return true;
	for (unsigned l = 0; l < PT_LEVELS; l++) {
		pfn_t head = ALIGN_DOWN(pfn, 1ul << (PT_BITS * l));

		if (pfn_valid(head) && pfn_page(head)->tlb.records)
			return true;
	}
	return false;
}

static void tlb_find_free_frames(struct page *p, unsigned order,
				 enum tlbcheck_find kind, unsigned long by)
{
	struct find f = { 0 };
	unsigned long flags;

	if (!READ_ONCE(nr_stale))
		return;
	flags = tlbcheck_lock();
	if (tlb_find_recorded(p, order))
		for (unsigned i = nr_stale; i-- > 0;)
			if (names(&stale[i], (u32)page_pfn(p), 1u << order))
				stale_due(i, stale[i].table ? FIND_TABLE : kind,
					  by, &f);
	tlbcheck_unlock(flags, &f);
}

/* Check that a freed page of a file does not count as mapped any more. */
static void check_count(const struct page *p, unsigned long by)
{
	struct find f = { true, FIND_MAPPED, this_cpu(),
			  { .pfn = (u32)page_pfn(p) }, by };

	if (p->kind == PAGE_CACHE && atomic_read(&p->mapcount))
		tlbcheck_unlock(tlbcheck_lock(), &f);
}

void tlbcheck_free(struct page *p, unsigned order, unsigned long by)
{
	check_count(p, by);
	tlb_find_free_frames(p, order, FIND_FREED, by);
}

void tlbcheck_table_free(struct page *p, unsigned long by)
{
	tlb_find_free_frames(p, 0, FIND_TABLE, by);
	p->tlb.root = 0;
}

void tlbcheck_alloc(struct page *p, unsigned order)
{
	unsigned long flags = tlbcheck_lock();

	++tlbcheck_count;
	for (unsigned i = 0; i < 1u << order; i++) {
		p[i].tlb.root = 0;
		p[i].tlb.fetched = false;
		p[i].tlb.entries = 0;
		p[i].tlb.written = tlbcheck_count;
	}
	tlbcheck_unlock(flags, NULL);
}

static const struct note *tlb_find_note_of(const struct shadow_cpu *s, u32 tag)
{
	for (unsigned i = s->nr_notes, n = 0; i-- > 0 && n < NOTES; n++)
		if (s->notes[i % NOTES].tag == tag)
			return &s->notes[i % NOTES];
	return NULL;
}

/*
 * True if CPU c has another root loaded, under an identifier that entries of
 * the old root may still have.
 */
static bool left_unflushed(unsigned c, u32 root)
{
	const struct shadow_cpu *s = &shadow[c];
	const struct note *n;

	if (!s->owner || !(s->owner[s->tag] & SUSPECT))
		return false;
	n = tlb_find_note_of(s, s->tag);
	return n && n->what.root == root;
}

/*
 * Check that no CPU has a freed root loaded, and mark the root's identifiers,
 * which must not be used for another root before a flush.
 */
void tlbcheck_root_free(paddr_t root, unsigned long by)
{
	unsigned long flags = tlbcheck_lock();
	struct stale s = { .root = (u32)(root >> PAGE_SHIFT) + 1,
			   .pfn = (u32)(root >> PAGE_SHIFT), .table = true };
	struct find f = { 0 };

	for (unsigned i = nr_stale; i-- > 0;)
		if (stale[i].root == s.root)
			stale_due(i, FIND_ROOT, by, &f);
	for (unsigned c = 0; c < TLBCHECK_CPUS; c++) {
		if (shadow[c].root == s.root || left_unflushed(c, s.root))
			found(&f, FIND_ROOT, c, &s, by);
		if (held(s.root, c))
			tlbcheck_suspect(c, &s, FIND_REUSED, by);
	}
	frame_of(s.root)->seen = 0;
	frame_of(s.root)->root = 0;
	tlbcheck_unlock(flags, &f);
}

/* ---- checks at use ------------------------------------------------------- */

static void check_tag(unsigned c, struct find *f)
{
	static const struct stale unknown;
	struct shadow_cpu *s = &shadow[c];
	const struct note *n;

	if (!s->owner || !(s->owner[s->tag] & SUSPECT))
		return;
	s->owner[s->tag] &= ~SUSPECT;
	n = tlb_find_note_of(s, s->tag);
	found(f, n ? n->kind : FIND_REUSED, c, n ? &n->what : &unknown,
	      n ? n->by : 0);
}

static void check_fetch(unsigned c, struct find *f)
{
	struct shadow_cpu *s = &shadow[c];
	struct stale what = { .root = s->root };
	const struct tlbcheck_frame *root;

	if (!s->root)
		return;
	root = frame_of(s->root);
	if ((s32)(root->need - s->synced) <= 0)
		return;
	what.va = root->need_va;
	what.pfn = root->need_pfn;
	what.by = root->need_by;
	found(f, FIND_FETCH, c, &what, 0);
	s->synced = root->need;
}

void tlbcheck_user(void)
{
	unsigned long flags = tlbcheck_lock();
	struct find f = { 0 };

	check_tag(this_cpu(), &f);
	check_fetch(this_cpu(), &f);
	tlbcheck_unlock(flags, &f);
}

void need_fetch(struct page *root, u32 when, vaddr_t va, u32 pfn,
		unsigned long by)
{
	struct tlbcheck_frame *f = &root->tlb;

	if ((s32)(when - f->need) <= 0)
		return;
	f->need = when;
	f->need_va = va;
	f->need_pfn = pfn;
	f->need_by = by;
}

u32 tlbcheck_now(void)
{
	unsigned long flags = tlbcheck_lock();
	u32 now = ++tlbcheck_count;

	tlbcheck_unlock(flags, NULL);
	return now;
}

/* The last store to a frame that CPUs fetch from, and its time.  [checker] */
static struct {
	struct page *page;
	u32 when;
} last_store;

void check_clean(const struct page *p, vaddr_t va, unsigned long by,
		 struct find *find)
{
	struct stale what = { .va = va, .pfn = (u32)page_pfn(p), .by = by };

	if ((s32)(p->tlb.cleaned - p->tlb.written) < 0)
		found(find, FIND_CODE, this_cpu(), &what, 0);
}

void tlbcheck_cleaned(const void *at, unsigned long n)
{
	pfn_t pfn = virt_to_phys(at) >> PAGE_SHIFT;
	unsigned long flags = tlbcheck_lock();

	++tlbcheck_count;
	for (; pfn <= (virt_to_phys(at) + n - 1) >> PAGE_SHIFT; pfn++)
		if (pfn_valid(pfn))
			pfn_page(pfn)->tlb.cleaned = tlbcheck_count;
	tlbcheck_unlock(flags, NULL);
}

void tlbcheck_fetch(paddr_t root, u32 when)
{
	unsigned long flags = tlbcheck_lock();
	struct find find = { 0 };

	if (when && when == last_store.when)
		check_clean(last_store.page, 0, TLBCHECK_CALLER, &find);
	if (when)
		need_fetch(pfn_page(root >> PAGE_SHIFT), when, 0, 0,
			   TLBCHECK_CALLER);
	tlbcheck_unlock(flags, &find);
}

void tlbcheck_fork(paddr_t to, paddr_t from)
{
	unsigned long flags = tlbcheck_lock();
	const struct tlbcheck_frame *f = &pfn_page(from >> PAGE_SHIFT)->tlb;

	need_fetch(pfn_page(to >> PAGE_SHIFT), f->need, f->need_va,
		   f->need_pfn, f->need_by);
	tlbcheck_unlock(flags, NULL);
}

void tlbcheck_settle(void)
{
	struct find f = { 0 };
	unsigned long flags;

	if (!READ_ONCE(nr_stale))
		return;
	flags = tlbcheck_lock();
	for (unsigned i = nr_stale; i-- > 0;)
		if (stale[i].task == current)
			stale_due(i, FIND_USER, TLBCHECK_CALLER, &f);
	tlbcheck_unlock(flags, &f);
}

u32 tlbcheck_written(struct page *p)
{
	unsigned long flags = tlbcheck_lock();
	u32 when = p->tlb.written = ++tlbcheck_count;
	bool fetched = p->tlb.fetched;

	if (fetched) {
		last_store.page = p;
		last_store.when = when;
	}
	tlbcheck_unlock(flags, NULL);
	return fetched ? when : 0;
}

/* ---- user memory --------------------------------------------------------- */

void tlbcheck_access(uaddr_t at, unsigned long n, unsigned long by)
{
	unsigned long flags = tlbcheck_lock();
	unsigned c = this_cpu();
	struct find f = { 0 };

	check_tag(c, &f);
	for (unsigned i = nr_stale; i-- > 0;) {
		const struct stale *s = &stale[i];

		if (s->task == current && s->cpus >> c & 1 &&
		    s->root == shadow[c].root && !s->table &&
		    s->va < at + n && at < s->va + (1ul << PT_SHIFT(s->level)))
			stale_due(i, FIND_USER, by, &f);
	}
	tlbcheck_unlock(flags, &f);
}

/* Weak, because an unfinished port may not define all of these functions. */
#define WRAP(type, name, args, call, at, n)			\
	type __real_##name args __attribute__((weak));		\
	type __wrap_##name args;				\
	type __wrap_##name args					\
	{							\
		tlbcheck_access(at, n, TLBCHECK_CALLER);	\
		return __real_##name call;			\
	}

WRAP(unsigned long, arch_copy_in,
     (void *to, uaddr_t from, unsigned long n), (to, from, n), from, n)
WRAP(unsigned long, arch_copy_out,
     (uaddr_t to, const void *from, unsigned long n), (to, from, n), to, n)
WRAP(unsigned long, arch_clear_user,
     (uaddr_t to, unsigned long n), (to, n), to, n)
WRAP(long, arch_strncpy_in,
     (char *to, uaddr_t from, long n), (to, from, n), from, 1)
WRAP(int, arch_user_load32,
     (u32 *value, uaddr_t from), (value, from), from, 4)
WRAP(int, arch_user_cmpxchg32,
     (uaddr_t at, u32 expect, u32 new, u32 *old), (at, expect, new, old), at, 4)
