/* SPDX-License-Identifier: MIT */
/*
 * ioctl(2) of a file as a whole (row B5): its room and its blocks, and what no
 * file system here can.
 */
#include "tap.h"

static void ask_sizes(void)
{
	long long size = 0;
	struct stat st;
	int fd, n = 0;

	put_file("f", "seven..", 7, 0600);
	fd = open("f", O_RDWR);
	check_ok(syscall(SYS_ioctl, fd, 2, &n), "FIGETBSZ");
	check_eq(n, 4096, "of a page");
	check_ok(syscall(SYS_ioctl, fd, 0x5460, &size), "FIOQSIZE");
	fstat(fd, &st);
	check(size >= 512 && size == (long long)st.st_blocks * 512,
	      "what it takes, not its length");
	check_err(EFAULT, syscall(SYS_ioctl, fd, 2, BAD), "to nowhere");
	close(fd);
	fd = open("/dev/null", O_RDWR);
	check_err(ENOTTY, syscall(SYS_ioctl, fd, 0x5460, &size), "of a device");
	close(fd);
	unlink("f");
}

static void freeze(void *arg)
{
	if (setuid(1000) || syscall(SYS_ioctl, *(int *)arg, 0xc0045877, 0) !=
	    -1 ||
	    errno != EPERM)
		_exit(1);
}

/* ioctls of whole file systems that none here can do. */
static void exact_refusals(void)
{
	struct { long long fd, from, len, to; } range = { -1, 0, 0, 0 };
	int a, b, left;

	a = open("a", O_CREAT | O_RDWR, 0600);
	b = open("b", O_CREAT | O_RDWR, 0600);
	write(b, "seven..", 7);
	lseek(b, 3, SEEK_SET);
	check_ok(syscall(SYS_ioctl, b, 0x541b, &left), "FIONREAD of a file");
	check_eq(left, 4, "from where it is to its end");
	check_err(EFAULT, syscall(SYS_ioctl, a, 0x4020940d, BAD),
		  "FICLONERANGE from nowhere");
	check_err(EBADF, syscall(SYS_ioctl, a, 0x4020940d, &range),
		  "of no file");
	range.fd = b;
	check_err(EOPNOTSUPP, syscall(SYS_ioctl, a, 0x4020940d, &range),
		  "of one that cannot");
	check_err(EOPNOTSUPP, syscall(SYS_ioctl, a, 0x40049409, b), "FICLONE");
	check_err(EBADF, syscall(SYS_ioctl, a, 0x40049409, -1), "of no file");
	close(b);
	b = open("b", O_WRONLY);
	check_err(EBADF, syscall(SYS_ioctl, a, 0x40049409, b),
		  "of one that cannot be read");
	close(b);
	b = open("b", O_RDONLY);
	check_err(EBADF, syscall(SYS_ioctl, b, 0x40049409, a),
		  "to one that cannot be written");
	close(b);
	b = open("/dev/null", O_RDONLY);
	check_err(EXDEV, syscall(SYS_ioctl, a, 0x40049409, b), "of another "
		  "file system");
	close(b);
	b = open(".", O_RDONLY);
	check_err(EISDIR, syscall(SYS_ioctl, a, 0x40049409, b), "of a folder");
	check_err(EINVAL, syscall(SYS_ioctl, b, 0xc0045878, 0), "FITHAW");
	check_err(EOPNOTSUPP, syscall(SYS_ioctl, b, 0xc0045877, 0), "FIFREEZE");
	check_eq(in_child(freeze, &b), 0, "nor may a user");
	close(a);
	close(b);
	unlink("a");
	unlink("b");
}

int main(void)
{
	tap_scratch("fileioctl");
	ask_sizes();
	exact_refusals();
	tap_scratch_end();
	return tap_done();
}
