/* SPDX-License-Identifier: MIT */
/*
 * hugebench: what superpages save (row C5).  The same memory is touched and
 * unmapped, once in pages and once in superpages.
 *	hugebench	prints  row<TAB>faults<TAB>KiB of page tables
 *			<TAB>flushes of a TLB<TAB>ns to touch<TAB>ns to unmap
 */
#define _GNU_SOURCE
#include "bench.h"
#include <string.h>
#include <sys/mman.h>
#include <sys/resource.h>
#include <sys/syscall.h>
#include <unistd.h>

#define SIZE	(64ul << 20)
#define ALIGN	(4ul << 20)
#define PG	4096ul

/* The sum of the numbers behind that word, in lines that begin with start. */
static long sum_numbers(const char *path, const char *start, const char *word)
{
	char line[256], *at;
	FILE *f = fopen(path, "r");
	long sum = 0;

	while (f && fgets(line, sizeof(line), f))
		if (!strncmp(line, start, strlen(start)) &&
		    (at = strstr(line, word)))
			sum += atol(at + strlen(word));
	if (f)
		fclose(f);
	return sum;
}

static long count_tables(void)
{
	return sum_numbers("/proc/self/status", "VmPTE:", ":");
}

static long count_flushes(void)
{
	return sum_numbers("/proc/lectern/vm", "tlb_", "flushes ");
}

static long count_faults(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_minflt + u.ru_majflt;
}

static char *map_aligned(int fd)
{
	char *p = mmap(NULL, SIZE + ALIGN, PROT_NONE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	int flags = fd < 0 ? MAP_PRIVATE | MAP_ANONYMOUS : MAP_SHARED;

	p = (char *)(((unsigned long)p + ALIGN - 1) & ~(ALIGN - 1));
	if (mmap(p, SIZE, PROT_READ | PROT_WRITE, flags | MAP_FIXED, fd, 0)
	    != p)
		die("mmap");
	return p;
}

static void measure_pages(const char *name, int fd, int advice)
{
	char *p = map_aligned(fd);
	long had = count_tables(), flushed, faulted;
	u64 t, touched;

	madvise(p, SIZE, advice);
	flushed = count_flushes();
	faulted = count_faults();
	t = now();
	for (unsigned long at = 0; at < SIZE; at += PG)
		*(volatile char *)(p + at) = 1;
	touched = now() - t;
	faulted = count_faults() - faulted;
	had = count_tables() - had;
	t = now();
	munmap(p, SIZE);
	t = now() - t;
	printf("%s\t%ld\t%ld\t%ld\t%llu\t%llu\n", name, faulted, had,
	       count_flushes() - flushed, touched, t);
}

static int file(void)
{
	int fd = (int)syscall(SYS_memfd_create, "bench", 0);

	if (fd < 0 || ftruncate(fd, SIZE))
		die("memfd");
	return fd;
}

int main(void)
{
	FILE *f = fopen("/sys/kernel/mm/transparent_hugepage/shmem_enabled",
			"w");

	if (f) {
		fputs("advise", f);
		fclose(f);
	}
	measure_pages("memory_pages", -1, MADV_NOHUGEPAGE);
	measure_pages("memory_superpages", -1, MADV_HUGEPAGE);
	measure_pages("memfd_pages", file(), MADV_NOHUGEPAGE);
	measure_pages("memfd_superpages", file(), MADV_HUGEPAGE);
	return 0;
}
