/* SPDX-License-Identifier: MIT */
/*
 * drilled touches POLICY FRAMES PAGES PAGE...: page replacement.
 *
 * The laboratory of topics/swap limits PAGES pages to FRAMES frames.  Then the
 * pages are read in the given order, the first one is 1:
 *
 *	touch 3 major 1 resident 1 2 3
 *	faults 9		as the laboratory has counted
 */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>
#include "drilled.h"

#define DISK	"/dev/vda"
#define LAB	"/proc/lectern/replacement"

static volatile char *memory;
static unsigned long pages;

/* Write what mkswap(8) writes. */
static void swap_on(void)
{
	static union {
		char bytes[4096];
		struct {
			char boot[1024];
			unsigned version, last;
		};
	} head;
	int fd = open(DISK, O_RDWR);

	if (fd < 0)
		fail(DISK);
	head.version = 1;
	head.last = (unsigned)(lseek(fd, 0, SEEK_END) / 4096) - 1;
	memcpy(head.bytes + 4086, "SWAPSPACE2", 10);
	if (pwrite(fd, &head, sizeof(head), 0) != sizeof(head))
		fail(DISK);
	close(fd);
	if (syscall(SYS_swapon, DISK, 0))
		fail("swapon");
}

static long major_faults(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_majflt;
}

static void touch(unsigned long page)
{
	static long before, after;

	before = after = major_faults();
	before = major_faults();
	(void)memory[(page - 1) * PG];
	after = major_faults();
	printf("touch %lu major %ld resident", page, after - before);
	for (unsigned long i = 0; i < pages; i++)
		if (pagemap_word("self", (unsigned long)memory + i * PG) &
		    PM_PRESENT)
			printf(" %lu", i + 1);
	printf("\n");
}

static void print_faults(void)
{
	char text[256];
	int fd = open(LAB, O_RDONLY);
	ssize_t n = fd < 0 ? -1 : read_all(fd, text, sizeof(text) - 1);
	char *at;

	if (n < 0)
		fail(LAB);
	text[n] = 0;
	at = strstr(text, "faults ");
	if (!at)
		fail(LAB);
	printf("faults %lu\n", strtoul(at + 7, NULL, 10));
}

int drill_touches(int n, char **words)
{
	char order[80];

	if (n < 3)
		fail("words");
	pages = number(words[2], NULL);
	/* a fault must not bring in the neighbours, too */
	if (put_text("/proc/sys/vm/page-cluster", "0"))
		fail("page-cluster");
	swap_on();
	memory = mmap(NULL, pages * PG, PROT_READ | PROT_WRITE,
		      MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	for (unsigned long i = 0; i < pages; i++)
		memory[i * PG] = 1;
	snprintf(order, sizeof(order), "%s %s 0x%lx %lu", words[0], words[1],
		 (unsigned long)memory, pages);
	if (put_text(LAB, order))
		fail(LAB);
	for (int i = 3; i < n; i++)
		touch(number(words[i], NULL));
	print_faults();
	put_text(LAB, "off");
	return 0;
}
