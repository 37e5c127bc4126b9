/* SPDX-License-Identifier: MIT */
/*
 * drilled start WORD...: the stack as the kernel has built it.  The lines
 * "word" are the memory from the stack pointer to the end of its area.  The
 * other lines say where the C library found things, and what /proc knows.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <fcntl.h>
#include <unistd.h>
#include "drilled.h"

static unsigned long end_of_area(unsigned long sp)
{
	static char maps[16384];
	int fd = open("/proc/self/maps", O_RDONLY);
	char *save, *line, *at;

	if (fd < 0 || read_all(fd, maps, sizeof(maps) - 1) <= 0)
		fail("/proc/self/maps");
	close(fd);
	for (line = strtok_r(maps, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		unsigned long start = strtoul(line, &at, 16);
		unsigned long end = strtoul(at + 1, NULL, 16);

		if (start <= sp && sp < end)
			return end;
	}
	fail("no stack");
}

static void print_list(const char *name, char **list)
{
	printf("%s %lx", name, (unsigned long)list);
	for (; *list; list++)
		printf(" %lx", (unsigned long)*list);
	printf("\n");
}

static void print_auxv(void)
{
	unsigned long pair[2];
	int fd = open("/proc/self/auxv", O_RDONLY);

	while (read(fd, pair, sizeof(pair)) == sizeof(pair))
		printf("auxv %lu %lx\n", pair[0], pair[1]);
	close(fd);
}

int drill_start(char **argv)
{
	unsigned long *at = (unsigned long *)argv - 1;
	unsigned long end = end_of_area((unsigned long)at);

	print_list("argv", argv);
	print_list("envp", environ);
	print_auxv();
	for (; (unsigned long)at < end; at++)
		printf("word %lx %lx\n", (unsigned long)at, *at);
	return 0;
}
