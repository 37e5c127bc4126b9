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

static long call(int dir, const char *name, struct how how, size_t size)
{
	return syscall(SYS_openat2, dir, name, &how, size);
}

static int dir;

/* => an open file's descriptor, or -1 */
static int at(const char *name, uint64_t resolve)
{
	return (int)call(dir, name, (struct how){ .resolve = resolve }, 24);
}

static int opens(const char *name, uint64_t resolve)
{
	int fd = at(name, resolve);

	close(fd);
	return fd >= 0;
}

static void arguments(void)
{
	struct how how = { .flags = O_RDONLY };
	int fd;

	check(opens("f", 0), "a file");
	check_err(EINVAL, call(dir, "f", how, 23), "too small a structure");
	check_err(E2BIG, call(dir, "f", how, 8192), "too large a one");
	check(close((int)call(dir, "f", how, 32)) == 0, "more, but zero");
	how.more = 1;
	check_err(E2BIG, call(dir, "f", how, 32), "more than is known");
	how.flags = 1ull << 40;
	check_err(EINVAL, call(dir, "f", how, 24), "unknown flags");
	how.flags = O_RDONLY;
	how.mode = 0600;
	check_err(EINVAL, call(dir, "f", how, 24), "a mode for nothing");
	how.flags = O_CREAT | O_RDWR;
	how.mode = 0200600;
	check_err(EINVAL, call(dir, "new", how, 24), "a strange mode");
	how.mode = 0640;
	fd = (int)call(dir, "new", how, 24);
	check(fd >= 0, "O_CREAT");
	close(fd);
	unlinkat(dir, "new", 0);
	how = (struct how){ .flags = O_PATH | O_RDWR };
	check_err(EINVAL, call(dir, "f", how, 24), "O_PATH and more");
	how = (struct how){ .resolve = 64 };
	check_err(EINVAL, call(dir, "f", how, 24), "unknown limits");
	how.resolve = BENEATH | IN_ROOT;
	check_err(EINVAL, call(dir, "f", how, 24), "two that contradict");
	check_err(EFAULT, syscall(SYS_openat2, dir, "f", BAD, 24), "memory");
}

static void beneath(void)
{
	check(opens("sub/f", BENEATH), "BENEATH: below");
	check(opens("sub/../f", BENEATH), "up and not out");
	check_err(EXDEV, at("../f", BENEATH), "out");
	check_err(EXDEV, at("sub/../../f", BENEATH), "out later");
	check_err(EXDEV, at("/etc", BENEATH), "absolute");
	check_err(EXDEV, at("abs", BENEATH), "by an absolute link");
	check(opens("rel", BENEATH), "by a link that stays");
	check_err(EXDEV, at("out", BENEATH), "by one that leaves");
}

static void in_root(void)
{
	struct how how = { .flags = O_CREAT | O_RDWR, .mode = 0600,
			   .resolve = IN_ROOT };
	int fd;

	check(opens("/f", IN_ROOT), "IN_ROOT: / is the directory");
	check(opens("../../f", IN_ROOT), "and nothing is above it");
	check(opens("abs", IN_ROOT), "a link to /f");
	check(opens("out", IN_ROOT), "and to ../f");
	check_err(ENOENT, at("/etc/passwd", IN_ROOT), "outside is not there");
	fd = (int)call(dir, "/sub/made", how, 24);
	check(fd >= 0, "O_CREAT within");
	close(fd);
	check_eq(unlinkat(dir, "sub/made", 0), 0, "made there");
}

static void links(void)
{
	struct how how = { .flags = O_PATH | O_NOFOLLOW,
			   .resolve = NO_SYMLINKS };
	char name[40];

	check_err(ELOOP, at("rel", NO_SYMLINKS), "NO_SYMLINKS");
	check_err(ELOOP, at("subl/f", NO_SYMLINKS), "on the way");
	check(close((int)call(dir, "rel", how, 24)) == 0,
	      "the link itself may be named");
	snprintf(name, sizeof(name), "/proc/self/fd/%d", dir);
	check_err(ELOOP, at(name, NO_MAGICLINKS), "NO_MAGICLINKS");
	check(opens("rel", NO_MAGICLINKS), "other links may be");
	check(opens(name, 0), "and without it");
}

static void devices(void)
{
	struct how beside = { .flags = O_PATH, .resolve = NO_XDEV };
	int self;

	check(opens("sub/f", NO_XDEV), "NO_XDEV: within");
	check_err(EXDEV, at("/proc/self", NO_XDEV), "not into another");
	self = open("/proc/self", O_PATH);
	check_err(EXDEV, syscall(SYS_openat2, self, "cwd", &beside,
				 sizeof(beside)), "nor by a jump");
	close(self);
	if (mount("none", "d/mnt", "tmpfs", 0, NULL)) {
		tap_skip("mounted below", "no right to mount");
		return;
	}
	check_err(EXDEV, at("mnt", NO_XDEV), "a mount below");
	check(opens("mnt", BENEATH), "which BENEATH does not mind");
	check(opens("mnt/../f", BENEATH), "up out of it again");
	umount2("d/mnt", 0);
}

static void cached(void)
{
	struct how how = { .flags = O_CREAT | O_RDWR, .mode = 0600,
			   .resolve = CACHED };

	check(opens("f", 0) && opens("f", CACHED), "CACHED: known names");
	check_err(EAGAIN, call(dir, "new", how, 24), "not to create");
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
	arguments();
	beneath();
	in_root();
	links();
	devices();
	cached();
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
