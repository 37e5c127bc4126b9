/* SPDX-License-Identifier: MIT */
/*
 * Holes that fallocate(2) makes, and what lies behind the end of a file (row
 * E8): in memory, and on a disk when the disk suite runs this there.
 */
#include "tap.h"

#define KEEP		1
#define PUNCH		2
#define PAGES		64
#define SIZE		(PAGES * (long)PG)
#define EXT2_MAGIC	0xef53
#define SEEK_DATA_	3
#define SEEK_HOLE_	4
#ifdef SYS_fadvise64_64
#define SYS_advise	SYS_fadvise64_64
#else
#define SYS_advise	SYS_fadvise64
#endif

static int on_disk;
static char buf[SIZE];

/* Offsets are two words where a word has 32 bits. */
static long allocate_room(int fd, int mode, long long pos, long long len)
{
	if (sizeof(long) == 8)
		return syscall(SYS_fallocate, fd, (long)mode, (long)pos,
			       (long)len);
	return syscall(SYS_fallocate, fd, (long)mode, (long)pos,
		       (long)(pos >> 32), (long)len, (long)(len >> 32));
}

static long punch_hole(int fd, long long pos, long long len)
{
	return allocate_room(fd, PUNCH | KEEP, pos, len);
}

/* Nothing of the file is in memory any more, if it is a disk's. */
static void forget_cached(int fd)
{
	if (fsync(fd))
		tap_bail("fsync");
	if (sizeof(long) == 8)
		syscall(SYS_advise, fd, 0L, 0L, 4L);
	else
		syscall(SYS_advise, fd, 0L, 0L, 0L, 0L, 4L);
}

static int empty_file(const char *name)
{
	int fd = on_disk ? open(name, O_RDWR | O_CREAT | O_TRUNC, 0600) :
		(int)syscall(SYS_memfd_create, name, 2);

	if (fd < 0)
		tap_bail(name);
	return fd;
}

static int full_file(const char *name)
{
	int fd = empty_file(name);

	memset(buf, 'f', SIZE);
	if (write(fd, buf, SIZE) != SIZE || fsync(fd))
		tap_bail("write");
	return fd;
}

/* Bytes [from, to) are all c?  => the first that is not, or -1 */
static long first_difference(int fd, long from, long to, char c)
{
	long got = pread(fd, buf, to - from, from);

	if (got != to - from)
		return from;
	for (long k = 0; k < got; k++)
		if (buf[k] != c)
			return from + k;
	return -1;
}

/* Zeros are [from, to), and the file is what it was elsewhere. */
static void check_hole(int fd, long from, long to, const char *what)
{
	check_eq(first_difference(fd, 0, from, 'f'), -1, "%s: before it", what);
	check_eq(first_difference(fd, from, to, 0), -1, "%s: zeros", what);
	check_eq(first_difference(fd, to, SIZE, 'f'), -1, "%s: behind it",
		 what);
}

static long blocks_taken(int fd)
{
	struct stat st;

	if (fstat(fd, &st) || st.st_size != SIZE)
		return -1;
	return (long)st.st_blocks;
}

static void test_modes(void)
{
	static const int no[] = { PUNCH, 8, 16, 16 | KEEP, 32, 64,
				  PUNCH | KEEP | 16 };
	int fd = full_file("modes"), p[2], ro;

	for (int k = 0; k < COUNT(no); k++)
		check_err(EOPNOTSUPP, allocate_room(fd, no[k], 0, PG),
			  "mode %d", no[k]);
	/* EINVAL before Linux 6.12 */
	check(allocate_room(fd, PUNCH | KEEP | 8, 0, PG) == -1 &&
	      (errno == EOPNOTSUPP ||
	      (errno == EINVAL && on_other_kernel())), "two in one");
	check_err(EINVAL, punch_hole(fd, 0, 0), "no length");
	check_err(EINVAL, punch_hole(fd, -1, PG), "a negative place");
	check_err(EINVAL, punch_hole(fd, 0, -1), "a negative length");
	check_err(EFBIG, punch_hole(fd, 0x7fffffffffffffffll, 1), "too far");
	check_err(EBADF, punch_hole(-1, 0, PG), "no file");
	pipe(p);
	check_err(ESPIPE, punch_hole(p[1], 0, PG), "a pipe");
	ro = open("/proc/version", O_RDONLY);
	check_err(EBADF, punch_hole(ro, 0, PG), "open for reading only");
	close(ro);
	ro = open("/dev/null", O_WRONLY);
	check_err(ENODEV, punch_hole(ro, 0, PG), "a device");
	close(ro);
	check_eq(first_difference(fd, 0, SIZE, 'f'), -1, "nothing has changed");
	close(p[0]);
	close(p[1]);
	close(fd);
}

static void test_ranges(void)
{
	static const struct { long from, to; } at[] = {
		{ 3 * PG, 6 * PG }, { 5 * PG + 100, 7 * PG + 50 },
		{ 9 * PG + 10, 9 * PG + 20 }, { 0, 1 }, { SIZE - 1, SIZE },
		{ 8 * PG + 1024, 9 * PG - 1024 }, { 10 * PG + 7, 50 * PG },
		{ 2 * PG, 20 * PG + 3000 },
	};
	char what[40];

	for (int k = 0; k < COUNT(at); k++) {
		int fd = full_file("ranges");

		snprintf(what, sizeof(what), "[%ld, %ld)", at[k].from,
			 at[k].to);
		check_ok(punch_hole(fd, at[k].from, at[k].to - at[k].from),
			 "%s",
			 what);
		check_hole(fd, at[k].from, at[k].to, what);
		forget_cached(fd);
		check_hole(fd, at[k].from, at[k].to, "read again");
		close(fd);
	}
}

/* What a hole takes and where it is. */
static void test_room(void)
{
	int fd = full_file("room");
	long all = blocks_taken(fd);
	struct stat st;

	check(all >= SIZE / 512, "blocks for all of it");
	check_ok(punch_hole(fd, 20 * PG, 8 * PG), "eight pages");
	check_eq(blocks_taken(fd), all - 64, "are given back");
	check_eq(lseek(fd, 0, SEEK_HOLE_), 20 * PG, "SEEK_HOLE");
	check_eq(lseek(fd, 20 * PG, SEEK_DATA_), 28 * PG, "SEEK_DATA");
	check_ok(punch_hole(fd, 20 * PG, 8 * PG), "again");
	check_eq(blocks_taken(fd), all - 64, "there was nothing");
	check_eq(pwrite(fd, "x", 1, 24 * PG), 1, "a byte in it");
	check_eq(lseek(fd, 20 * PG, SEEK_DATA_), 24 * PG, "is data");
	check_ok(punch_hole(fd, SIZE, 10 * PG), "behind the end");
	check_ok(punch_hole(fd, SIZE - 100, 1ll << 40), "and across it");
	check_eq(first_difference(fd, SIZE - 100, SIZE, 0), -1,
		 "zeros up to the end");
	check_eq(first_difference(fd, SIZE - 200, SIZE - 100, 'f'), -1,
		 "not before");
	check_ok(punch_hole(fd, 0, 1ll << 40), "all of it");
	check_eq(blocks_taken(fd), 0, "no block is left, nor one of pointers");
	check_eq(first_difference(fd, 0, SIZE, 0), -1, "and no byte");
	check_err(ENXIO, lseek(fd, 0, SEEK_DATA_), "no data");
	forget_cached(fd);
	check_eq(pwrite(fd, "y", 1, 30 * PG), 1, "it is a file still");
	fstat(fd, &st);
	check_eq(st.st_size, SIZE, "of its size");
	close(fd);
}

static void test_mapped(void)
{
	int fd = full_file("mapped");
	char *s = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	char *p = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);

	s[4 * PG + 5] = 's';
	p[4 * PG] = p[5 * PG] = 'p';
	check(p[6 * PG] == 'f' && s[6 * PG] == 'f', "two mappings");
	check_ok(punch_hole(fd, 4 * PG, 3 * PG), "a hole under them");
	check_eq(s[4 * PG] | s[4 * PG + 5] | s[6 * PG], 0, "shared: zeros");
	check_eq(p[6 * PG], 0, "private, not written: zeros");
	check(p[4 * PG] == 'p' && p[4 * PG + 1] == 'f' && p[5 * PG] == 'p',
	      "private copies stay");
	s[5 * PG + 9] = 'n';
	msync(s, SIZE, MS_SYNC);
	munmap(s, SIZE);
	munmap(p, SIZE);
	forget_cached(fd);
	check_eq(first_difference(fd, 5 * PG + 9, 5 * PG + 10, 'n'), -1,
		 "stored to the hole");
	check_eq(first_difference(fd, 5 * PG, 5 * PG + 9, 0), -1,
		 "zeros before it");
	/* memory has a page for what was looked at */
	check_eq(lseek(fd, 4 * PG, SEEK_DATA_) / (long)PG, on_disk ? 5 : 4,
		 "which is data now");
	close(fd);
}

/* A page stays, and has a hole in its middle: blocks may be smaller. */
static void test_part_mapped(void)
{
	int fd = full_file("part");
	char *s = mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	s[8 * PG] = 'a';
	check_ok(punch_hole(fd, 8 * PG + 1024, 2048), "half a page");
	s[8 * PG + 1500] = 'b';
	check_eq(pwrite(fd, "c", 1, 8 * PG + 2500), 1, "and a write");
	msync(s, SIZE, MS_SYNC);
	munmap(s, SIZE);
	forget_cached(fd);
	check(pread(fd, buf, PG, 8 * PG) == (long)PG && buf[0] == 'a' &&
	      buf[1023] == 'f' && buf[1024] == 0 && buf[1500] == 'b' &&
	      buf[2500] == 'c' && buf[3071] == 0 && buf[3072] == 'f',
	      "both are kept");
	close(fd);
}

static void test_seals(void)
{
	int fd = (int)syscall(SYS_memfd_create, "sealed", 2);

	write(fd, buf, PG);
	check_ok(fcntl(fd, 1033, 0x4), "F_SEAL_GROW");
	check_ok(punch_hole(fd, 0, 100), "a hole does not make it larger");
	check_ok(fcntl(fd, 1033, 0x8), "F_SEAL_WRITE");
	check_err(EPERM, punch_hole(fd, 0, 100), "but is a write");
	close(fd);
}

/* MADV_REMOVE makes a hole as well. */
static void test_remove(void)
{
	int fd = (int)syscall(SYS_memfd_create, "removed", 0);
	char *s, *p;

	ftruncate(fd, 2 * PG);
	s = mmap(NULL, 2 * PG, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	p = mmap(NULL, 2 * PG, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	memset(s, 's', 2 * PG);
	p[0] = 'p';
	check_ok(madvise(s, 2 * PG, 9), "MADV_REMOVE");
	check_eq(s[0] | s[PG], 0, "zeros");
	check(p[0] == 'p' && p[1] == 's', "another's copy stays");
	munmap(s, 2 * PG);
	munmap(p, 2 * PG);
	close(fd);
}

/* ---- behind the end ------------------------------------------------------ */

#define END	(PG + 100l)

/* A file of END bytes, behind which a mapping has stored; not in memory. */
static int stored_behind(const char *name)
{
	int fd = empty_file(name);
	char *s;

	memset(buf, 'f', END);
	write(fd, buf, END);
	s = mmap(NULL, 2 * PG, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memset(s + END, '!', 900);
	msync(s, 2 * PG, MS_SYNC);
	munmap(s, 2 * PG);
	forget_cached(fd);
	return fd;
}

static void test_behind(void)
{
	int fd = stored_behind("behind");

	if (!on_disk) {
		tap_skip("behind the end", "memory's files may show it");
		close(fd);
		return;
	}
	pwrite(fd, "x", 1, END + 800);
	check_eq(first_difference(fd, END, END + 800, 0), -1,
		 "a write behind the end");
	close(fd);
	fd = stored_behind("behind");
	ftruncate(fd, 2 * PG);
	check_eq(first_difference(fd, END, 2 * PG, 0), -1, "ftruncate");
	close(fd);
	fd = stored_behind("behind");
	/* not on Linux, whose drivers want extents for that */
	if (allocate_room(fd, 0, 0, 2 * PG) == 0)
		check_eq(first_difference(fd, END, 2 * PG, 0), -1, "fallocate");
	else
		tap_skip("fallocate", "not for this file system");
	close(fd);
}

/* No file has blocks behind its end, as small as they may be. */
static void check_blocks(int fd, long size, const char *what)
{
	long st[64] = { 0 };
	struct stat now;

	syscall(SYS_fstatfs, fd, st);
	fstat(fd, &now);
	check_eq(now.st_size, size, "%s: size", what);
	check_eq(now.st_blocks * 512, (size + st[1] - 1) / st[1] * st[1],
		 "%s: no block behind it", what);
}

/* A write of len bytes, of which the first n can be read. */
static long write_part(int fd, long n, long len, long pos)
{
	char *p = mmap(NULL, 2 * PG, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long got;

	memset(p, 'p', PG);
	munmap(p + PG, PG);
	got = pwrite(fd, p + PG - n, len, pos);
	munmap(p, PG);
	return got;
}

static void test_last_blocks(void)
{
	int fd;

	if (!on_disk) {
		tap_skip("blocks of the last page", "memory has pages");
		return;
	}
	fd = empty_file("last");
	if (allocate_room(fd, 0, 0, 1100) == 0)
		check_blocks(fd, 1100, "fallocate");
	else
		tap_skip("fallocate", "not for this file system");
	close(fd);
	fd = empty_file("last");
	pwrite(fd, "aaaa", 4, 46);
	check_eq(write_part(fd, 20, 4000, 20), 20, "a part of a write");
	check_blocks(fd, 50, "within the file");
	check_eq(write_part(fd, 20, 4000, 40), 20, "one that grows it");
	check_blocks(fd, 60, "the part");
	close(fd);
	fd = empty_file("last");
	check_eq(write_part(fd, 30, PG, 0), 30, "a part of a page");
	check_blocks(fd, 30, "a part of a page");
	check_eq(pwrite(fd, "bbbb", 4, 3000), 4, "then more of the page");
	forget_cached(fd);
	check_eq(first_difference(fd, 3000, 3004, 'b'), -1, "is on the disk");
	check_eq(first_difference(fd, 30, 3000, 0), -1, "zeros before it");
	close(fd);
}

/* The page of the end stays mapped while the end moves down and up. */
static void test_mapped_end(int how)
{
	int fd = empty_file("end");
	char *s;

	ftruncate(fd, PG);
	s = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);
	memset(s, 'o', PG);
	fsync(fd);
	s[1] = 'm';
	ftruncate(fd, 500);
	if (how)
		s[2] = 'n';
	if (how == 2)
		pwrite(fd, "w", 1, PG - 1);
	else
		ftruncate(fd, PG);
	s[2000] = 'S';
	msync(s, PG, MS_SYNC);
	munmap(s, PG);
	forget_cached(fd);
	check(pread(fd, buf, PG, 0) == (long)PG && buf[0] == 'o' &&
	      buf[1] == 'm' && buf[499] == 'o' && buf[500] == 0 &&
	      buf[1999] == 0 && buf[2000] == 'S' && buf[2001] == 0,
	      "stored behind an end that was, %d", how);
	close(fd);
}

/*
 * The end moves into a page that is being read: what is behind it does not
 * come to light when it moves up again.
 */
/* ---- a signal meanwhile -------------------------------------------------- */

#define MUCH	(48l << 20)
#define KILLS	12

/* All of it is there, or it is as if nothing had been asked for. */
static int whole_or_none(int fd)
{
	struct stat st;

	fstat(fd, &st);
	return st.st_size ? st.st_size == MUCH &&
		st.st_blocks >= MUCH / 512 : !st.st_blocks;
}

static pid_t allocates(int fd)
{
	pid_t pid = fork();

	if (pid == 0) {
		allocate_room(fd, 0, 0, MUCH);
		for (;;)
			pause();
	}
	return pid;
}

/* Killed on the way it gives back what it took. */
static void test_killed(void)
{
	int fd = open("i", O_RDWR | O_CREAT | O_TRUNC, 0600), bad = 0, cut = 0;
	struct stat st;

	for (int i = 0; i < KILLS; i++) {
		pid_t pid = allocates(fd);

		/* it is asleep, or takes more and more: another moment each */
		for (int k = 0; k < i * 3; k++)
			syscall(SYS_sched_yield);
		kill(pid, SIGKILL);
		waitpid(pid, NULL, 0);
		bad += !whole_or_none(fd);
		fstat(fd, &st);
		cut += !st.st_size;
		ftruncate(fd, 0);
	}
	check_eq(bad, 0, "killed: all or nothing");
	check(cut > 0, "nothing, at least once");
	close(fd);
	unlink("i");
}

/* Others wait, or (older Linux) interrupt it as if nothing had been done. */
static void test_interrupted(void)
{
	int fd = open("i", O_RDWR | O_CREAT | O_TRUNC, 0600), bad = 0;
	struct sigaction sa = { .sa_handler = ignore_signal,
			       .sa_flags = SA_RESTART };
	pid_t me = getpid(), pid;

	sigaction(SIGUSR1, &sa, NULL);
	pid = fork();
	if (pid == 0)
		while (kill(me, SIGUSR1) == 0)
			syscall(SYS_sched_yield);
	for (int i = 0; i < KILLS; i++) {
		bad += allocate_room(fd, 0, 0, MUCH) && errno != EINTR;
		bad += !whole_or_none(fd);
		ftruncate(fd, 0);
	}
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	check_eq(bad, 0, "signals: all or nothing");
	close(fd);
	unlink("i");
}

static void test_read_meanwhile(void)
{
	int shown = 0;

	for (int k = 0; k < 60; k++) {
		int fd = empty_file("meanwhile");

		memset(buf, 'o', PG);
		/* in small blocks the first ones are a hole */
		pwrite(fd, buf, 2048, 2048);
		forget_cached(fd);
		if (sizeof(long) == 8)
			syscall(SYS_readahead, fd, 0L, PG);
		else
			syscall(SYS_readahead, fd, 0L, 0L, PG);
		ftruncate(fd, 500);
		ftruncate(fd, PG);
		shown += first_difference(fd, 0, PG, 0) != -1;
		close(fd);
	}
	check_eq(shown, 0, "cut while it is read");
}

static void test_nameless(void)
{
	int fd = (int)syscall(SYS_eventfd2, 0, 0), p[2];

	check_err(ENODEV, allocate_room(fd, 0x40, 0, 8),
		  "fallocate of an eventfd");
	check_err(ENODEV, allocate_room(fd, 8, 0, 8),
		  "in any mode that there is");
	check_err(EOPNOTSUPP, allocate_room(fd, 2, 0, 8), "or was never");
	check_err(EOPNOTSUPP, allocate_room(fd, 0x800, 0, 8), "or is not yet");
	pipe(p);
	check_err(ESPIPE, allocate_room(p[1], 0x20, 0, 8), "of a pipe");
	check_err(EBADF, allocate_room(p[0], 0x10, 0, 8), "of its reader");
	close(p[0]);
	close(p[1]);
	close(fd);
}

int main(void)
{
	static const char *const names[] = {
		"modes", "ranges", "room", "mapped", "part", "behind", "last",
		"end", "meanwhile",
	};
	long st[64] = { 0 };	/* struct statfs: its first word is the type */

	tap_scratch("fallocate");
	on_disk = syscall(SYS_statfs, ".", st) == 0 && st[0] == EXT2_MAGIC;
	test_modes();
	test_ranges();
	test_room();
	test_mapped();
	test_part_mapped();
	test_seals();
	test_remove();
	test_behind();
	test_last_blocks();
	for (int how = 0; how < 3; how++)
		test_mapped_end(how);
	test_killed();
	test_interrupted();
	test_read_meanwhile();
	for (int k = 0; k < COUNT(names); k++)
		unlink(names[k]);
	test_nameless();
	tap_scratch_end();
	return tap_done();
}
