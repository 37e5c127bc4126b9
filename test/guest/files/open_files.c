/* SPDX-License-Identifier: MIT */
/*
 * Files and descriptors: flags of open, offsets, holes, truncation, the
 * descriptor table and its limits (rows B4, B5).
 */
#include <sys/resource.h>
#include <sys/uio.h>
#include "tap.h"

static char buf[8192];

static void open_flags(void)
{
	int fd = open("f", O_RDWR | O_CREAT | O_EXCL, 0640);
	struct stat st;

	check(fd >= 0, "create");
	check_err(EEXIST, open("f", O_RDWR | O_CREAT | O_EXCL, 0640),
		  "O_EXCL on an existing file");
	fstat(fd, &st);
	check_eq(st.st_mode, S_IFREG | 0640, "type and mode");
	check(st.st_nlink == 1 && st.st_size == 0, "one link, no bytes");
	check_eq(write(fd, "hello", 5), 5, "write");
	close(fd);
	fd = open("f", O_WRONLY | O_APPEND);
	check_eq(lseek(fd, 0, SEEK_SET), 0, "seek to the start");
	check_eq(write(fd, "+", 1), 1, "O_APPEND write");
	check_eq(lseek(fd, 0, SEEK_CUR), 6, "went to the end");
	check_err(EBADF, read(fd, buf, 1), "read of O_WRONLY");
	close(fd);
	fd = open("f", O_RDONLY | O_TRUNC);
	fstat(fd, &st);
	check_eq(st.st_size, 0, "O_TRUNC works with O_RDONLY");
	check_err(EBADF, write(fd, "x", 1), "write to O_RDONLY");
	close(fd);
	check_err(ENOTDIR, open("f", O_RDONLY | O_DIRECTORY),
		  "O_DIRECTORY on a file");
	check_err(EISDIR, open(".", O_WRONLY), "write open of a folder");
	check_err(EISDIR, open(".", O_RDONLY | O_CREAT, 0600),
		  "O_CREAT of a folder");
	symlink("f", "s");
	check_err(ELOOP, open("s", O_RDONLY | O_NOFOLLOW), "O_NOFOLLOW");
	check_err(EEXIST, open("s", O_RDWR | O_CREAT | O_EXCL, 0600),
		  "O_EXCL does not follow a link");
	check_err(ENOENT, open("g", O_RDONLY), "missing file");
	fd = open("f", O_PATH);
	check_err(EBADF, read(fd, buf, 1), "O_PATH gives no data");
	check_ok(fstat(fd, &st), "but can be examined");
	close(fd);
	fd = open(".", O_RDONLY);
	check_err(EISDIR, read(fd, buf, 1), "read of a folder");
	close(fd);
	unlink("s");
	unlink("f");
}

static void move_offsets(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600), fd2;

	write(fd, "0123456789", 10);
	check_eq(lseek(fd, -3, SEEK_END), 7, "SEEK_END");
	check_eq(read(fd, buf, 10), 3, "short read at the end");
	check_eq(read(fd, buf, 10), 0, "end of file");
	check_err(EINVAL, lseek(fd, -1, SEEK_SET), "negative offset");
	check_err(EINVAL, lseek(fd, 0, 99), "unknown whence");
	check_eq(lseek(fd, 2, SEEK_SET), 2, "SEEK_SET");
	check_eq(pread(fd, buf, 3, 5), 3, "pread");
	check(!memcmp(buf, "567", 3), "its data");
	check_eq(lseek(fd, 0, SEEK_CUR), 2, "pread leaves the offset");
	check_eq(pwrite(fd, "ab", 2, 9), 2, "pwrite past the end");
	check_eq(lseek(fd, 0, SEEK_END), 11, "size grew");
	check_err(EINVAL, pread(fd, buf, 1, -1), "pread negative");
	fd2 = dup(fd);
	lseek(fd, 4, SEEK_SET);
	check_eq(lseek(fd2, 0, SEEK_CUR), 4, "dup shares the offset");
	close(fd2);
	fd2 = open("f", O_RDONLY);
	check_eq(lseek(fd2, 0, SEEK_CUR), 0, "open has its own");
	close(fd2);
	close(fd);
	unlink("f");
}

static int all_zero(const char *p, size_t n)
{
	while (n--)
		if (*p++)
			return 0;
	return 1;
}

static void read_file_holes(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	off_t far = 5LL << 30;
	struct stat st;

	check_eq(pwrite(fd, "end", 3, 10000), 3, "write after a hole");
	memset(buf, 1, sizeof(buf));
	check_eq(pread(fd, buf, 8192, 0), 8192, "read the hole");
	check(all_zero(buf, 8192), "it is zero");
	check_ok(ftruncate(fd, 10001), "shrink");
	check_ok(ftruncate(fd, 10010), "grow");
	memset(buf, 1, 16);
	check_eq(pread(fd, buf, 16, 10000), 10, "read the tail");
	check(buf[0] == 'e' && all_zero(buf + 1, 9),
	      "what was cut off reads as zero");
	check_ok(ftruncate(fd, far), "a file of 5 GiB");
	fstat(fd, &st);
	check_eq(st.st_size, far, "its size");
	check(st.st_blocks < 1000, "its blocks are few");
	check_eq(pread(fd, buf, 10, far - 4), 4, "read at its end");
	check_eq(pwrite(fd, "x", 1, far), 1, "write beyond 4 GiB");
	check_eq(lseek(fd, 0, SEEK_END), far + 1, "seek beyond 4 GiB");
	check_err(EINVAL, ftruncate(fd, -1), "negative size");
	close(fd);
	fd = open("f", O_RDONLY);
	check_err(EINVAL, ftruncate(fd, 0), "truncate a read-only descriptor");
	close(fd);
	unlink("f");
}

static void move_vectors(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	char a[4], b[8];
	struct iovec w[3] = { { "abc", 3 }, { NULL, 0 }, { "defgh", 5 } };
	struct iovec r[2] = { { a, 4 }, { b, 8 } };

	check_eq(writev(fd, w, 3), 8, "writev");
	lseek(fd, 0, SEEK_SET);
	check_eq(readv(fd, r, 2), 8, "readv");
	check(!memcmp(a, "abcd", 4) && !memcmp(b, "efgh", 4), "its data");
	check_err(EINVAL, readv(fd, r, -1), "negative count");
	check_err(EINVAL, readv(fd, r, 1025), "count above IOV_MAX");
	check_err(EFAULT, readv(fd, BAD, 1), "bad vector");
	r[0].iov_len = (size_t)-1;
	check_err(EINVAL, readv(fd, r, 1), "negative length");
	close(fd);
	unlink("f");
}

static void table(void)
{
	struct rlimit old, r;
	int fd, n;

	fd = open("f", O_RDWR | O_CREAT | O_CLOEXEC, 0600);
	check_eq(fcntl(fd, F_GETFD), FD_CLOEXEC, "O_CLOEXEC");
	check_ok(fcntl(fd, F_SETFD, 0), "F_SETFD");
	check_eq(fcntl(fd, F_GETFD), 0, "F_GETFD");
	check_eq(fcntl(fd, F_GETFL) & ~O_LARGEFILE, O_RDWR, "F_GETFL");
	check_ok(fcntl(fd, F_SETFL, O_NONBLOCK | O_APPEND), "F_SETFL");
	check_eq(fcntl(fd, F_GETFL) & ~O_LARGEFILE,
		 O_RDWR | O_NONBLOCK | O_APPEND, "its flags");
	n = fcntl(fd, F_DUPFD, 30L);
	check_eq(n, 30, "F_DUPFD picks the lowest from there");
	check_eq(fcntl(fd, F_DUPFD_CLOEXEC, 30L), 31, "F_DUPFD_CLOEXEC");
	check_eq(fcntl(31, F_GETFD), FD_CLOEXEC, "its flag");
	check_eq(dup3(fd, 31, 0), 31, "dup3 over an open one");
	check_eq(fcntl(31, F_GETFD), 0, "replaced it");
	check_err(EINVAL, dup3(fd, fd, 0), "dup3 to itself");
	check_err(EINVAL, dup3(fd, 32, 5), "dup3 bad flags");
	check_err(EBADF, dup(99), "dup of a closed one");
	check_err(EBADF, dup3(fd, -1, 0), "dup3 to -1");
	check_err(EINVAL, fcntl(fd, F_DUPFD, -1L), "F_DUPFD to -1");
	check_err(EINVAL, fcntl(fd, 9999, 0L), "unknown command");
	close(30);
	close(31);
	check_err(EBADF, close(31), "close twice");
	check_err(EBADF, close(-1), "close -1");
	getrlimit(RLIMIT_NOFILE, &old);
	r = (struct rlimit){ 20, old.rlim_max };
	setrlimit(RLIMIT_NOFILE, &r);
	for (n = 0; n < 100 && dup(fd) >= 0; n++)
		;
	check(n < 20 && errno == EMFILE, "RLIMIT_NOFILE: EMFILE");
	check_err(EBADF, dup3(fd, 20, 0), "dup3 at the limit");
	for (n = fd + 1; n < 20; n++)
		close(n);
	setrlimit(RLIMIT_NOFILE, &old);
	close(fd);
	unlink("f");
}

static void use_unlinked(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	struct stat st;

	write(fd, "still here", 10);
	check_ok(unlink("f"), "unlink an open file");
	check_err(ENOENT, open("f", O_RDONLY), "its name is gone");
	fstat(fd, &st);
	check_eq(st.st_nlink, 0, "no links");
	check_eq(pread(fd, buf, 10, 0), 10, "its data is not");
	close(fd);
}

static void big_write(void *arg)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	struct rlimit r = { 4096, 4096 };

	setrlimit(RLIMIT_FSIZE, &r);
	memset(buf, 'x', sizeof(buf));
	if (write(fd, buf, 8192) != 4096)
		_exit(1);
	signal(SIGXFSZ, SIG_IGN);
	if (write(fd, buf, 1) != -1 || errno != EFBIG)
		_exit(2);
	signal(SIGXFSZ, SIG_DFL);
	write(fd, buf, 1);
	_exit(3);
}

static void limit_file_size(void)
{
	int st = in_child(big_write, NULL);

	check(WIFSIGNALED(st) && WTERMSIG(st) == SIGXFSZ,
	      "RLIMIT_FSIZE: cut, EFBIG, SIGXFSZ (%x)", st);
	unlink("f");
}

static void apply_umask(void)
{
	mode_t old = umask(027);
	struct stat st;

	close(open("f", O_CREAT | O_WRONLY, 0777));
	stat("f", &st);
	check_eq(st.st_mode & 07777, 0750, "umask clears bits");
	check_eq(umask(old), 027, "umask returns the old one");
	check_ok(chmod("f", 04711), "chmod");
	stat("f", &st);
	check_eq(st.st_mode, S_IFREG | 04711, "its mode");
	unlink("f");
}

/* Linux (6.1 and 6.12) never returns from the odd write: it copies by words,
 * gets nothing, and tries again for ever. */
static void odd_write(int fd, char *edge)
{
	if (on_other_kernel()) {
		tap_skip("write up to the end of a mapping",
			 "this kernel would hang");
		pwrite(fd, edge - 100, 100, 0);
		return;
	}
	check_eq(pwrite(fd, edge - 100, 200, 0), 100,
		 "write up to the end of a mapping");
}

/* How far a copy gets before a fault is the kernel's affair: i386's Linux
 * gives up the whole piece. */
static void odd_read(int fd, char *edge)
{
	if (sizeof(long) == 4 && on_other_kernel()) {
		tap_skip("read up to the end of a mapping",
			 "this kernel copies it whole or not at all");
		return;
	}
	check_eq(read(fd, edge - 10, 100), 10,
		 "read up to the end of a mapping");
	check_eq(lseek(fd, 0, SEEK_CUR), 10, "offset as far as it got");
}

static void bad_buffers(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	char *edge = anon_pages(2, PROT_READ | PROT_WRITE) + PG;

	munmap(edge, PG);
	memset(edge - 100, 'e', 100);
	check_err(EFAULT, write(fd, BAD, 1), "write from nowhere");
	check_eq(write(fd, edge - PG, 2 * PG), PG, "write of a page too many");
	odd_write(fd, edge);
	ftruncate(fd, 100);
	lseek(fd, 0, SEEK_SET);
	check_err(EFAULT, read(fd, edge, 10), "read to nowhere");
	check_eq(lseek(fd, 0, SEEK_CUR), 0, "offset stays");
	odd_read(fd, edge);
	check_eq(read(fd, BAD, 0), 0, "no bytes: no fault");
	munmap(edge - PG, PG);
	close(fd);
	unlink("f");
}

int main(void)
{
	tap_scratch("open_files");
	open_flags();
	move_offsets();
	read_file_holes();
	move_vectors();
	table();
	use_unlinked();
	limit_file_size();
	apply_umask();
	bad_buffers();
	tap_scratch_end();
	return tap_done();
}
