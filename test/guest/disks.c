/* SPDX-License-Identifier: MIT */
/*
 * What programs ask of a whole disk (row E8): its sizes, whether it may be
 * written, and to forget what is cached of it.  Suites give the guest an
 * empty disk for this.
 */
#include <sys/mount.h>
#include <termios.h>
#include "tap.h"

#define BLKROSET	0x125d
#define BLKROGET	0x125e
#define BLKGETSIZE	0x1260
#define BLKFLSBUF	0x1261
#define BLKRAGET	0x1263
#define BLKSSZGET	0x1268
#define BLKIOMIN	0x1278
#define BLKIOOPT	0x1279
#define BLKPBSZGET	0x127b
/* a word's size is in their numbers */
#define BLKBSZGET	(0x80001270ul | sizeof(long) << 16)
#define BLKGETSIZE64	(0x80001272ul | sizeof(long) << 16)

static int fd;
static long long bytes;

static long number(unsigned long request)
{
	long v = 0;

	return ioctl(fd, request, &v) ? -1 : v;
}

static int is_power_of_2(long n)
{
	return n > 0 && !(n & (n - 1));
}

static void sizes(void)
{
	bytes = lseek(fd, 0, SEEK_END);
	check(bytes > 0, "the end is the disk's");
	{
		long long v = 0;

		check_eq(ioctl(fd, BLKGETSIZE64, &v), 0, "BLKGETSIZE64");
		check_eq(v, bytes, "in bytes");
	}
	check_eq(number(BLKGETSIZE), bytes / 512, "BLKGETSIZE: in sectors");
	check_eq(number(BLKSSZGET), 512, "BLKSSZGET: a sector");
	check(is_power_of_2(number(BLKPBSZGET)), "BLKPBSZGET");
	check(is_power_of_2(number(BLKIOMIN)), "BLKIOMIN");
	check(number(BLKIOOPT) >= 0, "BLKIOOPT");
	check_eq(number(BLKBSZGET), PG, "BLKBSZGET: a block of the cache");
	check(number(BLKRAGET) > 0, "BLKRAGET: it is read ahead");
	check_err(EFAULT, ioctl(fd, BLKGETSIZE64, BAD), "to nowhere");
	check_err(EFAULT, ioctl(fd, BLKSSZGET, BAD), "nor this");
	check_err(ENOTTY, ioctl(fd, 0x12ff, BAD), "no such request");
}

/* Pages of the disk's first 16 that are in memory. */
static int cached(void)
{
	unsigned char vec[16];
	char *p = mmap(NULL, 16 * PG, PROT_READ, MAP_SHARED, fd, 0);
	int n = 0;

	if (p == MAP_FAILED || syscall(SYS_mincore, p, 16 * PG, vec))
		return -1;
	for (int i = 0; i < 16; i++)
		n += vec[i] & 1;
	munmap(p, 16 * PG);
	return n;
}

static void flush(void)
{
	char c = 0;

	check_eq(pwrite(fd, "disk", 4, 2 * PG), 4, "write");
	check(cached() >= 1, "the cache has it");
	check_eq(ioctl(fd, BLKFLSBUF, 0), 0, "BLKFLSBUF");
	check_eq(cached(), 0, "the cache is empty");
	check(pread(fd, &c, 1, 2 * PG + 3) == 1 && c == 'k',
	      "the disk has what was written");
}

static void read_only(void)
{
	int on = 1, off = 0, v = -1, other;

	check(!ioctl(fd, BLKROGET, &v) && v == 0, "BLKROGET: not protected");
	check_eq(ioctl(fd, BLKROSET, &on), 0, "BLKROSET");
	check(!ioctl(fd, BLKROGET, &v) && v == 1, "now it is");
	check_err(EACCES, mount("/dev/vda", "/", "ext2", 0, NULL),
		  "not mounted to be written");
	check_err(EINVAL, mount("/dev/vda", "/", "ext2", MS_RDONLY, NULL),
		  "to be read, if anything were there");
	check_err(EPERM, pwrite(fd, "x", 1, 0), "nor written");
	check_ok(other = open("/dev/vda", O_RDWR), "yet opened so");
	close(other);
	check_eq(ioctl(fd, BLKROSET, &off), 0, "and no longer");
	check(!ioctl(fd, BLKROGET, &v) && v == 0, "as it was");
	check_err(EFAULT, ioctl(fd, BLKROSET, BAD), "from nowhere");
	check_eq(pwrite(fd, "\0\0\0\0", 4, 2 * PG), 4, "written again");
}

/* Not everybody who can open it may do that. */
static void stranger(void *arg)
{
	int on = 1;

	(void)arg;
	if (setresuid(1000, 1000, 1000))
		_exit(3);
	if (ioctl(fd, BLKROSET, &on) != -1 || errno != EACCES)
		_exit(1);
	_exit(ioctl(fd, BLKFLSBUF, 0) == -1 && errno == EACCES ? 0 : 2);
}

int main(void)
{
	fd = open("/dev/vda", O_RDWR);
	if (fd < 0)
		return tap_skip_all("there is no disk");
	sizes();
	flush();
	read_only();
	check_eq(in_child(stranger, NULL), 0, "BLKROSET, BLKFLSBUF: EACCES");
	close(fd);
	return tap_done();
}
