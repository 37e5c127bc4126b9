/* SPDX-License-Identifier: MIT */
/* What both check programs of lab 2 use: mappings, and what /proc tells. */
#ifndef LABS_WALK_H
#define LABS_WALK_H

#include "check.h"

/* What one leaf table maps: its entries fill one page. */
#define ENTRIES		(LAB_PAGE / sizeof(long))
#define SPAN		(ENTRIES * LAB_PAGE)

typedef volatile unsigned char *bytes_t;

/* Anonymous memory at an address that is free, or anywhere (0). */
static inline bytes_t map_at(unsigned long at, unsigned long size)
{
	int flags = MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE;
	void *p = mmap((void *)at, size, PROT_READ | PROT_WRITE,
		       at ? flags | MAP_FIXED_NOREPLACE : flags, -1, 0);

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

/* Return: the text of a file, up to 16 KiB. */
static inline const char *text_of(const char *path)
{
	static char text[16384];
	size_t n = 0;
	ssize_t got = 1;
	int fd = open(path, O_RDONLY);

	lab_check(fd >= 0, "open %s failed: %s", path, strerror(errno));
	while (got > 0 && n < sizeof(text) - 1) {
		got = read(fd, text + n, sizeof(text) - 1 - n);
		if (got > 0)
			n += (size_t)got;
	}
	close(fd);
	text[n] = 0;
	return text;
}

/* Return: the number behind a key of a file of /proc. */
static inline long number_in(const char *path, const char *key)
{
	const char *at = strstr(text_of(path), key);

	lab_check(at, "%s has no %s", path, key);
	return strtol(at + strlen(key), NULL, 10);
}

/* Return: the number of page tables of this process, without its root. */
static inline long tables(void)
{
	return number_in("/proc/self/status", "VmPTE:") /
		(long)(LAB_PAGE / 1024);
}

/* Return: the frame of a page by /proc/self/pagemap; 0: none. */
static inline uint64_t frame_of(bytes_t at)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry = 0;

	lab_must(fd, "open /proc/self/pagemap");
	lab_must(lseek(fd, (off_t)((uintptr_t)at / LAB_PAGE * 8), SEEK_SET),
		 "lseek");
	lab_equal(read(fd, &entry, 8), 8, "bytes of pagemap");
	close(fd);
	return entry & ((1ull << 55) - 1);
}

#endif
