/* SPDX-License-Identifier: MIT */
/*
 * Prelinking (row C8): the relocated pages of a program's libraries, at
 * addresses chosen in advance, are written once to a file beside the program.
 * A later start maps these pages, and relocates only the program itself and
 * what changes from start to start.
 *
 *	PROGRAM.prelink   header | records | late | strings | pages ...
 *	                  |        |         `- relocations left to the start:
 *	                  |        |            with symbols of the program or
 *	                  |        |            the linker, and IRELATIVE
 *	                  |        `- the file identity of each library
 *	                  `- the identities of the program and the linker
 *
 * If one of these files has changed, the program starts as if it were not
 * prelinked.  DT_GNU_PRELINKED marks a program that may have such a file, so
 * that for other programs the linker does not look for one.
 */
#ifndef PRELINK_H
#define PRELINK_H

#include "rtld.h"
#include "sys.h"

#define PRELINK_MAGIC	0x316b6c70	/* "plk1" */
#define PRELINK_SUFFIX	".prelink"
#define PAGE_UP(n)	(((n) + 4095) & ~4095UL)

/* Identifies a file and its state. */
struct identity {
	uint64_t dev, ino, size;
	int64_t mtime, mtime_ns, ctime, ctime_ns;
	uint64_t uid;			/* the owner */
};

struct prelink_header {
	uint32_t magic, nrecords, nlate;
	uint32_t size;			/* bytes of all before the pages */
	uintptr_t low, high;		/* where the pages go */
	struct identity program, linker;
};

struct prelink_record {
	struct identity file;
	uintptr_t base, map, map_end;
	uintptr_t phdr;			/* program headers, in its pages */
	uint32_t phnum, path;		/* path: offset in the file */
	uint32_t late;			/* some late relocation writes to it */
};

struct prelink_late {
	uint32_t record;		/* index of the library's record */
	uintptr_t reloc;		/* address of the RELOC in the pages */
};

/* Hooks of the prelink command; NULL in the ordinary linker. */
extern const struct prelinker {
	uintptr_t (*room)(size_t size, size_t align);
	int (*postpone)(struct object *o, const RELOC *r);
	void (*write)(void);
} *const prelinker;

/* Return: 0 with the identity of the file at path, or -errno. */
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
