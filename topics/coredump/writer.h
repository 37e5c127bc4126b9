/* SPDX-License-Identifier: MIT */
/*
 * Between the parts of what writes a core file (row B6): core_write.c has all
 * that is the same for words of any width, layout.h what is not.
 */
#ifndef TOPICS_COREDUMP_WRITER_H
#define TOPICS_COREDUMP_WRITER_H

#include "core.h"
#include <mm/vm.h>

/* A mapping as it was when all was stopped. */
struct core_area {
	uaddr_t start, end;
	unsigned long dumped;		/* bytes of it in the file */
	unsigned prot;
	bool file;			/* its untouched pages are not zeros */
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
	char *page;			/* for what is written next */
};

/*
 * After the first error nothing is written, but the position goes on: so the
 * callers need not ask.
 */
void core_emit(struct core_writer *w, const void *buf, unsigned long n);
/* The bytes up to a multiple of this become a hole. */
void core_align(struct core_writer *w, unsigned long to);
/* The words of the command, with blanks between them, to `size` bytes. */
void core_command(struct vm_space *s, char *to, unsigned size);

/* What depends on the width of the program's words: layout.h, compiled so. */
struct core_format {
	/*
	 * The text of NT_FILE, to w->files; name: PATH_MAX bytes to use.
	 * Context: w->space->lock.
	 * Return: 0 or -ENOMEM.
	 */
	int (*note_files)(struct core_writer *w, char *name);
	/* The header, the table of segments and the notes. */
	void (*write_head)(struct core_writer *w);
};

extern const struct core_format core_native;
/* Of programs of half the width; NULL: this machine has none. */
extern const struct core_format *core_narrow;

#endif
