/* SPDX-License-Identifier: MIT */
/*
 * Programs of xv6's (row E13, docs/xv6.md): what the files of this folder
 * share, and what each machine's xv6 has of its own, in arch/NAME.
 */
#ifndef EXT_XV6_XV6_H
#define EXT_XV6_XV6_H

#include <lt/types.h>

struct exec;
struct kstat;
struct trapframe;

#define XV6_PERSONA	0x78		/* in the low byte of personality(2) */
#define XV6_PERSONAS	0xff

#define XV6_ARGS	32		/* MAXARG: with the NULL */
#define XV6_PATH	128		/* MAXPATH: with the NUL */
#define XV6_NAME	14		/* DIRSIZ: without */
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

/* T_ of struct stat. */
enum { XV6_DIR = 1, XV6_FILE, XV6_DEVICE };

/* What fstat tells, which each machine lays out in its own way. */
int xv6_stat_put(uaddr_t to, int type, const struct kstat *st);	/* 0, -EFAULT */

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

/*
 * Of the first argument, with its names cut; path: XV6_PATH bytes.
 * Return: 0, -EFAULT, -ENAMETOOLONG.
 */
int xv6_path(char *path, uaddr_t from);

/* A call: of words as the program passed them, the first of them a path? */
typedef long xv6_serve_t(const char *path, const unsigned long *a);
xv6_serve_t xv6_pipe, xv6_read, xv6_exec, xv6_fstat, xv6_chdir, xv6_dup,
	xv6_sbrk, xv6_open, xv6_write, xv6_mknod, xv6_unlink, xv6_link,
	xv6_mkdir, xv6_close;

#endif
