/* SPDX-License-Identifier: MIT */
/*
 * Backtraces of the kernel, by frame pointers.  Each frame has a record of two
 * words: its caller's frame pointer and the return address.  A port's
 * <arch/trap.h> defines FRAME_RECORD, the distance from a frame's record up to
 * its frame pointer, and names the labels around the code of its traps,
 * TRAP_CODE and TRAP_CODE_END.
 */
#ifndef LT_BACKTRACE_H
#define LT_BACKTRACE_H

#include <lt/arch.h>
#include <lt/types.h>

/* Return addresses in trap.S and switch.S that mark special frames. */
extern const char trap_return[], on_stack_return[];

/*
 * Call fn on each return address from the frame pointer fp up, or, if tf is not
 * NULL, from the kernel code that tf interrupted.  Where a trap interrupted the
 * kernel, or an interrupt changed the stack, the walk continues with the
 * interrupted code, and reports the interrupted instruction itself first
 * (exact).
 * Context: any; fp may be wrong.
 */
void backtrace_walk(unsigned long fp, const struct trapframe *tf,
		    backtrace_fn fn);

/* ---- for ports and debuggers --------------------------------------------- */

/* Return: the record of the frame of fp; NULL: no frame pointer is like that. */
const unsigned long *backtrace_record(unsigned long fp);
/* Return: where the function that contains pc begins; 0: pc is not in one. */
unsigned long backtrace_function(unsigned long pc);
/* True if both addresses lie on the same kernel stack. */
bool backtrace_on_one_stack(unsigned long a, unsigned long b);
/* True if pc is in the code between a trap and its C function. */
bool backtrace_in_trap_code(unsigned long pc);

#endif
