/* SPDX-License-Identifier: MIT */
/*
 * Registered formats, which misc_register.c parses, misc_fs.c keeps, and
 * misc_exec.c looks up.
 */
#ifndef TOPICS_FORMATS_BINFMT_MISC_H
#define TOPICS_FORMATS_BINFMT_MISC_H

#include <kernel/lock/spin.h>
#include <lt/atomic.h>
#include <lt/list.h>
#include <lt/types.h>

struct file;

/* magic bytes lie within this many bytes at the start of a file */
#define MISC_HEAD	256

/* Flags of a format; the letter is that in the registered line. */
enum {
	KEEPS_ARGV0 = 1,	/* P: keep the caller's argv[0] */
	OPENS = 2,		/* O: pass the file, open, to the interpreter */
	GIVES_RIGHTS = 4, /* C: credentials come from the file; implies O */
	FIXED = 8,		/* F: open the interpreter at registration */
};

struct format {
	struct list link;		/* [misc_lock] */
	ref_t refs;
	bool enabled;			/* read and written without a lock */
	struct file *file; /* [misc_lock] interpreter if FIXED; else NULL */
	/* const once on the list; the strings are parts of line */
	unsigned flags;
	bool extension;	/* magic is an extension, without the dot */
	unsigned offset, size;	/* offset and length of magic in the file */
	const char *name, *magic, *mask, *interp;	/* mask: may be NULL */
	char line[];
};

extern struct list formats;		/* [misc_lock] newest first */
extern struct spinlock misc_lock;
extern bool misc_enabled;		/* read and written without a lock */

/*
 * Parse a line of n bytes, which need not end in a NUL, into a format.
 * Context: may sleep.
 * Return: one reference; NULL with *err: -EINVAL, -ENOMEM.
 */
struct format *format_parse(const char *line, size_t n, int *err);
void format_put(struct format *f);

#endif
