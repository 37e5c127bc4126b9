/* SPDX-License-Identifier: MIT */
/*
 * kernel/debug/backtrace.c (row B7): walks along frame pointers on two stacks
 * that are made up here, damaged ones among them.
 */
#include "unit.h"
#include <arch/trap.h>

#define FRAME_RECORD	16
#define TRAP_CODE	made_code
#define TRAP_CODE_END	made_code_end

#include "../../kernel/debug/backtrace.c"

/* The code between a trap and C: 8 bytes. */
__asm__(".data\n"
	".globl made_code, made_code_end\n"
	"made_code:\n\t.zero 8\n"
	"made_code_end:\n\t.zero 8\n"
	".text");

#define WORDS	(KSTACK_SIZE / sizeof(long))
#define CODE	((unsigned long)made_code)
#define CODE_END ((unsigned long)made_code_end)
#define LEFT	((unsigned long)on_stack_return)
#define TRAPPED	((unsigned long)trap_return)

const char trap_return[1], on_stack_return[1];
struct task *host_current;

static unsigned long stack[2][WORDS] __attribute__((aligned(KSTACK_SIZE)));
static struct trapframe trap;		/* of the kernel: its pc ... */
static unsigned long trap_fp;		/* ... and its frame pointer */

static struct {
	unsigned long pc;
	bool exact;
} seen[16];
static unsigned nr_seen;

/* ---- the rest of the kernel ---------------------------------------------- */

/* one function, from 0x1000 on */
const char *ksym_lookup(uintptr_t addr, uintptr_t *offset)
{
	if (addr < 0x1000)
		return NULL;
	*offset = addr - 0x1000;
	return "function";
}

const struct trapframe *arch_trap_of(const unsigned long *record)
{
	return record[1] == TRAPPED ? &trap : NULL;
}

unsigned long arch_report_interrupted(const struct trapframe *tf,
				      backtrace_fn fn)
{
	fn(tf->pc, true);
	return trap_fp;
}

/* ---- stacks -------------------------------------------------------------- */

/* The frame pointer of the frame whose record is at this word of a stack. */
static unsigned long fp_at(unsigned which, unsigned long word)
{
	return (unsigned long)&stack[which][word] + FRAME_RECORD;
}

/* Make a record.  Return: its frame's fp. */
static unsigned long frame(unsigned which, unsigned long word,
			   unsigned long next, unsigned long pc)
{
	stack[which][word] = next;
	stack[which][word + 1] = pc;
	return fp_at(which, word);
}

static void note(unsigned long pc, bool exact)
{
	assert_true(nr_seen < ARRAY_SIZE(seen));
	seen[nr_seen].pc = pc;
	seen[nr_seen++].exact = exact;
}

static unsigned walk(unsigned long fp, const struct trapframe *tf)
{
	nr_seen = 0;
	backtrace_walk(fp, tf, note);
	return nr_seen;
}

static int fresh(void **state)
{
	memset(stack, 0, sizeof(stack));
	trap.pc = 0x7777;
	trap_fp = 0;
	return 0;
}

/* ---- tests --------------------------------------------------------------- */

static void callers_follow(void **state)
{
	unsigned long fp = frame(0, 10, fp_at(0, 20), 0x1001);

	frame(0, 20, fp_at(0, 30), 0x1002);
	frame(0, 30, fp_at(0, 40), 0);		/* the end */
	frame(0, 40, 0, 0x1004);
	assert_int_equal(walk(fp, NULL), 2);
	assert_int_equal(seen[0].pc, 0x1001);
	assert_int_equal(seen[1].pc, 0x1002);
	assert_false(seen[0].exact || seen[1].exact);
}

static void trap_code_is_the_end(void **state)
{
	static const struct {
		unsigned long pc;
		unsigned seen;
	} cases[] = {
		{ 0, 1 }, { 7, 1 }, { 8, 2 }, { -1ul, 2 },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		frame(0, 10, fp_at(0, 20), CODE + cases[i].pc);
		frame(0, 20, 0, 0x1002);
		assert_int_equal(walk(fp_at(0, 10), NULL), cases[i].seen);
	}
	assert_int_equal(CODE_END - CODE, 8);
	assert_true(backtrace_in_trap_code(CODE));
	assert_true(backtrace_in_trap_code(CODE_END - 1));
	assert_false(backtrace_in_trap_code(CODE - 1));
	assert_false(backtrace_in_trap_code(CODE_END));
}

/* A damaged chain ends, and none leads to another stack. */
static void frames_rise_on_one_stack(void **state)
{
	frame(0, 10, 0, 0x1001);
	frame(1, 20, 0, 0x1003);
	assert_int_equal(walk(frame(0, 20, fp_at(0, 20), 0x1002), NULL), 1);
	assert_int_equal(walk(frame(0, 20, fp_at(0, 10), 0x1002), NULL), 1);
	assert_int_equal(walk(frame(0, 20, fp_at(1, 20), 0x1002), NULL), 1);
	assert_int_equal(walk(frame(1, 10, fp_at(0, 20), 0x1002), NULL), 1);
	/* the highest frame of a stack, whose fp is already the next one's */
	frame(0, WORDS - 2, fp_at(1, 20), 0x1004);
	assert_int_equal(walk(frame(0, 20, fp_at(0, WORDS - 2), 0x1002), NULL),
			 2);
	frame(1, 20, 0, 0);
	assert_int_equal(walk(frame(0, WORDS - 2, fp_at(1, 0), 0x1004), NULL),
			 1);
}

static void another_stack_is_left(void **state)
{
	frame(0, 20, 0, 0x1002);
	assert_int_equal(walk(frame(1, 10, fp_at(0, 20), LEFT), NULL), 2);
	assert_int_equal(seen[1].pc, 0x1002);
}

/* The interrupted code follows: higher on the stack, or on another one. */
static void traps_of_the_kernel_go_on(void **state)
{
	static const unsigned words[] = { 5, 20 };

	for (unsigned i = 0; i < 4; i++) {
		trap_fp = frame(i / 2, words[i % 2], 0, 0x1009);
		assert_int_equal(walk(frame(0, 10, 0, TRAPPED), NULL),
				 i == 0 ? 2 : 3);
		assert_int_equal(seen[0].pc, TRAPPED);
		assert_true(seen[1].exact && seen[1].pc == 0x7777);
	}
	assert_int_equal(seen[2].pc, 0x1009);
	assert_false(seen[2].exact);
}

static void walks_begin_at_a_trap(void **state)
{
	trap_fp = frame(0, 10, 0, 0x1001);
	assert_int_equal(walk(1, &trap), 2);
	assert_true(seen[0].exact && seen[0].pc == 0x7777);
	assert_int_equal(seen[1].pc, 0x1001);
}

static void only_records_on_a_stack_are_read(void **state)
{
	assert_ptr_equal(backtrace_record(fp_at(0, 3)), &stack[0][3]);
	assert_ptr_equal(backtrace_record(fp_at(0, WORDS - 2)),
			 &stack[0][WORDS - 2]);
	assert_null(backtrace_record(fp_at(0, WORDS - 1)));
	assert_null(backtrace_record(fp_at(0, 3) + 1));
	assert_null(backtrace_record(fp_at(0, 3) + sizeof(long) - 1));
	assert_non_null(backtrace_record(USER_TOP + FRAME_RECORD));
	assert_null(backtrace_record(USER_TOP + FRAME_RECORD - sizeof(long)));
	assert_null(backtrace_record(0));
}

static void functions_and_stacks_are_told(void **state)
{
	unsigned long first = (unsigned long)stack;

	assert_int_equal(backtrace_function(0x1234), 0x1000);
	assert_int_equal(backtrace_function(0xfff), 0);
	assert_true(backtrace_on_one_stack(first, first + KSTACK_SIZE - 1));
	assert_false(backtrace_on_one_stack(first, first + KSTACK_SIZE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(callers_follow, fresh),
		cmocka_unit_test_setup(trap_code_is_the_end, fresh),
		cmocka_unit_test_setup(frames_rise_on_one_stack, fresh),
		cmocka_unit_test_setup(another_stack_is_left, fresh),
		cmocka_unit_test_setup(traps_of_the_kernel_go_on, fresh),
		cmocka_unit_test_setup(walks_begin_at_a_trap, fresh),
		cmocka_unit_test_setup(only_records_on_a_stack_are_read, fresh),
		cmocka_unit_test_setup(functions_and_stacks_are_told, fresh),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
