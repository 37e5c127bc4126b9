/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of the TLB checker (docs/checkers.md, rows A5, A12).  For each
 * kind of error there is a wrong use, which the checker must find, and a right
 * use, which it must not report.  Until close() the thread must not sleep.
 */
#ifdef CHECK_TLB

#include <topics/kthreads/control.h>
#include <topics/scheduling/schedpolicy.h>
#include "selftest.h"
#include <kernel/task/kthread.h>
#include <kernel/lock/lock.h>
#include <kernel/sched/preempt.h>
#include <kernel/task/task.h>
#include <lt/arch.h>
#include <mm/tables/kmap.h>
#include <mm/frames/page.h>
#include <mm/prot.h>
#include <mm/tables/pt.h>
#include <mm/tables/tlb.h>

#define AT	0x40000000ul
#define LEAF	(MAP_R | MAP_W | MAP_USER)

static struct {
	paddr_t root;
	pte_t *slot;
	struct page *frame;
	enum ipl level;
} test;
static unsigned id;			/* identifier of the space */

static void tlb_let_go(void)
{
	arch_mmu_activate(kernel_root, 0);
	arch_tlb_all();
}

/* Make and load a space with one page. */
static bool open(unsigned prot)
{
	unsigned level = 0;

	id = arch_asid_bits() ? 3 : 0;
	test.root = pt_root_create();
	test.frame = page_alloc_zero(PAGE_ANON);
	if (!SELFTEST_CHECK(test.root && test.frame))
		return false;
	test.slot = pt_walk(test.root, AT, &level, PT_MAKE);
	test.level = preempt_disable();
	arch_mmu_activate(test.root, id);
	arch_tlb_all();
	code_stored(page_virt(test.frame), PAGE_SIZE);
	pte_write(test.slot, pte_leaf(page_pfn(test.frame), prot, 0));
	return SELFTEST_CHECK(test.slot);
}

/* Free the root and its tables; the caller has already freed the page. */
static void close(void)
{
	tlb_let_go();
	preempt_enable(test.level);
	pt_root_destroy(test.root);
}

static void tlb_take_away(void)
{
	pte_write(test.slot, (pte_t){ 0 });
}

static unsigned found(enum tlbcheck_find kind)
{
	return tlbcheck_expect(true, kind);
}

static void tlb_expect(enum tlbcheck_find kind)
{
	tlbcheck_expect(true, kind);
}

static void done(enum tlbcheck_find kind)
{
	SELFTEST_CHECK(tlbcheck_expect(false, kind) == 0);
}

/* ---- this CPU ------------------------------------------------------------ */

static void free_unflushed(void (*flush)(void), unsigned finds)
{
	if (!open(LEAF))
		return;
	tlb_expect(FIND_FREED);
	tlb_take_away();
	if (flush)
		flush();
	page_put(test.frame);
	SELFTEST_CHECK(found(FIND_FREED) == finds);
	done(FIND_FREED);
	close();
}

static void flush_right(void)
{
	arch_tlb_page(id, AT);
}

static void flush_space(void)
{
	arch_tlb_asid(id);
}

static void flush_beside(void)
{
	arch_tlb_page(id, AT + PAGE_SIZE);
}

static void flush_other_page(void)
{
	arch_tlb_page(id + 1, AT);
}

static void flush_other_space(void)
{
	arch_tlb_asid(id + 1);
}

static void tlb_test_frame(void)
{
	free_unflushed(NULL, 1);
	free_unflushed(flush_right, 0);
	free_unflushed(flush_space, 0);
	free_unflushed(arch_tlb_all, 0);
}

static void test_wrong_flush(void)
{
	free_unflushed(flush_beside, 1);
	if (arch_asid_bits()) {
		free_unflushed(flush_other_page, 1);
		free_unflushed(flush_other_space, 1);
	}
}

/*
 * Write-protect the page without a flush, and check as before user mode
 * (tlbcheck_settle()).  The checker must report it, but not if the right was
 * given back or the page was flushed before the check.
 */
static void test_rights(void)
{
	if (!open(LEAF))
		return;
	tlb_expect(FIND_USER);
	pte_write(test.slot, pte_wrprotect(pte_read(test.slot)));
	tlbcheck_settle();
	SELFTEST_CHECK(found(FIND_USER) == 1);
	pte_write(test.slot, pte_leaf(page_pfn(test.frame), LEAF, 0));
	tlbcheck_settle();
	SELFTEST_CHECK(found(FIND_USER) == 0);
	pte_write(test.slot, pte_wrprotect(pte_read(test.slot)));
	flush_right();
	tlbcheck_settle();
	tlb_take_away();
	flush_right();
	done(FIND_USER);
	page_put(test.frame);
	close();
}

static void forget_nothing(void *arg __unused)
{
}

static void forget_page(void *arg __unused)
{
	flush_right();
}

static void forget_space(void *arg __unused)
{
	flush_space();
}

static void free_table(void (*forget)(void *), unsigned finds)
{
	if (!open(LEAF))
		return;
	tlb_take_away();
	flush_right();
	page_put(test.frame);
	tlb_expect(FIND_TABLE);
	pt_free_range(test.root, ALIGN_DOWN(AT, PT_LEAF_SPAN),
		      AT + PT_LEAF_SPAN, forget, NULL);
	SELFTEST_CHECK((found(FIND_TABLE) != 0) == finds);
	done(FIND_TABLE);
	close();
}

static void test_table(void)
{
	free_table(forget_nothing, 1);
	free_table(forget_page, 1);	/* does not flush upper entries */
	free_table(forget_space, 0);
}

static void tlb_split(void (*flush)(void *), unsigned finds)
{
	unsigned level = 1;
	struct page *block = page_alloc(PT_BITS, PAGE_ANON);
	struct page *table = page_alloc_zero(PAGE_TABLE);
	pte_t *slot;

	if (!SELFTEST_CHECK(block && table) || !open(LEAF))
		return;
	slot = pt_walk(test.root, AT + PT_LEAF_SPAN, &level, PT_MAKE);
	pt_super_set(slot, pte_leaf_at(1, page_pfn(block), LEAF, 0));
	tlb_expect(FIND_USER);
	pt_table_set(slot, table, flush, NULL);
	tlbcheck_settle();
	SELFTEST_CHECK(found(FIND_USER) == finds);
	done(FIND_USER);
	tlb_take_away();
	arch_tlb_all();
	page_put(test.frame);
	close();
	page_put(block);
}

static void flush_in_super(void *arg __unused)
{
	arch_tlb_page(id, AT + PT_LEAF_SPAN + 5 * PAGE_SIZE);
}

static void test_split(void)
{
	if (!PT_SUPER(1))
		return;
	tlb_split(forget_nothing, 1);
	tlb_split(forget_page, 1);
	tlb_split(flush_in_super, 0);
}

/* Replace a table by a superpage. */
static void tlb_join(void (*flush)(void *), unsigned finds)
{
	unsigned level = 1;
	struct page *block = page_alloc(PT_BITS, PAGE_ANON), *table;
	pte_t *slot;

	if (!SELFTEST_CHECK(block) || !open(LEAF))
		return;
	slot = pt_walk(test.root, AT, &level, PT_MAKE);
	table = pfn_page(pte_pfn(pte_read(slot)));
	tlb_expect(FIND_USER);
	pt_super_clear(slot);
	flush(NULL);
	pt_super_set(slot, pte_leaf_at(1, page_pfn(block), LEAF, 0));
	SELFTEST_CHECK(found(FIND_USER) == finds);
	pt_super_clear(slot);
	arch_tlb_all();
	tlbcheck_settle();
	(void)found(FIND_USER);
	done(FIND_USER);
	tlb_take_away();
	page_put(test.frame);
	close();
	page_put(table);
	page_put(block);
}

static void flush_all(void *arg __unused)
{
	arch_tlb_all();
}

static void test_join(void)
{
	if (!PT_SUPER(1))
		return;
	tlb_join(forget_nothing, 1);
	tlb_join(flush_all, 0);
}

/* ---- the kernel's map ---------------------------------------------------- */

/* Replace a page of a kernel stack by another. */
static void tlb_exchange(void (*flush)(void), unsigned finds)
{
	void *stack = kstack_alloc();
	struct page *p = page_alloc(0, PAGE_KERNEL);
	unsigned level = 0;
	enum ipl old = preempt_disable();
	pte_t *slot, e;

	if (!SELFTEST_CHECK(stack && p))
		return;
	slot = pt_walk(kernel_root, (vaddr_t)stack + KSTACK_HOLE, &level,
		       false);
	tlb_expect(FIND_KERNEL);
	e = pte_xchg(slot, (pte_t){ 0 });
	if (flush)
		flush();
	page_put(pfn_page(pte_pfn(e)));
	SELFTEST_CHECK(found(FIND_KERNEL) == finds);
	pte_write(slot, pte_leaf(page_pfn(p), MAP_R | MAP_W | MAP_GLOBAL, 0));
	done(FIND_KERNEL);
	preempt_enable(old);
	tlb_flush_kernel();
	kstack_free(stack);
}

static void flush_by_space(void)
{
	for (unsigned i = 0; i <= id; i++)
		arch_tlb_asid(i);
}

static void tlb_test_stack(void)
{
	tlb_exchange(NULL, 1);
	tlb_exchange(flush_by_space, 1);
	tlb_exchange(tlb_flush_kernel, 0);
}

/* ---- identifiers, roots, instructions ------------------------------------ */

static void test_identifier(void)
{
	paddr_t other = pt_root_create();

	if (!SELFTEST_CHECK(other) || !open(LEAF))
		return;
	tlb_expect(FIND_REUSED);
	arch_mmu_activate(other, id);
	tlbcheck_user();
	SELFTEST_CHECK(found(FIND_REUSED) == !ARCH_ACTIVATE_FLUSHES);
	arch_mmu_activate(test.root, id);
	arch_tlb_asid(id);
	tlbcheck_user();
	done(FIND_REUSED);
	tlb_take_away();
	flush_right();
	page_put(test.frame);
	close();
	pt_root_destroy(other);
}

static void test_root(void)
{
	if (!open(LEAF))
		return;
	tlb_take_away();
	arch_tlb_all();
	page_put(test.frame);
	tlb_expect(FIND_ROOT);
	tlb_expect(FIND_TABLE);
	pt_root_destroy(test.root);
	SELFTEST_CHECK(found(FIND_ROOT) == 1);
	done(FIND_ROOT);
	tlbcheck_expect(false, FIND_TABLE);
	tlb_let_go();
	preempt_enable(test.level);
}

/*
 * Leave a root that a CPU may still use: it is no longer loaded, but the CPU
 * may still walk its tables speculatively.
 */
static void leave_root(void (*flush)(void), unsigned finds)
{
	if (!open(LEAF))
		return;
	tlb_take_away();
	arch_tlb_all();
	page_put(test.frame);
	arch_mmu_activate(kernel_root, id);
	if (flush)
		flush();
	tlb_expect(FIND_ROOT);
	pt_root_destroy(test.root);
	SELFTEST_CHECK(found(FIND_ROOT) == finds);
	done(FIND_ROOT);
	tlb_let_go();
	preempt_enable(test.level);
}

static void test_root_left(void)
{
	leave_root(NULL, !ARCH_ACTIVATE_FLUSHES);
	leave_root(flush_space, 0);
}

static void test_count(void)
{
	struct page *p = page_alloc(0, PAGE_CACHE);

	if (!SELFTEST_CHECK(p))
		return;
	tlb_expect(FIND_MAPPED);
	atomic_set(&p->mapcount, 1);
	page_put(p);
	SELFTEST_CHECK(found(FIND_MAPPED) == 1);
	done(FIND_MAPPED);
}

/* A second entry for a frame needs a second reference. */
static void test_entries(void)
{
	pte_t *second, e;

	if (!open(LEAF))
		return;
	second = test.slot + 1;
	e = pte_leaf(page_pfn(test.frame), LEAF, 0);
	tlb_expect(FIND_COUNT);
	pte_write(second, e);
	SELFTEST_CHECK(found(FIND_COUNT) == 1);
	pte_write(second, (pte_t){ 0 });
	page_get(test.frame);
	pte_write(second, e);
	done(FIND_COUNT);
	pte_write(second, (pte_t){ 0 });
	tlb_take_away();
	flush_space();
	page_put(test.frame);
	page_put(test.frame);
	close();
}

/* Store to the page as the kernel stores code. */
static void store_code(void)
{
	u32 stored = tlbcheck_written(test.frame);

	code_stored(page_virt(test.frame), 1);
	tlbcheck_fetch(test.root, stored);
}

/* Code that is stored must be cleaned, and when it is mapped, too. */
static void test_clean(void)
{
	if (!open(LEAF | MAP_X))
		return;
	tlb_expect(FIND_CODE);
	store_code();
	SELFTEST_CHECK(found(FIND_CODE) == 0);
	tlbcheck_fetch(test.root, tlbcheck_written(test.frame));
	SELFTEST_CHECK(found(FIND_CODE) == 1);
	pte_write(test.slot, pte_read(test.slot));
	SELFTEST_CHECK(found(FIND_CODE) == 1);
	store_code();
	pte_write(test.slot, pte_read(test.slot));
	done(FIND_CODE);
	arch_icache_sync();
	tlb_take_away();
	flush_right();
	page_put(test.frame);
	close();
}

/* Map another frame, with and without a flush of the empty entry. */
static void test_break(void)
{
	struct page *p = page_alloc_zero(PAGE_ANON);
	pte_t other = pte_leaf(page_pfn(p), LEAF, 0);

	if (!SELFTEST_CHECK(p) || !open(LEAF))
		return;
	tlb_expect(FIND_BREAK);
	pte_write(test.slot, other);
	SELFTEST_CHECK(found(FIND_BREAK) == PT_BREAK);
	flush_right();
	page_put(test.frame);
	test.frame = page_alloc_zero(PAGE_ANON);
	tlb_expect(FIND_USER);
	tlb_take_away();
	pte_write(test.slot, pte_leaf(page_pfn(test.frame), LEAF, 0));
	SELFTEST_CHECK(found(FIND_USER) == PT_BREAK);
	flush_right();
	tlb_take_away();
	flush_right();
	pte_write(test.slot, other);
	done(FIND_USER);
	tlb_take_away();
	flush_right();
	page_put(p);
	page_put(test.frame);
	close();
}

static void test_fetch(void)
{
	if (!open(LEAF | MAP_X))
		return;
	tlb_expect(FIND_FETCH);
	tlbcheck_user();
	SELFTEST_CHECK(found(FIND_FETCH) == 1);
	store_code();
	tlbcheck_user();
	SELFTEST_CHECK(found(FIND_FETCH) == 1);
	store_code();
	arch_icache_sync();
	tlbcheck_user();
	done(FIND_FETCH);
	tlb_take_away();
	flush_right();
	page_put(test.frame);
	close();
}

/* ---- another CPU --------------------------------------------------------- */

static struct completion ended;
static int stage;			/* atomic */

static void tlb_reach(int n)
{
	while (__atomic_load_n(&stage, __ATOMIC_ACQUIRE) < n)
		arch_relax();
}

static void go(int n)
{
	__atomic_store_n(&stage, n, __ATOMIC_RELEASE);
}

/*
 * Act like a program of the space on another CPU, before and after the change.
 */
static void run_there(void *arg __unused)
{
	enum ipl old = preempt_disable();

	arch_mmu_activate(test.root, id);
	arch_tlb_all();
	arch_icache_sync();
	go(1);
	tlb_reach(2);
	tlbcheck_user();
	go(3);
	tlb_reach(4);
	tlb_let_go();
	preempt_enable(old);
	complete(&ended);
}

/* Bind the current thread to CPU 0, and load the space of open() on CPU 1. */
static struct task *open_there(unsigned prot)
{
	struct task *t;

	sched_set_affinity(current, 1);
	schedule();
	t = kthread_create(run_there, NULL, "selftest");
	completion_init(&ended);
	stage = 0;
	if (!SELFTEST_CHECK(t))
		return NULL;
	SELFTEST_CHECK(kthread_bind(t, 1) == 0);
	open(prot);
	task_start(t);
	tlb_reach(1);
	return t;
}

static void end_there(struct task *t, unsigned long allowed)
{
	go(4);
	tlb_let_go();
	preempt_enable(test.level);
	completion_wait(&ended);
	task_put(t);
	pt_root_destroy(test.root);
	sched_set_affinity(current, allowed);
}

/*
 * Flush only on this CPU, while the other CPU goes on to use its old
 * translation.
 */
static void forget_other(enum tlbcheck_find kind, unsigned prot)
{
	unsigned long allowed = current->allowed;
	struct task *t;

	if (nr_cpus == 1)
		return;
	t = open_there(prot);
	if (!t)
		return;
	tlb_expect(kind);
	if (kind == FIND_FETCH) {
		store_code();
		arch_icache_sync();
	}
	if (kind == FIND_FREED) {
		tlb_take_away();
		flush_right();
		page_put(test.frame);
	}
	SELFTEST_CHECK(found(kind) == 0);
	go(2);
	tlb_reach(3);
	SELFTEST_CHECK(found(kind) == 1);
	done(kind);
	if (kind != FIND_FREED) {
		tlb_take_away();
		tlb_flush_kernel();
		page_put(test.frame);
	}
	end_there(t, allowed);
}

static void test_other_cpu(void)
{
	forget_other(FIND_FREED, LEAF);
}

static void test_other_fetch(void)
{
	forget_other(FIND_FETCH, LEAF | MAP_X);
}

static const struct selftest_case cases[] = {
	{ "a frame freed without a flush", tlb_test_frame },
	{ "a flush of another page or space", test_wrong_flush },
	{ "rights taken away without a flush", test_rights },
	{ "a table freed without a flush of its space", test_table },
	{ "a superpage split without a flush", test_split },
	{ "a superpage in a table's place without a flush", test_join },
	{ "a kernel stack unmapped without a flush of all", tlb_test_stack },
	{ "an identifier of two spaces", test_identifier },
	{ "a root freed while it is loaded", test_root },
	{ "a root freed under an identifier in use", test_root_left },
	{ "a file's page freed that counts as mapped", test_count },
	{ "more entries of a frame than references", test_entries },
	{ "an entry replaced without a break", test_break },
	{ "instructions left in the data caches", test_clean },
	{ "instructions that were not announced", test_fetch },
	{ "another CPU forgotten", test_other_cpu },
	{ "another CPU's instruction fetch forgotten", test_other_fetch },
};

SELFTEST_GROUP(tlb) = {
	"tlb", cases, ARRAY_SIZE(cases)
};

#endif
