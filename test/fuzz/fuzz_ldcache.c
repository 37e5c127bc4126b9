/* SPDX-License-Identifier: MIT */
/*
 * Any bytes as the cache of libraries: what is looked up in it is a path that
 * ends within the file, or nothing.  The name is one that the corpus has, and
 * one that the input itself begins its strings with.
 */
#include "fuzz.h"
#include <stdlib.h>
#include <string.h>
#include "user/ldcache/ldcache.h"

static void look(const char *file, size_t size, const char *name, uint32_t abi)
{
	const char *path = ldcache_find(file, size, name, abi);

	if (path && (path < file || path >= file + size ||
		     !memchr(path, '\0', size - (size_t)(path - file))))
		abort();
}

/* A copy of just its size: a byte too far is one for the sanitizer. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	char *file = malloc(size ? size : 1);
	struct ldcache_entry first;

	memcpy(file, data, size);
	look(file, size, "libc.so.6", 0x1003);
	if (size >= sizeof(struct ldcache_header) + sizeof(first)) {
		char name[16] = "";

		memcpy(&first, file + sizeof(struct ldcache_header),
		       sizeof(first));
		if (first.key < size)
			strncpy(name, file + first.key,
				size - first.key < 15 ? size - first.key : 15);
		look(file, size, name, first.abi);
	}
	free(file);
	return 0;
}
