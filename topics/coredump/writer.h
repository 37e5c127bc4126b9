/* SPDX-License-Identifier: MIT */
/*
 * Interface between the parts of the core file writer (row B6): core_write.c is
 * the same for words of any size, layout.h depends on the size.
 */
#ifndef TOPICS_COREDUMP_WRITER_H
#define TOPICS_COREDUMP_WRITER_H

#include "core.h"
#include <mm/vm.h>

/* A mapping as it was when all threads had stopped. */
struct core_area {
	uaddr_t start, end;
	unsigned long dumped;		/* bytes written to the file */
	unsigned prot;
	/* maps a file: untouched pages may hold data */
	bool file;
};

struct core_writer {
	const struct core_format *format;
	struct core *core;
	struct vm_space *space;
	u64 pos;
	int err;
	struct core_area *areas;
	unsigned nr;
	char *files;			/* the text of NT_FILE */
	unsigned long files_size;
	char *page;			/* a page to prepare output in */
};

/*
 * Write n bytes.  After the first error only the position advances, so callers
 * need not check for errors.
 */
void core_emit(struct core_writer *w, const void *buf, unsigned long n);
/* Advance to a multiple of `to`; the skipped bytes become a hole. */
void core_align(struct core_writer *w, unsigned long to);
/*
 * Copy the command line, with blanks between the words, at most `size` bytes.
 */
void core_command(struct vm_space *s, char *to, unsigned size);

/* The part that depends on the program's word size, compiled from layout.h. */
struct core_format {
	/*
	 * Store the text of NT_FILE in w->files; name: a buffer of PATH_MAX
	 * bytes.
	 * Context: w->space->lock.
	 * Return: 0 or -ENOMEM.
	 */
	int (*note_files)(struct core_writer *w, char *name);
	/* Write the header, the segment table and the notes. */
	void (*write_head)(struct core_writer *w);
};

extern const struct core_format core_native;
/*
 * The format for 32-bit programs on a 64-bit kernel; NULL: not supported by
 * this machine.
 */
extern const struct core_format *core_narrow;

#endif
