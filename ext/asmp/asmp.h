/* SPDX-License-Identifier: MIT */
/*
 * Asymmetric multiprocessing (row B13): one CPU serves all traps and system
 * calls, if the boot option `asmp` says so; ext/asmp/asmp.c.
 */
#ifndef EXT_ASMP_ASMP_H
#define EXT_ASMP_ASMP_H

#include <lt/types.h>

struct task;

extern bool asmp;			/* const after init */

/*
 * A trap or a system call of current begins: go on on the master until
 * asmp_leave().  May be called again meanwhile.
 * => asmp, IPL_NONE, interrupts on; may sleep
 */
void asmp_enter(void);
/* Nothing is left to do for current: back to a CPU of its own.  => likewise */
void asmp_leave(void);
/* A new task begins on the master; home: where it goes then, if idle. */
void asmp_hold(struct task *t, unsigned home);
/* The CPU that t's user code runs on, for the program to see. */
unsigned sched_user_cpu(const struct task *t);

#endif
