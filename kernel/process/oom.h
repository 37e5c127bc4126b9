/* SPDX-License-Identifier: MIT */
/* Handling of a lack of memory (row D13). */
#ifndef KERNEL_PROCESS_OOM_H
#define KERNEL_PROCESS_OOM_H

#include <lt/table.h>
#include <lt/types.h>

struct task;
struct trapframe;

/*
 * Make room after VM_FAULT_OOM: reclaim, or kill a process and wait.
 * Context: no lock; may sleep.
 * Return: true: retry the fault; false: the caller itself is to die.
 */
bool oom_try_again(void);
/*
 * Free memory that is kept for reuse.  Return: true if a retry is worthwhile.
 */
bool oom_make_room(void);
/*
 * Note that current's system call did not get a block of 2^order frames.
 * Context: any.
 */
void oom_note_refused(unsigned order);
/*
 * Handle AST_STARVED: if current's system call failed for lack of memory, make
 * room and restart the call.  This is safe because a failed call has changed
 * nothing.  Unlike oom_try_again(), this function does not kill current if
 * there is no process to kill: without room the call returns its error.
 * Context: no lock; may sleep.
 */
void oom_end_call(struct trapframe *tf);

#define OOM_ENOUGH	16ul		/* free frames that allow a retry */

/*
 * Return: the free frames that a call needs before it is tried again, when it
 * has failed `times` times before: twice as many each time, at most `most`.
 */
static inline unsigned long oom_enough(unsigned times, unsigned long most)
{
	unsigned long n = OOM_ENOUGH;

	while (times-- && n < most)
		n *= 2;
	return n < most ? n : most;
}

enum oom_answer {
	OOM_NOBODY,		/* no process to kill */
	OOM_DIE,		/* the caller itself is to die */
	OOM_AGAIN,		/* memory may be free now */
};
/*
 * Do what oom_make_room() does, and if that is not enough, kill a process or
 * wait for one that is dying.  NULL: no process is killed for another.  Const
 * after init.
 * Context: no lock; may sleep.
 */
extern enum oom_answer (*oom_choose)(void);

#endif
