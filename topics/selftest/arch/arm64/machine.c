/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of this port only (row A11): the invariants of the trap vectors,
 * reach of user pages, backtraces, and the codec of page table entries against
 * the manual.
 */
#include <arch/cache.h>
#include <arch/machine.h>
#include <topics/kthreads/control.h>
#include <topics/scheduling/schedpolicy.h>
#include <topics/selftest/selftest.h>
#include <kernel/current.h>
#include <kernel/sched/sched.h>
#include <kernel/task/kthread.h>
#include <kernel/task/task.h>
#include <lt/arch.h>
#include <lt/backtrace.h>
#include <lt/boot.h>
#include <lt/log.h>

#define LOG_TEST(ok, what) do { \
	if (!(ok)) { \
		failures++; \
		log_print(LOG_ERR, "selftest", "arm64: %s", what); \
	} \
} while (0)

/* The first addresses that a backtrace names. */
static unsigned long named[4];
static unsigned nr_named;

static void note_name(unsigned long pc, bool exact)
{
	(void)exact;
	if (nr_named < ARRAY_SIZE(named))
		named[nr_named++] = pc;
}

static unsigned names_of(unsigned long pc, unsigned long lr,
			 unsigned long *frame)
{
	struct trapframe tf = { 0 };

	tf.pc = pc;
	tf.regs[REG_LR] = lr;
	tf.regs[REG_FP] = (unsigned long)frame;
	nr_named = 0;
	backtrace_walk(0, &tf, note_name);
	return nr_named;
}

/*
 * Test a backtrace from a trap in a function that has no frame yet: x30 is the
 * return address if it follows a call in another function, even if that call is
 * the last instruction there.
 */
static bool test_no_frame(void)
{
	unsigned long at = (unsigned long)selftest_machine;
	unsigned long here[4] __attribute__((aligned(16))) = { 0 };

	here[1] = at;			/* the caller's own return address */
	return names_of(at + 8, at, NULL) == 2 && named[1] == at &&
		names_of(at + 8, at + 4, NULL) == 1 &&
		names_of(at + 8, 16, NULL) == 1 &&
		/* the function has its frame: x30 is no news */
		names_of(at + 8, at, here) == 2 && named[1] == at;
}

/* True if the CPU finds the page at va through the root of user space. */
static bool user_root_maps(unsigned long va)
{
	__asm__ volatile("at s1e0r, %0\n\tisb" :: "r"(va) : "memory");
	return !(read_sysreg(par_el1) & 1);
}

/* What code_stored_by() did last: lines, and the order of its steps. */
static struct {
	unsigned long from, to;
	unsigned cleaned, forgotten, steps;
} cache;

static void note_line(unsigned long va, unsigned *count)
{
	if (!cache.cleaned && !cache.forgotten)
		cache.from = va;
	cache.to = va;
	++*count;
}

static void note_clean(unsigned long va)
{
	note_line(va, &cache.cleaned);
}

static void note_forget(unsigned long va)
{
	note_line(va, &cache.forgotten);
}

static void note_forget_all(void)
{
	cache.forgotten = 1000;
}

/* In decimal, 1: waited after cleaning, 12: also after forgetting. */
static void note_wait(void)
{
	cache.steps = cache.steps * 10 + (cache.forgotten ? 2 : 1);
}

static bool stored(unsigned long ctr, unsigned long at, unsigned long n,
		   unsigned cleaned, unsigned forgotten, unsigned steps)
{
	cache.cleaned = cache.forgotten = cache.steps = 0;
	code_stored_by(ctr, at, n, &(const struct cache_ops){
		note_clean, note_forget, note_forget_all, note_wait });
	return cache.cleaned == cleaned && cache.forgotten == forgotten &&
		cache.steps == steps;
}

/* CTR_EL0 of Cortex-A57, -A53 and others; lines of 64 bytes. */
static bool test_code_stored(void)
{
	return stored(0x8444c004, 0x1000, 4096, 64, 64, 12) &&
		stored(0x84448004, 0x1000, 4096, 64, 1000, 12) &&
		stored(0x9444c004, 0x1000, 4096, 0, 64, 12) &&
		stored(0xb444c004, 0x1000, 4096, 0, 0, 1) &&
		/* lines of 64 and 32 bytes, of which the ends are touched */
		stored(0x8444c003, 0x103f, 2, 2, 2, 12) &&
		cache.from == 0x1000 && cache.to == 0x1040;
}

/* ---- float registers ----------------------------------------------------- */

static bool switched_enough;		/* atomic */
static struct completion partner_ended;

static void partner(void *arg __unused)
{
	while (!__atomic_load_n(&switched_enough, __ATOMIC_ACQUIRE))
		sched_yield_current();
	complete(&partner_ended);
}

static bool float_is_on(void)
{
	return (read_sysreg(cpacr_el1) & CPACR_FLOAT) != 0;
}

static void use_float(void)
{
	unsigned long flags = arch_irq_save();

	fpu_first_use();
	arch_irq_restore(flags);
}

static unsigned long first_float(void)
{
	unsigned long v;

	__asm__ volatile(".arch_extension fp\n\tfmov %0, d0" : "=r"(v));
	return v;
}

/*
 * Use the registers once, and switch to and fro until they are off.  They keep
 * their value meanwhile and afterwards.  True: this took as many switches as it
 * should, or fewer, as interrupts switch, too.
 */
static bool lose_float(unsigned long value)
{
	unsigned n = 0;
	bool kept = true;

	use_float();
	__asm__ volatile(".arch_extension fp\n\tfmov d0, %0" :: "r"(value));
	for (; current->arch.fpu_on && n <= FPU_SWITCHES && kept; n++) {
		kept = float_is_on() && first_float() == value;
		sched_yield_current();
	}
	kept = kept && !current->arch.fpu_on && !float_is_on();
	use_float();
	return kept && first_float() == value && n <= FPU_SWITCHES;
}

static bool test_float(void)
{
	unsigned long allowed = current->allowed;
	struct task *t = kthread_create(partner, NULL, "selftest");
	bool ok;

	if (!t)
		return false;
	sched_set_affinity(current, 1);
	schedule();
	completion_init(&partner_ended);
	kthread_bind(t, 0);
	task_start(t);
	ok = lose_float(0x123456789abcdef);
	__atomic_store_n(&switched_enough, true, __ATOMIC_RELEASE);
	completion_wait(&partner_ended);
	task_put(t);
	sched_set_affinity(current, allowed);
	/* this thread becomes the first program, by exec */
	return ok;
}

int selftest_machine(void)
{
	struct arch_task *self = (struct arch_task *)arch_current();
	unsigned long sp = (unsigned long)__builtin_frame_address(0);
	int failures = 0;
	u32 word;

	LOG_TEST(read_sysreg(tpidr_el1) == (unsigned long)arch_current(),
		 "TPIDR_EL1 has the task");
	LOG_TEST(read_sysreg(currentel) >> 2 == 1, "the kernel runs at EL1");
	LOG_TEST(read_sysreg(spsel) == 1, "the kernel has a stack of its own");
	LOG_TEST(sp - self->stack < KSTACK_SIZE, "sp lies on our stack");
	LOG_TEST((unsigned long)self->frame + sizeof(struct trapframe) ==
		 self->stack + KSTACK_SIZE, "the user frame tops the stack");
	LOG_TEST(arch_user_load32(&word, USER_TOP - 4),
		 "a load with user rights faults");
	LOG_TEST(!user_root_maps(virt_to_phys(__kernel_start)),
		 "the boot table is out of use");

	LOG_TEST(pte_leaf(1, MAP_W | MAP_USER, 0).v == 0x04e0000000001f43,
		 "a writable page of a program");
	LOG_TEST(pte_leaf(1, MAP_R | MAP_X | MAP_GLOBAL, 0).v ==
		 0x4040000000001783, "global code");
	LOG_TEST(!(pte_leaf(1, MAP_USER, 0).v & PTE_V) &&
		 pte_present(pte_leaf(1, MAP_USER, 0)), "no access, present");
	LOG_TEST(pte_table(1).v == 0x1003, "a table has no permissions");
	LOG_TEST(test_code_stored(), "which lines stored code is cleaned from");
	LOG_TEST(test_float(), "who seldom computes loses the registers");
	LOG_TEST(test_no_frame(), "who called a function without a frame");
	return failures;
}
