/* SPDX-License-Identifier: MIT */
/* Registered formats: what register.c reads, fs.c keeps and exec.c looks up. */
#ifndef TOPICS_FORMATS_BINFMT_MISC_H
#define TOPICS_FORMATS_BINFMT_MISC_H

#include <kernel/lock/spin.h>
#include <lt/atomic.h>
#include <lt/list.h>
#include <lt/types.h>

struct file;

#define MISC_HEAD	256	/* magic bytes are looked for in these */

/* Flags of a format, by the letters of the line. */
enum {
	KEEPS_ARGV0 = 1,	/* P: it follows the file's name */
	OPENS = 2,		/* O: the file is open for the interpreter */
	GIVES_RIGHTS = 4,	/* C: set-id bits are the file's; with O */
	FIXED = 8,		/* F: the interpreter of the day it was made */
};

struct format {
	struct list link;		/* [misc_lock] */
	ref_t refs;
	bool enabled;			/* word */
	struct file *file;		/* [misc_lock] of FIXED; else NULL */
	/* const once on the list; texts are parts of line */
	unsigned flags;
	bool extension;			/* magic is one, without the dot */
	unsigned offset, size;		/* of magic in the file */
	const char *name, *magic, *mask, *interp;	/* mask: or NULL */
	char line[];
};

extern struct list formats;		/* [misc_lock] the newest first */
extern struct spinlock misc_lock;
extern bool misc_enabled;		/* word */

/*
 * The format of a line of n bytes, which need not end in a NUL.
 * Context: may sleep.
 * Return: one reference; NULL with *err: -EINVAL, -ENOMEM.
 */
struct format *format_parse(const char *line, size_t n, int *err);
void format_put(struct format *f);

#endif
