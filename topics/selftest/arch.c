/* SPDX-License-Identifier: MIT */
/*
 * Conformance tests of the arch contract (rows A4, A11, A12, B4, B12, B14).
 * They are the same for every port, in the order in which a port is written.
 * Each case names the header or the functions whose contract it tests.
 */
#include "selftest.h"
#include <kernel/sched/preempt.h>
#include <kernel/task/task.h>
#include <lt/signal.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/backtrace.h>
#include <lt/compiler.h>
#include <lt/ksym.h>
#include <mm/tables/kmap.h>
#include <mm/frames/page.h>
#include <mm/tables/pt.h>
#include <mm/uaccess.h>
#include <mm/vm.h>

#define CHECK SELFTEST_CHECK
#define TEST_VA 0x40000000ul		/* a user address that is free */

/* ---- cpu, irq ------------------------------------------------------------ */

static void test_irq(void)
{
	bool were_on = arch_irq_enabled();
	unsigned long outer, inner;

	arch_irq_enable();
	CHECK(arch_irq_enabled());
	outer = arch_irq_save();
	CHECK(!arch_irq_enabled());
	inner = arch_irq_save();
	arch_irq_restore(inner);
	CHECK(!arch_irq_enabled());
	arch_irq_restore(outer);
	CHECK(arch_irq_enabled());
	arch_irq_disable();
	CHECK(!arch_irq_enabled());
	arch_irq_enable();
	CHECK(arch_irq_enabled());
	if (!were_on)
		arch_irq_disable();
}

static unsigned root_index(const void *p)
{
	return ((unsigned long)p >> PT_SHIFT(PT_LEVELS - 1)) % PT_ENTRIES;
}

static void test_layout(void)
{
	paddr_t pa = virt_to_phys(__kernel_start);

	CHECK(phys_to_virt(pa) == __kernel_start);
	CHECK(virt_to_phys(__kernel_start) < DIRECT_MAX);
	CHECK(IS_ALIGNED(USER_TOP, PAGE_SIZE));
	CHECK(USER_TOP <= (unsigned long)__kernel_start && STACK_TOP <= USER_TOP);
	CHECK(IS_ALIGNED(VMAP_BASE, 1ul << PT_SHIFT(PT_LEVELS - 1)));
	CHECK(VMAP_END - 1 >= VMAP_BASE);
	CHECK(phys_to_virt(DIRECT_MAX - 1) < (void *)VMAP_BASE);
	CHECK((KSTACK_SIZE & (KSTACK_SIZE - 1)) == 0);
	/* KERNEL_OFFSET itself may be a user address, where memory begins high */
	CHECK((USER_TOP - 1) >> PT_SHIFT(PT_LEVELS - 1) < PT_KERNEL_FIRST);
	CHECK(root_index(__kernel_start) - PT_KERNEL_FIRST % PT_ENTRIES <
	      PT_ENTRIES);
}

static unsigned backtrace_length;
static bool backtrace_in_text;

static void note_return(unsigned long pc, bool exact)
{
	backtrace_length++;
	if (pc < (unsigned long)__text_start || pc >= (unsigned long)__text_end)
		backtrace_in_text = false;
}

static void test_backtrace(void)
{
	backtrace_length = 0;
	backtrace_in_text = true;
	backtrace_walk((unsigned long)__builtin_frame_address(0), NULL,
		       note_return);
	CHECK(backtrace_length >= 2 && backtrace_length < 32);
	CHECK(backtrace_in_text);
	backtrace_walk(0, NULL, note_return);
	backtrace_walk(1, NULL, note_return);
	backtrace_walk(USER_TOP - 8, NULL, note_return);
}

/* ---- trap ---------------------------------------------------------------- */

static void test_frame(void)
{
	static struct trapframe tf;

	memset(&tf, 0xff, sizeof(tf));
	tf_end_syscall(&tf);
	CHECK(!tf_is_syscall(&tf));
	tf_mask_irqs(&tf);
	CHECK(!tf_irqs_on(&tf));
	tf_unmask_irqs(&tf);
	CHECK(tf_irqs_on(&tf));
	tf_set_pc(&tf, 0x1000);
	tf_set_sp(&tf, 0x2000);
	tf_set_result(&tf, (unsigned long)-3);
	CHECK(tf_pc(&tf) == 0x1000 && tf_sp(&tf) == 0x2000);
	CHECK((long)tf_result(&tf) == -3);
	tf_set_nr(&tf, 77);
	CHECK(tf_nr(&tf) == 77);
	/* a call that is made again begins at its own instruction */
	tf.FRAME_CAUSE = FRAME_SYSCALL;
	CHECK(tf_is_syscall(&tf));
	tf_restart(&tf);
	CHECK(tf_pc(&tf) < 0x1000 && tf_pc(&tf) >= 0x1000 - 8);
	CHECK(!tf_is_syscall(&tf));
}

/* ---- pte ----------------------------------------------------------------- */

static void test_pte(void)
{
	static const unsigned prots[] = {
		0, MAP_R, MAP_R | MAP_W, MAP_R | MAP_X, MAP_RWX,
	};
	static const unsigned long softs[] = {
		0, PTE_COW, PTE_SPECIAL, PTE_COW | PTE_SPECIAL,
	};
	pfn_t pfn = 0x81234;

	CHECK(pte_none((pte_t){ 0 }) && !pte_present((pte_t){ 0 }));
	for (unsigned i = 0; i < ARRAY_SIZE(prots) * ARRAY_SIZE(softs); i++) {
		unsigned prot = prots[i / ARRAY_SIZE(softs)] | MAP_USER;
		unsigned long soft = softs[i % ARRAY_SIZE(softs)];
		pte_t p = pte_leaf(pfn, prot, soft);

		CHECK(pte_present(p) && !pte_none(p) && pte_is_leaf(p, 0));
		CHECK(pte_pfn(p) == pfn && pte_soft(p) == soft);
		CHECK(pte_accessed(p));
		CHECK(!(prot & MAP_W) || pte_dirty(p));
		CHECK(!(pte_prot(p) & MAP_W) == !(prot & MAP_W));
		CHECK(!(pte_prot(pte_wrprotect(p)) & MAP_W));
		CHECK(pte_pfn(pte_wrprotect(p)) == pfn);
		CHECK(pte_soft(pte_set_soft(p, PTE_COW)) == (soft | PTE_COW));
		CHECK(pte_soft(pte_clear_soft(p, PTE_COW)) ==
		      (soft & ~PTE_COW));
	}
	for (unsigned i = 1; i < ARRAY_SIZE(prots); i++) {
		unsigned prot = prots[i] | MAP_GLOBAL;

		CHECK(pte_prot(pte_leaf(pfn, prot, 0)) & MAP_GLOBAL);
		CHECK(!(pte_prot(pte_leaf(pfn, prots[i], 0)) & MAP_GLOBAL));
	}
	CHECK(pte_is_soft_entry(pte_soft_entry(PTE_KIND_SWAP, 0)));
	for (unsigned l = 1; l < PT_LEVELS; l++) {
		pte_t t = pte_table(pfn);

		CHECK(pte_present(t) && !pte_is_leaf(t, l));
		CHECK(pte_pfn(t) == pfn);
		if (PT_SUPER(l)) {
			t = pte_leaf_at(l, pfn & ~0x3fffful, MAP_R, 0);
			CHECK(pte_present(t) && pte_is_leaf(t, l));
		}
	}
}

/* ---- mmu ----------------------------------------------------------------- */

/*
 * A scratch space with one page at TEST_VA and two frames to map there.  Until
 * scratch_close() the thread must not sleep: a switch would unload the space.
 */
struct scratch {
	paddr_t root;
	pte_t *slot;
	struct page *frame[2];
	enum ipl level;			/* level to restore */
};

static bool scratch_open(struct scratch *s)
{
	unsigned level = 0;

	s->root = pt_root_create();
	s->frame[0] = page_alloc_zero(PAGE_ANON);
	s->frame[1] = page_alloc_zero(PAGE_ANON);
	if (!CHECK(s->root && s->frame[0] && s->frame[1]))
		return false;
	s->slot = pt_walk(s->root, TEST_VA, &level, PT_MAKE);
	if (!CHECK(s->slot && level == 0))
		return false;
	*(unsigned *)page_virt(s->frame[0]) = 0xaaaa;
	*(unsigned *)page_virt(s->frame[1]) = 0xbbbb;
	s->level = preempt_disable();
	arch_mmu_activate(s->root, 0);
	arch_tlb_all();
	return true;
}

static void scratch_close(struct scratch *s)
{
	pte_write(s->slot, (pte_t){ 0 });
	arch_mmu_activate(kernel_root, 0);
	arch_tlb_all();
	preempt_enable(s->level);
	page_put(s->frame[0]);
	page_put(s->frame[1]);
	pt_root_destroy(s->root);
}

static void map_frame(struct scratch *s, unsigned i, unsigned prot)
{
	pte_write(s->slot, pte_leaf(page_pfn(s->frame[i]), prot, 0));
}

/* Map frame i instead of the other one, with a flush by the function. */
static void change_frame(struct scratch *s, unsigned i, void (*flush)(void))
{
	if (PT_BREAK) {
		pte_write(s->slot, (pte_t){ 0 });
		flush();
	}
	map_frame(s, i, MAP_R | MAP_W);
	if (!PT_BREAK)
		flush();
}

static void flush_page(void)
{
	arch_tlb_page(0, TEST_VA);
}

/* By a range that ends behind the page, and one that begins with it. */
static void flush_range(void)
{
	static unsigned long pages;

	pages = pages == 21 ? 1000 : 21;
	if (!arch_tlb_range(0, TEST_VA - (pages == 21) * 20 * PAGE_SIZE, pages))
		arch_tlb_asid(0);
}

static void flush_asid(void)
{
	arch_tlb_asid(0);
}

/*
 * Read the frames through user addresses that are mapped as supervisor pages.
 */
static void test_tlb(void)
{
	volatile unsigned *at = (volatile unsigned *)TEST_VA;
	struct scratch s;

	if (!scratch_open(&s))
		return;
	map_frame(&s, 0, MAP_R | MAP_W);
	arch_tlb_page(0, TEST_VA);
	CHECK(*at == 0xaaaa);
	change_frame(&s, 1, flush_page);
	CHECK(*at == 0xbbbb);
	change_frame(&s, 0, flush_asid);
	CHECK(*at == 0xaaaa);
	change_frame(&s, 1, arch_tlb_all);
	CHECK(*at == 0xbbbb);
	change_frame(&s, 0, flush_range);
	CHECK(*at == 0xaaaa);
	change_frame(&s, 1, flush_range);
	CHECK(*at == 0xbbbb);
	*at = 0xcccc;
	CHECK(*(unsigned *)page_virt(s.frame[1]) == 0xcccc);
	CHECK(pte_dirty(pte_read(s.slot)));
	scratch_close(&s);
}

static void test_asid(void)
{
	volatile unsigned *at = (volatile unsigned *)TEST_VA;
	struct scratch s;

	CHECK(arch_asid_bits() <= 16);
	if (arch_asid_bits() == 0 || !scratch_open(&s))
		return;
	/* entries that one space leaves in the TLB are not used by another */
	map_frame(&s, 0, MAP_R);
	arch_mmu_activate(s.root, 1);
	arch_tlb_asid(1);
	CHECK(*at == 0xaaaa);
	pte_write(s.slot, (pte_t){ 0 });
	arch_mmu_activate(s.root, 2);
	map_frame(&s, 1, MAP_R);
	arch_tlb_asid(2);
	CHECK(*at == 0xbbbb);
	scratch_close(&s);
}

/* ---- uaccess ------------------------------------------------------------- */

/* n bytes of the page at TEST_VA are copied in and out, and not a byte more. */
static bool copies_exactly(char *page, char *buf, unsigned n)
{
	char *out = page + 512;

	memset(buf, 0xee, n + 1);
	memset(out, 0xee, n + 1);
	return arch_copy_in(buf, TEST_VA + 3, n) == 0 &&
		!memcmp(buf, page + 3, n) && (u8)buf[n] == 0xee &&
		arch_copy_out(TEST_VA + 512, buf, n) == 0 &&
		!memcmp(out, buf, n) && (u8)out[n] == 0xee;
}

static void test_copy(void)
{
	static char buf[64], big[1024];
	uaddr_t end = TEST_VA + PAGE_SIZE;
	unsigned whole = 0;
	struct scratch s;
	char *page;

	if (!scratch_open(&s))
		return;
	page = page_virt(s.frame[0]);
	map_frame(&s, 0, MAP_R | MAP_W | MAP_USER);
	arch_tlb_all();
	for (unsigned i = 0; i < PAGE_SIZE; i++)
		page[i] = (char)(i * 7);
	CHECK(arch_copy_in(buf, TEST_VA + 3, 50) == 0);
	CHECK(!memcmp(buf, page + 3, 50));
	/* each length, also of several blocks */
	while (whole < 300 && copies_exactly(page, big, whole))
		whole++;
	CHECK(whole == 300);
	/* exact counts at the edge of a mapping, both directions */
	for (unsigned n = 1; n < 40; n++) {
		CHECK(arch_copy_in(buf, end - n, 64) == 64 - n);
		CHECK(!memcmp(buf, page + PAGE_SIZE - n, n));
		CHECK(arch_copy_out(end - n, buf, 64) == 64 - n);
		CHECK(arch_clear_user(end - n, 64) == 64 - n);
		CHECK(page[PAGE_SIZE - n] == 0 &&
		      page[PAGE_SIZE - n - 1] != 0);
		memset(page + PAGE_SIZE - 64, (int)n, 64);
	}
	/* exact counts also for lengths that are copied in blocks */
	for (unsigned n = 400; n < 1024; n += 67) {
		page[PAGE_SIZE - n] = (char)n;
		CHECK(arch_copy_in(big, end - n, 1024) == 1024 - n);
		CHECK(!memcmp(big, page + PAGE_SIZE - n, n));
		memset(big, (int)n, n);
		CHECK(arch_copy_out(end - n, big, 1024) == 1024 - n);
		CHECK(!memcmp(big, page + PAGE_SIZE - n, n));
	}
	map_frame(&s, 0, MAP_R | MAP_USER);
	arch_tlb_all();
	CHECK(arch_copy_out(TEST_VA, buf, 8) == 8);
	map_frame(&s, 0, MAP_USER);
	arch_tlb_all();
	CHECK(arch_copy_in(buf, TEST_VA, 8) == 8);
	CHECK(arch_copy_in(buf, USER_TOP - 8, 8) == 8);
	scratch_close(&s);
}

static void test_string(void)
{
	static char buf[64];
	uaddr_t end = TEST_VA + PAGE_SIZE;
	struct scratch s;
	char *page;

	if (!scratch_open(&s))
		return;
	page = page_virt(s.frame[0]);
	map_frame(&s, 0, MAP_R | MAP_W | MAP_USER);
	arch_tlb_all();
	memset(page, 'x', PAGE_SIZE);
	for (unsigned n = 1; n < 30; n++) {
		/* n - 1 letters and a NUL, to the last byte of the page */
		page[PAGE_SIZE - 1] = '\0';
		CHECK(arch_strncpy_in(buf, end - n, 64) == (long)n - 1);
		CHECK(strlen(buf) == n - 1);
		page[PAGE_SIZE - 1] = 'x';
		CHECK(arch_strncpy_in(buf, end - n, 64) == -EFAULT);
		CHECK(arch_strncpy_in(buf, end - n, n) == (long)n);
	}
	CHECK(arch_strncpy_in(buf, TEST_VA, 0) == 0);
	scratch_close(&s);
}

static void test_words(void)
{
	struct scratch s;
	u32 value = 0;

	if (!scratch_open(&s))
		return;
	map_frame(&s, 0, MAP_R | MAP_W | MAP_USER);
	arch_tlb_all();
	CHECK(arch_user_load32(&value, TEST_VA) == 0 && value == 0xaaaa);
	CHECK(arch_user_cmpxchg32(TEST_VA, 0xaaaa, 0x80000001, &value) == 0);
	CHECK(value == 0xaaaa);
	CHECK(arch_user_cmpxchg32(TEST_VA, 0xaaaa, 1, &value) == 0);
	CHECK(value == 0x80000001);
	CHECK(arch_user_cmpxchg32(TEST_VA, 0x80000001, 5, &value) == 0);
	CHECK(*(u32 *)page_virt(s.frame[0]) == 5);
	CHECK(arch_user_load32(&value, TEST_VA + PAGE_SIZE) == -EFAULT);
	CHECK(arch_user_cmpxchg32(TEST_VA + PAGE_SIZE, 0, 1, &value) ==
	      -EFAULT);
	map_frame(&s, 0, MAP_R | MAP_USER);
	arch_tlb_all();
	CHECK(arch_user_cmpxchg32(TEST_VA, 5, 6, &value) == -EFAULT);
	scratch_close(&s);
}

/* ---- context ------------------------------------------------------------- */

static struct wait_queue test_wait = WAIT_QUEUE_INIT(test_wait);
static volatile int ping, pong;
static void *thread_arg;
static volatile unsigned long noted[2][16];	/* by thread */

/*
 * Wait until *count is at least n, with more values in use than a machine has
 * registers that calls keep.
 * Return: true if none was lost.
 */
static __noinline bool values_stay(volatile unsigned long *v,
				   volatile int *count, int n)
{
	unsigned long a = v[0], b = v[1], c = v[2], d = v[3], e = v[4],
		f = v[5], g = v[6], h = v[7], i = v[8], j = v[9], k = v[10],
		l = v[11], m = v[12], o = v[13], p = v[14], q = v[15];

	wait_event(&test_wait, *count >= n);
	return a == v[0] && b == v[1] && c == v[2] && d == v[3] && e == v[4] &&
		f == v[5] && g == v[6] && h == v[7] && i == v[8] &&
		j == v[9] && k == v[10] && l == v[11] && m == v[12] &&
		o == v[13] && p == v[14] && q == v[15];
}

static void pong_thread(void *arg)
{
	thread_arg = arg;
	for (int i = 1; i <= 100; i++) {
		CHECK(values_stay(noted[1], &ping, i));
		pong = i;
		wake_up(&test_wait);
	}
}

static void selftest_test_switch(void)
{
	struct task *self = current;
	struct task *t = kthread_create(pong_thread, &test_wait, "selftest");

	ping = pong = 0;
	for (unsigned i = 0; i < ARRAY_SIZE(noted[0]); i++) {
		noted[0][i] = 0x5a5a0000 + i;
		noted[1][i] = ~noted[0][i];
	}
	if (!CHECK(t))
		return;
	task_start(t);
	for (int i = 1; i <= 100; i++) {
		ping = i;
		wake_up(&test_wait);
		CHECK(values_stay(noted[0], &pong, i));
	}
	CHECK(thread_arg == &test_wait);
	CHECK(current == self && arch_irq_enabled());
}

/* Make the frame with which a program begins. */
static void begin_program(struct trapframe *tf, uaddr_t pc, uaddr_t sp)
{
	struct vm_space *s = vm_space_create();
	enum ipl old;

	CHECK(s);
	memset(tf, 0xff, sizeof(*tf));
	/* arch_exec_init() may depend on the kind of the program's space */
	old = preempt_disable();
	current->space = s;
	arch_exec_init(tf, pc, sp);
	current->space = NULL;
	preempt_enable(old);
	vm_space_put(s);
}

static void test_program_frame(void)
{
	static struct trapframe tf;

	begin_program(&tf, 0x12340, 0x56780);
	CHECK(tf_user(&tf));
	CHECK(tf_pc(&tf) == 0x12340 && tf_sp(&tf) == 0x56780);
	CHECK(tf_fp(&tf) == 0 && tf_result(&tf) == 0);
	CHECK(!tf_is_syscall(&tf) && tf_irqs_on(&tf));
	for (unsigned i = 0; i < 6; i++)
		CHECK(tf_arg(&tf, i) == 0);
}

/* ---- time ---------------------------------------------------------------- */

static volatile bool fired;
static bool interrupted_seen;

static void note_fired(struct timer *t)
{
	fired = true;
}

static void selftest_test_clock(void)
{
	ktime_t start = arch_clock(), last = start, now;

	for (int i = 0; i < 1000; i++) {
		now = arch_clock();
		CHECK(now >= last);
		last = now;
	}
	while (arch_clock() == start)
		arch_relax();
}

static void wait_for_trace(void);

/*
 * Note if pc is the very instruction at which wait_for_trace() was interrupted.
 */
static void note_interrupted(unsigned long pc, bool exact)
{
	uintptr_t offset = 0;

	if (exact && ksym_lookup(pc, &offset) &&
	    pc - offset == (unsigned long)wait_for_trace)
		interrupted_seen = true;
}

static void trace_interrupted(struct timer *t)
{
	(void)t;
	backtrace_walk((unsigned long)__builtin_frame_address(0), NULL,
		       note_interrupted);
	fired = true;
}

/*
 * Wait without calling a function, so that an interrupt hits this function
 * itself.
 */
static __noinline void wait_for_trace(void)
{
	for (unsigned long i = 0; i < 1ul << 30 && !fired; i++)
		arch_relax();
}

/*
 * The backtrace in an interrupt must begin with the interrupted instruction.
 * If the host stops this CPU before the wait, the timer fires too early: retry.
 */
static void test_interrupted(void)
{
	struct timer t;

	timer_init(&t, trace_interrupted);
	interrupted_seen = false;
	for (int i = 0; i < 10 && !interrupted_seen; i++) {
		fired = false;
		timer_set(&t, arch_clock() + 2000000);
		wait_for_trace();
		CHECK(fired);
	}
	CHECK(interrupted_seen);
}

static void test_timer(void)
{
	struct timer t;
	ktime_t start = arch_clock();

	timer_init(&t, note_fired);
	fired = false;
	timer_set(&t, start + 2000000);
	while (!fired && arch_clock() < start + NSEC_PER_SEC)
		arch_relax();
	CHECK(fired);
	CHECK(arch_clock() >= start + 2000000);
	fired = false;
	timer_set(&t, start);		/* already in the past */
	while (!fired && arch_clock() < start + 2 * NSEC_PER_SEC)
		arch_relax();
	CHECK(fired);
	CHECK(arch_irq_route(~0u, 0) == -EINVAL);
}

/* Compute with as many values as a machine has registers. */
static __noinline u32 many_values(unsigned rounds)
{
	u32 a = 1, b = 2, c = 3, d = 4, e = 5, f = 6, g = 7, h = 8, i = 9,
		j = 10, k = 11, l = 12, m = 13, n = 14, o = 15, p = 16;

	while (rounds--) {
		a += b ^ p; b += c ^ a; c += d ^ b; d += e ^ c;
		e += f ^ d; f += g ^ e; g += h ^ f; h += i ^ g;
		i += j ^ h; j += k ^ i; k += l ^ j; l += m ^ k;
		m += n ^ l; n += o ^ m; o += p ^ n; p += a ^ o;
		barrier();	/* or two calls with one result are one call */
	}
	return a ^ b ^ c ^ d ^ e ^ f ^ g ^ h ^ i ^ j ^ k ^ l ^ m ^ n ^ o ^ p;
}

static volatile unsigned times_fired;
static volatile u32 other_value;

/* Change all registers that a call may change. */
static void fire_again(struct timer *t)
{
	other_value = many_values(10);
	if (++times_fired < 20)
		timer_set(t, arch_clock() + 200000);
}

/* Interrupted code must not notice; nor may a value of it be lost. */
static void test_kept(void)
{
	ktime_t end = arch_clock() + 5 * NSEC_PER_SEC;
	u32 want = many_values(1000);
	struct timer t;

	times_fired = 0;
	timer_init(&t, fire_again);
	timer_set(&t, arch_clock() + 200000);
	while (times_fired < 20 && arch_clock() < end)
		if (!CHECK(many_values(1000) == want))
			break;
	CHECK(times_fired == 20 || timer_cancel(&t));
	CHECK(times_fired == 20);
}

/* ---- signals ------------------------------------------------------------- */

/* A handler returns to the frame, or behind a return address that it popped. */
static bool signal_comes_back(struct trapframe *tf, const struct trapframe *was,
			      struct signal_frame *f)
{
	uaddr_t sp = tf_sp(tf);

	for (unsigned popped = 0; popped <= sizeof(long);
	     popped += sizeof(long)) {
		f->mask = 0;
		tf_set_sp(tf, sp + popped);
		if (arch_signal_pop(tf, f, true) == 0 &&
		    tf_pc(tf) == tf_pc(was) && tf_sp(tf) == tf_sp(was))
			return true;
	}
	return false;
}

static void test_signal(void)
{
	static const struct sigaction action = {
		.handler = 0x23450, .flags = SA_SIGINFO,
	};
	static const struct siginfo info = { .signo = SIGUSR1 };
	static struct trapframe tf, was;
	uaddr_t end = TEST_VA + 2 * PAGE_SIZE;
	struct signal_frame f = {
		.sp = end, .action = &action, .info = &info, .vdso = TEST_VA,
		.mask = 0x123456789a, .altstack = { .sp = 0x4560, .size = 0x789 },
	};
	struct scratch s;

	begin_program(&was, 0x12340, end);
	tf_set_result(&was, 0x5678);
	if (!scratch_open(&s))
		return;
	map_frame(&s, 0, MAP_R | MAP_W | MAP_USER);
	pte_write(&s.slot[1], pte_leaf(page_pfn(s.frame[1]),
				       MAP_R | MAP_W | MAP_USER, 0));
	arch_tlb_all();
	tf = was;
	CHECK(arch_signal_push(&tf, &f) == 0);
	CHECK(tf_pc(&tf) == action.handler && tf_user(&tf));
	CHECK(tf_sp(&tf) < end && tf_sp(&tf) >= TEST_VA);
	CHECK(tf_irqs_on(&tf) && !tf_is_syscall(&tf));
	CHECK(signal_comes_back(&tf, &was, &f));
	CHECK(tf_result(&tf) == tf_result(&was) && tf_fp(&tf) == tf_fp(&was));
	CHECK(tf_user(&tf) && tf_irqs_on(&tf) && !tf_is_syscall(&tf));
	CHECK(f.mask == 0x123456789a);
	CHECK(f.altstack.sp == 0x4560 && f.altstack.size == 0x789);

	/* no room: above the floor, or at all */
	tf = was;
	f.floor = end - 64;
	CHECK(arch_signal_push(&tf, &f) == -EFAULT);
	f.floor = 0;
	f.sp = TEST_VA + 64;
	CHECK(arch_signal_push(&tf, &f) == -EFAULT);
	/* whatever a program puts there, it stays a program */
	for (int fill = 0; fill <= 0xff; fill += 0xff) {
		memset(page_virt(s.frame[0]), fill, PAGE_SIZE);
		memset(page_virt(s.frame[1]), fill, PAGE_SIZE);
		tf = was;
		tf_set_sp(&tf, TEST_VA);
		if (arch_signal_pop(&tf, &f, true) == 0)
			CHECK(tf_user(&tf) && tf_irqs_on(&tf));
	}
	tf = was;
	CHECK(arch_signal_pop(&tf, &f, true) == -EFAULT);
	pte_write(&s.slot[1], (pte_t){ 0 });
	scratch_close(&s);
}

/* ---- program start, port ------------------------------------------------- */

static void test_vdso(void)
{
	CHECK(IS_ALIGNED((unsigned long)arch_vdso.image, PAGE_SIZE));
	CHECK(IS_ALIGNED(arch_vdso.size, PAGE_SIZE));
	if (arch_vdso.elf)
		CHECK(!memcmp(arch_vdso.image, "\177ELF", 4));
}

__weak int selftest_machine(void)
{
	return 0;
}

static void test_port(void)
{
	CHECK(selftest_machine() == 0);
}

static const struct selftest_case cases[] = {
	{ "interrupt switch nests", test_irq, SELFTEST_MEMORY },
	{ "address layout", test_layout, SELFTEST_MEMORY },
	{ "backtrace stays in the text", test_backtrace, SELFTEST_MEMORY },
	{ "trap frame accessors", test_frame, SELFTEST_MEMORY },
	{ "page-table entry codec", test_pte, SELFTEST_MEMORY },
	{ "flushes forget a page", test_tlb, SELFTEST_TABLES },
	{ "address-space identifiers separate", test_asid, SELFTEST_TABLES },
	{ "user copies count exactly", test_copy, SELFTEST_TABLES },
	{ "user strings", test_string, SELFTEST_TABLES },
	{ "atomic user words", test_words, SELFTEST_TABLES },
	{ "context switch", selftest_test_switch },
	{ "first frame of a program", test_program_frame },
	{ "clock is monotonic", selftest_test_clock },
	{ "timer fires, a past one too", test_timer },
	{ "backtrace names who was interrupted", test_interrupted },
	{ "interrupts keep registers", test_kept },
	{ "signals come back", test_signal },
	{ "signal-return code", test_vdso },
	{ "the port's own", test_port },
};

SELFTEST_GROUP(arch) = {
	"arch", cases, ARRAY_SIZE(cases),
};
