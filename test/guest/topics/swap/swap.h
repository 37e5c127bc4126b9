/* SPDX-License-Identifier: MIT */
/* A swap area on the empty disk that suites give the guest. */
#ifndef TEST_GUEST_TOPICS_SWAP_SWAP_H
#define TEST_GUEST_TOPICS_SWAP_SWAP_H

#include "texts.h"

#define DISK	"/dev/vda"

union header {
	unsigned char bytes[4096];
	struct {
		char boot[1024];
		unsigned version, last, bad;
		unsigned char uuid[16];
		char label[16];
		unsigned padding[117], bad_page[1];
	};
};

static unsigned disk_pages;

/* What mkswap(8) writes.  => what pwrite() answers */
static inline long write_header(union header *h)
{
	int fd = open(DISK, O_RDWR | O_DSYNC);
	long n;

	disk_pages = (unsigned)(lseek(fd, 0, SEEK_END) / 4096);
	n = pwrite(fd, h, sizeof(*h), 0);
	close(fd);
	return n;
}

static inline union header *good_header(void)
{
	static union header h;
	int fd = open(DISK, O_RDWR);

	disk_pages = (unsigned)(lseek(fd, 0, SEEK_END) / 4096);
	close(fd);
	memset(&h, 0, sizeof(h));
	h.version = 1;
	h.last = disk_pages - 1;
	memcpy(h.bytes + 4086, "SWAPSPACE2", 10);
	return &h;
}

/*
 * VmSwap says of a process that all its pages are back.  Linux 6.1 counts some
 * of each thread's only later.
 */
static inline int swap_is_back(long pages)
{
	return !pages || on_older_linux(6, 2);
}

static inline int swap_off(const char *path)
{
	return (int)syscall(SYS_swapoff, path);
}

#endif
