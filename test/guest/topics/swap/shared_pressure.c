/* SPDX-License-Identifier: MIT */
/*
 * More in files in memory than the machine has, with an area to swap to:
 * anonymous shared memory that several processes store to, and a file that is
 * written and read by calls.  Nothing is lost, nobody dies, and no slot is left
 * (rows C2, D13).
 */
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "swap.h"

#define TASKS	3
#define ROUNDS	2
#define PLACE	"/tmp/shared_pressure"
#define WORDS	(PG / sizeof(long))

static unsigned long pages;		/* of each of the two */

static unsigned long mark_of_page(unsigned long page, unsigned long more)
{
	return page * 2654435761ul + more;
}

/* A page is its mark, at both ends. */
static void mark_shared_page(unsigned long *p, unsigned long v)
{
	p[0] = p[WORDS - 1] = v;
}

static int shared_holds_mark(const unsigned long *p, unsigned long v)
{
	return p[0] == v && p[WORDS - 1] == v;
}

/* Each has every third page to store to. */
static void store_own_third(unsigned long *all, unsigned long who)
{
	for (unsigned long round = 0; round < ROUNDS; round++)
		for (unsigned long i = who; i < pages; i += TASKS) {
			unsigned long *p = all + i * WORDS;

			if (!shared_holds_mark(p, mark_of_page(i, round)))
				_exit(1);
			mark_shared_page(p, mark_of_page(i, round + 1));
		}
	_exit(0);
}

static void by_mappings(unsigned long *all)
{
	struct rusage u;
	pid_t pid[TASKS];
	int status = -1, well = 0;
	unsigned long i;

	for (i = 0; i < TASKS; i++) {
		pid[i] = fork();
		if (!pid[i])
			store_own_third(all, i);
	}
	for (i = 0; i < TASKS; i++)
		well += waitpid(pid[i], &status, 0) == pid[i] && !status;
	check_eq(well, TASKS, "all find what they have stored");
	getrusage(RUSAGE_CHILDREN, &u);
	check(u.ru_majflt > 10, "by major faults (%ld)", (long)u.ru_majflt);
	for (i = 0; i < pages && shared_holds_mark(all + i * WORDS,
						   mark_of_page(i,
								ROUNDS)); i++)
		;
	check_eq(i, pages, "and so does who made it");
}

static unsigned long write_marks(int fd, unsigned long more)
{
	static unsigned long page[WORDS];
	unsigned long i;

	for (i = 0; i < pages; i++) {
		mark_shared_page(page, mark_of_page(i, more));
		if (pwrite(fd, page, PG, (off_t)(i * PG)) != (ssize_t)PG)
			break;
	}
	return i;
}

static unsigned long read_marks(int fd, unsigned long more)
{
	static unsigned long page[WORDS];
	unsigned long i;

	for (i = 0; i < pages; i++)
		if (pread(fd, page, PG, (off_t)(i * PG)) != (ssize_t)PG ||
		    !shared_holds_mark(page, mark_of_page(i, more)))
			break;
	return i;
}

int main(void)
{
	long total = text_number("/proc/meminfo", "MemTotal:"), free;
	unsigned long *all, i;
	int fd;

	if (access(DISK, R_OK) || total > 256 * 1024)
		return tap_skip_all("it takes a disk and little memory");
	write_header(good_header());
	if ((long)disk_pages * 4 < 2 * total)
		return tap_skip_all("the disk is small");
	check_eq(syscall(SYS_swapon, DISK, 0), 0, "swapon");
	free = text_number("/proc/meminfo", "SwapFree:");
	pages = (unsigned long)total / 4 * 3 / 4;
	all = mmap(NULL, pages * PG, PROT_READ | PROT_WRITE,
		   MAP_SHARED | MAP_ANONYMOUS, -1, 0);
	mkdir(PLACE, 0755);
	mount("none", PLACE, "tmpfs", 0, "size=64m");
	fd = open(PLACE "/f", O_RDWR | O_CREAT | O_EXCL, 0600);
	if (all == MAP_FAILED || fd < 0)
		tap_bail("no room");
	for (i = 0; i < pages; i++)
		mark_shared_page(all + i * WORDS, mark_of_page(i, 0));
	check_eq(write_marks(fd, 5), pages, "two thirds more than there is");
	check(text_number("/proc/meminfo", "SwapFree:") < free - total / 3,
	      "are in swap");
	by_mappings(all);
	check_eq(read_marks(fd, 5), pages, "read(2) finds the file");
	check_eq(write_marks(fd, 6), pages, "it is written once more");
	check_eq(read_marks(fd, 6), pages, "and read");
	munmap(all, pages * PG);
	check_eq(ftruncate(fd, (off_t)(pages / 4 * PG)), 0, "most of it goes");
	check_eq(syscall(SYS_swapoff, DISK), 0, "swapoff");
	for (i = 0; i < pages / 4; i++) {
		unsigned long v = 0;

		pread(fd, &v, sizeof(v), (off_t)(i * PG));
		if (v != mark_of_page(i, 6))
			break;
	}
	check_eq(i, pages / 4, "what was left is there");
	check_eq(syscall(SYS_swapon, DISK, 0), 0, "swapon");
	close(fd);
	check_eq(unlink(PLACE "/f"), 0, "unlink");
	check_eq(umount2(PLACE, 0), 0, "umount");
	rmdir(PLACE);
	check_eq(text_number("/proc/meminfo", "SwapFree:"), free,
		 "no slot is left");
	check_eq(syscall(SYS_swapoff, DISK), 0, "swapoff");
	return tap_done();
}
