/* SPDX-License-Identifier: MIT */
/* What is told of programs that die or do not start (topics/coredump). */
#ifndef KERNEL_OPS_CORE_OPS_H
#define KERNEL_OPS_CORE_OPS_H

#include <lt/types.h>

struct process;
struct siginfo;
struct trapframe;

struct core_ops {
	/*
	 * current dies of a signal whose default action is a core file.
	 * Context: no lock; may sleep.
	 */
	void (*core_dump)(const struct siginfo *info);
	/*
	 * process->core: a thread of it ends, and waits until the file is
	 * written.
	 * Context: [tree_lock], released meanwhile.
	 */
	void (*core_park)(struct process *p);
	/*
	 * A fault of user mode is about to become a signal.  what: the access
	 * to info->addr, or the exception's name.  Context: may sleep.
	 */
	void (*fault_told)(const struct trapframe *tf,
			   const struct siginfo *info, const char *what);
	/*
	 * An exec fails, as the file that is to load the program (PT_INTERP)
	 * does not exist: both by their names.  Context: may sleep.
	 */
	void (*no_loader)(const char *program, const char *loader);
};
extern const struct core_ops *core_ops;		/* const after init, or NULL */

#endif
