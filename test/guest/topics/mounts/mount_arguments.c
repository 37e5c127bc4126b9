/* SPDX-License-Identifier: MIT */
/*
 * What mount(2) reads of its options, and what it says of devtmpfs, of which
 * there is one alone (row A1).
 */
#include <sys/mman.h>
#include <sys/mount.h>
#include "tap.h"

#define PAGE	4096

/* Options at the end of what can be read: they end there. */
static void end_options_at_hole(void)
{
	static const char o[] = "mode=0710";
	unsigned n = sizeof(o) - 1;
	char *p = mmap(NULL, 2 * PAGE, PROT_READ | PROT_WRITE,
		       MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

	memcpy(p + PAGE - n, o, n);
	munmap(p + PAGE, PAGE);
	check_err(EFAULT, mount("none", "m", "tmpfs", 0, p + PAGE),
		  "options of nowhere");
	check_ok(mount("none", "m", "tmpfs", 0, p + PAGE - n),
		 "options without an end");
	check_eq(mode_bits("m"), 0710, "are read to the end of memory");
	umount2("m", MNT_DETACH);
	memset(p, ',', PAGE);
	memcpy(p, o, n);
	check_ok(mount("none", "m", "tmpfs", 0, p), "a page of options");
	check_eq(mode_bits("m"), 0710, "is read");
	umount2("m", MNT_DETACH);
	munmap(p, PAGE);
}

/* Whoever mounts devtmpfs says of all its mounts whether it is read-only. */
static void one_devtmpfs(void)
{
	int f;

	check_ok(mount("none", "m", "devtmpfs", MS_RDONLY, NULL), "devtmpfs");
	check_err(EROFS, chmod("/dev/null", 0666), "/dev is read-only");
	f = open("/dev/null", O_WRONLY);
	check_eq(write(f, "x", 1), 1, "its devices are written to");
	check_err(EROFS, fchmod(f, 0666), "but do not change");
	close(f);
	check_ok(umount2("m", 0), "unmounted");
	check_err(EROFS, chmod("/dev/null", 0666), "it stays so");
	check_ok(mount("none", "m", "devtmpfs", 0, NULL), "mounted to write");
	check_ok(umount2("m", 0), "unmounted");
	check_ok(chmod("/dev/null", 0666), "/dev is as it was");
	f = open("/dev/kept", O_WRONLY | O_CREAT, 0600);
	check_err(EBUSY, mount("none", "m", "devtmpfs", MS_RDONLY, NULL),
		  "not while a file is written");
	close(f);
	unlink("/dev/kept");
}

int main(void)
{
	tap_scratch("mount_arguments");
	mkdir("m", 0755);
	if (geteuid()) {
		tap_skip("mounting", "not the superuser");
	} else {
		end_options_at_hole();
		one_devtmpfs();
	}
	rmdir("m");
	tap_scratch_end();
	return tap_done();
}
