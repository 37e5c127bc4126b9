/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of this port only (row A11): the invariants of the trap vector and
 * of the window to user pages, and the codec of page table entries against the
 * manual.
 */
#include <arch/machine.h>
#include <topics/selftest/selftest.h>
#include <kernel/current.h>
#include <lt/arch.h>
#include <lt/backtrace.h>
#include <lt/boot.h>
#include <lt/log.h>
#include <mm/vm.h>
#include <syscalls.h>

#define LOG_TEST(ok, what) do { \
	if (!(ok)) { \
		failures++; \
		log_print(LOG_ERR, "selftest", "riscv: %s", what); \
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

/*
 * Make a backtrace from a trap in a leaf function, whose frame holds the
 * caller's s0 where other frames hold the return address.
 * Return: true if the backtrace took ra as the return address.
 */
static bool named_by_ra(unsigned long *frame, unsigned long caller)
{
	struct trapframe tf = { 0 };

	/* ra in the same function gives no hint */
	tf.regs[REG_PC] = tf.regs[REG_RA] = (unsigned long)selftest_machine + 8;
	tf.regs[REG_S0] = (unsigned long)frame;
	frame[-1] = caller;
	frame[-2] = 0;
	nr_named = 0;
	backtrace_walk(0, &tf, note_name);
	return nr_named > 1 && named[1] == tf.regs[REG_RA];
}

static bool test_leaf_frames(void)
{
	static unsigned long elsewhere[4];	/* not on a stack; all 0 */
	unsigned long here[8] = { 0 };
	unsigned long above = (unsigned long)&here[8];

	return named_by_ra(&here[4], above) &&
		!named_by_ra(&here[4], above + 1) &&
		!named_by_ra(&here[4], (unsigned long)&elsewhere[4]) &&
		!named_by_ra(&here[4], (unsigned long)selftest_machine);
}

static unsigned selftest_names_of(unsigned long pc, unsigned long ra,
				  unsigned long *frame)
{
	struct trapframe tf = { 0 };

	tf.regs[REG_PC] = pc;
	tf.regs[REG_RA] = ra;
	tf.regs[REG_S0] = (unsigned long)frame;
	nr_named = 0;
	backtrace_walk(0, &tf, note_name);
	return nr_named;
}

/*
 * Test a backtrace from a trap in a function that has no frame yet: ra is the
 * return address if it follows a call in another function, even if that call is
 * the last instruction there.
 */
static bool test_no_frame(void)
{
	unsigned long at = (unsigned long)selftest_machine;
	unsigned long here[8] = { 0 };

	here[3] = at;			/* return address only, no s0 */
	return selftest_names_of(at + 8, at, NULL) == 2 && named[1] == at &&
		selftest_names_of(at + 8, at + 4, NULL) == 1 &&
		selftest_names_of(at + 8, 16, NULL) == 1 &&
		selftest_names_of(at + 8, at, &here[4]) == 2;
}

/* The system call must mark each CPU that does not run the space as stale. */
static bool test_flush_call(void)
{
	struct vm_space *s = vm_space_create(), *was = current->space;
	unsigned long marks;

	if (!s)
		return false;
	current->space = s;
	sys_riscv_flush_icache(0, 0, 0);
	current->space = was;
	marks = READ_ONCE(s->icache_stale);
	vm_space_put(s);
	return nr_cpus == 1 || marks;
}

int selftest_machine(void)
{
	unsigned long status = csr_read(sstatus);
	struct arch_task *self = (struct arch_task *)arch_current();
	unsigned long sp = (unsigned long)__builtin_frame_address(0);
	u32 word;
	int failures = 0;

	LOG_TEST(csr_read(sscratch) == 0, "sscratch is 0 in the kernel");
	LOG_TEST(!(status & SSTATUS_SUM), "user pages are out of reach");
	LOG_TEST(sp - self->stack < KSTACK_SIZE, "sp lies on our stack");
	LOG_TEST((unsigned long)self->frame + sizeof(struct trapframe) ==
		 self->stack + KSTACK_SIZE, "the user frame tops the stack");

	arch_user_load32(&word, USER_TOP - 4);
	LOG_TEST(!(csr_read(sstatus) & SSTATUS_SUM), "a fault ends the window");

	LOG_TEST(pte_leaf(1, MAP_W | MAP_USER, 0).v == 0x4d7,
		 "writable is readable, accessed and dirty");
	LOG_TEST(pte_leaf(1, MAP_R | MAP_X | MAP_GLOBAL, 0).v == 0x46b,
		 "global code");
	LOG_TEST(!(pte_leaf(1, MAP_USER, 0).v & PTE_V) &&
		 pte_present(pte_leaf(1, MAP_USER, 0)), "no access, present");
	LOG_TEST(pte_table(1).v == 0x401, "a table has no A, D or U");
	LOG_TEST(test_leaf_frames(), "whose frame it is that a leaf has");
	LOG_TEST(test_no_frame(), "who called a function without a frame");
	LOG_TEST(test_flush_call(), "fetch elsewhere is told of stores");
	return failures;
}
