/* SPDX-License-Identifier: MIT */
/* openat2: strict flags, and look-ups that stay where they must (row A1). */
#include <sys/mount.h>
#include "arguments.h"

#define NO_XDEV		1
#define NO_MAGICLINKS	2
#define NO_SYMLINKS	4
#define BENEATH		8
#define IN_ROOT		16
#define CACHED		32

struct how {
	uint64_t flags, mode, resolve, more;
};

static long open_how(int dir, const char *name, struct how how, size_t size)
{
	return syscall(SYS_openat2, dir, name, &how, size);
}

static int dir;

/* => an open file's descriptor, or -1 */
static int open_resolved(const char *name, uint64_t resolve)
{
	return (int)open_how(dir, name, (struct how){ .resolve = resolve }, 24);
}

static int can_open_how(const char *name, uint64_t resolve)
{
	int fd = open_resolved(name, resolve);

	close(fd);
	return fd >= 0;
}

static void check_how(void)
{
	struct how how = { .flags = O_RDONLY };
	int fd;

	check(can_open_how("f", 0), "a file");
	check_err(EINVAL, open_how(dir, "f", how, 23), "too small a structure");
	check_err(E2BIG, open_how(dir, "f", how, 8192), "too large a one");
	check(close((int)open_how(dir, "f", how, 32)) == 0, "more, but zero");
	how.more = 1;
	check_err(E2BIG, open_how(dir, "f", how, 32), "more than is known");
	how.flags = 1ull << 40;
	check_err(EINVAL, open_how(dir, "f", how, 24), "unknown flags");
	how.flags = O_RDONLY;
	how.mode = 0600;
	check_err(EINVAL, open_how(dir, "f", how, 24), "a mode for nothing");
	how.flags = O_CREAT | O_RDWR;
	how.mode = 0200600;
	check_err(EINVAL, open_how(dir, "new", how, 24), "a strange mode");
	how.mode = 0640;
	fd = (int)open_how(dir, "new", how, 24);
	check(fd >= 0, "O_CREAT");
	close(fd);
	unlinkat(dir, "new", 0);
	how = (struct how){ .flags = O_PATH | O_RDWR };
	check_err(EINVAL, open_how(dir, "f", how, 24), "O_PATH and more");
	how = (struct how){ .resolve = 64 };
	check_err(EINVAL, open_how(dir, "f", how, 24), "unknown limits");
	how.resolve = BENEATH | IN_ROOT;
	check_err(EINVAL, open_how(dir, "f", how, 24), "two that contradict");
	check_err(EFAULT, syscall(SYS_openat2, dir, "f", BAD, 24), "memory");
}

static void beneath(void)
{
	check(can_open_how("sub/f", BENEATH), "BENEATH: below");
	check(can_open_how("sub/../f", BENEATH), "up and not out");
	check_err(EXDEV, open_resolved("../f", BENEATH), "out");
	check_err(EXDEV, open_resolved("sub/../../f", BENEATH), "out later");
	check_err(EXDEV, open_resolved("/etc", BENEATH), "absolute");
	check_err(EXDEV, open_resolved("abs", BENEATH), "by an absolute link");
	check(can_open_how("rel", BENEATH), "by a link that stays");
	check_err(EXDEV, open_resolved("out", BENEATH), "by one that leaves");
}

static void in_root(void)
{
	struct how how = { .flags = O_CREAT | O_RDWR, .mode = 0600,
			   .resolve = IN_ROOT };
	int fd;

	check(can_open_how("/f", IN_ROOT), "IN_ROOT: / is the directory");
	check(can_open_how("../../f", IN_ROOT), "and nothing is above it");
	check(can_open_how("abs", IN_ROOT), "a link to /f");
	check(can_open_how("out", IN_ROOT), "and to ../f");
	check_err(ENOENT, open_resolved("/etc/passwd", IN_ROOT),
		  "outside is not there");
	fd = (int)open_how(dir, "/sub/made", how, 24);
	check(fd >= 0, "O_CREAT within");
	close(fd);
	check_eq(unlinkat(dir, "sub/made", 0), 0, "made there");
}

static void follow_links(void)
{
	struct how how = { .flags = O_PATH | O_NOFOLLOW,
			   .resolve = NO_SYMLINKS };
	char name[40];

	check_err(ELOOP, open_resolved("rel", NO_SYMLINKS), "NO_SYMLINKS");
	check_err(ELOOP, open_resolved("subl/f", NO_SYMLINKS), "on the way");
	check(close((int)open_how(dir, "rel", how, 24)) == 0,
	      "the link itself may be named");
	snprintf(name, sizeof(name), "/proc/self/fd/%d", dir);
	check_err(ELOOP, open_resolved(name, NO_MAGICLINKS), "NO_MAGICLINKS");
	check(can_open_how("rel", NO_MAGICLINKS), "other links may be");
	check(can_open_how(name, 0), "and without it");
}

static void stay_on_device(void)
{
	struct how beside = { .flags = O_PATH, .resolve = NO_XDEV };
	int self;

	check(can_open_how("sub/f", NO_XDEV), "NO_XDEV: within");
	check_err(EXDEV, open_resolved("/proc/self", NO_XDEV),
		  "not into another");
	self = open("/proc/self", O_PATH);
	check_err(EXDEV, syscall(SYS_openat2, self, "cwd", &beside,
				 sizeof(beside)), "nor by a jump");
	close(self);
	if (mount("none", "d/mnt", "tmpfs", 0, NULL)) {
		tap_skip("mounted below", "no right to mount");
		return;
	}
	check_err(EXDEV, open_resolved("mnt", NO_XDEV), "a mount below");
	check(can_open_how("mnt", BENEATH), "which BENEATH does not mind");
	check(can_open_how("mnt/../f", BENEATH), "up out of it again");
	umount2("d/mnt", 0);
}

static void open_cached_only(void)
{
	struct how how = { .flags = O_CREAT | O_RDWR, .mode = 0600,
			   .resolve = CACHED };

	check(can_open_how("f", 0) && can_open_how("f", CACHED),
	      "CACHED: known names");
	check_err(EAGAIN, open_how(dir, "new", how, 24), "not to create");
}

/* ---- what comes first ---------------------------------------------------- */

static void limit_open(void)
{
	struct { unsigned long long flags, mode, resolve; } how = { 0, 0, 8 };

	check_eq(raw_syscall(SYS_openat2, NO_FD, "/", &how, 24), -EXDEV,
		 "openat2: an absolute name, wherever it is to stay below");
	how.resolve = 0x20;
	how.flags = O_TMPFILE;
	check_eq(raw_syscall(SYS_openat2, AT_FDCWD, ".", &how, 24), -EINVAL,
		 "O_TMPFILE that is not to be written");
	how.flags = O_CREAT | O_DIRECTORY;
	check_eq(raw_syscall(SYS_openat2, AT_FDCWD, BAD, &how, 24), -EINVAL,
		 "a folder is not made, whatever its name");
}

/* From a name that begins with a slash it does not begin at the directory. */
static void open_absolute_names(void)
{
	struct { unsigned long long flags, mode, resolve; } how = { 0, 0, 4 };
	int p[2], fd;

	pipe(p);
	fd = (int)raw_syscall(SYS_openat2, p[0], "/", &how, 24);
	check(fd >= 0, "openat2: what is no directory, and not asked");
	close(fd);
	fd = (int)raw_syscall(SYS_openat2, NO_FD, "/", &how, 24);
	check(fd >= 0, "what is not open");
	close(fd);
	how.resolve = 0x10;
	check_eq(raw_syscall(SYS_openat2, p[0], "/", &how, 24), -ENOTDIR,
		 "asked as a root");
	check_eq(raw_syscall(SYS_openat2, NO_FD, "/", &how, 24), -EBADF,
		 "likewise");
	check_eq(raw_syscall(SYS_openat2, NO_FD, "", &how, 24), -ENOENT,
		 "no name is told before what it would belong to");
	close(p[0]);
	close(p[1]);
}

static long ask_openat2(void *at, unsigned long size)
{
	return raw_syscall(SYS_openat2, AT_FDCWD, "none", at, size);
}

int main(void)
{
	tap_scratch("openat2");
	mkdir("d", 0755);
	mkdir("d/sub", 0755);
	mkdir("d/mnt", 0755);
	close(open("d/f", O_CREAT | O_RDWR, 0644));
	close(open("d/sub/f", O_CREAT | O_RDWR, 0644));
	close(open("f", O_CREAT | O_RDWR, 0644));
	symlink("/f", "d/abs");
	symlink("sub/f", "d/rel");
	symlink("../f", "d/out");
	symlink("sub", "d/subl");
	dir = open("d", O_RDONLY | O_DIRECTORY);
	check_how();
	beneath();
	in_root();
	follow_links();
	stay_on_device();
	open_cached_only();
	close(dir);
	unlink("d/abs");
	unlink("d/rel");
	unlink("d/out");
	unlink("d/subl");
	unlink("d/sub/f");
	unlink("d/f");
	unlink("f");
	rmdir("d/mnt");
	rmdir("d/sub");
	rmdir("d");
	limit_open();
	open_absolute_names();
	try_growing("openat2", ask_openat2);
	tap_scratch_end();
	return tap_done();
}
