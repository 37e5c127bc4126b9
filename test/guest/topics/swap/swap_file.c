/* SPDX-License-Identifier: MIT */
/*
 * Swap on a file of ext2: what it may be, and what it refuses while it is used,
 * as its blocks must stay where they are (rows D5, D13).  The file system is
 * made here, with blocks of a page and smaller ones, whose pages may lie in
 * pieces.
 */
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include "ext2_disk.h"
#include "swap.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif
#define FILE_PAGES	512
#define PAGES		64
#define AT		"m/area"

static int swap_on_plain(const char *path)
{
	return (int)syscall(SYS_swapon, path, 0);
}

/* ---- files --------------------------------------------------------------- */

/* A header of `pages` pages, then pages up to `end` but for `hole`. */
static int make_swap_file(unsigned pages, unsigned bad, unsigned end,
			  unsigned hole)
{
	static char page[4096];
	union header *h = good_header();
	int fd = open(AT, O_RDWR | O_CREAT | O_TRUNC, 0600);

	h->last = pages - 1;
	h->bad = bad;
	h->bad_page[0] = 3;
	pwrite(fd, h, sizeof(*h), 0);
	for (unsigned i = 1; i < end; i++)
		if (i != hole)
			pwrite(fd, page, PG, i * PG);
	return fd;
}

static void refuse_swap_file(const char *what)
{
	check_err(EINVAL, swap_on_plain(AT), "%s", what);
}

static void refuse_bad_swap_files(void)
{
	int fd = open(AT, O_RDWR | O_CREAT | O_TRUNC, 0600);

	refuse_swap_file("an empty file");
	pwrite(fd, "no header", 9, 0);
	refuse_swap_file("less than a page");
	close(fd);
	close(make_swap_file(FILE_PAGES, 0, FILE_PAGES / 2, 0));
	refuse_swap_file("shorter than its header says");
	close(make_swap_file(FILE_PAGES, 1, FILE_PAGES, 0));
	refuse_swap_file("bad pages in a file");
	close(make_swap_file(1, 0, FILE_PAGES, 0));
	refuse_swap_file("no page but the header");
	fd = make_swap_file(FILE_PAGES, 0, FILE_PAGES, 77);
	refuse_swap_file("a hole");
	for (int i = 0; i < 4; i++)	/* each block of it */
		pwrite(fd, "x", 1, 77 * PG + i * 1024);
	close(fd);
}

static void refuse_read_only_disk(void)
{
	check_eq(mount(DISK, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL), 0,
		 "mounted to read");
	check_err(EROFS, swap_on_plain(AT), "swapon: it cannot be written");
	check_eq(mount(DISK, "m", NULL, MS_REMOUNT, NULL), 0, "to write");
}

/* ---- in use -------------------------------------------------------------- */

/* FALLOC_FL_PUNCH_HOLE and FALLOC_FL_KEEP_SIZE, of a page. */
static long make_hole(int fd, long pos)
{
	if (sizeof(long) == 4)
		return syscall(SYS_fallocate, fd, 3, pos, 0, PG, 0);
	return syscall(SYS_fallocate, fd, 3, pos, PG);
}

/* A kernel without the call. */
static int no_holes(void)
{
	return make_hole(-1, 0) && errno == ENOSYS;
}

static void keep_swap_content(int fd)
{
	struct stat st;

	check_err(ETXTBSY, pwrite(fd, "x", 1, 8 * PG), "write");
	check_err(ETXTBSY, pwrite(fd, "x", 1, FILE_PAGES * PG), "behind it");
	check_err(ETXTBSY, ftruncate(fd, 8 * PG), "shorter");
	check_err(ETXTBSY, ftruncate(fd, FILE_PAGES * PG), "as long as it is");
	check_err(ETXTBSY, truncate(AT, 0), "by its name");
	check_err(ETXTBSY, open(AT, O_RDWR | O_TRUNC), "O_TRUNC");
	check_err(no_holes() ? ENOSYS : ETXTBSY, make_hole(fd, 8 * PG),
		  "a hole into it");
	check_err(ETXTBSY, (long)mmap(NULL, PG, PROT_READ | PROT_WRITE,
				      MAP_SHARED, fd, 0), "a mapping to write");
	fstat(fd, &st);
	check_eq(st.st_size, FILE_PAGES * PG, "it is as long as it was");
}

static void keep_names(void)
{
	check_err(EPERM, unlink(AT), "unlink");
	check_err(EPERM, rename(AT, "m/other"), "rename");
	close(open("m/new", O_WRONLY | O_CREAT, 0600));
	check_err(EPERM, rename("m/new", AT), "another in its place");
	unlink("m/new");
	check_eq(link(AT, "m/link"), 0, "a second name");
	check_err(EBUSY, swap_on_plain("m/link"), "it is on by that, too");
	check_err(EPERM, unlink("m/link"), "which stays");
	check_err(EBUSY, umount2("m", 0), "umount");
	check_err(EBUSY, mount(DISK, "m", NULL, MS_REMOUNT | MS_RDONLY, NULL),
		  "to read only");
}

static void use_good_swap_file(int fd)
{
	char byte, *at;

	check_eq(pread(fd, &byte, 1, 4086), 1, "read");
	check_eq(byte, 'S', "the header");
	at = mmap(NULL, PG, PROT_READ, MAP_PRIVATE, fd, 0);
	check(at != MAP_FAILED, "a mapping to read");
	munmap(at, PG);
	check_eq(chmod(AT, 0640), 0, "chmod");
	check_eq(ftruncate(fd, (FILE_PAGES + 1) * PG), 0, "longer");
}

/* ---- pages in it --------------------------------------------------------- */

static int hashed_intact(const unsigned *at)
{
	for (unsigned i = 0; i < PAGES * PG / sizeof(*at); i++)
		if (at[i] != i * 2654435761u)
			return 0;
	return 1;
}

static void swap_file_and_back(void)
{
	unsigned *at = mmap(NULL, PAGES * PG, PROT_READ | PROT_WRITE,
			    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	long out;

	madvise(at, PAGES * PG, MADV_NOHUGEPAGE);
	for (unsigned i = 0; i < PAGES * PG / sizeof(*at); i++)
		at[i] = i * 2654435761u;
	madvise(at, PAGES * PG, MADV_PAGEOUT);
	out = text_number("/proc/self/status", "VmSwap:") / 4;
	check(out > PAGES / 2, "pages go to the file");
	check(hashed_intact(at), "and come back");
	madvise(at, PAGES * PG, MADV_PAGEOUT);
	check_eq(swap_off(AT), 0, "swapoff brings them in");
	check(hashed_intact(at), "all of them");
	munmap(at, PAGES * PG);
}

/* The last word of the line of /proc/swaps that has this name. */
static int priority_of(const char *name)
{
	static char text[4096];
	char *line, *end;

	text_read("/proc/swaps", text, sizeof(text));
	line = strstr(text, name);
	end = line ? strchr(line, '\n') : NULL;
	while (end && end[-1] != '\t')
		end--;
	return end ? atoi(end) : 1;
}

/* Who asks for none has the lowest, and who comes after is below. */
static void priorities(void)
{
	static const char *const name[] = { "m/one", "m/two", "m/three" };

	for (int i = 0; i < 3; i++) {
		close(make_swap_file(16, 0, 16, 0));
		rename(AT, name[i]);
		check_eq(swap_on_plain(name[i]), 0, "swapon %s", name[i]);
	}
	check(priority_of("/one") == -2 && priority_of("/two") == -3 &&
	      priority_of("/three") == -4, "priorities go down from -2");
	check_eq(swap_off(name[0]), 0, "the first is off");
	check(priority_of("/two") == -2 && priority_of("/three") == -3,
	      "those below rise");
	check_eq(swap_on_plain(name[0]), 0, "and on");
	check_eq(priority_of("/one"), -4, "below the others");
	for (int i = 0; i < 3; i++)
		check_eq(swap_off(name[i]) | unlink(name[i]), 0, "all off");
}

static void afterwards(void)
{
	int fd = open(AT, O_RDWR);

	check_eq(pwrite(fd, "x", 1, 8 * PG), 1, "afterwards it can be written");
	check_eq(ftruncate(fd, 8 * PG), 0, "shortened");
	close(fd);
	check_err(EINVAL, swap_off(AT), "is off");
	check_eq(unlink("m/link") | unlink(AT), 0, "and removed");
}

static void swap_with_blocks(char *size)
{
	int fd;

	check_eq(make_ext2(size, NULL), 0, "mke2fs -b %s", size);
	if (mount(DISK, "m", "ext2", 0, "")) {
		if (errno == ENODEV)
			tap_skip("all else", "there is no ext2");
		else
			check_eq(errno, 0, "mount");
		return;
	}
	refuse_bad_swap_files();
	refuse_read_only_disk();
	check_eq(swap_on_plain(AT), 0, "with its hole filled: swapon");
	check(text_number("/proc/swaps", "file\t") >= 0,
	      "in /proc/swaps as a file");
	fd = open(AT, O_RDWR);
	keep_swap_content(fd);
	keep_names();
	use_good_swap_file(fd);
	close(fd);
	swap_file_and_back();
	afterwards();
	priorities();
	check_eq(umount2("m", 0), 0, "umount");
}

int main(void)
{
	if (access(DISK, R_OK) || access("/bin/busybox", X_OK))
		return tap_skip_all("it takes a disk, and busybox");
	mkdir("m", 0755);
	swap_with_blocks("4096");
	swap_with_blocks("1024");
	rmdir("m");
	return tap_done();
}
