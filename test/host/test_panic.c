/* SPDX-License-Identifier: MIT */
/*
 * kernel/debug/panic.c (row B7): the names of a backtrace's addresses, and
 * recursion, which is counted.  The machine and its symbols are made up here.
 */
#include <stdio.h>
#include "unit.h"
#include <arch/trap.h>
#include <lt/boot.h>

#define LT_VERSION	"made up"

static inline bool tf_user(const struct trapframe *tf)
{
	return false;
}

static inline unsigned long tf_pc(const struct trapframe *tf)
{
	return tf->pc;
}

#include "../../kernel/debug/panic.c"

struct task *host_current;
static char text[4096];

static struct {
	unsigned long pc;
	bool exact;
} frame[64];
static unsigned nr_frames;

/* ---- the rest of the kernel ---------------------------------------------- */

void log_print(enum log_level level, const char *prefix, const char *fmt, ...)
{
	size_t n = strlen(text);
	va_list ap;

	va_start(ap, fmt);
	n += vsnprintf(text + n, sizeof(text) - n, fmt, ap);
	va_end(ap);
	snprintf(text + n, sizeof(text) - n, "\n");
}

/* first() from 0x1000 on, second() from 0x1100 on; nothing below. */
const char *ksym_lookup(uintptr_t addr, uintptr_t *offset)
{
	uintptr_t start = addr < 0x1100 ? 0x1000 : 0x1100;

	if (addr < start)
		return NULL;
	*offset = addr - start;
	return start == 0x1000 ? "first" : "second";
}

void backtrace_walk(unsigned long fp, const struct trapframe *tf,
		    void (*fn)(unsigned long pc, bool exact))
{
	for (unsigned i = 0; i < nr_frames; i++)
		fn(frame[i].pc, frame[i].exact);
}

void arch_end(int status)
{
	exit(status);
}

void arch_dump_regs(const struct trapframe *tf)
{
}

void log_panic(void)
{
}

void smp_stop_others(void)
{
}

const char *boot_option(const char *name)
{
	return NULL;
}

/* ---- cases --------------------------------------------------------------- */

static void add(unsigned long pc, bool exact)
{
	frame[nr_frames].pc = pc;
	frame[nr_frames++].exact = exact;
}

static const char *trace(void)
{
	text[0] = 0;
	panic_backtrace(NULL, 0);
	nr_frames = 0;
	return text;
}

#define AT(n)	"  [0000000000001" n "]"

/* A call may be the last instruction before the next function, a fault not. */
static void names(void **state)
{
	add(0x1100, true);
	add(0x1108, true);
	add(0x1100, false);
	add(0x1104, false);
	add(0x800, true);
	assert_string_equal(trace(), "backtrace:\n"
			    AT("100") " second+0 (trap)\n"
			    AT("108") " second+0x8 (trap)\n"
			    AT("100") " first+0x100\n"
			    AT("104") " second+0x4\n"
			    "  [0000000000000800] (trap)\n");
}

static void recursion(void **state)
{
	for (unsigned i = 0; i < 40; i++)
		add(0x1010, false);
	add(0x1020, false);
	for (unsigned i = 0; i < 3; i++)
		add(0x1030, false);
	assert_string_equal(trace(), "backtrace:\n"
			    AT("010") " first+0x10\n"
			    "  ... 39 times more\n"
			    AT("020") " first+0x20\n"
			    AT("030") " first+0x30\n"
			    "  ... 2 times more\n");
}

/* A stack that leads nowhere ends all the same. */
static void endless(void **state)
{
	unsigned lines = 0;
	const char *s;

	for (unsigned i = 0; i < 64; i++)
		add(0x1000 + 4 * i, false);
	for (s = trace(); *s; s++)
		lines += *s == '\n';
	assert_int_equal(lines, 1 + 32);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names),
		cmocka_unit_test(recursion),
		cmocka_unit_test(endless),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
