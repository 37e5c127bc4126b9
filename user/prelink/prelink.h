/* SPDX-License-Identifier: MIT */
/*
 * Prelinking (row C8): what the relocations of a program's libraries give is
 * written beside the program, once, as pages of memory at addresses that are
 * chosen in advance.  A later start maps the pages, and has nothing to relocate
 * but the program itself and what changes from start to start.
 *
 *	PROGRAM.prelink   header | records | late | strings | pages ...
 *	                  |        |         `- relocations left to the start:
 *	                  |        |            of the program's and the linker's
 *	                  |        |            symbols, and chosen functions
 *	                  |        `- for each library its file's identity
 *	                  `- that of the program, and of the linker
 *
 * If one of these files is not what it was, the start goes as if nothing had
 * been written.  A program says by DT_GNU_PRELINKED that there may be such a
 * file, so that others do not look for one.
 */
#ifndef PRELINK_H
#define PRELINK_H

#include "rtld.h"
#include "sys.h"

#define PRELINK_MAGIC	0x316b6c70	/* "plk1" */
#define PRELINK_SUFFIX	".prelink"
#define PAGE_UP(n)	(((n) + 4095) & ~4095UL)

/* Which file, and in which state. */
struct identity {
	uint64_t dev, ino, size;
	int64_t mtime, mtime_ns, ctime, ctime_ns;
	uint64_t uid;			/* whose it is */
};

struct prelink_header {
	uint32_t magic, nrecords, nlate;
	uint32_t size;			/* bytes before the pages */
	uintptr_t low, high;		/* where the pages go */
	struct identity program, linker;
};

struct prelink_record {
	struct identity file;
	uintptr_t base, map, map_end;
	uintptr_t phdr;			/* these are in its pages */
	uint32_t phnum, path;		/* offset of its string in the file */
	uint32_t late;			/* does a late relocation write to it? */
};

struct prelink_late {
	uint32_t record;		/* whose it is */
	uintptr_t reloc;		/* its address, in the pages */
};

/* What the command prelink does in the linker; NULL in the linker itself. */
extern const struct prelinker {
	uintptr_t (*room)(size_t size, size_t align);
	int (*postpone)(struct object *o, const RELOC *r);
	void (*write)(void);
} *const prelinker;

/* => 0 and what the path leads to, or a negative errno */
static inline long identify(const char *path, struct identity *to)
{
	struct stat st;
	long error = arch_fstatat(AT_FDCWD, path, &st, 0);

	if (!error)
		*to = (struct identity){ st.st_dev, st.st_ino,
			(uint64_t)st.st_size, st.st_mtime,
			st.st_mtime_nsec, st.st_ctime,
			st.st_ctime_nsec, st.st_uid };
	return error;
}

#endif
