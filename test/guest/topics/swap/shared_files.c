/* SPDX-License-Identifier: MIT */
/*
 * Pages of files in memory go out to swap and come back (rows C2, D5, D13):
 * anonymous shared memory, memfds, tmpfs, System V's segments.
 */
#include <sys/mount.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include "swap.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif
#define RW	(PROT_READ | PROT_WRITE)
#define PAGES	512UL
#define SIZE	(PAGES * PG)
#define MOST	(PAGES - PAGES / 8)
#define IPC_PRIVATE	0
#define IPC_RMID	0
#define SHM_LOCK	11

static long swap_free(void)
{
	return text_number("/proc/meminfo", "SwapFree:") / 4;
}

static unsigned *page_word(char *p, unsigned long i)
{
	return (unsigned *)(p + i * PG);
}

static void number_pages(char *p, unsigned more)
{
	for (unsigned long i = 0; i < PAGES; i++)
		*page_word(p, i) = (unsigned)i + more;
}

static int pages_hold_numbers(char *p, unsigned long from, unsigned long n,
			      unsigned more)
{
	for (unsigned long i = from; i < from + n; i++)
		if (*page_word(p, i) != i + more)
			return 0;
	return 1;
}

/*
 * All go out, which are in memory.  Another kernel may have some of them where
 * it does not look yet, and those that are out in its cache: they count as in
 * memory, and it keeps slots to hand out.
 */
static int page_out_until_gone(char *p)
{
	long free = swap_free();

	for (int k = 0; k < 20 && swap_free() > free - (long)MOST; k++) {
		if (madvise(p, SIZE, MADV_PAGEOUT))
			tap_bail("MADV_PAGEOUT");
		usleep(10000);
	}
	return swap_free() <= free - (long)MOST &&
		(on_other_kernel() || pages_in_memory(p, PAGES) <= PAGES / 8);
}

static long major_faults(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_majflt;
}

static char *map_all_pages(int fd)
{
	char *p = mmap(NULL, SIZE, RW, MAP_SHARED |
		       (fd < 0 ? MAP_ANONYMOUS : 0),
		       fd, 0);

	if (p == MAP_FAILED)
		tap_bail("mmap");
	madvise(p, SIZE, 15 /* MADV_NOHUGEPAGE */);
	return p;
}

static int make_sized_file(void)
{
	int fd = (int)syscall(SYS_memfd_create, "shared_files", 0);

	if (fd < 0 || ftruncate(fd, SIZE))
		tap_bail("memfd_create");
	return fd;
}

static int none_left(long free)
{
	return swap_free() >= free - (on_other_kernel() ? (long)PAGES / 2 : 0);
}

static void close_to(long free, const char *what)
{
	for (int k = 0; k < 100 && !none_left(free); k++)
		usleep(10000);
	check(none_left(free), "%s: no slot is left", what);
}

/* ---- mappings ------------------------------------------------------------ */

static void anonymous(void)
{
	long free = swap_free(), shmem, faults;
	char *p = map_all_pages(-1);
	pid_t pid;

	number_pages(p, 1);
	shmem = text_number("/proc/meminfo", "Shmem:") / 4;
	check(page_out_until_gone(p), "anonymous shared memory goes out");
	check(text_number("/proc/meminfo", "Shmem:") / 4 <= shmem - (long)MOST,
	      "Shmem counts what is in memory");
	check(text_number("/proc/self/status", "VmSwap:") < 1024,
	      "VmSwap does not count it");
	check(text_number("/proc/self/smaps_rollup", "Swap:") >= 4 * (long)MOST,
	      "smaps does");
	faults = major_faults();
	check(pages_hold_numbers(p, 0, PAGES, 1), "it comes back");
	check(major_faults() > faults || on_other_kernel(),
	      "by major faults");
	page_out_until_gone(p);
	pid = fork();
	if (pid == 0) {
		int ok = pages_hold_numbers(p, 0, PAGES, 1);

		number_pages(p, 2);
		_exit(!ok);
	}
	check_eq(wait_status(pid), 0, "a child finds it");
	check(pages_hold_numbers(p, 0, PAGES, 2),
	      "its parent what the child has stored");
	page_out_until_gone(p);
	check_eq(syscall(SYS_mlock, p, SIZE), 0, "mlock");
	check_eq(pages_in_memory(p, PAGES), PAGES, "brings all back");
	madvise(p, SIZE, MADV_PAGEOUT);
	check_eq(pages_in_memory(p, PAGES), PAGES, "and it stays");
	check(pages_hold_numbers(p, 0, PAGES, 2), "as it was");
	munmap(p, SIZE);
	close_to(free, "anonymous");
}

/* Two mappings in one process, at other addresses, and a private one. */
static void several(void)
{
	long free = swap_free();
	int fd = make_sized_file();
	char *p = map_all_pages(fd), *q = map_all_pages(fd), *own;

	own = mmap(NULL, SIZE, RW, MAP_PRIVATE, fd, 0);
	number_pages(p, 1);
	*page_word(own, 5) = 77;
	check(pages_hold_numbers(q, 0, PAGES, 1), "both see it");
	munmap(q, SIZE);
	check(page_out_until_gone(p), "no mapping has what is out");
	q = map_all_pages(fd);
	*page_word(q, 3) = 9;
	check(*page_word(p, 3) == 9 && *page_word(own, 3) == 9,
	      "a store is seen by all");
	check_eq(*page_word(own, 5), 77, "but for a private copy");
	*page_word(own, 6) = 78;
	check(*page_word(p, 6) == 7 && *page_word(own, 6) == 78,
	      "a private copy of a page that was out");
	munmap(p, SIZE);
	munmap(q, SIZE);
	munmap(own, SIZE);
	close(fd);
	close_to(free, "several");
}

/* ---- calls --------------------------------------------------------------- */

/* The file is out, and nobody maps it. */
static int out_file(void)
{
	int fd = make_sized_file();
	char *p = map_all_pages(fd);

	number_pages(p, 1);
	page_out_until_gone(p);
	munmap(p, SIZE);
	return fd;
}

static unsigned number_in_page(int fd, unsigned long i)
{
	unsigned v = ~0U;

	pread(fd, &v, sizeof(v), (off_t)(i * PG));
	return v;
}

static void read_and_write_out(void)
{
	long free = swap_free();
	int fd = out_file(), p[2];
	unsigned v = 100;
	struct stat st;
	char *q;
	unsigned long i;

	fstat(fd, &st);
	check_eq(st.st_blocks, SIZE / 512, "st_blocks");
	for (i = 0; i < PAGES && number_in_page(fd, i) == i + 1; i++)
		;
	check_eq(i, PAGES, "read(2) finds all");
	close(fd);
	close_to(free, "read");
	fd = out_file();
	check(pwrite(fd, &v, sizeof(v), 7 * PG + 8) == sizeof(v) &&
	      number_in_page(fd, 7) == 8, "write(2) to a part of a page");
	check(pread(fd, &v, sizeof(v), 7 * PG + 8) == sizeof(v) && v == 100,
	      "keeps the rest");
	pipe(p);
	lseek(fd, 20 * PG, SEEK_SET);
	check_eq(syscall(SYS_splice, fd, NULL, p[1], NULL, PG, 0), PG,
		 "splice");
	check(read(p[0], &v, sizeof(v)) == sizeof(v) && v == 21,
	      "moves what was out");
	close(p[0]);
	close(p[1]);
	check_eq(lseek(fd, 100 * PG, 3 /* SEEK_DATA */), 100 * PG,
		 "what is out is data");
	q = map_all_pages(fd);
	check(pages_hold_numbers(q, 8, PAGES - 8, 1), "and a mapping has it");
	munmap(q, SIZE);
	close(fd);
	close_to(free, "write");
}

static long punch_shared(int fd, long at, long n)
{
	if (sizeof(long) == 4)
		return syscall(SYS_fallocate, fd, 3, at, 0L, n, 0L);
	return syscall(SYS_fallocate, fd, 3, at, n);
}

static void truncation(void)
{
	long free = swap_free(), now;
	int fd = out_file();
	char part[PG], *q;

	now = swap_free();
	check_ok(ftruncate(fd, SIZE / 2 + 1), "ftruncate into a page");
	check(swap_free() >= now + (long)(PAGES / 2 - PAGES / 8),
	      "gives back the slots behind it");
	check_ok(ftruncate(fd, SIZE), "and out again");
	check(pread(fd, part, PG, SIZE / 2) == PG &&
	      *(unsigned *)part == ((PAGES / 2 + 1) & 0xff),
	      "the rest of that page is zeros");
	check_eq(number_in_page(fd, PAGES / 2 + 1), 0, "and what is behind");
	check_eq(number_in_page(fd, 9), 10, "what is before is not");
	close(fd);
	close_to(free, "truncate");
	fd = out_file();
	now = swap_free();
	check_ok(punch_shared(fd, 100 * PG + 2, 200 * PG), "a hole");
	check(swap_free() >= now + 199 - (long)PAGES / 8,
	      "gives back the slots in it");
	check(number_in_page(fd, 99) == 100 && number_in_page(fd, 100) == 101 &&
	      !number_in_page(fd, 101) && !number_in_page(fd, 299),
	      "it is zeros");
	q = map_all_pages(fd);
	check(*page_word(q, 301) == 302 && !*page_word(q, 300),
	      "up to its end");
	munmap(q, SIZE);
	close(fd);
	close_to(free, "a file that nobody has open");
}

static void mount_file_memory(void)
{
	long free = swap_free(), now;
	char *p;
	int fd;

	mkdir("/tmp/shared_files", 0755);
	if (mount("none", "/tmp/shared_files", "tmpfs", 0, NULL))
		tap_bail("mount");
	fd = open("/tmp/shared_files/f", O_RDWR | O_CREAT, 0600);
	ftruncate(fd, SIZE);
	p = map_all_pages(fd);
	number_pages(p, 1);
	page_out_until_gone(p);
	munmap(p, SIZE);
	check(number_in_page(fd, 300) == 301, "a file of tmpfs");
	close(fd);
	now = swap_free();
	check(now < free - (long)PAGES / 2, "is out while it has a name");
	unlink("/tmp/shared_files/f");
	close_to(free, "unlink");
	check_ok(umount2("/tmp/shared_files", 0), "umount");
	rmdir("/tmp/shared_files");
}

static void swap_segments(void)
{
	struct {
		int used;
		unsigned long total, resident, swapped, rest[2];
	} info;
	long free = swap_free();
	int id = (int)syscall(SYS_shmget, IPC_PRIVATE, SIZE, 0600);
	char *p;

	if (id < 0)
		tap_bail("shmget");
	p = (char *)syscall(SYS_shmat, id, NULL, 0);
	number_pages(p, 1);
	check(page_out_until_gone(p), "a segment goes out");
	syscall(SYS_shmctl, id, 14 /* SHM_INFO */, &info);
	check(info.swapped >= MOST && info.resident <= PAGES / 8,
	      "SHM_INFO tells so");
	check(pages_hold_numbers(p, 0, PAGES, 1), "it comes back");
	check_ok(syscall(SYS_shmctl, id, SHM_LOCK, NULL), "SHM_LOCK");
	madvise(p, SIZE, MADV_PAGEOUT);
	check_eq(pages_in_memory(p, PAGES), PAGES, "it stays");
	syscall(SYS_shmctl, id, 12 /* SHM_UNLOCK */, NULL);
	check(page_out_until_gone(p), "until SHM_UNLOCK");
	syscall(SYS_shmdt, p);
	syscall(SYS_shmctl, id, IPC_RMID, NULL);
	close_to(free, "segments");
}

/* ---- two at once --------------------------------------------------------- */

/* One stores, one has the pages go out, and the third cuts and grows. */
static void race_on_file(void)
{
	long free = swap_free();
	int fd = make_sized_file(), stop[2];
	char *p = map_all_pages(fd), c;
	volatile char *flag = map_all_pages(-1);
	pid_t pid[2];

	pipe(stop);
	for (int k = 0; k < 2; k++) {
		pid[k] = fork();
		if (pid[k])
			continue;
		for (unsigned n = 0; !flag[0]; n++)
			if (k)
				madvise(p, SIZE / 2, MADV_PAGEOUT);
			else if (ftruncate(fd, SIZE - SIZE / 4) ||
				 ftruncate(fd, SIZE))
				_exit(2);
		_exit(0);
	}
	c = 0;
	for (unsigned round = 1; round < 30; round++) {
		for (unsigned long i = 0; i < PAGES / 2; i++)
			*page_word(p, i) = (unsigned)i + round;
		madvise(p, SIZE, MADV_PAGEOUT);
		if (!pages_hold_numbers(p, 0, PAGES / 2, round))
			c = 1;
		for (unsigned long i = 0; i < PAGES / 2; i += 16)
			if (number_in_page(fd, i) != i + round)
				c = 1;
	}
	flag[0] = 1;
	check(!wait_status(pid[0]) && !wait_status(pid[1]) && !c,
	      "no store is lost beside who pages out and who cuts");
	munmap((void *)flag, SIZE);
	munmap(p, SIZE);
	close(fd);
	close(stop[0]);
	close(stop[1]);
	close_to(free, "rivals");
}

/* ---- swapoff and the disk's errors --------------------------------------- */

static void swap_off_mapped(void)
{
	int fd = out_file();
	char *p = map_all_pages(-1);

	number_pages(p, 5);
	page_out_until_gone(p);
	check_ok(syscall(SYS_swapoff, DISK), "swapoff");
	check_eq(pages_in_memory(p, PAGES), PAGES, "brings back what is mapped");
	check(pages_hold_numbers(p, 0, PAGES, 5), "as it was");
	munmap(p, SIZE);
	p = map_all_pages(fd);
	check_eq(pages_in_memory(p, PAGES), PAGES, "and what nobody maps");
	check(pages_hold_numbers(p, 0, PAGES, 1), "as it was");
	munmap(p, SIZE);
	close(fd);
}

static void inject_io_fault(const char *text)
{
	int fd = open("/proc/lectern/io_inject", O_WRONLY);

	write(fd, text, strlen(text));
	close(fd);
}

static void fail_page_in(void)
{
	int fd = out_file(), status = -1;
	char *p = map_all_pages(fd), c;
	pid_t pid;

	inject_io_fault("1+\n");
	pid = fork();
	if (pid == 0)
		_exit(*page_word(p, 30) != 31);
	waitpid(pid, &status, 0);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS,
	      "a page that cannot be read: SIGBUS");
	check_err(EIO, pread(fd, &c, 1, 30 * PG), "read(2): EIO");
	check_err(EIO, ftruncate(fd, 30 * PG + 1), "ftruncate(2): EIO");
	inject_io_fault("0\n");
	check(pages_hold_numbers(p, 0, PAGES, 1), "the next time it can");
	munmap(p, SIZE);
	close(fd);
}

int main(void)
{
	long free;

	if (access(DISK, R_OK))
		return tap_skip_all("there is no disk");
	write_header(good_header());
	check_ok(syscall(SYS_swapon, DISK, 0), "swapon");
	free = swap_free();
	anonymous();
	several();
	read_and_write_out();
	truncation();
	mount_file_memory();
	swap_segments();
	race_on_file();
	if (on_other_kernel())
		check(1, "errors of the disk");
	else
		fail_page_in();
	check(none_left(free), "no slot is left");
	swap_off_mapped();
	return tap_done();
}
