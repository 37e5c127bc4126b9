/* SPDX-License-Identifier: MIT */
/*
 * paged AREA: a program with memory in swap, for ./lectern show: of 80 pages at
 * a fixed address 48 are filled and swapped out, and eight of them are swapped
 * in again.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <unistd.h>

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif
#define PG	4096ul
#define AT	((volatile char *)0x20000000)

int main(int argc, char **argv)
{
	if (argc != 2 || syscall(SYS_swapon, argv[1], 0)) {
		fprintf(stderr, "paged: no area to swap to\n");
		return 2;
	}
	if (mmap((void *)AT, 80 * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		 MAP_ANONYMOUS | MAP_FIXED, -1, 0) != (void *)AT)
		return 1;
	memset((void *)AT, 1, 48 * PG);
	madvise((void *)AT, 48 * PG, MADV_PAGEOUT);
	for (int i = 0; i < 8; i++)
		AT[i * PG] = 2;
	raise(SIGURG);		/* a moment to draw all of these */
	return 0;
}
