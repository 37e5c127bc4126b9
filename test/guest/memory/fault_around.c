/* SPDX-License-Identifier: MIT */
/*
 * One fault maps what the page cache has near by (row D4, map_pages): of files,
 * of memory that is shared without one; up to the end of the file.
 */
#include <sys/resource.h>
#include "tap.h"

#define PAGES	64
#define WINDOW	(16 * PG)

static long faults_so_far(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_minflt + u.ru_majflt;
}

/* How many faults it takes to load a byte of each page. */
static long faults_of_walk(volatile char *p, size_t len)
{
	long n = faults_so_far();

	for (size_t at = 0; at < len; at += PG)
		(void)p[at];
	return faults_so_far() - n;
}

static volatile char *map_whole_file(int fd, size_t len, int flags)
{
	void *p = mmap(NULL, len, PROT_READ, flags, fd, 0);

	if (p == MAP_FAILED)
		tap_bail("mmap");
	return p;
}

static void windows(int fd)
{
	volatile char *p = map_whole_file(fd, PAGES * PG, MAP_SHARED);
	long n = faults_of_walk(p, PAGES * PG);

	printf("# %ld faults for %d pages\n", n, PAGES);
	check(n <= PAGES / 4, "a fault maps several pages that are shared");
	munmap((void *)p, PAGES * PG);
	p = map_whole_file(fd, PAGES * PG, MAP_PRIVATE);
	check(faults_of_walk(p, PAGES * PG) <= PAGES / 4,
	      "and several of private ones");
	munmap((void *)p, PAGES * PG);
}

/* No page beyond the end may be there, though it is mapped. */
static void stop_at_end(int fd)
{
	volatile char *p;

	ftruncate(fd, 5 * PG - 7);
	p = map_whole_file(fd, WINDOW, MAP_SHARED);
	check_eq(p[0], 1, "a page of the file");
	check_eq(load_fault(p + 4 * PG), 0, "its last, which is not whole");
	check_eq(load_fault(p + 5 * PG), SIGBUS, "none behind it");
	check_eq(load_fault(p + 15 * PG), SIGBUS, "to the end of the mapping");
	munmap((void *)p, WINDOW);
}

/* What another process has touched is at hand. */
static void touch_in_child(void *arg)
{
	for (size_t at = 0; at < PAGES * PG; at += PG)
		((volatile char *)arg)[at] = 1;
}

static void share_touched(void)
{
	volatile char *p = mmap(NULL, PAGES * PG, PROT_READ | PROT_WRITE,
				MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	long n;

	check_eq(in_child(touch_in_child, (void *)p), 0,
		 "a child fills shared memory");
	n = faults_of_walk(p, PAGES * PG);
	printf("# %ld faults for %d pages\n", n, PAGES);
	check(n <= PAGES / 4, "which is mapped several pages a fault");
	munmap((void *)p, PAGES * PG);
}

int main(void)
{
	static char text[PAGES * PG];
	int fd;

	tap_scratch("fault_around");
	fd = open("file", O_RDWR | O_CREAT, 0600);
	memset(text, 1, sizeof(text));
	if (fd < 0 || write(fd, text, sizeof(text)) != sizeof(text))
		tap_bail("file");
	windows(fd);
	share_touched();
	stop_at_end(fd);
	close(fd);
	unlink("file");
	tap_scratch_end();
	return tap_done();
}
