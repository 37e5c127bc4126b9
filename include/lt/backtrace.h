/* SPDX-License-Identifier: MIT */
/*
 * The walk along frame pointers, for a port's arch_backtrace().  Each frame has
 * a record of two words: its caller's frame pointer and the return address.
 * Before a port's trap.c includes this header it defines FRAME_RECORD, the
 * distance from a frame's record up to its frame pointer, and declares the
 * labels around its vectors, TRAP_CODE and TRAP_CODE_END; behind it, it defines
 * the two functions that are declared here.
 */
#ifndef LT_BACKTRACE_H
#define LT_BACKTRACE_H

#include <lt/arch.h>
#include <lt/ksym.h>

/* Return addresses in trap.S and switch.S that mark special frames. */
extern const char trap_return[], on_stack_return[];

/*
 * Return: the trap that interrupted the kernel and whose handler has this
 * record; NULL: another function has it.
 */
static __unwatched const struct trapframe *
record_trap(const unsigned long *record);

/*
 * Report the interrupted function, and its caller if the chain leaves it out.
 * Return: the frame pointer at which to continue.
 */
static unsigned long report_interrupted(const struct trapframe *tf,
					backtrace_fn fn);

static inline bool one_stack(unsigned long a, unsigned long b)
{
	return ALIGN_DOWN(a, KSTACK_SIZE) == ALIGN_DOWN(b, KSTACK_SIZE);
}

/* Return: the record of the frame of fp; NULL: no frame pointer is like that. */
static inline const unsigned long *frame_record(unsigned long fp)
{
	unsigned long at = fp - FRAME_RECORD;

	if (fp < KERNEL_OFFSET || !IS_ALIGNED(at, sizeof(long)) ||
	    !one_stack(at, at + 2 * sizeof(long) - 1))
		return NULL;
	return (const unsigned long *)at;
}

/* Return: where the function that contains pc begins; 0: pc is not in one. */
static inline unsigned long function_of(unsigned long pc)
{
	uintptr_t offset = 0;

	return ksym_lookup(pc, &offset) ? pc - offset : 0;
}

static inline bool in_trap_code(unsigned long pc)
{
	return pc >= (unsigned long)TRAP_CODE &&
		pc < (unsigned long)TRAP_CODE_END;
}

/*
 * Frame pointers only rise within a stack; a trap and arch_on_stack() may have
 * changed the stack.  The chain ends at the call from trap.S for user mode.
 */
__unwatched void arch_backtrace(unsigned long fp, const struct trapframe *tf,
				backtrace_fn fn)
{
	const unsigned long *record;

	if (tf)
		fp = report_interrupted(tf, fn);
	while ((record = frame_record(fp)) && record[1]) {
		unsigned long next = record[0], pc = record[1];

		fn(pc, false);
		tf = record_trap(record);
		if (tf)
			next = report_interrupted(tf, fn);
		else if (in_trap_code(pc))
			break;
		if (one_stack(next - FRAME_RECORD, fp - FRAME_RECORD) ?
		    next <= fp : !tf && pc != (unsigned long)on_stack_return)
			break;
		fp = next;
	}
}

#endif
