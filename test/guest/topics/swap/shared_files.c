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
	return field("/proc/meminfo", "SwapFree:") / 4;
}

static unsigned *word(char *p, unsigned long i)
{
	return (unsigned *)(p + i * PG);
}

static void fill(char *p, unsigned more)
{
	for (unsigned long i = 0; i < PAGES; i++)
		*word(p, i) = (unsigned)i + more;
}

static int hold(char *p, unsigned long from, unsigned long n, unsigned more)
{
	for (unsigned long i = from; i < from + n; i++)
		if (*word(p, i) != i + more)
			return 0;
	return 1;
}

static unsigned long in_memory(char *p)
{
	static unsigned char vec[PAGES];
	unsigned long n = 0;

	if (mincore(p, SIZE, vec))
		return ~0UL;
	for (unsigned long i = 0; i < PAGES; i++)
		n += vec[i] & 1;
	return n;
}

/*
 * All go out, which are in memory.  Another kernel may have some of them where
 * it does not look yet, and those that are out in its cache: they count as in
 * memory, and it keeps slots to hand out.
 */
static int page_out(char *p)
{
	long free = swap_free();

	for (int k = 0; k < 20 && swap_free() > free - (long)MOST; k++) {
		if (madvise(p, SIZE, MADV_PAGEOUT))
			tap_bail("MADV_PAGEOUT");
		usleep(10000);
	}
	return swap_free() <= free - (long)MOST &&
		(on_other_kernel() || in_memory(p) <= PAGES / 8);
}

static long major_faults(void)
{
	struct rusage u;

	getrusage(RUSAGE_SELF, &u);
	return u.ru_majflt;
}

static char *map(int fd)
{
	char *p = mmap(NULL, SIZE, RW, MAP_SHARED | (fd < 0 ? MAP_ANONYMOUS : 0),
		       fd, 0);

	if (p == MAP_FAILED)
		tap_bail("mmap");
	madvise(p, SIZE, 15 /* MADV_NOHUGEPAGE */);
	return p;
}

static int new_file(void)
{
	int fd = (int)syscall(SYS_memfd_create, "shared_files", 0);

	if (fd < 0 || ftruncate(fd, SIZE))
		tap_bail("memfd_create");
	return fd;
}

static int ended(pid_t pid)
{
	int status = -1;

	waitpid(pid, &status, 0);
	return status;
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
	char *p = map(-1);
	pid_t pid;

	fill(p, 1);
	shmem = field("/proc/meminfo", "Shmem:") / 4;
	check(page_out(p), "anonymous shared memory goes out");
	check(field("/proc/meminfo", "Shmem:") / 4 <= shmem - (long)MOST,
	      "Shmem counts what is in memory");
	check(field("/proc/self/status", "VmSwap:") < 1024,
	      "VmSwap does not count it");
	check(field("/proc/self/smaps_rollup", "Swap:") >= 4 * (long)MOST,
	      "smaps does");
	faults = major_faults();
	check(hold(p, 0, PAGES, 1), "it comes back");
	check(major_faults() > faults || on_other_kernel(),
	      "by major faults");
	page_out(p);
	pid = fork();
	if (pid == 0) {
		int ok = hold(p, 0, PAGES, 1);

		fill(p, 2);
		_exit(!ok);
	}
	check_eq(ended(pid), 0, "a child finds it");
	check(hold(p, 0, PAGES, 2), "its parent what the child has stored");
	page_out(p);
	check_eq(syscall(SYS_mlock, p, SIZE), 0, "mlock");
	check_eq(in_memory(p), PAGES, "brings all back");
	madvise(p, SIZE, MADV_PAGEOUT);
	check_eq(in_memory(p), PAGES, "and it stays");
	check(hold(p, 0, PAGES, 2), "as it was");
	munmap(p, SIZE);
	close_to(free, "anonymous");
}

/* Two mappings in one process, at other addresses, and a private one. */
static void several(void)
{
	long free = swap_free();
	int fd = new_file();
	char *p = map(fd), *q = map(fd), *own;

	own = mmap(NULL, SIZE, RW, MAP_PRIVATE, fd, 0);
	fill(p, 1);
	*word(own, 5) = 77;
	check(hold(q, 0, PAGES, 1), "both see it");
	munmap(q, SIZE);
	check(page_out(p), "no mapping has what is out");
	q = map(fd);
	*word(q, 3) = 9;
	check(*word(p, 3) == 9 && *word(own, 3) == 9,
	      "a store is seen by all");
	check_eq(*word(own, 5), 77, "but for a private copy");
	*word(own, 6) = 78;
	check(*word(p, 6) == 7 && *word(own, 6) == 78,
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
	int fd = new_file();
	char *p = map(fd);

	fill(p, 1);
	page_out(p);
	munmap(p, SIZE);
	return fd;
}

static unsigned number(int fd, unsigned long i)
{
	unsigned v = ~0U;

	pread(fd, &v, sizeof(v), (off_t)(i * PG));
	return v;
}

static void reads_and_writes(void)
{
	long free = swap_free();
	int fd = out_file(), p[2];
	unsigned v = 100;
	struct stat st;
	char *q;
	unsigned long i;

	fstat(fd, &st);
	check_eq(st.st_blocks, SIZE / 512, "st_blocks");
	for (i = 0; i < PAGES && number(fd, i) == i + 1; i++)
		;
	check_eq(i, PAGES, "read(2) finds all");
	close(fd);
	close_to(free, "read");
	fd = out_file();
	check(pwrite(fd, &v, sizeof(v), 7 * PG + 8) == sizeof(v) &&
	      number(fd, 7) == 8, "write(2) to a part of a page");
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
	q = map(fd);
	check(hold(q, 8, PAGES - 8, 1), "and a mapping has it");
	munmap(q, SIZE);
	close(fd);
	close_to(free, "write");
}

static long punch(int fd, long at, long n)
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
	check_eq(number(fd, PAGES / 2 + 1), 0, "and what is behind");
	check_eq(number(fd, 9), 10, "what is before is not");
	close(fd);
	close_to(free, "truncate");
	fd = out_file();
	now = swap_free();
	check_ok(punch(fd, 100 * PG + 2, 200 * PG), "a hole");
	check(swap_free() >= now + 199 - (long)PAGES / 8,
	      "gives back the slots in it");
	check(number(fd, 99) == 100 && number(fd, 100) == 101 &&
	      !number(fd, 101) && !number(fd, 299), "it is zeros");
	q = map(fd);
	check(*word(q, 301) == 302 && !*word(q, 300), "up to its end");
	munmap(q, SIZE);
	close(fd);
	close_to(free, "a file that nobody has open");
}

static void tmpfs(void)
{
	long free = swap_free(), now;
	char *p;
	int fd;

	mkdir("/tmp/shared_files", 0755);
	if (mount("none", "/tmp/shared_files", "tmpfs", 0, NULL))
		tap_bail("mount");
	fd = open("/tmp/shared_files/f", O_RDWR | O_CREAT, 0600);
	ftruncate(fd, SIZE);
	p = map(fd);
	fill(p, 1);
	page_out(p);
	munmap(p, SIZE);
	check(number(fd, 300) == 301, "a file of tmpfs");
	close(fd);
	now = swap_free();
	check(now < free - (long)PAGES / 2, "is out while it has a name");
	unlink("/tmp/shared_files/f");
	close_to(free, "unlink");
	check_ok(umount2("/tmp/shared_files", 0), "umount");
	rmdir("/tmp/shared_files");
}

static void segments(void)
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
	fill(p, 1);
	check(page_out(p), "a segment goes out");
	syscall(SYS_shmctl, id, 14 /* SHM_INFO */, &info);
	check(info.swapped >= MOST && info.resident <= PAGES / 8,
	      "SHM_INFO tells so");
	check(hold(p, 0, PAGES, 1), "it comes back");
	check_ok(syscall(SYS_shmctl, id, SHM_LOCK, NULL), "SHM_LOCK");
	madvise(p, SIZE, MADV_PAGEOUT);
	check_eq(in_memory(p), PAGES, "it stays");
	syscall(SYS_shmctl, id, 12 /* SHM_UNLOCK */, NULL);
	check(page_out(p), "until SHM_UNLOCK");
	syscall(SYS_shmdt, p);
	syscall(SYS_shmctl, id, IPC_RMID, NULL);
	close_to(free, "segments");
}

/* ---- two at once --------------------------------------------------------- */

/* One stores, one has the pages go out, and the third cuts and grows. */
static void rivals(void)
{
	long free = swap_free();
	int fd = new_file(), stop[2];
	char *p = map(fd), c;
	volatile char *flag = map(-1);
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
			*word(p, i) = (unsigned)i + round;
		madvise(p, SIZE, MADV_PAGEOUT);
		if (!hold(p, 0, PAGES / 2, round))
			c = 1;
		for (unsigned long i = 0; i < PAGES / 2; i += 16)
			if (number(fd, i) != i + round)
				c = 1;
	}
	flag[0] = 1;
	check(!ended(pid[0]) && !ended(pid[1]) && !c,
	      "no store is lost beside who pages out and who cuts");
	munmap((void *)flag, SIZE);
	munmap(p, SIZE);
	close(fd);
	close(stop[0]);
	close(stop[1]);
	close_to(free, "rivals");
}

/* ---- swapoff and the disk's errors --------------------------------------- */

static void off(void)
{
	int fd = out_file();
	char *p = map(-1);

	fill(p, 5);
	page_out(p);
	check_ok(syscall(SYS_swapoff, DISK), "swapoff");
	check_eq(in_memory(p), PAGES, "brings back what is mapped");
	check(hold(p, 0, PAGES, 5), "as it was");
	munmap(p, SIZE);
	p = map(fd);
	check_eq(in_memory(p), PAGES, "and what nobody maps");
	check(hold(p, 0, PAGES, 1), "as it was");
	munmap(p, SIZE);
	close(fd);
}

static void inject(const char *text)
{
	int fd = open("/proc/lectern/io_inject", O_WRONLY);

	write(fd, text, strlen(text));
	close(fd);
}

static void unreadable(void)
{
	int fd = out_file(), status = -1;
	char *p = map(fd), c;
	pid_t pid;

	inject("1+\n");
	pid = fork();
	if (pid == 0)
		_exit(*word(p, 30) != 31);
	waitpid(pid, &status, 0);
	check(WIFSIGNALED(status) && WTERMSIG(status) == SIGBUS,
	      "a page that cannot be read: SIGBUS");
	check_err(EIO, pread(fd, &c, 1, 30 * PG), "read(2): EIO");
	check_err(EIO, ftruncate(fd, 30 * PG + 1), "ftruncate(2): EIO");
	inject("0\n");
	check(hold(p, 0, PAGES, 1), "the next time it can");
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
	reads_and_writes();
	truncation();
	tmpfs();
	segments();
	rivals();
	if (on_other_kernel())
		check(1, "errors of the disk");
	else
		unreadable();
	check(none_left(free), "no slot is left");
	off();
	return tap_done();
}
