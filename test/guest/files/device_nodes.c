/* SPDX-License-Identifier: MIT */
/* Nodes in /dev, wherever they stand. */
#include "tap.h"

static char buf[2 * PG];

static int all_bytes_are(const char *p, char c, size_t n)
{
	while (n--)
		if (*p++ != c)
			return 0;
	return 1;
}

static void null_zero_full(void)
{
	struct { void *at; unsigned long n; } nothing = { buf, 0 };
	int fd = open("/dev/null", O_RDWR);

	check_eq(read(fd, buf, 10), 0, "null: end of file");
	check_eq(write(fd, buf, 5000), 5000, "null: takes all");
	check_eq(lseek(fd, 100, SEEK_SET), 0, "null: seeks nowhere");
	close(fd);
	fd = open("/dev/zero", O_RDWR);
	memset(buf, 'x', sizeof(buf));
	check_eq(read(fd, buf, sizeof(buf)), sizeof(buf), "zero: a full read");
	check(all_bytes_are(buf, 0, sizeof(buf)), "zero: of zeros");
	check_eq(write(fd, buf, 10), 10, "zero: takes all");
	check_err(EFAULT, read(fd, BAD, 10), "zero: to nowhere");
	close(fd);
	fd = open("/dev/full", O_RDWR);
	check_err(ENOSPC, write(fd, buf, 1), "full: ENOSPC");
	check_err(ENOSPC, write(fd, buf, 0), "full: nor for nothing");
	check_err(ENOSPC, pwrite(fd, buf, 0, 100), "full: wherever");
	check_eq(syscall(SYS_writev, fd, &nothing, 1), 0,
		 "full: vectors of nothing are not asked for");
	check_eq(read(fd, buf, 10), 10, "full: reads zeros");
	close(fd);
}

static void store_seven(void *arg)
{
	*(volatile char *)arg = 7;
}

static void map_zero(void)
{
	int fd = open("/dev/zero", O_RDWR);
	char *p = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_PRIVATE, fd, 0);
	char *q = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_SHARED, fd, 0);

	check(p != MAP_FAILED && all_bytes_are(p, 0, PG),
	      "zero: private mapping");
	p[0] = 1;
	in_child(store_seven, p);
	check_eq(p[0], 1, "zero: it is private");
	check(q != MAP_FAILED && all_bytes_are(q, 0, PG),
	      "zero: shared mapping");
	in_child(store_seven, q);
	check_eq(q[0], 7, "zero: shared with a child");
	munmap(p, PG);
	munmap(q, PG);
	close(fd);
	fd = open("/dev/null", O_RDWR);
	check_err(ENODEV, mmap(NULL, PG, PROT_READ, MAP_PRIVATE, fd, 0),
		  "null: no mapping");
	close(fd);
}

static void randoms(void)
{
	static char other[64];
	int fd = open("/dev/urandom", O_RDONLY);

	check_eq(read(fd, buf, 64), 64, "urandom");
	check_eq(read(fd, other, 64), 64, "again");
	check(memcmp(buf, other, 64) && !all_bytes_are(buf, buf[0], 64),
	      "two different ones");
	close(fd);
	fd = open("/dev/random", O_RDONLY);
	check_eq(read(fd, other, 64), 64, "random");
	close(fd);
}

static void no_terminal(void *arg)
{
	(void)arg;
	setsid();
	if (open("/dev/tty", O_RDWR) != -1 || errno != ENXIO)
		_exit(1);
}

static void check_device_numbers(void)
{
	struct stat st;
	int fd;

	check(!stat("/dev/null", &st) && S_ISCHR(st.st_mode) &&
	      st.st_rdev == makedev(1, 3),
	      "null is character 1, 3");
	check(!stat("/dev/tty", &st) && st.st_rdev == makedev(5, 0),
	      "tty is 5, 0");
	check_eq(in_child(no_terminal, NULL), 0, "tty: ENXIO without one");
	if (geteuid()) {
		tap_skip("mknod", "needs the superuser");
		return;
	}
	check_ok(mknod("z", S_IFCHR | 0600, makedev(1, 5)), "mknod");
	fd = open("z", O_RDONLY);
	memset(buf, 'x', 10);
	check(read(fd, buf, 10) == 10 && all_bytes_are(buf, 0, 10),
	      "the number makes the device");
	close(fd);
	check_ok(mknod("n", S_IFCHR | 0600, makedev(240, 99)),
		 "a node of no device");
	check_err(ENXIO, open("n", O_RDWR), "cannot be opened");
	check_ok(mknod("b", S_IFBLK | 0600, makedev(240, 99)), "a block node");
	check_err(ENXIO, open("b", O_RDWR), "nor can that");
	unlink("z");
	unlink("n");
	unlink("b");
}

/* Data goes through /dev/fd/N into the same pipe. */
static void open_dev_fd(void)
{
	char name[32], b[4];
	int p[2], fd;

	pipe2(p, 0);
	snprintf(name, sizeof(name), "/dev/fd/%d", p[1]);
	fd = open(name, O_WRONLY);
	check(fd >= 0, "/dev/fd/N of a pipe opens");
	write(fd, "ab", 2);
	check(read(p[0], b, 4) == 2 && !memcmp(b, "ab", 2), "the same pipe");
	close(fd);
	close(p[0]);
	close(p[1]);
	check_err(ENOENT, open(name, O_WRONLY), "not of a closed one");
	check_eq(readlink("/dev/stdin", name, sizeof(name)), 15,
		 "stdin is a link");
}

int main(void)
{
	tap_scratch("device_nodes");
	null_zero_full();
	map_zero();
	randoms();
	check_device_numbers();
	open_dev_fd();
	tap_scratch_end();
	return tap_done();
}
