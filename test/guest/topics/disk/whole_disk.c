/* SPDX-License-Identifier: MIT */
/*
 * What programs ask of a whole disk (row E8): its sizes, whether it may be
 * written, and to forget what is cached of it.  Suites give the guest an
 * empty disk for this.
 */
#include <sys/mount.h>
#include <termios.h>
#include "texts.h"

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

static long ask_disk_number(unsigned long request)
{
	long v = 0;

	return ioctl(fd, request, &v) ? -1 : v;
}

static int is_power_of_2(long n)
{
	return n > 0 && !(n & (n - 1));
}

static void ask_disk_sizes(void)
{
	bytes = lseek(fd, 0, SEEK_END);
	check(bytes > 0, "the end is the disk's");
	{
		long long v = 0;

		check_eq(ioctl(fd, BLKGETSIZE64, &v), 0, "BLKGETSIZE64");
		check_eq(v, bytes, "in bytes");
	}
	check_eq(ask_disk_number(BLKGETSIZE), bytes / 512,
		 "BLKGETSIZE: in sectors");
	check_eq(ask_disk_number(BLKSSZGET), 512, "BLKSSZGET: a sector");
	check(is_power_of_2(ask_disk_number(BLKPBSZGET)), "BLKPBSZGET");
	check(is_power_of_2(ask_disk_number(BLKIOMIN)), "BLKIOMIN");
	check(ask_disk_number(BLKIOOPT) >= 0, "BLKIOOPT");
	check_eq(ask_disk_number(BLKBSZGET), PG,
		 "BLKBSZGET: a block of the cache");
	check(ask_disk_number(BLKRAGET) > 0, "BLKRAGET: it is read ahead");
	check_err(EFAULT, ioctl(fd, BLKGETSIZE64, BAD), "to nowhere");
	check_err(EFAULT, ioctl(fd, BLKSSZGET, BAD), "nor this");
	check_err(ENOTTY, ioctl(fd, 0x12ff, BAD), "no such request");
}

/* Pages of the disk's first 16 that are in memory. */
static int disk_pages_cached(void)
{
	char *p = mmap(NULL, 16 * PG, PROT_READ, MAP_SHARED, fd, 0);
	int n = p == MAP_FAILED ? -1 : (int)pages_in_memory(p, 16);

	munmap(p, 16 * PG);
	return n;
}

static void flush(void)
{
	char c = 0;

	check_eq(pwrite(fd, "disk", 4, 2 * PG), 4, "write");
	check(disk_pages_cached() >= 1, "the cache has it");
	check_eq(ioctl(fd, BLKFLSBUF, 0), 0, "BLKFLSBUF");
	check_eq(disk_pages_cached(), 0, "the cache is empty");
	check(pread(fd, &c, 1, 2 * PG + 3) == 1 && c == 'k',
	      "the disk has what was written");
}

/* Another program may have left a file system. */
static void clear_first_page(void)
{
	static const char zeros[PG];

	check_eq(pwrite(fd, zeros, PG, 0), PG, "nothing is there");
	fsync(fd);
}

static void protect_disk(void)
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

/* A file of the disk's folder in /sys, without its last newline. */
static const char *read_disk_file(const char *name)
{
	static char text[256];
	char path[80];
	ssize_t n;

	snprintf(path, sizeof(path), "/sys/block/vda/%s", name);
	n = text_read(path, text, sizeof(text));
	text[n > 0 ? n - 1 : 0] = 0;
	return text;
}

static int disk_file_is(const char *name, const char *what)
{
	return strcmp(read_disk_file(name), what) == 0;
}

/* Numbers in a line. */
static int numbers_in_text(const char *text)
{
	int n = 0;
	char *end;

	for (; strtol(text, &end, 10), end != text; text = end)
		n++;
	return n;
}

static void in_sysfs(void)
{
	int on = 1, off = 0;
	struct stat st;
	char dev[16];

	fstat(fd, &st);
	snprintf(dev, sizeof(dev), "%u:%u", (unsigned)(st.st_rdev >> 8 & 0xfff),
		 (unsigned)(st.st_rdev & 0xff));
	check(disk_file_is("dev", dev), "dev");
	check_eq(atol(read_disk_file("size")), bytes / 512, "size in sectors");
	check(disk_file_is("ro", "0"), "ro");
	ioctl(fd, BLKROSET, &on);
	check(disk_file_is("ro", "1"), "protected");
	ioctl(fd, BLKROSET, &off);
	check(numbers_in_text(read_disk_file("stat")) >= 11, "stat");
	check(strstr(read_disk_file("uevent"), "DEVNAME=vda\nDEVTYPE=disk"),
	      "uevent");
	check(disk_file_is("removable", "0") && disk_file_is("hidden", "0"),
	      "a fixed disk");
	check(disk_file_is("alignment_offset", "0"), "aligned");
	check(disk_file_is("queue/logical_block_size", "512") &&
	      disk_file_is("queue/hw_sector_size", "512"), "a sector");
	check_eq(atol(read_disk_file("queue/physical_block_size")),
		 ask_disk_number(BLKPBSZGET),
		 "as BLKPBSZGET has it");
	check_eq(atol(read_disk_file("queue/minimum_io_size")),
		 ask_disk_number(BLKIOMIN),
		 "as BLKIOMIN has it");
	check_eq(atol(read_disk_file("queue/optimal_io_size")),
		 ask_disk_number(BLKIOOPT),
		 "as BLKIOOPT has it");
	check(atol(read_disk_file("queue/max_sectors_kb")) > 0 &&
	      atol(read_disk_file("queue/max_segments")) > 0,
	      "how large a request is");
	check(strstr(read_disk_file("queue/scheduler"), "none"),
	      "a scheduler, or none");
	check(disk_file_is("queue/zoned", "none"), "no zones");
	check(strstr(read_disk_file("queue/write_cache"), "write "),
	      "its cache");
}

/* Not everybody who can open it may do that. */
static void protect_as_stranger(void *arg)
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
	ask_disk_sizes();
	flush();
	clear_first_page();
	protect_disk();
	in_sysfs();
	check_eq(in_child(protect_as_stranger, NULL), 0,
		 "BLKROSET, BLKFLSBUF: EACCES");
	close(fd);
	return tap_done();
}
