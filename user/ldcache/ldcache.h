/* SPDX-License-Identifier: MIT */
/*
 * /etc/ld.so.cache (row C7): where libraries lie, by name, so that folders
 * need not be searched one after the other.  The format is glibc's newer one
 * (1.1), which Debian's ldconfig writes:
 *
 *	header | entry ... | strings ...
 *	            `- key, value: offsets in the file of the library's name and
 *	               of its path
 *
 * The older one, of before 2.32, is passed over, alone or before the newer.
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
	uint32_t strings;		/* bytes of them */
	uint8_t order;			/* of bytes: LDCACHE_LITTLE, 0 not told */
	uint8_t padding[3];
	uint32_t extension;		/* offset: names of capabilities */
	uint32_t unused[3];
};

struct ldcache_entry {
	uint32_t abi;			/* whose libraries these are */
	uint32_t key, value;
	uint32_t kernel;		/* not used */
	uint32_t needs[2];		/* of the processor; 0 nothing */
};

/*
 * Looks for the first entry of this name and ABI that needs nothing special.
 * `file` is believed in nothing: whatever leads outside of its bytes is not
 * there.  It is aligned as an entry is.
 * => the path, in the file; NULL: it has none
 */
const char *ldcache_find(const void *file, size_t size, const char *name,
			 uint32_t abi);

#endif
