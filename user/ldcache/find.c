/* SPDX-License-Identifier: MIT */
/*
 * Read the cache of libraries (row C7).  The entries are sorted, but this code
 * does not rely on it: it looks at all of them.
 */
#include <string.h>
#include "ldcache.h"

/* Return: the entries, all of them inside the file; NULL: a bad header. */
static const struct ldcache_entry *entries_of(const void *file, size_t size)
{
	const struct ldcache_header *h = file;

	if (size < sizeof(*h) ||
	    memcmp(h->magic, LDCACHE_MAGIC, sizeof(h->magic)) ||
	    (h->order && h->order != LDCACHE_LITTLE) ||
	    h->entries > (size - sizeof(*h)) / sizeof(struct ldcache_entry))
		return NULL;
	return (const struct ldcache_entry *)(h + 1);
}

/* Return: the string at this offset, or NULL if it has no end in the file. */
static const char *string_at(const void *file, size_t size, uint32_t at)
{
	const char *s = file;

	return at < size && memchr(s + at, '\0', size - at) ? s + at : NULL;
}

const char *ldcache_find(const void *file, size_t size, const char *name,
			 uint32_t abi)
{
	const struct ldcache_entry *e = entries_of(file, size), *end;

	if (!e)
		return NULL;
	end = e + ((const struct ldcache_header *)file)->entries;
	for (; e < end; e++) {
		const char *key = string_at(file, size, e->key);

		if (e->abi == abi && !e->needs[0] && !e->needs[1] && key &&
		    !strcmp(key, name))
			return string_at(file, size, e->value);
	}
	return NULL;
}
