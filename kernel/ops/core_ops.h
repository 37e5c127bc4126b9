/* SPDX-License-Identifier: MIT */
/* Hooks for programs that crash or fail to start (topics/coredump). */
#ifndef KERNEL_OPS_CORE_OPS_H
#define KERNEL_OPS_CORE_OPS_H

#include <lt/types.h>

struct process;
struct siginfo;
struct trapframe;

struct core_ops {
	/*
	 * Write a core file, because current dies of a signal whose default
	 * action is a core dump.
	 * Context: no lock; may sleep.
	 */
	void (*core_dump)(const struct siginfo *info);
	/*
	 * p->core is set and a thread of p exits: wait until the core file is
	 * written.
	 * Context: [tree_lock], released during the wait.
	 */
	void (*core_park)(struct process *p);
	/*
	 * A fault of user mode is about to become a signal.  what: the kind of
	 * access to info->addr, or the exception's name.
	 * Context: may sleep.
	 */
	void (*fault_told)(const struct trapframe *tf,
			   const struct siginfo *info, const char *what);
	/*
	 * An exec of the file `program` fails, because `loader`, the name in
	 * its PT_INTERP, does not exist.
	 * Context: may sleep.
	 */
	void (*no_loader)(const char *program, const char *loader);
};
extern const struct core_ops *core_ops;		/* const after init, or NULL */

#endif
