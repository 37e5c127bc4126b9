/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of memory on the real MMU (rows A3, A4, D3, D6, E3-E5): the
 * kernel's map, stacks, and what a program would see through the TLB after each
 * kind of change.  A kernel thread loads the space and takes its faults.
 */
#include "selftest.h"
#include <fs/io/pagefile.h>
#include <fs/mount/mount.h>
#include <fs/nodes.h>
#include <fs/open/fd.h>
#include <fs/path/namei.h>
#include <kernel/sched/preempt.h>
#include <kernel/sched/sched.h>
#include <lib/mem.h>
#include <lt/boot.h>
#include <mm/tables/kmap.h>
#include <mm/frames/page.h>
#include <mm/cache/pagecache.h>
#include <mm/tables/pt.h>
#include <mm/stats.h>
#include <mm/tables/tlb.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <uapi/mman.h>

#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)
#define RW	(PROT_READ | PROT_WRITE)
#define AT	0x10000000ul

static struct vm_space *selftest_enter(void)
{
	struct vm_space *s = vm_space_create();

	if (!SELFTEST_CHECK(s))
		return NULL;
	current->space = s;
	vm_space_switch(s);
	return s;
}

static void selftest_mm_leave(struct vm_space *s)
{
	current->space = NULL;
	vm_space_put(s);
}

static bool map_at(struct vm_space *s, uaddr_t at, unsigned long len,
		   unsigned prot)
{
	uaddr_t got = 0;

	return SELFTEST_CHECK(!vm_map(s, at, len, prot, ANON | MAP_FIXED, NULL,
				      0, &got) && got == at);
}

/* Read a byte.  Return: the byte, or -1 if access fails. */
static int selftest_peek(uaddr_t at)
{
	u8 v;

	return arch_copy_in(&v, at, 1) ? -1 : v;
}

static bool selftest_poke(uaddr_t at, u8 v)
{
	return arch_copy_out(at, &v, 1) == 0;
}

/* ---- the kernel's map ---------------------------------------------------- */

static void check_wx(void *arg, vaddr_t va, unsigned level, pte_t *pte)
{
	unsigned prot = pte_prot(pte_read(pte));
	unsigned *bad = arg;

	if ((prot & MAP_W && prot & MAP_X) || prot & MAP_USER)
		++*bad;
}

static unsigned selftest_prot_of(const void *p)
{
	unsigned level = 0;
	pte_t *slot = pt_walk(kernel_root, (vaddr_t)p, &level, PT_READ);

	return slot ? pte_prot(pte_read(slot)) & MAP_RWX : 0;
}

static void test_kernel_map(void)
{
	unsigned bad = 0;

	for (unsigned i = 0; i < boot_info.ram_count; i++) {
		vaddr_t from = (vaddr_t)phys_to_virt(boot_info.ram[i].base);

		pt_each(kernel_root, from, from + boot_info.ram[i].size,
			check_wx, &bad);
	}
	pt_each(kernel_root, VMAP_BASE, VMAP_END, check_wx, &bad);
	SELFTEST_CHECK(bad == 0);
	SELFTEST_CHECK(!(selftest_prot_of(__text_start) & MAP_W));
	SELFTEST_CHECK(selftest_prot_of(__text_start) & MAP_X);
	SELFTEST_CHECK(selftest_prot_of(__rodata_start) == MAP_R);
	SELFTEST_CHECK(selftest_prot_of(__data_start) == (MAP_R | MAP_W));
}

/*
 * A new space must have the kernel's root entries, now and after later changes.
 */
static void test_kernel_half(void)
{
	struct vm_space *s = vm_space_create();
	pte_t *ours, *its;
	void *stack;

	if (!SELFTEST_CHECK(s))
		return;
	stack = kstack_alloc();
	ours = phys_to_virt(kernel_root);
	its = phys_to_virt(s->root);
	SELFTEST_CHECK(!memcmp(ours + PT_KERNEL_FIRST, its + PT_KERNEL_FIRST,
			       (PT_ENTRIES - PT_KERNEL_FIRST) *
			       sizeof(pte_t)));
	if (SELFTEST_CHECK(stack))
		kstack_free(stack);
	vm_space_put(s);
}

static void test_stacks(void)
{
	u8 *a = kstack_alloc(), *b = kstack_alloc(), *low = a + KSTACK_HOLE;
	unsigned long in_use = kstack_count();

	if (SELFTEST_CHECK(a && b && a != b)) {
		SELFTEST_CHECK(IS_ALIGNED((vaddr_t)a, KSTACK_SIZE));
		low[0] = a[KSTACK_SIZE - 1] = 1;
		SELFTEST_CHECK(!kstack_is_guard((vaddr_t)low));
		SELFTEST_CHECK(kstack_is_guard((vaddr_t)low - 1));
		SELFTEST_CHECK(selftest_prot_of(low - 1) == 0);
		SELFTEST_CHECK(selftest_prot_of(low) == (MAP_R | MAP_W));
	}
	if (a)
		kstack_free(a);
	if (b)
		kstack_free(b);
	SELFTEST_CHECK(kstack_count() == in_use - 2);
	kstack_shrink();
	SELFTEST_CHECK(kstack_cached() == 0);
	SELFTEST_CHECK(!a || selftest_prot_of(low) == 0);
}

/* The stack that was freed last must stay in this CPU's cache, still mapped. */
static void test_stack_cache(void)
{
	u8 *a, *b = NULL;
	enum ipl level;

	if (!boot_option_number("kstack_cache", 1))
		return;
	kstack_shrink();
	a = kstack_alloc();
	if (!SELFTEST_CHECK(a))
		return;
	level = preempt_disable();
	kstack_free(a);
	if (SELFTEST_CHECK(kstack_cached() > 0 &&
			   selftest_prot_of(a + KSTACK_HOLE)))
		b = kstack_alloc();
	preempt_enable(level);
	SELFTEST_CHECK(b == a);
	if (b)
		kstack_free(b);
}

/* ---- translations -------------------------------------------------------- */

static void test_unmap(void)
{
	struct vm_space *s = selftest_enter();

	if (!s)
		return;
	map_at(s, AT, 3 * PAGE_SIZE, RW);
	SELFTEST_CHECK(selftest_peek(AT) == 0 && selftest_poke(AT, 7) &&
		       selftest_peek(AT) == 7);
	SELFTEST_CHECK(!vm_unmap(s, AT, PAGE_SIZE));
	SELFTEST_CHECK(selftest_peek(AT) == -1 && !selftest_poke(AT, 1));
	map_at(s, AT, PAGE_SIZE, RW);
	SELFTEST_CHECK(selftest_peek(AT) == 0);
	selftest_mm_leave(s);
}

static void test_protect(void)
{
	struct vm_space *s = selftest_enter();

	if (!s)
		return;
	map_at(s, AT, PAGE_SIZE, RW);
	SELFTEST_CHECK(selftest_poke(AT, 5));
	SELFTEST_CHECK(!vm_protect(s, AT, PAGE_SIZE, PROT_READ));
	SELFTEST_CHECK(selftest_peek(AT) == 5 && !selftest_poke(AT, 6) &&
		       selftest_peek(AT) == 5);
	SELFTEST_CHECK(!vm_protect(s, AT, PAGE_SIZE, PROT_NONE));
	SELFTEST_CHECK(selftest_peek(AT) == -1 && !selftest_poke(AT, 6));
	SELFTEST_CHECK(!vm_protect(s, AT, PAGE_SIZE, RW));
	SELFTEST_CHECK(selftest_peek(AT) == 5 && selftest_poke(AT, 6) &&
		       selftest_peek(AT) == 6);
	selftest_mm_leave(s);
}

/*
 * A store must replace the zero page although the TLB holds a read translation
 * for it.
 */
static void test_zero_page(void)
{
	struct vm_space *s = selftest_enter();

	if (!s)
		return;
	map_at(s, AT, 2 * PAGE_SIZE, RW);
	SELFTEST_CHECK(selftest_peek(AT) == 0 &&
		       selftest_peek(AT + PAGE_SIZE) == 0);
	SELFTEST_CHECK(vm_rss(s) == 0);
	SELFTEST_CHECK(selftest_poke(AT, 9) && selftest_peek(AT) == 9);
	SELFTEST_CHECK(selftest_peek(AT + PAGE_SIZE) == 0);
	SELFTEST_CHECK(vm_rss(s) == 1);
	selftest_mm_leave(s);
}

static void test_fork(void)
{
	struct vm_space *s = selftest_enter(), *child;

	if (!s)
		return;
	map_at(s, AT, 2 * PAGE_SIZE, RW);
	SELFTEST_CHECK(selftest_poke(AT, 1) &&
		       selftest_poke(AT + PAGE_SIZE, 2));
	child = vm_space_fork(s);
	if (SELFTEST_CHECK(child)) {
		/* the parent's writable translation must be flushed */
		SELFTEST_CHECK(selftest_poke(AT, 11) &&
			       selftest_peek(AT) == 11);
		current->space = child;
		vm_space_switch(child);
		SELFTEST_CHECK(selftest_peek(AT) == 1 &&
			       selftest_peek(AT + PAGE_SIZE) == 2);
		SELFTEST_CHECK(selftest_poke(AT, 21) &&
			       selftest_poke(AT + PAGE_SIZE, 22));
		current->space = s;
		vm_space_switch(s);
		SELFTEST_CHECK(selftest_peek(AT) == 11 &&
			       selftest_peek(AT + PAGE_SIZE) == 2);
		vm_space_put(child);
	}
	selftest_mm_leave(s);
}

/* Spaces with different identifiers must not share translations. */
static void selftest_mm_test_switch(void)
{
	struct vm_space *s[4];
	unsigned n = 0;

	for (; n < ARRAY_SIZE(s) && (s[n] = selftest_enter()); n++) {
		map_at(s[n], AT, PAGE_SIZE, RW);
		SELFTEST_CHECK(selftest_poke(AT, n + 1));
	}
	for (unsigned round = 0; round < 3; round++)
		for (unsigned i = 0; i < n; i++) {
			current->space = s[i];
			vm_space_switch(s[i]);
			SELFTEST_CHECK(selftest_peek(AT) == (int)i + 1);
		}
	while (n)
		selftest_mm_leave(s[--n]);
}

static void test_superpage(void)
{
	unsigned long size = PT_LEAF_SPAN, anon;
	struct vm_space *s = selftest_enter();

	if (!s)
		return;
	map_at(s, 4 * size, size, RW);
	SELFTEST_CHECK(selftest_poke(4 * size + 5, 1));
	anon = vm_rss(s);
	SELFTEST_CHECK(anon == 1 || anon == size / PAGE_SIZE);
	SELFTEST_CHECK(selftest_peek(5 * size - 1) == 0 &&
		       selftest_poke(5 * size - 1, 2));
	/*
	 * a hole in the middle splits the superpage; the rest keeps its
	 * contents
	 */
	SELFTEST_CHECK(!vm_unmap(s, 4 * size + 3 * PAGE_SIZE, PAGE_SIZE));
	SELFTEST_CHECK(selftest_peek(4 * size + 3 * PAGE_SIZE) == -1);
	SELFTEST_CHECK(selftest_peek(4 * size + 5) == 1 &&
		       selftest_peek(5 * size - 1) == 2);
	SELFTEST_CHECK(selftest_poke(4 * size + 2 * PAGE_SIZE, 3));
	selftest_mm_leave(s);
}

/* ---- the stack ----------------------------------------------------------- */

static void test_stack_growth(void)
{
	uaddr_t top = AT + 64 * PAGE_SIZE, at = 0;
	struct vm_space *s = selftest_enter();

	if (!s)
		return;
	s->limit_stack = 16 * PAGE_SIZE;
	s->mmap_top = AT;
	SELFTEST_CHECK(!vm_map_stack(s, top, PAGE_SIZE, false));
	SELFTEST_CHECK(selftest_poke(top - 1, 1) &&
		       selftest_poke(top - 8 * PAGE_SIZE, 2));
	SELFTEST_CHECK(selftest_poke(top - 16 * PAGE_SIZE, 3));
	SELFTEST_CHECK(!selftest_poke(top - 16 * PAGE_SIZE - 1, 4));
	/* a hint inside the stack's room must not be followed */
	SELFTEST_CHECK(!vm_map(s, top - 20 * PAGE_SIZE, 8 * PAGE_SIZE, RW,
			       ANON, NULL, 0, &at) &&
		       (at + 8 * PAGE_SIZE <= top - 16 * PAGE_SIZE));
	selftest_mm_leave(s);
}

/* ---- instruction fetch --------------------------------------------------- */

/* Mark the file's first page as known to instruction fetch. */
static void announce(struct mapping *m)
{
	struct page *p = mapping_find(m, 0);

	if (SELFTEST_CHECK(p)) {
		page_set_flags(p, PG_FETCHED);
		page_put(p);
	}
}

static bool is_announced(struct mapping *m)
{
	struct page *p = mapping_find(m, 0);
	bool announced = p && p->flags & PG_FETCHED;

	if (p)
		page_put(p);
	return announced;
}

/* Each way to store to a file in memory must clear the mark. */
static void test_fetch_marks(void)
{
	struct mapping *m;
	struct inode *i;
	struct file *f;

	if (!SELFTEST_CHECK(!memfd_open("selftest", &f)))
		return;
	i = f->inode;
	m = &i->mapping;
	SELFTEST_CHECK(file_write(f, "text", 4) == 4);
	SELFTEST_CHECK(!is_announced(m));
	announce(m);
	SELFTEST_CHECK(file_write(f, "more", 4) == 4);
	SELFTEST_CHECK(!is_announced(m));
	announce(m);
	mutex_lock(&i->lock);
	SELFTEST_CHECK(!i->ops->punch(i, 1, 3));
	SELFTEST_CHECK(!is_announced(m));
	announce(m);
	SELFTEST_CHECK(!i->ops->truncate(i, 6));
	mutex_unlock(&i->lock);
	SELFTEST_CHECK(!is_announced(m));
	file_put(f);
}

/* ---- counters ------------------------------------------------------------ */

/* /proc/lectern: a flush of the kernel's map is counted on every CPU. */
static void test_counts(void)
{
	u64 before = vm_stats_sum().tlb_all;

	tlb_flush_kernel();
	SELFTEST_CHECK(vm_stats_sum().tlb_all >= before + nr_cpus);
}

/* Unmapping one page must flush that page, not the whole space. */
static void test_few_forgotten(void)
{
	struct vm_space *s = selftest_enter();
	struct vm_stats before, after;

	if (!s)
		return;
	map_at(s, AT, 2 * PAGE_SIZE, RW);
	SELFTEST_CHECK(selftest_poke(AT, 1) &&
		       selftest_poke(AT + PAGE_SIZE, 2));
	before = vm_stats_sum();
	SELFTEST_CHECK(!vm_unmap(s, AT, PAGE_SIZE));
	after = vm_stats_sum();
	SELFTEST_CHECK(after.tlb_page > before.tlb_page);
	SELFTEST_CHECK(after.tlb_asid == before.tlb_asid);
	selftest_mm_leave(s);
}

/* ---- balance ------------------------------------------------------------- */

/*
 * No round of work may leak frames or VMAs.  A real leak repeats in every
 * round.  A slab may grow once, and shrink later if freed objects wait in a
 * queue.
 */
static void test_balance(void)
{
	unsigned long free = 0, live = vm_live_vmas();
	bool same = false;

	for (int round = 0; round < 8 && !same; round++) {
		struct vm_space *s, *child;

		kstack_shrink();
		pt_shrink();
		free = page_free_count();
		s = selftest_enter();
		if (!s)
			return;
		map_at(s, AT, 40 * PAGE_SIZE, RW);
		for (unsigned i = 0; i < 40; i++)
			SELFTEST_CHECK(selftest_poke(AT + i * PAGE_SIZE, i));
		child = vm_space_fork(s);
		SELFTEST_CHECK(child && selftest_poke(AT, 77));
		vm_space_put(child);
		selftest_mm_leave(s);
		pt_shrink();
		same = page_free_count() == free;
	}
	SELFTEST_CHECK(same);
	SELFTEST_CHECK(vm_live_vmas() == live);
}

/* ---- memory shortage ----------------------------------------------------- */

static unsigned waits;

/* Report progress of write-back, but let the next allocation fail again. */
static bool wait_in_vain(void)
{
	if (++waits < 4)
		fault_inject_set(1);
	return true;
}

/* An allocation for the page cache must wait for write-back more than once. */
static void test_page_awaited(void)
{
	static const struct writeback_ops ops = { .wait = wait_in_vain };
	const struct writeback_ops *before = writeback_ops;
	struct page *p;

	waits = 0;
	writeback_ops = &ops;
	fault_inject_set(1);
	p = pagecache_alloc();
	fault_inject_set(0);
	writeback_ops = before;
	if (SELFTEST_CHECK(p))
		page_put(p);
}

static const struct selftest_case cases[] = {
	{ "kernel map", test_kernel_map },
	{ "kernel half of every space", test_kernel_half },
	{ "kernel stacks", test_stacks },
	{ "a CPU's own stacks", test_stack_cache },
	{ "unmap is seen", test_unmap },
	{ "protection is seen", test_protect },
	{ "zero page is replaced", test_zero_page },
	{ "fork isolates", test_fork },
	{ "switches", selftest_mm_test_switch },
	{ "superpage", test_superpage },
	{ "stack growth", test_stack_growth },
	{ "what is stored is fetched anew", test_fetch_marks },
	{ "flushes are counted", test_counts },
	{ "a page that goes is forgotten alone", test_few_forgotten },
	{ "balance", test_balance },
	{ "a page of a file is awaited", test_page_awaited },
};

SELFTEST_GROUP(mm) = {
	"mm", cases, ARRAY_SIZE(cases)
};
