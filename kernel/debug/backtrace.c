/* SPDX-License-Identifier: MIT */
/*
 * Backtraces of the kernel (row B7): the walk along frame pointers.  What it
 * finds on a damaged stack may be anything; it reads only records that lie
 * within one stack.
 *
 *	fp ->	+----------------------+
 *		| the function's own   |  FRAME_RECORD bytes
 *		+----------------------+
 *		| return address       |  record[1]
 *		| caller's fp          |  record[0]
 *		+----------------------+
 */
#include <lt/arch.h>
#include <lt/backtrace.h>
#include <lt/compiler.h>
#include <lt/ksym.h>

extern const char TRAP_CODE[], TRAP_CODE_END[];

bool backtrace_on_one_stack(unsigned long a, unsigned long b)
{
	return ALIGN_DOWN(a, KSTACK_SIZE) == ALIGN_DOWN(b, KSTACK_SIZE);
}

const unsigned long *backtrace_record(unsigned long fp)
{
	unsigned long at = fp - FRAME_RECORD;

	if (fp < USER_TOP + FRAME_RECORD || !IS_ALIGNED(at, sizeof(long)) ||
	    !backtrace_on_one_stack(at, at + 2 * sizeof(long) - 1))
		return NULL;
	return (const unsigned long *)at;
}

unsigned long backtrace_function(unsigned long pc)
{
	uintptr_t offset = 0;

	return ksym_lookup(pc, &offset) ? pc - offset : 0;
}

bool backtrace_in_trap_code(unsigned long pc)
{
	return pc >= (unsigned long)TRAP_CODE &&
		pc < (unsigned long)TRAP_CODE_END;
}

/*
 * Frame pointers only rise within a stack; a trap and arch_on_stack() may have
 * changed the stack.  The chain ends at the call from trap.S for user mode.
 */
__unwatched void backtrace_walk(unsigned long fp, const struct trapframe *tf,
				backtrace_fn fn)
{
	const unsigned long *record;

	if (tf)
		fp = arch_report_interrupted(tf, fn);
	while ((record = backtrace_record(fp)) && record[1]) {
		unsigned long next = record[0], pc = record[1];

		fn(pc, false);
		tf = arch_trap_of(record);
		if (tf)
			next = arch_report_interrupted(tf, fn);
		else if (backtrace_in_trap_code(pc))
			break;
		if (backtrace_on_one_stack(next - FRAME_RECORD,
					   fp - FRAME_RECORD) ?
		    next <= fp : !tf && pc != (unsigned long)on_stack_return)
			break;
		fp = next;
	}
}
