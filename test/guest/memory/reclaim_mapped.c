/* SPDX-License-Identifier: MIT */
/*
 * Pages of a file that a program maps give way to others' memory and come
 * back as they were; those that are locked stay (rows A5, D13, E8).  For a
 * disk on /tmp and little memory; the suite `disk` has both.
 */
#include <sys/resource.h>
#include "tap.h"
#include "texts.h"

#define SMALL_KIB	(160L << 10)
#define EXT		0xef53
#define EVERY		32		/* pages, of which two are locked */

static unsigned long chunk[16 * PG / sizeof(long)];

static int is_on_disk(void)
{
	unsigned long st[64] = { 0 };

	syscall(SYS_statfs, ".", st);
	return st[0] == EXT;
}

/* Each page of it begins with its number. */
static int write_numbered(const char *name, unsigned long pages)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	for (unsigned long k = 0; k < pages; k += 16) {
		for (unsigned long i = 0; i < 16; i++)
			chunk[i * PG / sizeof(long)] = k + i;
		if (write(fd, chunk, sizeof(chunk)) != sizeof(chunk))
			tap_bail("no room on the disk");
	}
	if (fsync(fd))
		tap_bail("fsync");
	return fd;
}

static unsigned long wrong(const char *map, unsigned long pages)
{
	unsigned long n = 0;

	for (unsigned long k = 0; k < pages; k++)
		n += *(const volatile unsigned long *)(map + k * PG) != k;
	return n;
}

/* How many of these are in memory: the page at `at` of each EVERY. */
static unsigned long resident_of_each(char *map, unsigned long pages,
				      unsigned at)
{
	static unsigned char in[SMALL_KIB / 4];
	unsigned long n = 0;

	if (syscall(SYS_mincore, map, pages * PG, in))
		return ~0ul;
	for (unsigned long k = at; k < pages; k += EVERY)
		n += in[k] & 1;
	return n;
}

static int lock_some(char *map, unsigned long pages)
{
	int err = 0;

	for (unsigned long k = 0; !err && k < pages; k += EVERY)
		err = (int)syscall(SYS_mlock, map + k * PG, 2 * PG);
	return err;
}

/* Faster than any thread of the kernel's could make room. */
static void take_memory(void *arg)
{
	unsigned long pages = *(unsigned long *)arg;
	char *p = mmap(NULL, pages * PG, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	if (p == MAP_FAILED)
		_exit(1);
	for (unsigned long k = 0; k < pages; k++)
		p[k * PG] = 1;
}

/* ---- two that want more than there is ------------------------------------ */

#define RIVALS	2
#define ROUNDS	3

static volatile unsigned long *laps;	/* of each: pages it has seen */

/* All pages of its part, in an order of its own, several times. */
static void read_rival_part(int fd, unsigned long who, unsigned long pages)
{
	unsigned long first = who * pages, at = 0, stride = who ? 1009 : 1, n;
	char *map = mmap(NULL, pages * PG, PROT_READ, MAP_SHARED, fd,
			 (off_t)(first * PG));

	if (map == MAP_FAILED)
		_exit(1);
	for (n = 0; n < ROUNDS * pages; n++) {
		if (*(volatile unsigned long *)(map + at * PG) != first + at)
			_exit(2);
		laps[who] = n;
		at = (at + stride) % pages;
	}
	_exit(0);
}

/*
 * Each maps three quarters of memory, and takes the other's pages.  Both come
 * to an end, or one is killed for the other: none waits for ever.
 */
static void share_memory_rivals(unsigned long pages)
{
	int fd = write_numbered("bigger", RIVALS * pages), ended = 0,
		killed = 0, st;

	laps = mmap(NULL, PG, PROT_READ | PROT_WRITE,
		    MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	for (unsigned long who = 0; who < RIVALS; who++)
		if (fork() == 0)
			read_rival_part(fd, who, pages);
	while (wait(&st) > 0) {
		ended += st == 0;
		killed += WIFSIGNALED(st) && WTERMSIG(st) == SIGKILL;
	}
	check_eq(ended + killed, RIVALS, "each ends, with what is in the file");
	check(ended > 0, "and one at least by itself");
	printf("# %lu and %lu of %lu pages\n", laps[0], laps[1],
	       ROUNDS * pages);
	close(fd);
	unlink("bigger");
}

int main(void)
{
	long total_kib = text_number("/proc/meminfo", "MemTotal:");
	unsigned long pages = (unsigned long)total_kib / 4 / 2 / EVERY * EVERY;
	unsigned long each = pages / EVERY;
	char *map;
	int fd;

	tap_scratch("reclaim_mapped");
	if (total_kib > SMALL_KIB || !is_on_disk()) {
		tap_scratch_end();
		return tap_skip_all("only with little memory and a disk");
	}
	fd = write_numbered("big", pages);
	map = mmap(NULL, pages * PG, PROT_READ, MAP_SHARED, fd, 0);
	check(map != MAP_FAILED, "half of memory is a file");
	check_ok(lock_some(map, pages), "some of it locked");
	check_eq(wrong(map, pages), 0, "it is mapped, and right");
	check_eq(in_child(take_memory, &pages), 0, "another takes as much");
	check(resident_of_each(map, pages, EVERY / 2) < each,
	      "part of it had to go");
	check_eq(resident_of_each(map, pages, 0) +
		 resident_of_each(map, pages, 1), 2 * each,
		 "not what is locked");
	check(resident_of_each(map, pages, 2) < each, "but pages behind that");
	check(resident_of_each(map, pages, EVERY - 1) < each, "and before it");
	check_eq(wrong(map, pages), 0, "and it comes back");
	munmap(map, pages * PG);
	close(fd);
	unlink("big");
	share_memory_rivals(pages * 3 / 2 / 16 * 16);
	tap_scratch_end();
	return tap_done();
}
