/* SPDX-License-Identifier: MIT */
/*
 * Positions whose sum with a length does not fit into 63 bits (row B5): each
 * call that moves bytes refuses them before it asks the file, whatever kind of
 * file that is; what only shortens a length up to there takes them.
 */
#include <sys/uio.h>
#include "tap.h"

#define TOP	INT64_MAX
#define SET	SEEK_SET
#define SEEK_DATA	3
#define SEEK_HOLE	4
#ifndef SYS_sendfile64
#define SYS_sendfile64 SYS_sendfile
#endif
#define KEEP	1
#define PUNCH	2
#define WRLCK	1
#ifdef SYS_fcntl64
#define SYS_record	SYS_fcntl64
#define SETLK		13
#else
#define SYS_record	SYS_fcntl
#define SETLK		6
#endif

static char buf[64];
static int fd, other;			/* files in memory, empty */
static int ends[2];			/* a pipe that never waits */

/* ---- calls --------------------------------------------------------------- */

/* An offset is two words where a word has 32 bits. */
static long call_with_vector(long nr, int of, int64_t pos, size_t n)
{
	struct iovec v[2] = { { buf, n / 2 }, { buf, n - n / 2 } };

	return syscall(nr, of, v, 2L, (long)pos, (long)(pos >> 32), 0L);
}

static long allocate_far(int mode, int64_t pos, int64_t len)
{
	if (sizeof(long) == 8)
		return syscall(SYS_fallocate, fd, (long)mode, (long)pos,
			       (long)len);
	return syscall(SYS_fallocate, fd, (long)mode, (long)pos,
		       (long)(pos >> 32), (long)len, (long)(len >> 32));
}

static long send_at(int64_t pos, size_t n)
{
	return syscall(SYS_sendfile64, other, fd, &pos, n);
}

static long copy_at(int64_t from, int64_t to, size_t n)
{
	return syscall(SYS_copy_file_range, fd, &from, other, &to, n, 0L);
}

static long splice_in(int64_t pos, size_t n)
{
	return syscall(SYS_splice, fd, &pos, ends[1], NULL, n, 0L);
}

static long splice_out(int64_t pos, size_t n)
{
	return syscall(SYS_splice, ends[0], NULL, fd, &pos, n, 0L);
}

static int fresh_far_file(const char *name)
{
	int f = open(name, O_RDWR | O_CREAT | O_TRUNC, 0600);

	if (f < 0)
		tap_bail(name);
	unlink(name);
	return f;
}

/* ---- read, write, and their kin ------------------------------------------ */

/* What is refused for its sum alone: of whatever kind the file is. */
static void refuse_far(int of, const char *what)
{
	static const struct {
		int64_t pos;
		int n;
	} far[] = {
		{ TOP, 1 }, { TOP, 2 }, { TOP - 1, 2 }, { TOP - 7, 8 },
		{ TOP - 4, 64 },
	};

	for (int i = 0; i < COUNT(far); i++) {
		int64_t at = far[i].pos;
		int n = far[i].n;

		check_err(EINVAL, pread(of, buf, n, at),
			  "%s: pread of %d at top - %d", what, n,
			  (int)(TOP - at));
		check_err(EINVAL, pwrite(of, buf, n, at), "%s: pwrite", what);
		check_err(EINVAL, call_with_vector(SYS_preadv, of, at, n),
			  "%s: preadv",
			  what);
		check_err(EINVAL, call_with_vector(SYS_pwritev, of, at, n),
			  "%s: pwritev", what);
	}
}

/* Up to the very top it is a position like others, and the file's to judge. */
static void just_fits(void)
{
	check_eq(pread(fd, buf, 1, TOP - 1), 0, "a byte up to the top: none");
	check_eq(pread(fd, buf, 0, TOP), 0, "no byte at the top");
	check_eq(pwrite(fd, buf, 0, TOP), 0, "none to write, likewise");
	check_eq(call_with_vector(SYS_preadv, fd, TOP, 0), 0, "preadv of none");
	check_eq(call_with_vector(SYS_preadv, fd, TOP - 8, 8), 0,
		 "preadv up to it");
	check_err(EINVAL, pread(fd, buf, 1, INT64_MIN), "the lowest number");
	check_err(EINVAL, pwrite(fd, buf, 0, -1), "below 0");
	check_err(EFAULT, pread(fd, (void *)-8L, 1, TOP),
		  "no user memory is told first");
	check_err(EBADF, pread(-1, buf, 8, TOP), "no file is told before");
}

/* The file's own position counts as much as one in the call. */
static void own_position(void)
{
	int top_reached = lseek(fd, TOP, SET) == TOP;

	/* positions of a 32-bit machine end where its page numbers do */
	check_eq(top_reached, sizeof(long) == 8, "lseek to the top");
	if (!top_reached)
		return;
	check_err(EINVAL, read(fd, buf, 1), "read there");
	check_err(EINVAL, write(fd, buf, 1), "write");
	check_eq(read(fd, buf, 0), 0, "read of none");
	check_err(EINVAL, syscall(SYS_sendfile64, other, fd, NULL, 1L),
		  "sendfile from there");
	check_err(EINVAL, syscall(SYS_splice, fd, NULL, ends[1], NULL, 1L, 0L),
		  "splice");
	check_eq(lseek(fd, 0, SEEK_CUR), TOP, "it did not move");
	check_err(EINVAL, lseek(fd, 1, SEEK_CUR), "lseek beyond");
	check_err(EINVAL, lseek(fd, TOP, SEEK_CUR), "far beyond");
	check_eq(lseek(fd, -TOP, SEEK_CUR), 0, "and back");
}

/* The one page that has the last byte there is. */
static void write_last_page(void)
{
	/* a file of 32-bit page numbers has no page of the last of them */
	int64_t most = sizeof(long) == 8 ? TOP : 0xffffffff000;
	int sums = most == TOP;

	check_eq(pwrite(fd, "last", 4, most - 4), 4, "write up to the top");
	check_eq(lseek(fd, 0, SEEK_END), most, "which is the size");
	check_eq(pread(fd, buf, 4, most - 4), 4, "read it");
	check(!memcmp(buf, "last", 4), "its bytes");
	check_err(EINVAL, lseek(fd, 1, SEEK_END), "lseek beyond the end");
	check_err(EINVAL, lseek(fd, TOP, SEEK_END), "far beyond");
	check_err(EINVAL, lseek(fd, most + 1ull, SET), "just beyond");
	check_eq(lseek(fd, -7, SEEK_END), most - 7, "before it");
	check_eq(read(fd, buf, 7), 7, "read up to it");
	check_eq(splice_in(most - 2, 2), 2, "splice of the last two");
	check_eq(read(ends[0], buf, 8), 2, "arrives");
	check_eq(send_at(most - 3, 3), 3, "sendfile of three");
	check_eq(copy_at(most - 2, 0, 8), 2, "copy_file_range stops there");
	check_err(EINVAL, lseek(fd, INT64_MIN, SEEK_END), "lowest of all");
	if (sums) {
		check_err(EINVAL, pread(fd, buf, 5, most - 4), "one more");
		check_err(EINVAL, read(fd, buf, 1), "nothing fits");
		check_err(EINVAL, write(fd, buf, 1), "nor is written");
		check_err(EINVAL, send_at(most - 3, 8), "nor sent");
	} else {
		check_eq(pread(fd, buf, 5, most - 4), 4, "one more");
		check_eq(read(fd, buf, 1), 0, "nothing is there");
		check_err(EFBIG, write(fd, buf, 1), "nor can be");
		check_eq(send_at(most - 3, 8), 3, "sendfile stops there");
		check_err(EOVERFLOW, send_at(most, 8), "and has nothing more");
		check_err(EFBIG, pwrite(fd, "x", 1, TOP - 1),
			  "no page has such a number");
	}
	check_ok(allocate_far(KEEP | PUNCH, most - 3, 3), "a hole at the end");
	check_eq(pread(fd, buf, 4, most - 4), 4, "read it");
	check(!memcmp(buf, "l\0\0\0", 4), "zeros");
	check_ok(ftruncate(fd, 0), "and cut off");
	lseek(fd, 0, SET);
	lseek(other, 0, SET);
	ftruncate(other, 0);
}

/* What lies between is not looked at page by page. */
static void seek_far_apart(void)
{
	int64_t far = sizeof(long) == 8 ? 1ll << 62 : 1ll << 43;

	pwrite(fd, "x", 1, far);
	check_eq(lseek(fd, 0, SEEK_DATA), far, "SEEK_DATA, far away");
	check_eq(lseek(fd, far - 1, SEEK_DATA), far, "from just before it");
	check_eq(lseek(fd, far, SEEK_DATA), far, "from there");
	check_err(ENXIO, lseek(fd, far + 1, SEEK_DATA), "from behind it");
	check_eq(lseek(fd, 5, SEEK_HOLE), 5, "SEEK_HOLE");
	check_eq(lseek(fd, far, SEEK_HOLE), far + 1, "from the last page");
	pwrite(fd, "x", 1, 2 * PG);
	check_eq(lseek(fd, 2 * PG + 7, SEEK_HOLE), 3 * PG, "behind a page");
	check_eq(lseek(fd, 2 * PG + 7, SEEK_DATA), 2 * PG + 7, "in it");
	check_eq(lseek(fd, 3 * PG, SEEK_DATA), far, "the next");
	ftruncate(fd, 0);
	lseek(fd, 0, SET);
}

/* ---- from file to file --------------------------------------------------- */

static void send_far(void)
{
	write(fd, "abcdef", 6);
	check_err(EINVAL, send_at(TOP, 1), "sendfile from the top");
	check_err(EINVAL, send_at(TOP - 1, 8), "from just before it");
	check_err(EINVAL, send_at(-1, 1), "from below 0");
	check_err(EINVAL, splice_in(TOP, 1), "splice from the top");
	check_err(EINVAL, splice_in(TOP - 2, 8), "from just before it");
	check_err(EINVAL, splice_in(-1, 8), "from below 0");
	write(ends[1], "pipe", 4);
	check_err(EINVAL, splice_out(TOP, 1), "splice to the top");
	check_err(EINVAL, splice_out(TOP - 2, 8), "to just before it");
	check_eq(read(ends[0], buf, 8), 4, "what was in the pipe stays");
	check_eq(copy_at(TOP, 0, 8), 0, "copy_file_range from the top: none");
	check_err(EINVAL, copy_at(-1, 0, 0), "from below 0");
	check_err(EOVERFLOW, copy_at(-1, 0, 8), "to above it");
	check_err(EOVERFLOW, copy_at(0, -8, 8), "likewise to there");
	if (sizeof(long) < 8)
		return;
	check_eq(copy_at(0, TOP - 2, 8), 2, "as much as has room");
	ftruncate(other, 0);
}

/* ---- room, records, advice ----------------------------------------------- */

static void lock_far_ranges(void)
{
	static const struct {
		int64_t start, len;
		int err;
	} locks[] = {
		{ TOP, 1, 0 }, { TOP, 2, EOVERFLOW }, { 5, TOP, EOVERFLOW },
		{ 1, TOP, 0 }, { 5, INT64_MIN, EINVAL }, { 10, -11, EINVAL },
		{ 10, -10, 0 }, { TOP, -TOP, 0 }, { TOP, INT64_MIN, EINVAL },
	};

	check_err(EFBIG, allocate_far(0, TOP - 1, 8),
		  "fallocate beyond the top");
	check_err(EFBIG, allocate_far(KEEP | PUNCH, TOP - 1, 8),
		  "a hole there");
	check_err(EFBIG, allocate_far(0, TOP, TOP), "twice as far");
	check_err(ENOSPC, allocate_far(0, 0, 1ll << 40),
		  "more than memory has");
	check_err(ENOSPC, allocate_far(KEEP, 1ll << 42, 1ll << 40),
		  "far away, too");
	if (sizeof(long) == 8)
		check_err(EINVAL, syscall(SYS_readahead, fd, 0L, -1L),
			  "readahead of less than nothing");
	if (sizeof(long) == 8 && !on_older_linux(6, 5))
		check_err(EINVAL, syscall(SYS_splice, fd, NULL, ends[1], NULL,
					  -1L, 0L), "splice, likewise");
	for (int i = 0; i < COUNT(locks); i++) {
		struct {
			short type, whence;
			int64_t start, len;
			int pid;
		} l = { WRLCK, SET, locks[i].start, locks[i].len, 0 };
		long got = syscall(SYS_record, fd, SETLK, &l);

		check_eq(got ? errno : 0, locks[i].err, "record %d", i);
	}
}

/* ---- other kinds of files ------------------------------------------------ */

static void move_far_by_kind(void)
{
	int zero = open("/dev/zero", O_RDWR), null = open("/dev/null", O_RDWR);
	int dir = open(".", O_RDONLY), text = open("/proc/self/stat", O_RDONLY);

	refuse_far(zero, "zero");
	refuse_far(null, "null");
	check_eq(pread(zero, buf, 8, TOP - 8), 8, "zeros up to the top");
	check_err(EINVAL, pread(dir, buf, 1, TOP), "a folder: the sum first");
	check_err(EISDIR, pread(dir, buf, 1, 0), "then what it is");
	check_err(EINVAL, pread(text, buf, 1, TOP), "a text of /proc");
	check_err(ESPIPE, pread(ends[0], buf, 1, TOP), "a pipe: ESPIPE");
	close(zero);
	close(null);
	close(dir);
	close(text);
}

/* Addresses above the middle are positions that read as below 0. */
static void read_far_memory(void)
{
	int mem = open("/proc/self/mem", O_RDWR);

	if (mem < 0) {
		tap_skip("memory", "procinfo");
		return;
	}
	check_eq(pread(mem, buf, 4, (int64_t)(uintptr_t)"text"), 4, "memory");
	check_err(EIO, pread(mem, buf, 4, TOP - 4), "none up to the top");
	check_err(EIO, pread(mem, buf, 4, TOP), "none from there");
	check_err(EINVAL, pread(mem, buf, 4, -8), "pread below 0");
	if (sizeof(long) == 8) {
		lseek(mem, -8, SET);
		check_err(EIO, read(mem, buf, 4), "none at the end of all");
		check_err(EOVERFLOW, read(mem, buf, 8), "over the end of all");
		lseek(mem, TOP, SET);
		check_err(EIO, read(mem, buf, 8), "over the middle");
	}
	close(mem);
}

/* ---- programs whose positions have 32 bits ------------------------------- */

#ifdef SYS_ftruncate64
static long stretch(int f, long long size)
{
	long got = syscall(SYS_ftruncate64, f, (long)size, (long)(size >> 32));

	return got < 0 ? -errno : got;
}

/* open(2) without O_LARGEFILE, which the C library says for us elsewhere */
static void small_files(void)
{
	long long beyond = 0xffffffff000ll, within = 0;
	int large = open("small", O_RDWR | O_CREAT, 0600);
	long f = syscall(SYS_openat, -100, "small", O_RDWR, 0);

	check(f >= 0, "a small file");
	check_eq(stretch((int)f, 0x7fffffff), 0, "as long as it may be");
	check_eq(stretch((int)f, 0x80000000ll), -EINVAL, "a byte more");
	check_eq(stretch((int)f, TOP), -EINVAL, "as long as numbers are");
	check_eq(pwrite((int)f, buf, 4, 0x7ffffffe), 1, "a byte has room");
	check_err(EFBIG, pwrite((int)f, buf, 4, 0x7fffffff), "none has");
	check_err(EFBIG, pwrite((int)f, buf, 4, 1ll << 40), "far beyond");
	check_eq(stretch(large, 0x80000000ll), 0, "another makes it large");
	check_eq(pread((int)f, buf, 4, 0x7ffffffe), 2, "all can be read");
	close((int)f);
	f = open("small", O_WRONLY | O_APPEND);
	beyond++;
	check_err(EOVERFLOW, syscall(SYS_sendfile64, f, large, &beyond, 0),
		  "sendfile of nothing from where no file can be");
	beyond = TOP;
	check_err(EOVERFLOW, syscall(SYS_sendfile64, f, large, &beyond, 0),
		  "from the top");
	beyond = 0xffffffff000ll;
	check_err(EOVERFLOW, syscall(SYS_sendfile64, f, large, &beyond, 4),
		  "sendfile from behind all pages");
	check_err(EINVAL, syscall(SYS_sendfile64, f, large, &within, 4),
		  "... to where it cannot write");
	close((int)f);
	close(large);
	unlink("small");
}
#else
static void small_files(void)
{
}
#endif

int main(void)
{
	tap_scratch("far");
	fd = fresh_far_file("a");
	other = fresh_far_file("b");
	if (pipe2(ends, O_NONBLOCK))
		tap_bail("pipe2");
	refuse_far(fd, "file");
	just_fits();
	own_position();
	write_last_page();
	seek_far_apart();
	send_far();
	lock_far_ranges();
	move_far_by_kind();
	read_far_memory();
	small_files();
	tap_scratch_end();
	return tap_done();
}
