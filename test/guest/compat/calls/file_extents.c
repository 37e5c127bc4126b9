/* SPDX-License-Identifier: MIT */
/*
 * Where a file of ext2 lies on its disk (rows B5, E8): FS_IOC_FIEMAP in runs of
 * blocks, FIBMAP block by block.  What they tell is read from the disk itself.
 * The file system is made here, on the empty disk that suites give the guest.
 */
#include <sys/mount.h>
#include <sys/wait.h>
#include <termios.h>
#include "ext2_disk.h"

#define EBADR		53
#define FIBMAP		1
#define FIGETBSZ	2
#define FS_IOC_FIEMAP	0xc020660bul
#define SYNC		1u
#define XATTR		2u
#define LAST		0x1u
#define MERGED		0x1000u
#define MOST		(0xffffffffu / 56)	/* extents in one call */
#define ROOM		16

struct extent {
	unsigned long long logical, physical, length, reserved64[2];
	unsigned flags, reserved[3];
};

static struct {
	unsigned long long start, length;
	unsigned flags, mapped, count, reserved;
	struct extent at[ROOM];
} map;

static long long bs;		/* bytes of a block */

static long ask_extents(int fd, unsigned long long start,
			unsigned long long length, unsigned flags,
			unsigned count)
{
	memset(&map, 0, sizeof(map));
	map.start = start;
	map.length = length;
	map.flags = flags;
	map.count = count;
	return ioctl(fd, FS_IOC_FIEMAP, &map);
}

static void fill_blocks(int fd, long long block, int n)
{
	char text[4096];

	for (int i = 0; i < n; i++) {
		memset(text, 'a' + (int)((block + i) % 26), sizeof(text));
		pwrite(fd, text, (unsigned long)bs, (block + i) * bs);
	}
}

/* Is what fill_blocks() wrote at this place of the disk? */
static int lies_at(long long block, unsigned long long place)
{
	static char text[4096] __attribute__((aligned(4096)));
	int fd = open(DISK, O_RDONLY | O_DIRECT);
	long n = pread(fd, text, (unsigned long)bs, (long long)place);

	close(fd);
	return n == bs && text[0] == 'a' + (int)(block % 26) &&
		text[n - 1] == text[0];
}

static int is_run(const struct extent *e, long long block, long n,
		  unsigned flags)
{
	if (e->logical == (unsigned long long)(block * bs) &&
	    e->length == (unsigned long long)(n * bs) && e->flags == flags &&
	    !e->reserved64[0] && !e->reserved64[1] && !e->reserved[0] &&
	    lies_at(block, e->physical) &&
	    lies_at(block + n - 1, e->physical + e->length - (unsigned)bs))
		return 1;
	printf("# %llu at %llu, %llu bytes, flags %x\n", e->logical,
	       e->physical, e->length, e->flags);
	return 0;
}

/* Two runs with a hole between them: blocks 0 to 3, and 8 and 9. */
static void find_two_runs(int fd)
{
	struct extent first;

	check_eq(ask_extents(fd, 0, ~0ull, SYNC, ROOM), 0, "FIEMAP");
	check_eq(map.mapped, 2, "two runs");
	check_eq(map.flags, SYNC, "the flags are left");
	check(map.start == 0 && map.length == ~0ull && map.count == ROOM,
	      "so is the question");
	check(is_run(&map.at[0], 0, 4, MERGED), "the first");
	check(is_run(&map.at[1], 8, 2, MERGED | LAST), "the last");
	first = map.at[0];
	check_eq(ask_extents(fd, 0, ~0ull, 0, 0), 0, "only counted");
	check(map.mapped == 2 && !map.at[0].length, "without room for any");
	check_eq(ask_extents(fd, 0, ~0ull, 0, 1), 0, "room for one");
	check_eq(map.mapped, 1, "it is filled");
	check(!memcmp(&map.at[0], &first, sizeof(first)), "with the first");
	check(!map.at[1].length, "and no more");
	check_eq(ask_extents(fd, 0, ~0ull, 0, 2), 0, "room for two");
	check(map.mapped == 2 && map.at[1].flags == (MERGED | LAST),
	      "the last is told so");
	check_eq(ask_extents(fd, (unsigned)bs + 1, 1, 0, ROOM), 0,
		 "of one byte");
	check(map.mapped == 1 && is_run(&map.at[0], 1, 1, MERGED | LAST),
	      "its block");
	check_eq(ask_extents(fd, (unsigned)bs - 1, 2, 0, ROOM), 0, "of two");
	check(map.mapped == 1 && is_run(&map.at[0], 0, 2, MERGED | LAST),
	      "of two blocks");
	check_eq(ask_extents(fd, 4 * (unsigned)bs, 4 * (unsigned)bs, 0, ROOM),
		 0, "the hole");
	check_eq(map.mapped, 0, "has none");
	check_eq(ask_extents(fd, 100 * (unsigned)bs, ~0ull, 0, ROOM), 0,
		 "behind its end");
	check_eq(map.mapped, 0, "there is none");
}

static void refuse_extents(int fd)
{
	int folder, other, ends[2];

	check_eq(pipe2(ends, 0), 0, "a pipe");
	check_err(EOPNOTSUPP, ask_extents(ends[0], 0, 1, 0, ROOM),
		  "has no extents");
	close(ends[0]);
	close(ends[1]);
	other = (int)syscall(SYS_eventfd2, 0, 0);
	check_err(EOPNOTSUPP, ask_extents(other, 0, 1, 0, ROOM),
		  "nor has a counter");
	close(other);
	check_err(EINVAL, ask_extents(fd, 0, 0, 0, ROOM), "of no bytes");
	check_err(EFBIG, ask_extents(fd, ~0ull, 1, 0, ROOM),
		  "where no file reaches");
	check_err(EBADR, ask_extents(fd, 0, 1, SYNC | 0x80000100u, ROOM),
		  "an unknown flag");
	check_eq(map.flags, 0x80000100u, "it is told which");
	check_err(EINVAL, ask_extents(fd, 0, 0, 0x80000100u, ROOM),
		  "no bytes first");
	check_eq(map.flags, 0x80000100u, "that tells nothing of it");
	check_err(EINVAL, ask_extents(fd, 0, 1, 0, MOST + 1),
		  "room that wraps");
	check_eq(ask_extents(fd, 0, 1, 0, MOST), 0, "the most");
	check_err(EFAULT, ioctl(fd, FS_IOC_FIEMAP, BAD), "from nowhere");
	if (!on_other_kernel()) {
		check_err(EBADR, ask_extents(fd, 0, 1, XATTR, ROOM),
			  "attributes have no runs on ext2");
		check_eq(map.flags, XATTR, "it is told so");
	}
	folder = open("m", O_RDONLY);
	check_eq(ask_extents(folder, 0, ~0ull, 0, ROOM), 0, "of a directory");
	check_eq(map.mapped, 1, "it has a run");
	close(folder);
	for (int i = 0; i < 3; i++) {
		static const char *const name[] = { "f", "/dev/null", DISK };

		other = open(name[i], O_RDWR | O_CREAT, 0600);
		check_err(EOPNOTSUPP, ioctl(other, FS_IOC_FIEMAP, BAD),
			  "of %s", i ? name[i] : "a file in memory");
		close(other);
	}
	unlink("f");
}

/* Room that ends in the midst of an extent. */
static void at_an_edge(int fd)
{
	char *two = mmap(NULL, 2 * PG, PROT_READ | PROT_WRITE,
			 MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	char *at = two + PG - 32 - sizeof(struct extent);
	unsigned long long all = ~0ull;
	unsigned two_runs = 2;

	munmap(two + PG, PG);
	memset(at, 0, 32);
	memcpy(at + 8, &all, 8);
	memcpy(at + 24, &two_runs, 4);
	check_err(EFAULT, ioctl(fd, FS_IOC_FIEMAP, at),
		  "no memory for the second");
	check_eq(*(unsigned *)(at + 20), 1, "the first is there");
	munmap(two, PG);
}

static long bmap(int fd, int block)
{
	return ioctl(fd, FIBMAP, &block) ? -1 : block;
}

static void map_each_block(int fd)
{
	int number = 0, other, minus = -1;
	pid_t pid;

	check_eq(ioctl(fd, FIGETBSZ, &number), 0, "FIGETBSZ");
	check_eq(number, bs, "a block");
	for (int i = 0; i < 10; i++) {
		long at = bmap(fd, i);

		if (i >= 4 && i < 8)
			check_eq(at, 0, "block %d: a hole", i);
		else
			check(at > 0 && lies_at(i, (unsigned long long)(at * bs)),
			      "block %d", i);
	}
	check_eq(bmap(fd, 10000), 0, "behind the end");
	check_err(EINVAL, ioctl(fd, FIBMAP, &minus), "before the beginning");
	check_err(EFAULT, ioctl(fd, FIBMAP, BAD), "from nowhere");
	pid = fork();
	if (!pid) {
		setuid(1000);
		_exit(ioctl(fd, FIBMAP, BAD) == -1 && errno == EPERM ? 0 : 1);
	}
	waitpid(pid, &number, 0);
	check_eq(number, 0, "EPERM to who is not root, before all else");
	number = 7;
	other = open("f", O_RDWR | O_CREAT, 0600);
	check_err(EINVAL, ioctl(other, FIBMAP, &number),
		  "of a file in memory");
	check_eq(number, 0, "and 0");
	close(other);
	unlink("f");
	other = open("m", O_RDONLY);
	check_err(ENOTTY, ioctl(other, FIBMAP, BAD), "of a directory");
	close(other);
	other = open("/dev/null", O_RDONLY);
	check_err(ENOTTY, ioctl(other, FIBMAP, BAD), "of a device");
	close(other);
}

/* Neighbours are one run across blocks of pointers, and far holes are passed. */
static void pointers(void)
{
	int fd = open("m/far", O_RDWR | O_CREAT, 0600);
	long long per = bs / 4, twice = 12 + per, thrice = twice + per * per;
	long long far = thrice + per * per * 3 + 5;

	fill_blocks(fd, 10, 1);
	fill_blocks(fd, 12, 1);
	fill_blocks(fd, twice + 5, 1);
	fill_blocks(fd, twice - 1, 2);
	fill_blocks(fd, twice + 3 * per, 1);
	fill_blocks(fd, far, 1);
	check_eq(ask_extents(fd, 0, ~0ull, SYNC, ROOM), 0, "a sparse file");
	check_eq(map.mapped, 6, "its runs");
	check(is_run(&map.at[0], 10, 1, MERGED), "of the inode's pointers");
	check(is_run(&map.at[1], 12, 1, MERGED), "of a block of them");
	check(is_run(&map.at[2], twice - 1, 2, MERGED), "of two");
	check(is_run(&map.at[3], twice + 5, 1, MERGED), "of the second");
	check(is_run(&map.at[4], twice + 3 * per, 1, MERGED), "of a later one");
	check(is_run(&map.at[5], far, 1, MERGED | LAST), "of the third level");
	check_eq(lseek(fd, (twice + 6) * bs, SEEK_DATA),
		 (twice + 3 * per) * bs, "SEEK_DATA finds the next");
	check_eq(lseek(fd, (thrice - 3) * bs, SEEK_DATA), far * bs,
		 "far away, too");
	check_eq(lseek(fd, (thrice + 3) * bs, SEEK_HOLE), (thrice + 3) * bs,
		 "in the hole");
	close(fd);
	unlink("m/far");
}

static void map_with_blocks(char *size)
{
	int fd;

	check_eq(make_ext2(size, NULL), 0, "mke2fs -b %s", size);
	check_eq(mount(DISK, "m", "ext2", 0, ""), 0, "mount");
	bs = atoi(size);
	fd = open("m/file", O_RDWR | O_CREAT, 0600);
	fill_blocks(fd, 0, 4);
	fill_blocks(fd, 8, 2);
	find_two_runs(fd);
	refuse_extents(fd);
	at_an_edge(fd);
	map_each_block(fd);
	close(fd);
	pointers();
	check_eq(umount2("m", 0), 0, "umount");
}

int main(void)
{
	if (access(DISK, R_OK) || access("/bin/busybox", X_OK))
		return tap_skip_all("no disk, or nothing to make a file "
				    "system");
	tap_scratch("file_extents");
	mkdir("m", 0700);
	map_with_blocks("1024");
	map_with_blocks("4096");
	rmdir("m");
	tap_scratch_end();
	return tap_done();
}
