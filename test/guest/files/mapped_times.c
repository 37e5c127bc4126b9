/* SPDX-License-Identifier: MIT */
/*
 * A store through a shared mapping of a file is a change of the file: on a disk
 * (rows D4, E8) each first one after the page was written back sets its times;
 * others do not, nor do loads, nor stores to a private mapping.
 */
#include "tap.h"
#include "texts.h"

#define EXT2_MAGIC	0xef53

static struct stat before, after;

/* Time goes by, by more than a tick, and is noted. */
static void note_times(const char *path)
{
	usleep(50000);
	if (stat(path, &before))
		tap_bail(path);
	usleep(50000);
}

/* A time of a file, in nanoseconds. */
#define NS(st, what)							\
	((long long)(st).st_##what##time * 1000000000ll +		\
	 (long long)(st).st_##what##time_nsec)

static int has_changed(const char *path)
{
	if (stat(path, &after))
		tap_bail(path);
	return NS(before, m) < NS(after, m) && NS(before, c) < NS(after, c);
}

static void change_mapped_times(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	volatile char *p, *q;

	ftruncate(fd, 4 * PG);
	pwrite(fd, "text", 4, 0);
	fsync(fd);
	p = mmap(NULL, 4 * PG, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	q = mmap(NULL, 4 * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	note_times(path);
	check(p[0] == 't' && p[PG] == 0, "loads");
	check(!has_changed(path), "change nothing");
	q[0] = q[PG] = 1;
	check(!has_changed(path), "nor do stores to private memory");
	p[0] = 1;
	check(has_changed(path), "a store is a change of the file");
	note_times(path);
	p[1] = 2;
	check(!has_changed(path), "another is not told, while it is dirty");
	p[PG] = 3;
	check(has_changed(path), "one to a hole that was read is");
	note_times(path);
	p[3 * PG] = 4;
	check(has_changed(path), "and one to a page never looked at");
	msync((void *)p, 4 * PG, MS_SYNC);
	note_times(path);
	p[0] = 5;
	check(has_changed(path), "written back, it is told anew");
	munmap((void *)p, 4 * PG);
	munmap((void *)q, 4 * PG);
	close(fd);
}

#define MANY	256UL		/* pages: some kernels count up to 64 late */

static long file_kib(void)
{
	return text_number("/proc/self/status", "RssFile:");
}

/* Pages of a file on a disk are counted where they are mapped. */
static void count_mapped_pages(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	long before = file_kib(), mapped, seen = 0;
	volatile char *p;

	ftruncate(fd, (off_t)(MANY * PG));
	p = mmap(NULL, MANY * PG, PROT_READ, MAP_SHARED, fd, 0);
	for (unsigned long k = 0; k < MANY; k++)
		seen += p[k * PG];
	check_eq(seen, 0, "a hole of a file");
	mapped = file_kib() - before;
	check(mapped >= (long)(MANY - 64) * 4, "RssFile has it: %ld", mapped);
	munmap((void *)p, MANY * PG);
	check(file_kib() - before <= 64 * 4, "and has it no more: %ld",
	      file_kib() - before);
	close(fd);
}

/* A file in memory: the first store to each page of a mapping is one. */
static void change_memory_times(const char *path)
{
	int fd = open(path, O_RDWR | O_CREAT, 0600);
	volatile char *p;

	ftruncate(fd, 4 * PG);
	p = mmap(NULL, 4 * PG, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	note_times(path);
	p[0] = 1;
	check(has_changed(path), "memory: a store is a change of the file");
	note_times(path);
	p[1] = 2;
	check(!has_changed(path), "memory: another to the page is not told");
	p[3 * PG] = 3;
	check(has_changed(path), "memory: one to another page is");
	munmap((void *)p, 4 * PG);
	close(fd);
}

int main(void)
{
	long st[64] = { 0 };	/* struct statfs: its first word is the type */

	tap_scratch("mapped_times");
	if (syscall(SYS_statfs, ".", st) || st[0] != EXT2_MAGIC) {
		change_memory_times("file");
		unlink("file");
		tap_scratch_end();
		return tap_done();
	}
	change_mapped_times("file");
	count_mapped_pages("hole");
	unlink("hole");
	unlink("file");
	tap_scratch_end();
	return tap_done();
}
