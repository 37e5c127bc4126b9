/* SPDX-License-Identifier: MIT */
/*
 * Programs of xv6 (row E13, docs/xv6.md): declarations that the files of this
 * directory share.  arch/NAME has what differs between xv6's machines.
 */
#ifndef TOPICS_PERSONALITY_XV6_H
#define TOPICS_PERSONALITY_XV6_H

#include "xv6files.h"

struct exec;
struct trapframe;

#define XV6_PERSONA	0x78		/* low byte of personality(2) */
#define XV6_PERSONAS	0xff

#define XV6_ARGS	32		/* MAXARG: including the final NULL */
#define XV6_PROCESSES	64		/* NPROC */

/* ---- arch/ --------------------------------------------------------------- */

struct xv6_machine {
	unsigned ticks;	/* ticks per second, for sleep and uptime */
	bool tells_status;	/* exit and wait take a status argument */
	bool lazy;	/* sbrk takes an argument for lazy allocation */
	unsigned align;	/* alignment of strings and argv on the stack */
	uaddr_t top;			/* upper limit of the heap */
};
extern const struct xv6_machine xv6_machine;

/* Get argument i of the call in tf.  Return: 0, -EFAULT. */
int xv6_arg(const struct trapframe *tf, unsigned i, unsigned long *value);

/*
 * Set the program's entry and its initial stack in e.  The stack already holds
 * argc strings and argv.  stack: the kernel's address of argv, with `room`
 * bytes free below it.
 * Return: 0, -E2BIG, -ENOMEM.
 */
int xv6_begin(struct exec *e, void *stack, unsigned long room, uaddr_t argv,
	      unsigned argc, uaddr_t entry);

/* ---- this directory ------------------------------------------------------ */

/* The system call table of xv6 programs. */
extern long (*const xv6_calls[])(struct trapframe *tf);

xv6_serve_t xv6_exec, xv6_sbrk;

#endif
