/* SPDX-License-Identifier: MIT */
/*
 * ext2 that is only read since it found damage takes no blocks from a file,
 * also of whoever had it open to write before (row D9).
 */
#include <dirent.h>
#include <sys/mount.h>
#include <sys/wait.h>
#include "ext2_disk.h"
#include "numbers.h"

#define BLOCK		1024
#define BLOCKS		4096
#define PUNCH		3		/* FALLOC_FL_KEEP_SIZE, PUNCH_HOLE */

static char block[BLOCK];

/* lost+found: its first entry is of inode 11, and has the length of no entry. */
static int damage(void)
{
	static const unsigned char first[] = { 11, 0, 0, 0, 12, 0, 1 };
	int fd = open(DISK, O_RDWR), done = 0;

	for (off_t at = 0; at < BLOCKS * BLOCK && !done; at += BLOCK)
		if (pread(fd, block, BLOCK, at) == BLOCK &&
		    !memcmp(block, first, sizeof(first)))
			done = pwrite(fd, "\3", 1, at + 4) == 1;
	close(fd);
	return done;
}

static long punch_block(int fd)
{
	return sizeof(long) == 8 ?
		syscall(SYS_fallocate, fd, PUNCH, 0L, (long)BLOCK) :
		syscall(SYS_fallocate, fd, PUNCH, 0L, 0L, (long)BLOCK, 0L);
}

static int finds_damage(void)
{
	DIR *d = opendir("m/lost+found");
	int none;

	errno = 0;
	none = !d || !readdir(d);
	if (d)
		closedir(d);
	return none;
}

static long blocks_of(int fd)
{
	struct stat st;

	return fstat(fd, &st) ? -1 : (long)st.st_blocks;
}

/* An error of the file system as a whole may be told as one of its disk. */
static int is_read_only_error(long result)
{
	return result < 0 && (errno == EROFS ||
			      (errno == EIO && on_other_kernel()));
}

static void cuts(int fd)
{
	int other = open("m/other", O_RDWR | O_CREAT, 0600);

	if (other >= 0 && on_other_kernel()) {
		close(other);	/* Linux 6.1, where it has no journal */
		tap_skip("what is only read", "this kernel says so and goes on");
		return;
	}
	check(is_read_only_error(other), "from now on it is only read");
	check(is_read_only_error(ftruncate(fd, BLOCK)),
	      "the open file is not cut");
	check(is_read_only_error(ftruncate(fd, 9 * BLOCK)), "nor made longer");
	check(is_read_only_error(punch_block(fd)), "nor gets a hole");
	check_eq(lseek(fd, 0, SEEK_END), 8 * BLOCK, "it is as long as it was");
	check_eq(blocks_of(fd), 14, "and has its blocks");
}

int main(void)
{
	int fd;

	if (getuid() || access(DISK, R_OK) || access("/bin/busybox", X_OK))
		return tap_skip_all("no disk, or nothing to make a file "
				    "system");
	tap_scratch("cut_refused");
	mkdir("m", 0755);
	check_eq(make_ext2("1024", "4096"), 0, "mke2fs");
	check(damage(), "a directory that is wrong");
	check_eq(mount(DISK, "m", "ext2", 0, "errors=remount-ro"), 0, "mount");
	fd = open("m/file", O_RDWR | O_CREAT, 0600);
	for (int i = 0; i < 16; i++)
		write(fd, block, BLOCK);
	check_ok(fsync(fd), "a file of 16 blocks");
	check_ok(punch_block(fd), "one is taken away");
	check_ok(ftruncate(fd, 8 * BLOCK), "and half of them");
	check_eq(blocks_of(fd), 14, "seven are left");
	check(finds_damage(), "the damage is found");
	cuts(fd);
	close(fd);
	check_eq(umount2("m", 0), 0, "umount");
	rmdir("m");
	tap_scratch_end();
	return tap_done();
}
