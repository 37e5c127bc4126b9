/* SPDX-License-Identifier: MIT */
/*
 * Swap areas as swapon(2) and swapoff(2) know them: headers good and bad, in
 * the order in which Linux looks, and what an area that is on refuses
 * (row D5).
 */
#include <sys/mount.h>
#include "swap.h"

static int swap_on_flags(const char *path, int flags)
{
	return (int)syscall(SYS_swapon, path, flags);
}

static void headers(void)
{
	union header *h = good_header();

	memset(h->bytes + 4086, 0, 10);
	write_header(h);
	check_err(EINVAL, swap_on_flags(DISK, 0), "no signature");
	h = good_header();
	h->version = 2;
	write_header(h);
	check_err(EINVAL, swap_on_flags(DISK, 0), "version 2");
	h = good_header();
	h->last = 0;
	write_header(h);
	check_err(EINVAL, swap_on_flags(DISK, 0), "no page");
	h = good_header();
	h->last = disk_pages;
	write_header(h);
	check_err(EINVAL, swap_on_flags(DISK, 0), "larger than the disk");
	h = good_header();
	h->bad = 638;
	write_header(h);
	check_err(EINVAL, swap_on_flags(DISK, 0), "too many bad pages");
	h = good_header();
	h->bad = 1;
	h->bad_page[0] = disk_pages;
	write_header(h);
	check_err(EINVAL, swap_on_flags(DISK, 0), "a bad page outside");
	h->bad_page[0] = 0;
	write_header(h);
	check_err(EINVAL, swap_on_flags(DISK, 0), "a bad page 0");
}

static void refuse_names(void)
{
	char file[] = "/tmp/swapfile";
	int fd = open(file, O_RDWR | O_CREAT | O_TRUNC, 0600);

	check_err(EINVAL, swap_on_flags(DISK, 0x80000), "an unknown flag");
	check_err(EINVAL, swap_on_flags(BAD, 0x80000),
		  "flags come before the name");
	check_err(EFAULT, swap_on_flags(BAD, 0), "a bad pointer");
	check_err(ENOENT, swap_on_flags("/tmp/none", 0), "no such file");
	check_err(EISDIR, swap_on_flags("/tmp", 0), "a directory");
	check_err(EINVAL, swap_on_flags("/dev/null", 0), "a character device");
	check_eq(ftruncate(fd, 64 * PG), 0, "a file of tmpfs");
	check_err(EINVAL, swap_on_flags(file, 0),
		  "in memory there is no swap file");
	check_err(EINVAL, swap_off(file), "swapoff: it is none");
	check_err(ENOENT, swap_off("/tmp/none"), "swapoff: no such file");
	check_err(EFAULT, swap_off(BAD), "swapoff: a bad pointer");
	check_err(EINVAL, swap_off(DISK), "swapoff: it is not on");
	close(fd);
	unlink(file);
}

static void figures(void)
{
	union header *h = good_header();
	long total = text_number("/proc/meminfo", "SwapTotal:");

	h->bad = 2;
	h->bad_page[0] = 7;
	h->bad_page[1] = 9;
	write_header(h);
	check_eq(swap_on_flags(DISK, 0x8000 | 5), 0, "swapon with priority 5");
	check_eq(text_number("/proc/meminfo", "SwapTotal:") - total,
		 (disk_pages - 3) * 4, "SwapTotal: less header and bad pages");
	check_eq(text_number("/proc/swaps", DISK " "), 0, "in /proc/swaps");
	check(text_number("/proc/swaps", "\t0\t\t") == 5, "with its priority");
	check_err(EBUSY, swap_on_flags(DISK, 0), "twice");
	check_err(EBUSY, mount(DISK, "/tmp", "ext2", 0, ""),
		  "nor can it be mounted");
	check_err(EBUSY, open(DISK, O_RDONLY | O_EXCL),
		  "nor opened by who wants it alone");
}

static void refuse_swap_areas(void)
{
	int fd = open(DISK, O_RDWR);

	check(fd >= 0, "it can be opened to write");
	check_err(ETXTBSY, pwrite(fd, "x", 1, 8 * PG), "and not written");
	close(fd);
	check_eq(swap_off(DISK), 0, "swapoff");
	fd = open(DISK, O_RDWR | O_EXCL);
	check_eq(pwrite(fd, "x", 1, 8 * PG), 1, "now it can");
	check_err(EBUSY, swap_on_flags(DISK, 0),
		  "swapon of one that is held alone");
	check_err(EBUSY, open(DISK, O_RDONLY | O_EXCL), "which one may");
	close(fd);
	fd = open(DISK, O_RDWR | O_EXCL);
	check(fd >= 0, "until it closes");
	close(fd);
	check_err(EINVAL, swap_off(DISK), "off twice");
}

static void swap_on_as_stranger(void *arg)
{
	(void)arg;
	if (setuid(1000))
		_exit(2);
	if (swap_on_flags(DISK, 0) != -1 || errno != EPERM)
		_exit(3);
	if (swap_on_flags(BAD, 0) != -1 || errno != EPERM)
		_exit(4);
	if (swap_on_flags(DISK, 1 << 20) != -1 || errno != EINVAL)
		_exit(5);
	if (swap_off(DISK) != -1 || errno != EPERM)
		_exit(6);
	_exit(0);
}

int main(void)
{
	if (access(DISK, R_OK))
		return tap_skip_all("there is no disk");
	headers();
	refuse_names();
	figures();
	refuse_swap_areas();
	check_eq(in_child(swap_on_as_stranger, NULL), 0,
		 "others: EPERM, after EINVAL");
	return tap_done();
}
