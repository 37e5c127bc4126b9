/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of this port only (row F2): faults are resumed by the exception
 * table, FPU registers that the kernel uses are restored, and 64-bit arithmetic
 * is correct.
 */
#define LOG_PREFIX "selftest"
#include <arch/fpu.h>
#include <arch/i386.h>
#include <dev/chip/clock.h>
#include <topics/selftest/selftest.h>
#include <kernel/current.h>
#include <kernel/sched/preempt.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/backtrace.h>
#include <lt/log.h>
#include <mm/frames/page.h>

static int failures;

static void selftest_machine_check(bool ok, const char *what)
{
	if (ok)
		return;
	log_err("i386: %s", what);
	failures++;
}

/* Block copies must preserve the program's xmm registers. */
static void selftest_test_pages(void)
{
	struct page *a = page_alloc(0, PAGE_KERNEL);
	struct page *b = page_alloc(0, PAGE_KERNEL);
	static struct fxsave before, after;
	u32 *p;

	if (!a || !b) {
		selftest_machine_check(false, "no memory for the page test");
		goto out;
	}
	p = page_virt(a);
	memset(p, 0x5a, PAGE_SIZE);
	fpu_save(&before);
	arch_copy_page(page_virt(b), p);
	selftest_machine_check(!memcmp(page_virt(b), p, PAGE_SIZE),
			       "arch_copy_page");
	memset(page_virt(b), 0, PAGE_SIZE);
	selftest_machine_check(
		!arch_copy_in(page_virt(b), (uaddr_t)p, PAGE_SIZE) &&
			!memcmp(page_virt(b), p, PAGE_SIZE),
		"copy of a page");
	arch_copy_out(MMAP_MIN_ADDR, p, PAGE_SIZE);
	arch_clear_page(p);
	fpu_save(&after);
	for (unsigned i = 0; i < PAGE_SIZE / 4; i++)
		if (p[i]) {
			selftest_machine_check(false, "arch_clear_page");
			break;
		}
	selftest_machine_check(!memcmp(&before, &after, sizeof(before)),
			       "copies changed the FPU's state");
out:
	if (a)
		page_put(a);
	if (b)
		page_put(b);
}

/*
 * Copies to and from an unmapped user address must fail and report exact
 * counts.
 */
static void test_fixups(void)
{
	static char buf[600];
	uaddr_t hole = MMAP_MIN_ADDR;
	u32 word;

	selftest_machine_check(arch_copy_in(buf, hole, 4) == 4,
			       "word copy from a hole");
	selftest_machine_check(arch_copy_in(buf, hole, 33) == 33,
			       "small copy from a hole");
	selftest_machine_check(arch_copy_out(hole, buf, 600) == 600,
			       "block copy to a hole");
	selftest_machine_check(arch_clear_user(hole, 200) == 200,
			       "clearing a hole");
	selftest_machine_check(arch_strncpy_in(buf, hole, 8) < 0,
			       "string from a hole");
	selftest_machine_check(arch_user_load32(&word, hole) < 0,
			       "word from a hole");
	selftest_machine_check(arch_user_cmpxchg32(hole, 0, 1, &word) < 0,
			       "compare-exchange on a hole");
}

/*
 * The clock must have a fine resolution.  The host may stop this CPU between
 * two reads, so only the closest pair of many counts.
 */
static void selftest_machine_test_clock(void)
{
	ktime_t closest = NSEC_PER_SEC;

	for (int i = 0; i < 100; i++) {
		ktime_t a = arch_clock(), b = arch_clock();

		selftest_machine_check(b >= a, "the clock went back");
		if (b - a < closest)
			closest = b - a;
	}
	selftest_machine_check(closest < NSEC_PER_SEC / 1000,
			       "two clock reads are a millisecond apart");
}

/*
 * The division functions of lib/div64.c must give q and r with n = q * d + r
 * and r < d.
 */
static void test_division(void)
{
	static volatile u64 values[] = {
		1, 2, 3, 1000000000, 0x7fffffff, 0x80000000, 0xffffffff,
		0x100000000, 0x100000001, 0x1fffffffff, 0x8000000000000000,
		0xfffffffeffffffff, 0xffffffff00000001, 0xffffffffffffffff,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(values); i++) {
		for (unsigned j = 0; j < ARRAY_SIZE(values); j++) {
			u64 n = values[i], d = values[j];
			u64 q = n / d, r = n % d;

			selftest_machine_check(r < d && q * d + r == n,
					       "64-bit division");
		}
	}
	selftest_machine_check((s64)-values[3] / 7 == -142857142 &&
				       (s64)-values[3] % 7 == -6,
			       "signed 64-bit division");
}

/* Return register 11 of the clock chip: 12 or 24 hours, BCD or binary. */
static u8 chip_mode(void)
{
	out8(0x70, 11);
	return in8(0x71);
}

static void set_chip_mode(u8 mode)
{
	out8(0x70, 11);
	out8(0x71, mode);
}

/*
 * A time that was set must be read back in each mode that firmware may have
 * left.
 */
static void test_chip(void)
{
	const u8 before = chip_mode();
	const u64 now = clock_chip_seconds();

	if (!now)
		return;			/* a kernel without its driver */
	for (unsigned mode = 0; mode < 4; mode++) {
		set_chip_mode((u8)((before & ~6) | mode << 1));
		for (u64 hour = 0; hour < 24; hour++) {
			u64 at = 1234 * 86400ull * 10 + hour * 3600 + 1800;

			selftest_machine_check(!clock_chip_set(at),
					       "the clock chip is set");
			selftest_machine_check(
				clock_chip_seconds() / 3600 == at / 3600,
				"the clock chip tells what was set");
		}
	}
	set_chip_mode(before);
	clock_chip_set(now);
}

/* ---- backtraces ---------------------------------------------------------- */

static unsigned long named[4];	/* first addresses of a backtrace */
static unsigned nr_named;

static void note_name(unsigned long pc, bool exact)
{
	(void)exact;
	if (nr_named < ARRAY_SIZE(named))
		named[nr_named] = pc;
	nr_named++;
}

static unsigned names_from(const void *fp, const struct trapframe *tf)
{
	nr_named = 0;
	backtrace_walk((unsigned long)fp, tf, note_name);
	return nr_named;
}

/*
 * A frame pointer past the end of the stack, or not aligned to a word, must be
 * ignored.
 */
static void test_frames(u32 *stack)
{
	u32 *top = stack + KSTACK_SIZE / sizeof(u32);

	top[-3] = 0;
	top[-2] = 0;
	top[-1] = (u32)selftest_machine;
	top[0] = (u32)selftest_machine;	/* beyond this stack */
	selftest_machine_check(names_from(top - 2, NULL) == 1 &&
				       named[0] == (u32)selftest_machine,
			       "the last frame of a stack");
	selftest_machine_check(names_from(top - 1, NULL) == 0,
			       "a frame past its stack");
	selftest_machine_check(names_from((u8 *)top - 6, NULL) == 0,
			       "a frame between words");
}

/*
 * Test a backtrace from a trap in a function that has not made its frame yet:
 * the return address is the first one on the stack, below the frame of the
 * caller.
 */
static __noinline void test_no_frame(u32 *stack)
{
	u32 back = (u32)__builtin_return_address(0);
	struct trapframe *tf = (struct trapframe *)(stack + 16);
	u32 *sp = &tf->esp;		/* esp at a trap in the kernel */

	*tf = (struct trapframe){ .cs = KERNEL_CS, .vector = 2,
				  .eip = (u32)selftest_machine,
				  .ebp = (u32)(sp + 3) };
	sp[0] = (u32)selftest_machine;	/* not a return address */
	sp[1] = back;
	sp[2] = back;
	sp[3] = 0;
	sp[4] = (u32)selftest_test_pages;
	selftest_machine_check(names_from(NULL, tf) == 3 && named[1] == back &&
				       named[2] == (u32)selftest_test_pages,
			       "a function without a frame");
	sp[1] = sp[2] = 0;
	selftest_machine_check(names_from(NULL, tf) == 2,
			       "nothing looks like a return");
	sp[2] = back;
	selftest_machine_check(names_from(NULL, tf) == 3,
			       "the word below the frame does");
	tf->eip += 16;
	selftest_machine_check(names_from(NULL, tf) == 2,
			       "a function that has its frame");
	tf->eip = USER_TOP;
	selftest_machine_check(names_from(NULL, tf) == 2, "no function");
	tf->eip = (u32)selftest_machine;
	tf->ebp = 0;
	selftest_machine_check(names_from(NULL, tf) == 1,
			       "a frame on no stack");
}

static void test_backtraces(void)
{
	/* the stack, and as much memory behind it */
	struct page *p = page_alloc(KSTACK_SHIFT - PAGE_SHIFT + 1, PAGE_KERNEL);

	if (!p) {
		selftest_machine_check(false, "no memory for a stack");
		return;
	}
	test_frames(page_virt(p));
	test_no_frame(page_virt(p));
	page_put(p);
}

int selftest_machine(void)
{
	enum ipl level;

	failures = 0;
	selftest_test_pages();
	test_fixups();
	selftest_machine_test_clock();
	test_division();
	test_backtraces();
	if (chip_mode() != 0xff)	/* the chip exists */
		test_chip();
	level = preempt_disable();
	selftest_machine_check(arch_current() == cpu_self()->running,
			       "current by the stack");
	preempt_enable(level);
	selftest_machine_check(read_cr(0) & CR0_WP, "CR0.WP is off");
	selftest_machine_check(read_cr(4) & CR4_PGE, "CR4.PGE is off");
	return failures;
}
