/* SPDX-License-Identifier: MIT */
/*
 * mapped: a program whose memory ./lectern show can draw.  It has private
 * memory, a file, superpages, shared memory, pages only read, and a range so
 * large that fork shares its page tables; a child then writes to some of it.
 * All mappings have fixed addresses, so that pictures are reproducible.
 */
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

#define PG	4096ul
#define MIB	(1ul << 20)
#define OWN	((volatile char *)0x20000000)
#define FILE_AT	((volatile char *)0x20100000)
#define SHARED	((volatile char *)0x20200000)
#define TABLES	((volatile char *)0x30000000)
#define LARGE	((volatile char *)0x40000000)

/* A function for a breakpoint: all memory is mapped now. */
void all_mapped(void);

__attribute__((noinline)) void all_mapped(void)
{
	__asm__ volatile("" ::: "memory");
}

static void map(volatile char *at, unsigned long size, int flags, int fd)
{
	if (mmap((void *)at, size, PROT_READ | PROT_WRITE, flags | MAP_FIXED,
		 fd, 0) != (void *)at)
		_exit(1);
}

static void map_all(void)
{
	int fd = open("/proc/self/exe", O_RDONLY);

	map(OWN, 80 * PG, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	memset((void *)OWN, 1, 48 * PG);
	for (int i = 60; i < 64; i++)
		(void)OWN[i * PG];
	map(FILE_AT, 3 * PG, MAP_PRIVATE, fd);
	(void)FILE_AT[0];
	FILE_AT[PG] = 1;
	map(SHARED, 8 * PG, MAP_SHARED | MAP_ANONYMOUS, -1);
	SHARED[0] = SHARED[PG] = 1;
	map(TABLES, 8 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	madvise((void *)TABLES, 8 * MIB, MADV_NOHUGEPAGE);
	memset((void *)TABLES, 1, 8 * MIB);
	map(LARGE, 12 * MIB, MAP_PRIVATE | MAP_ANONYMOUS, -1);
	memset((void *)LARGE, 1, 8 * MIB);
	close(fd);
}

static void child(void)
{
	SHARED[2 * PG] = 1;
	for (int i = 0; i < 8; i++)
		OWN[i * PG] = 2;
	TABLES[4 * MIB] = 2;
	raise(SIGURG);		/* a moment to draw, after the stores */
	_exit(0);
}

int main(void)
{
	map_all();
	all_mapped();
	if (!fork())
		child();
	wait(NULL);
	return 0;
}
