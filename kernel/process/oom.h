/* SPDX-License-Identifier: MIT */
/* What happens when memory is out (row D13). */
#ifndef KERNEL_PROCESS_OOM_H
#define KERNEL_PROCESS_OOM_H

#include <lt/table.h>
#include <lt/types.h>

struct task;
struct trapframe;

/*
 * Called after VM_FAULT_OOM, without locks: reclaims, or kills and waits.
 * Return: true: try the fault again; false: the caller itself is to die.
 */
bool oom_try_again(void);
/* Give back what is kept for reuse.  Return: is that enough to try again? */
bool oom_make_room(void);
/* current's system call was refused 2^order frames.  Context: any. */
void oom_note_refused(unsigned order);
/*
 * AST_STARVED.  A call that failed for want of memory has left everything as
 * it was: make room as for a fault, and then the call again.
 * Context: no lock; may sleep.
 */
void oom_end_call(struct trapframe *tf);

enum oom_answer {
	OOM_NOBODY,		/* there is nobody to kill */
	OOM_DIE,		/* the caller itself is to die */
	OOM_AGAIN,		/* memory may have come free */
};
/*
 * As oom_make_room(), and if that is not enough, kill a process or wait for
 * one that dies; NULL: nobody is killed for another.  Const after init.
 * Context: no lock; may sleep.
 */
extern enum oom_answer (*oom_choose)(void);

#endif
