/* SPDX-License-Identifier: MIT */
/*
 * /etc/ld.so.cache (row C7): the paths of libraries, by name, so that the
 * linker need not search one directory after the other.  The format is glibc's
 * newer one (1.1), which Debian's ldconfig writes:
 *
 *	header | entry ... | strings ...
 *	            `- key, value: offsets in the file of the library's name and
 *	               of its path
 *
 * A file that starts with the format from before glibc 2.32 is ignored, even if
 * it contains the newer one as well.
 */
#ifndef LDCACHE_H
#define LDCACHE_H

#include <stddef.h>
#include <stdint.h>

#define LDCACHE_FILE	"/etc/ld.so.cache"
#define LDCACHE_MAGIC	"glibc-ld.so.cache1.1"	/* without a NUL */
#define LDCACHE_LITTLE	2

struct ldcache_header {
	char magic[20];
	uint32_t entries;
	uint32_t strings;		/* size of the strings in bytes */
	uint8_t order;			/* of bytes: LDCACHE_LITTLE or 0 */
	uint8_t padding[3];
	uint32_t extension;		/* offset of hardware capabilities */
	uint32_t unused[3];
};

struct ldcache_entry {
	uint32_t abi;			/* machine and C library it is for */
	uint32_t key, value;
	uint32_t kernel;		/* not used */
	uint32_t needs[2];		/* processor features; 0: none */
};

/*
 * Find the first entry with this name and ABI that needs no special features.
 * `file` is not trusted: entries and strings that reach outside of its bytes
 * are ignored.  It must be aligned for an entry.
 * Return: the path, inside the file; NULL: not found.
 */
const char *ldcache_find(const void *file, size_t size, const char *name,
			 uint32_t abi);

#endif
