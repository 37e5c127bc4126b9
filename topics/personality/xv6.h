/* SPDX-License-Identifier: MIT */
/*
 * Programs of xv6's (row E13, docs/xv6.md): what the files of this folder
 * share, and what each machine's xv6 has of its own, in arch/NAME.
 */
#ifndef TOPICS_PERSONALITY_XV6_H
#define TOPICS_PERSONALITY_XV6_H

#include "xv6files.h"

struct exec;
struct trapframe;

#define XV6_PERSONA	0x78		/* in the low byte of personality(2) */
#define XV6_PERSONAS	0xff

#define XV6_ARGS	32		/* MAXARG: with the NULL */
#define XV6_PROCESSES	64		/* NPROC */

/* ---- the machine's ------------------------------------------------------- */

struct xv6_machine {
	unsigned ticks;			/* of sleep and uptime, a second */
	bool tells_status;		/* exit and wait have an argument */
	bool lazy;			/* sbrk has one that asks for a promise */
	unsigned align;			/* of strings and argv on the stack */
	uaddr_t top;			/* the heap ends below */
};
extern const struct xv6_machine xv6_machine;

/* Argument i of the call in tf.  Return: 0, -EFAULT. */
int xv6_arg(const struct trapframe *tf, unsigned i, unsigned long *value);

/*
 * The stack holds argc strings and argv; say in e where the program begins and
 * with which stack, of which `stack` is the kernel's address of argv, with
 * `room` bytes free below it.
 * Return: 0, -E2BIG, -ENOMEM.
 */
int xv6_begin(struct exec *e, void *stack, unsigned long room, uaddr_t argv,
	      unsigned argc, uaddr_t entry);

/* ---- this folder's ------------------------------------------------------- */

/* Where the calls of such programs go, by number. */
extern long (*const xv6_calls[])(struct trapframe *tf);

xv6_serve_t xv6_exec, xv6_sbrk;

#endif
