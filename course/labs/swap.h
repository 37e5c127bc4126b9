/* SPDX-License-Identifier: MIT */
/* A swap area for the check programs: the whole disk of the machine. */
#ifndef LABS_SWAP_H
#define LABS_SWAP_H

#include "check.h"

#define DISK		"/dev/vda"

static inline void put_text(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY);

	lab_must(fd, path);
	lab_must(write(fd, text, strlen(text)), path);
	close(fd);
}

/* Make the disk a swap area, as mkswap(8) does, and switch it on. */
static inline void swap_on(void)
{
	static union {
		char bytes[LAB_PAGE];
		struct {
			char boot[1024];
			unsigned version, last;
		} part;
	} head;
	int fd = open(DISK, O_RDWR);

	lab_must(fd, "open " DISK);
	head.part.version = 1;
	head.part.last = (unsigned)(lseek(fd, 0, SEEK_END) / (long)LAB_PAGE) - 1;
	memcpy(head.bytes + LAB_PAGE - 10, "SWAPSPACE2", 10);
	lab_equal(pwrite(fd, &head, sizeof(head), 0), LAB_PAGE,
		  "bytes of the swap area's head");
	close(fd);
	lab_must(syscall(SYS_swapon, DISK, 0), "swapon");
}

/*
 * Switch swap on, of one page at a time, and map `pages` pages that can go
 * there.  Whoever waits for a disk under -icount sees the time jump: no limit.
 */
static inline volatile char *swap_pages(unsigned pages)
{
	char *at;

	lab_limit(0);
	put_text("/proc/sys/vm/page-cluster", "0");
	swap_on();
	at = mmap(NULL, pages * LAB_PAGE, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	lab_check(at != MAP_FAILED, "mmap failed: %s", strerror(errno));
	return at;
}

#endif
