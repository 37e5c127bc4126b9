/* SPDX-License-Identifier: MIT */
/* What both check programs of lab 2 use: mappings, and what /proc tells. */
#ifndef LABS_WALK_H
#define LABS_WALK_H

#include "check.h"
#include "proc.h"

/* What one leaf table maps: its entries fill one page. */
#define ENTRIES		(LAB_PAGE / sizeof(long))
#define SPAN		(ENTRIES * LAB_PAGE)

typedef volatile unsigned char *bytes_t;

/*
 * Anonymous memory at an address, or anywhere (0).  A case that failed may have
 * left its own memory there.
 */
static inline bytes_t map_at(unsigned long at, unsigned long size)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	void *p = mmap((void *)at, size, PROT_READ | PROT_WRITE,
		       at ? flags | MAP_FIXED : flags, -1, 0);

	lab_check(p != MAP_FAILED, "mmap of %lu kB failed: %s", size / 1024,
		  strerror(errno));
	return p;
}

/* Memory that begins where a leaf table begins; it is never unmapped. */
static inline bytes_t map_spans(unsigned spans)
{
	uintptr_t p = (uintptr_t)map_at(0, (spans + 1) * SPAN);

	return (bytes_t)((p + SPAN - 1) / SPAN * SPAN);
}

/* Return: the number of page tables of this process, without its root. */
static inline long tables(void)
{
	return number_in("/proc/self/status", "VmPTE:") /
		(long)(LAB_PAGE / 1024);
}

#endif
