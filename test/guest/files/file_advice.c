/* SPDX-License-Identifier: MIT */
/*
 * What programs tell of their plans with files, and transfers past the cache
 * (row E8).  In memory's files advice changes nothing; the disk suite runs
 * this on ext2, where it does.
 */
#include "tap.h"
#include "texts.h"

#define RWF_NOWAIT	8
#define RWF_APPEND	16
#define RWF_NOAPPEND	32
#define PAGES		64
#define EXT2_MAGIC	0xef53
#ifdef SYS_fadvise64_64
#define SYS_advise	SYS_fadvise64_64
#else
#define SYS_advise	SYS_fadvise64
#endif

struct vec {
	void *base;
	unsigned long len;
};

static char *buf;			/* PAGES pages, aligned */
static int on_disk;

/* Offsets are two words where a word has 32 bits. */
static long advise(int fd, long pos, long len, int advice)
{
	if (sizeof(long) == 8)
		return syscall(SYS_advise, fd, pos, len, (long)advice);
	return syscall(SYS_advise, fd, pos, pos >> 31, len, len >> 31,
		       (long)advice);
}

static long ahead(int fd, long pos, long count)
{
	if (sizeof(long) == 8)
		return syscall(SYS_readahead, fd, pos, count);
	return syscall(SYS_readahead, fd, pos, 0L, count);
}

static long range(int fd, long pos, long len, long flags)
{
	if (sizeof(long) == 8)
		return syscall(SYS_sync_file_range, fd, pos, len, flags);
	return syscall(SYS_sync_file_range, fd, pos, pos >> 31, len, len >> 31,
		       flags);
}

/* Pages of the file that are in memory. */
static int pages_cached(int fd)
{
	char *p = mmap(NULL, PAGES * PG, PROT_READ, MAP_SHARED, fd, 0);
	int n = p == MAP_FAILED ? -1 : (int)pages_in_memory(p, PAGES);

	munmap(p, PAGES * PG);
	return n;
}

/* The same once n of them are: reading takes its time. */
static int cached_in_time(int fd, int n)
{
	for (int k = 0; k < 20000 && pages_cached(fd) < n; k++)
		usleep(1000);
	return pages_cached(fd);
}

static void fill_buffer(char c)
{
	for (unsigned long k = 0; k < PAGES * PG; k++)
		buf[k] = (char)(c + k / PG);
}

/* A clean file of PAGES pages, of which none is in memory (on a disk). */
static int fresh_uncached(const char *name)
{
	int fd = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	fill_buffer('a');
	if (fd < 0 || write(fd, buf, PAGES * PG) != PAGES * PG || fsync(fd))
		return -1;
	advise(fd, 0, 0, 4);
	return fd;
}

static void test_advice(void)
{
	int fd = fresh_uncached("advice"), p[2];

	check_eq(pages_cached(fd), on_disk ? 0 : PAGES, "DONTNEED");
	check_eq(advise(fd, 4 * PG, 8 * PG, 3), 0, "WILLNEED");
	check_eq(cached_in_time(fd, 8), on_disk ? 8 : PAGES, "those pages");
	check_eq(advise(fd, 5 * PG + 1, 2 * PG, 4), 0, "DONTNEED of parts");
	check_eq(pages_cached(fd), on_disk ? 7 : PAGES, "only whole pages go");
	check_eq(ahead(fd, 32 * PG, 16 * PG), 0, "readahead");
	check_eq(cached_in_time(fd, 23), on_disk ? 23 : PAGES, "and it read");
	check_eq(advise(fd, 0, 0, 1), 0, "RANDOM");
	check_eq(advise(fd, 0, 0, 4), 0, "all out again");
	check_eq(pread(fd, buf, 1, 0), 1, "one byte");
	check_eq(pages_cached(fd), on_disk ? 1 : PAGES,
		 "nothing is read ahead");
	check_eq(advise(fd, 0, 0, 2), 0, "SEQUENTIAL");
	check_err(EINVAL, advise(fd, 0, 0, 6), "no such advice");
	check_err(EINVAL, advise(fd, 0, -1, 0), "a negative length");
	pipe(p);
	check_err(ESPIPE, advise(p[0], 0, 0, 0), "a pipe");
	check_err(EINVAL, ahead(p[0], 0, 1), "readahead of a pipe");
	close(fd);
	fd = open("advice", O_WRONLY);
	check_err(EBADF, ahead(fd, 0, 1), "of what is not open to read");
	close(fd);
}

/*
 * Windows of 4, 8 and 16 pages, each begun in the middle of the one before.  A
 * reader in small steps is faster than the disk, and waits for pages that are
 * on their way: his windows grow nevertheless.
 */
static void test_window(void)
{
	int fd = fresh_uncached("window");
	long sum = 0;

	for (int k = 0; k < 9; k++)	/* no line in between: that takes time */
		sum += pread(fd, buf, PG, k * PG);
	check_eq(sum, 9 * PG, "page by page");
	check(cached_in_time(fd, 28) >= 28, "the window grew");
	close(fd);
}

/* With page 3 changed through a mapping, it stays though it is not wanted. */
static void test_dirty_stays(void)
{
	int fd = fresh_uncached("dirty");
	char *p = mmap(NULL, PAGES * PG, PROT_READ | PROT_WRITE, MAP_SHARED,
		       fd, 0);
	char c;

	p[3 * PG] = '!';
	check_eq(advise(fd, 0, 0, 4), 0, "DONTNEED of a page in use");
	check_eq(pread(fd, &c, 1, 3 * PG) == 1 && c == '!', 1, "it is kept");
	munmap(p, PAGES * PG);
	check_eq(range(fd, 0, 0, 7), 0, "sync_file_range");
	check_eq(range(fd, PG, PG, 2), 0, "only begun");
	check_err(EINVAL, range(fd, 0, 0, 8), "no such flag");
	check_err(EINVAL, range(fd, -1, 0, 7), "a negative offset");
	advise(fd, 0, 0, 4);
	check_eq(pages_cached(fd), on_disk ? 0 : PAGES,
		 "nothing is left to write");
	check_eq(pread(fd, &c, 1, 3 * PG) == 1 && c == '!', 1,
		 "and is on the disk");
	close(fd);
}

/* => kB, as /proc/meminfo tells */
static long dirty_memory(void)
{
	long kb = text_number("/proc/meminfo", "\nDirty:");

	if (kb < 0)
		tap_bail("no Dirty in /proc/meminfo");
	return kb;
}

/* What is deleted before it was written is not counted for ever. */
static void test_dirty_goes(void)
{
	int fd;

	if (!on_disk) {
		tap_skip("deleted data is not dirty", "only on ext2");
		return;
	}
	for (int k = 0; k < 32; k++) {
		fd = fresh_uncached("deleted");
		memset(buf, 'd', PAGES * PG);
		pwrite(fd, buf, PAGES * PG, 0);
		unlink("deleted");
		close(fd);
	}
	sync();
	check(eventually(dirty_memory() < 16 * PAGES * (long)PG / 1024),
	      "deleted data is not dirty");
}

static void test_nowait(void)
{
	int fd = fresh_uncached("nowait");
	struct vec v = { buf, PG };
	long n;

	n = syscall(SYS_preadv2, fd, &v, 1, 0L, 0L, RWF_NOWAIT);
	/* the disk may be faster than the call: then once more */
	for (int k = 0; on_disk && n == PG && k < 500; k++) {
		advise(fd, 0, 0, 4);
		n = syscall(SYS_preadv2, fd, &v, 1, 0L, 0L, RWF_NOWAIT);
	}
	if (on_disk) {
		check_eq(n == -1 && errno == EAGAIN, 1,
			 "RWF_NOWAIT: it is not there");
		for (int k = 0; k < 5000 && n < 0; k++) {
			usleep(1000);
			n = syscall(SYS_preadv2, fd, &v, 1, 0L, 0L, RWF_NOWAIT);
		}
		check_eq(n, PG, "but on its way");
		check_err(EOPNOTSUPP, syscall(SYS_pwritev2, fd, &v, 1, 0L, 0L,
					      RWF_NOWAIT), "writes may wait");
	} else {
		check(n < 0 && errno == EOPNOTSUPP,
		      "RWF_NOWAIT: not for files in memory");
	}
	close(fd);
}

static void test_noappend(void)
{
	int fd = open("append", O_RDWR | O_CREAT | O_APPEND, 0600);
	struct vec v = { "xy", 2 };
	struct stat st;
	long n;

	write(fd, "12345", 5);
	check_eq(pwrite(fd, "6", 1, 0), 1, "O_APPEND wins over an offset");
	n = syscall(SYS_pwritev2, fd, &v, 1, 1L, 0L, RWF_NOAPPEND);
	if (n < 0 && errno == EOPNOTSUPP) {
		tap_skip("RWF_NOAPPEND", "not before Linux 6.9");
	} else {
		check_eq(n, 2, "RWF_NOAPPEND");
		fstat(fd, &st);
		check_eq(st.st_size, 6, "it did not grow");
		check_eq(pread(fd, buf, 6, 0) == 6 && !memcmp(buf, "1xy456", 6),
			 1, "at the offset");
		check_err(EINVAL, syscall(SYS_pwritev2, fd, &v, 1, 0L, 0L,
					  RWF_NOAPPEND | RWF_APPEND), "both");
	}
	close(fd);
}

/* Past the cache: what the one side writes the other reads. */
static void test_direct(void)
{
	int fd = fresh_uncached("direct"),
		d = open("direct", O_RDWR | O_DIRECT);
	char *p;

	if (!on_disk) {
		tap_skip("O_DIRECT", "memory has nothing to pass by");
		close(fd);
		close(d);
		return;
	}
	check_eq(d >= 0, 1, "O_DIRECT");
	memset(buf, 0, PAGES * PG);
	check_eq(read(d, buf, PAGES * PG), PAGES * PG, "the whole file");
	check_eq(buf[0] == 'a' && buf[5 * PG] == 'f' &&
		 buf[PAGES * PG - 1] == (char)('a' + PAGES - 1), 1,
		 "its bytes");
	check_eq(pages_cached(fd), 0, "and nothing is kept");
	check_eq(read(d, buf, PG), 0, "the end");
	check_err(EINVAL, pread(d, buf + 1, 512, 0), "an odd buffer");
	check_err(EINVAL, pread(d, buf, 100, 0), "an odd length");
	check_err(EINVAL, pread(d, buf, 512, 100), "an odd offset");
	check_eq(pread(d, buf, 512, 512), 512, "a sector");
	check_err(EFAULT, pread(d, NULL, PG, 0), "no memory there");
	pread(fd, buf, PG, 0);
	pwrite(fd, "cache", 5, 0);
	check_eq(pread(d, buf, PG, 0) == PG && !memcmp(buf, "cache", 5), 1,
		 "sees what only the cache has");
	memset(buf, 'D', 2 * PG);
	check_eq(pwrite(d, buf, 2 * PG, 0), 2 * PG, "written past it");
	check_eq(pread(fd, buf, 1, PG) == 1 && *buf == 'D', 1,
		 "the cache has no older bytes");
	memset(buf, 'E', 512);
	check_eq(pwrite(d, buf, 512, 512), 512, "a sector of a page");
	check_eq(pread(fd, buf, PG, 0) == PG && buf[511] == 'D' &&
		 buf[512] == 'E' && buf[1024] == 'D', 1, "its neighbours stay");
	memset(buf, 'F', PG);
	check_eq(pwrite(d, buf, PG, PAGES * PG), PG, "at the end");
	check_eq(pread(fd, buf, 1, (PAGES + 1) * PG - 1) == 1 && *buf == 'F', 1,
		 "it has grown");
	ftruncate(fd, 0);
	ftruncate(fd, PG + 100);
	memset(buf, 'x', 2 * PG);
	check_eq(pread(d, buf, 2 * PG, 0), PG + 100, "a hole, and half a page");
	check_eq(buf[0] | buf[PG - 1] | buf[PG + 99], 0, "zeros");
	p = mmap(NULL, PG, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	check_err(EFAULT, pread(d, p, PG, 0), "memory to be read only");
	munmap(p, PG);
	close(d);
	close(fd);
	check_err(EINVAL, open("/proc/self/status", O_RDONLY | O_DIRECT),
		  "not in /proc");
}

/* Into a mapping of another file: those pages are newer than its disk. */
static void test_direct_to_file(void)
{
	int fd = fresh_uncached("from"), to = fresh_uncached("to"), d;
	char *p = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_SHARED, to, 0);

	d = open("from", O_RDONLY | (on_disk ? O_DIRECT : 0));
	check_eq(pread(d, p, PG, 3 * PG), PG, "into a mapped file");
	munmap(p, PG);
	fsync(to);
	advise(to, 0, 0, 4);
	check_eq(pread(to, buf, PG, 0) == PG && buf[0] == 'd', 1,
		 "which its disk gets");
	close(d);
	close(fd);
	close(to);
}

/* A store to the last page of a file takes blocks up to its end, not more. */
static void test_last_page(long block)
{
	int fd = open("last", O_RDWR | O_CREAT, 0644);
	struct stat st;
	char *p;

	ftruncate(fd, PG + 100);
	p = mmap(NULL, 2 * PG, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	p[PG] = 'x';
	munmap(p, 2 * PG);
	fsync(fd);
	fstat(fd, &st);
	if (on_disk)
		check_eq(st.st_blocks * 512, block, "one block of a hole");
	else
		tap_skip("one block of a hole", "only on ext2");
	close(fd);
}

/* Takes all the room there is; of a disk. */
static void take_room(int fd)
{
	static char mib[1 << 20];

	for (size_t n = sizeof(mib); n >= 512; n /= 2)
		while (write(fd, mib, n) == (ssize_t)n)
			;
}

/* A hole that was read is mapped already: a store to it needs room, too. */
static void test_full(void)
{
	int fd = open("hole", O_RDWR | O_CREAT, 0644), rest;
	char *p;

	if (!on_disk) {
		tap_skip("a full disk", "only on ext2");
		close(fd);
		return;
	}
	ftruncate(fd, 4 * PG);
	p = mmap(NULL, 4 * PG, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	check_eq(p[0], 0, "a hole");
	rest = open("rest", O_WRONLY | O_CREAT, 0644);
	take_room(rest);
	check_err(ENOSPC, write(rest, "x", 512), "a full disk");
	check_eq(store_fault(p), SIGBUS, "has no room for a store to a hole");
	check_eq(store_fault(p + PG), SIGBUS, "... nor to an unread one");
	ftruncate(rest, 0);
	fsync(rest);
	check_eq(store_fault(p), 0, "there is room again");
	munmap(p, 4 * PG);
	close(rest);
	close(fd);
}

int main(void)
{
	long st[64] = { 0 };	/* struct statfs: its first word is the type */

	tap_scratch("file_advice");
	on_disk = syscall(SYS_statfs, ".", st) == 0 && st[0] == EXT2_MAGIC;
	buf = mmap(NULL, PAGES * PG, PROT_READ | PROT_WRITE,
		   MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	test_advice();
	test_window();
	test_dirty_stays();
	test_dirty_goes();
	test_nowait();
	test_noappend();
	test_direct();
	test_direct_to_file();
	test_last_page(st[1]);
	test_full();
	unlink("advice");
	unlink("dirty");
	unlink("nowait");
	unlink("append");
	unlink("direct");
	unlink("from");
	unlink("window");
	unlink("to");
	unlink("hole");
	unlink("last");
	unlink("rest");
	tap_scratch_end();
	return tap_done();
}
