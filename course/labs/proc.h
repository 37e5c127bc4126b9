/* SPDX-License-Identifier: MIT */
/* What a check program learns from /proc. */
#ifndef LABS_PROC_H
#define LABS_PROC_H

#include "check.h"

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
	lab_check(n, "read of %s: %s", path,
		  got < 0 ? strerror(errno) : "no bytes");
	close(fd);
	text[n] = 0;
	return text;
}

/* Return: the number behind a key of a file of /proc. */
static inline long number_in(const char *path, const char *key)
{
	const char *at = strstr(text_of(path), key);

	lab_check(at, "%s was read and has no line %s", path, key);
	return strtol(at + strlen(key), NULL, 10);
}

/* Return: free memory in kB. */
static inline long mem_free(void)
{
	return number_in("/proc/meminfo", "MemFree:");
}

/* Return: frames that are free, or that a cache of the kernel gives back. */
static inline long audited_free(void)
{
	return number_in("/proc/lectern/audit", "free_pages");
}

/*
 * Store to each page from `first` on; each time the kernel's first allocation
 * fails.
 */
static inline void store_without_memory(volatile unsigned char *at,
					unsigned first, unsigned pages)
{
	int fd = open("/proc/lectern/fault_inject", O_RDWR);
	char left[8] = "";

	lab_must(fd, "open /proc/lectern/fault_inject");
	for (unsigned i = first; i < pages; i++) {
		lab_equal(pwrite(fd, "1", 1, 0), 1,
			  "bytes written to fault_inject");
		at[i * LAB_PAGE] = 3;
		lab_equal(at[i * LAB_PAGE], 3, "a byte that was stored without "
			  "memory at first");
	}
	lab_check(pread(fd, left, sizeof(left) - 1, 0) > 0, "read of "
		  "/proc/lectern/fault_inject failed: %s", strerror(errno));
	lab_equal(atol(left), 0, "allocations that should have failed and did "
		  "not happen");
	close(fd);
}

/* Return: the frame of a page by /proc/self/pagemap; 0: not in memory. */
static inline uint64_t frame_of(volatile unsigned char *at)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);
	uint64_t entry = 0;

	lab_must(fd, "open /proc/self/pagemap");
	lab_must(lseek(fd, (off_t)((uintptr_t)at / LAB_PAGE * 8), SEEK_SET),
		 "lseek");
	lab_equal(read(fd, &entry, 8), 8, "bytes of pagemap");
	close(fd);
	return entry >> 63 ? entry & ((1ull << 55) - 1) : 0;
}

#endif
