/* SPDX-License-Identifier: MIT */
/* Who looks at what ends programs, or keeps them from starting. */
#ifndef KERNEL_FAULTWATCH_H
#define KERNEL_FAULTWATCH_H

#include <lt/table.h>

struct siginfo;
struct trapframe;

struct fault_watch {
	/*
	 * A fault of user mode is about to become a signal.  what: the access
	 * to info->addr, or the exception's name.  Context: may sleep.
	 */
	void (*told)(const struct trapframe *tf, const struct siginfo *info,
		     const char *what);
	/*
	 * An exec fails, as the file that is to load the program (PT_INTERP)
	 * does not exist: both by their names.  Context: may sleep.
	 */
	void (*no_loader)(const char *program, const char *loader);
};
TABLE(fault_watch);

#endif
