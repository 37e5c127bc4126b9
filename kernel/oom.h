/* SPDX-License-Identifier: MIT */
/* What happens when memory is out (row D13). */
#ifndef KERNEL_OOM_H
#define KERNEL_OOM_H

#include <lt/table.h>
#include <lt/types.h>

struct task;

/*
 * Memory that an extension keeps for a task and gives back when it ends; a
 * process's is its leader's.
 */
struct task_pins {
	/* Context: [tree_lock].  Return: bytes. */
	unsigned long (*bytes)(struct task *t);
};

/*
 * Called after VM_FAULT_OOM, without locks: reclaims, or kills and waits.
 * Return: true: try the fault again; false: the caller itself is to die.
 */
bool oom_try_again(void);
/* Give back what is kept for reuse.  Return: is that enough to try again? */
bool oom_make_room(void);
/*
 * The same, and if that is not enough, kill a process or wait for one that
 * dies; NULL: the caller dies.  Const after init.
 * Return: as oom_try_again().
 */
extern bool (*oom_choose)(void);

#endif
