/* SPDX-License-Identifier: MIT */
/*
 * A reader of newc cpio archives (070701, 070702), one after another with zero
 * padding between, as in an initial file system.  It trusts no field: all
 * returned pointers lie inside the image.
 */
#ifndef LIB_CPIO_H
#define LIB_CPIO_H

#include <lt/types.h>

#define CPIO_NAME_MAX 4096	/* with the NUL */

struct cpio_reader {
	const char *image;
	size_t size;		/* bytes */
	size_t at;		/* next header */
	size_t start;		/* start of the current archive, for
				   alignment */
	const char *error;	/* description of the error after CPIO_BAD */
};

struct cpio_entry {
	const char *name;	/* NUL-terminated, inside the image */
	const char *data;	/* data_size bytes, inside the image */
	u32 data_size;
	u32 ino, mode, uid, gid, nlink, mtime;
	u32 dev_major, dev_minor;	/* identify the file, together with
					   ino */
	u32 rdev_major, rdev_minor;
};

enum cpio_result {
	CPIO_ENTRY,		/* *e is filled */
	CPIO_TRAILER,		/* an archive ends; no more hard links to its
				   files */
	CPIO_END,		/* the image ends cleanly */
	CPIO_BAD,		/* r->error at offset r->at */
};

void cpio_open(struct cpio_reader *r, const void *image, size_t size);
enum cpio_result cpio_next(struct cpio_reader *r, struct cpio_entry *e);

#endif
