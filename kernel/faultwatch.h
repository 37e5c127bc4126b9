/* SPDX-License-Identifier: MIT */
/* Who looks at a fault of user mode before it becomes a signal. */
#ifndef KERNEL_FAULTWATCH_H
#define KERNEL_FAULTWATCH_H

struct siginfo;
struct trapframe;

/*
 * what: the access to info->addr, or the exception's name.
 * Context: may sleep.
 */
struct fault_watch {
	void (*told)(const struct trapframe *tf, const struct siginfo *info,
		     const char *what);
};

#endif
