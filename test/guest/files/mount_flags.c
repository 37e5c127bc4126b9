/* SPDX-License-Identifier: MIT */
/*
 * What a mount's flags do and who tells of them: times of access, symlinks,
 * f_flags of statfs, remounts; and which error of several mount and umount2
 * give, st_blksize, readlink of what is no link.  Wants the superuser.
 */
#include <sys/mount.h>
#include <sys/stat.h>
#include <time.h>
#include "tap.h"
#include "texts.h"

#ifndef MS_BIND
#define MS_BIND		4096
#endif
#define NOSYMFOLLOW	0x100
#define NOATIME_MOUNT	0x400
#define NODIRATIME	0x800
#define RELATIME	0x200000
#define STRICTATIME	0x1000000
#define NEWNS		0x20000
#define PRIVATE_REC	(1 << 18 | 1 << 14)
#define VALID		0x20
#ifndef O_NOATIME
#define O_NOATIME	01000000
#endif

struct statfs_words {			/* struct statfs64 of 32 bits, too */
	unsigned long type, bsize;
	unsigned long long blocks, bfree, bavail, files, ffree;
	int fsid[2];
	unsigned long namelen, frsize, flags, spare[4];
};

static long flags_of(const char *path)
{
	struct statfs_words s;

#ifdef SYS_statfs64
	if (syscall(SYS_statfs64, path, sizeof(s), &s))
#else
	if (syscall(SYS_statfs, path, &s))
#endif
		return -1;
	return (long)s.flags;
}

static int remount_flags(unsigned long flags)
{
	return mount("none", "m", NULL, MS_REMOUNT | flags, NULL);
}

static int mount_it(unsigned long flags)
{
	return mount("none", "m", "tmpfs", flags, NULL);
}

/* ---- who tells of them --------------------------------------------------- */

static void show_flags(void)
{
	static const struct {
		unsigned long flags;
		long st;
		const char *name;
	} cases[] = {
		{ 0, 0x1000, "rw,relatime" },
		{ MS_RDONLY, 0x1001, "ro,relatime" },
		{ MS_NOSUID | MS_NODEV | MS_NOEXEC, 0x100e,
		  "rw,nosuid,nodev,noexec,relatime" },
		{ NOATIME_MOUNT, 0x400, "rw,noatime" },
		{ NODIRATIME, 0x1800, "rw,nodiratime,relatime" },
		{ STRICTATIME, 0, "rw" },
		{ NOATIME_MOUNT | STRICTATIME, 0, "rw" },
		{ NOATIME_MOUNT | RELATIME, 0x400, "rw,noatime" },
		{ NOSYMFOLLOW, 0x3000, "rw,relatime,nosymfollow" },
	};
	static char text[32768];
	char want[256];

	for (int i = 0; i < COUNT(cases); i++) {
		mount_it(cases[i].flags);
		check_eq(flags_of("m"), VALID | cases[i].st, "f_flags of %s",
			 cases[i].name);
		text_read("/proc/self/mountinfo", text, sizeof(text));
		snprintf(want, sizeof(want), " %s/m %s ", tap_dir,
			 cases[i].name);
		check(strstr(text, want) != NULL, "mountinfo has %s",
		      cases[i].name);
		umount2("m", 0);
	}
}

/* ---- roots --------------------------------------------------------------- */

/* Does mountinfo call this the root of the mount at tap_dir/place? */
static int root_is(const char *place, const char *want)
{
	static char text[32768];
	char field[256];

	text_read("/proc/self/mountinfo", text, sizeof(text));
	snprintf(field, sizeof(field), " %s %s/%s ", want, tap_dir, place);
	return strstr(text, field) != NULL;
}

/* A part of a file system that is mounted by itself keeps its name there. */
static void show_roots(void)
{
	mkdir("bound", 0755);
	close(open("bound_file", O_CREAT, 0644));
	mount_it(0);
	mkdir("m/sub", 0755);
	mkdir("m/sub/deep", 0755);
	close(open("m/file", O_CREAT, 0644));
	mount("m/sub/deep", "bound", NULL, MS_BIND, NULL);
	mount("m/file", "bound_file", NULL, MS_BIND, NULL);
	check(root_is("m", "/"), "the root of a mount");
	check(root_is("bound", "/sub/deep"), "a folder of it");
	check(root_is("bound_file", "/file"), "a file of it");
	rename("m/sub", "m/moved");
	check(root_is("bound", "/moved/deep"), "that moved");
	unlink("m/file");
	check(root_is("bound_file", "/file//deleted"), "that has no name");
	umount2("bound", 0);
	umount2("bound_file", 0);
	umount2("m", 0);
	rmdir("bound");
	unlink("bound_file");
}

/* ---- links --------------------------------------------------------------- */

/* A long target takes a page of a tmpfs; of a short one nothing is counted. */
static void link_pages(void)
{
	static char target[4096];
	struct stat st;

	mount("none", "m", "tmpfs", 0, "size=16k");
	memset(target, 'a', 4095);
	check_ok(symlink(target, "m/l"), "a target of 4095 bytes");
	lstat("m/l", &st);
	check(st.st_size == 4095 && st.st_blocks == 8, "takes a page");
	check_eq(readlink("m/l", target, sizeof(target)), 4095, "is read");
	target[127] = '\0';
	check_ok(symlink(target, "m/s"), "one of 127");
	lstat("m/s", &st);
	check(st.st_size == 127 && st.st_blocks == 0, "takes none");
	target[127] = 'a';
	target[128] = '\0';
	for (char name[] = "m/0"; name[2] < '3'; name[2]++)
		check_ok(symlink(target, name), "of 128: a page");
	check_err(ENOSPC, symlink(target, "m/3"), "there is no other");
	unlink("m/l");
	check_ok(symlink(target, "m/3"), "removed: room again");
	umount2("m", 0);
}

/* ---- times of access ----------------------------------------------------- */

/* Long ago, and changed longer ago still; the change of the inode is now. */
static void age(const char *path, long access, long change)
{
	struct timespec t[2] = { { access, 0 }, { change, 0 } };

	utimensat(AT_FDCWD, path, t, AT_SYMLINK_NOFOLLOW);
}

static long accessed(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? -1 : (long)st.st_atime;
}

/* => does a read move the time of access? */
static int read_moves_atime(const char *path, int flags)
{
	char c[512];
	int fd = open(path, O_RDONLY | flags);

	if (fd < 0)
		return -1;
	age(path, 1000, 2000);
	if (flags & O_DIRECTORY)
		syscall(SYS_getdents64, fd, c, sizeof(c));
	else
		read(fd, c, sizeof(c));
	close(fd);
	return accessed(path) != 1000;
}

static int link_moves(const char *path)
{
	char c[16];

	age(path, 1000, 2000);
	readlink(path, c, sizeof(c));
	return accessed(path) != 1000;
}

/* Once it is younger than all changes: does another read move it? */
static int moves_again(const char *path)
{
	char c[16];
	struct stat st;
	int fd = open(path, O_RDONLY);
	long then;

	lstat(path, &st);
	then = (long)st.st_ctime + 100000;
	/* the future is younger than the change of the inode itself */
	age(path, then, 2000);
	read(fd, c, sizeof(c));
	close(fd);
	return accessed(path) != then;
}

static void set_clock(long sec)
{
	long tv[2] = { sec, 0 };

	if (syscall(SYS_settimeofday, tv, NULL))
		tap_bail("settimeofday");
}

/* Does a read move the time of access so much later, if nothing changed? */
static int moves_after(const char *path, long seconds)
{
	struct timespec now, up, up_now;
	long then;
	char c;
	int fd = open(path, O_RDONLY), moved;

	clock_gettime(CLOCK_REALTIME, &now);
	clock_gettime(CLOCK_MONOTONIC, &up);
	then = (long)now.tv_sec + 100;
	age(path, then, 2000);
	set_clock(then + seconds);
	read(fd, &c, 1);
	moved = accessed(path) != then;
	clock_gettime(CLOCK_MONOTONIC, &up_now);
	set_clock((long)(now.tv_sec + up_now.tv_sec - up.tv_sec));
	close(fd);
	return moved;
}

static void keep_access_times(void)
{
	long was;

	mount_it(0);
	put_file("m/f", "text", 4, 0644);
	mkdir("m/d", 0755);
	symlink("f", "m/l");
	check_eq(read_moves_atime("m/f", 0), 1, "a read moves the time");
	check_eq(read_moves_atime("m/d", O_DIRECTORY), 1, "of a directory too");
	check_eq(link_moves("m/l"), 1, "and of a symlink");
	check_eq(moves_again("m/f"), 0, "relatime: once after a change");
	check_eq(moves_after("m/f", 86400 - 60), 0, "nor in a day");
	check_eq(moves_after("m/f", 86400 + 10), 1, "but after one");
	check_eq(read_moves_atime("m/f", O_NOATIME), 0, "not with O_NOATIME");
	check_eq(read_moves_atime("m/d", O_DIRECTORY | O_NOATIME), 0,
		 "nor there");
	check_ok(remount_flags(NODIRATIME), "nodiratime");
	check_eq(read_moves_atime("m/f", 0), 1, "files");
	check_eq(read_moves_atime("m/d", O_DIRECTORY), 0, "no directories");
	check_ok(remount_flags(NOATIME_MOUNT), "noatime");
	check_eq(read_moves_atime("m/f", 0), 0, "no files");
	check_eq(link_moves("m/l"), 0, "nor links");
	check_ok(remount_flags(0), "a remount that does not say");
	check_eq(read_moves_atime("m/f", 0), 0, "leaves it");
	check_eq(flags_of("m"), VALID | 0x400, "f_flags say so");
	check_ok(remount_flags(STRICTATIME), "strictatime");
	check_eq(read_moves_atime("m/f", 0), 1, "files");
	check_eq(moves_again("m/f"), 1, "each time");
	check_ok(remount_flags(RELATIME), "relatime");
	check_eq(moves_again("m/f"), 0, "no more");
	check_ok(remount_flags(MS_RDONLY | STRICTATIME), "read-only");
	was = accessed("m/f");
	check(read_moves_atime("m/f", 0) >= 0 && accessed("m/f") == was,
	      "nothing is noted");
	/* of a file system, all of whose mounts say otherwise */
	check_ok(remount_flags(STRICTATIME), "writable");
	mkdir("m2", 0755);
	check_ok(mount("m", "m2", NULL, 4096, NULL), "a second mount");
	check_ok(remount_flags(MS_RDONLY | STRICTATIME),
		 "read-only by the first");
	was = accessed("m2/f");
	check(read_moves_atime("m2/f", 0) >= 0 && accessed("m2/f") == was,
	      "nothing is noted by the second");
	check_ok(umount2("m2", 0), "umount");
	rmdir("m2");
	check_ok(umount2("m", 0), "umount");
}

static void noatime_owner(void *arg)
{
	int fd;

	(void)arg;
	if (setuid(1234))
		_exit(9);
	if (open("f", O_RDONLY | O_NOATIME) != -1 || errno != EPERM)
		_exit(1);
	fd = open("f", O_RDONLY);
	if (fd < 0)
		_exit(2);
	if (fcntl(fd, F_SETFL, O_NOATIME) != -1 || errno != EPERM)
		_exit(3);
	if (open("nothing", O_RDONLY | O_NOATIME) != -1 || errno != ENOENT)
		_exit(4);
	if (open("secret", O_RDONLY | O_NOATIME) != -1 || errno != EACCES)
		_exit(5);
}

/* ---- symlinks ------------------------------------------------------------ */

static void no_symlinks(void)
{
	char c[16];
	struct stat st;

	mount_it(NOSYMFOLLOW);
	put_file("m/f", "text", 4, 0644);
	symlink("f", "m/l");
	mkdir("m/d", 0755);
	symlink("d", "m/ld");
	check_err(ELOOP, open("m/l", O_RDONLY), "the last of a path");
	check_err(ELOOP, open("m/l", O_RDWR | O_CREAT, 0600), "with O_CREAT");
	check_err(ELOOP, stat("m/l", &st), "stat");
	check_err(ELOOP, mkdir("m/ld/x", 0755), "in the middle");
	check_ok(lstat("m/l", &st), "lstat");
	check_eq(readlink("m/l", c, sizeof(c)), 1, "readlink");
	check_ok(unlink("m/l"), "unlink");
	check_err(EEXIST, open("m/ld", O_RDWR | O_CREAT | O_EXCL, 0600),
		  "O_EXCL");
	symlink("m/f", "out");
	check_ok(stat("out", &st), "a link into it");
	unlink("out");
	check_ok(remount_flags(0), "remount");
	check_ok(stat("m/ld", &st), "they are followed again");
	umount2("m", 0);
}

/* ---- remounts ------------------------------------------------------------ */

static char block[8192];

/* => -1 with errno, if so much does not fit */
static long write_16k(const char *path)
{
	int fd = open(path, O_WRONLY | O_CREAT, 0600);
	long n = pwrite(fd, block, sizeof(block), 0);

	if (n == (long)sizeof(block))
		n = pwrite(fd, block, sizeof(block), sizeof(block));
	else if (n > 0)
		n = pwrite(fd, block, 1, n);
	close(fd);
	return n;
}

static void remounts(void)
{
	int fd;

	mount_it(0);
	mkdir("b", 0755);
	mount("m", "b", NULL, MS_BIND, NULL);
	fd = open("m/f", O_RDWR | O_CREAT, 0644);
	check_err(EBUSY, remount_flags(MS_RDONLY), "a file is written");
	check_err(EBUSY, remount_flags(MS_BIND | MS_RDONLY),
		  "this mount alone");
	check_ok(mount(NULL, "b", NULL, MS_REMOUNT | MS_BIND | MS_RDONLY,
		       NULL), "the other has none");
	check_err(EROFS, open("b/f", O_RDWR), "it is read-only");
	check_eq(flags_of("b") & 1, 1, "and says so");
	check_eq(flags_of("m") & 1, 0, "the first does not");
	close(fd);
	check_ok(remount_flags(MS_BIND | MS_RDONLY), "closed: read-only");
	check_err(EROFS, open("m/g", O_RDWR | O_CREAT, 0600), "no new file");
	check_ok(remount_flags(MS_BIND), "and back");
	umount2("b", 0);
	rmdir("b");
	mkdir("m/d", 0755);
	check_err(EINVAL, mount(NULL, "m/d", NULL, MS_REMOUNT, NULL),
		  "remount of no mount");
	check_err(EINVAL, mount(NULL, "m/d", NULL, MS_REMOUNT | MS_BIND,
				NULL), "nor of that alone");
	check_err(EINVAL, mount("none", "m", NULL, MS_REMOUNT, "nonsense"),
		  "options that are none");
	put_file("m/big", block, sizeof(block), 0600);
	check_err(EINVAL, mount("none", "m", NULL, MS_REMOUNT, "size=4k"),
		  "a limit that is passed already");
	check_ok(mount("none", "m", NULL, MS_REMOUNT, "size=16k"),
		 "one that is not");
	check_err(ENOSPC, write_16k("m/more"), "is obeyed");
	umount2("m", 0);
}

/* ---- which error --------------------------------------------------------- */

static void order_mount_errors(void)
{
	put_file("file", "text", 4, 0644);
	check_err(EFAULT, mount("none", "nothing", BAD, 0, NULL),
		  "a bad type before no target");
	check_err(EFAULT, mount(BAD, "nothing", "tmpfs", 0, NULL),
		  "a bad source");
	check_err(EFAULT, mount("none", "m", "tmpfs", 0, BAD), "bad data");
	check_err(EFAULT, mount("none", BAD, "nosuchfs", 0, NULL),
		  "a bad target");
	check_err(ENOENT, mount("none", "nothing", "nosuchfs", 0, NULL),
		  "no target before no type");
	check_err(ENOENT, mount("none", "", "tmpfs", 0, NULL), "an empty one");
	check_err(ENODEV, mount("none", "file", "nosuchfs", 0, NULL),
		  "no type before no folder");
	check_err(ENOTDIR, mount("none", "file", "tmpfs", 0, NULL),
		  "a file is no place");
	check_err(ENOTDIR, mount("none", "file/x", "tmpfs", 0, NULL),
		  "nor above one");
	check_err(EINVAL, mount("none", "m", NULL, 0, NULL), "no type");
	check_ok(mount("none", "m", "tmpfs", 0xc0ed0000ul, NULL),
		 "the number old programs put in");
	check_err(EINVAL, mount("m", "file", NULL, 8192, NULL),
		  "a folder does not move onto a file");
	check_ok(umount2("m", 0), "unmounted");
	check_err(EINVAL, mount("none", "m", "tmpfs", 1ul << 31, NULL),
		  "the kernel's own flag");
	check_err(EINVAL, mount(NULL, "m", NULL, 3 << 18, NULL),
		  "two ways to spread");
	check_err(ENOTBLK, mount("file", "m", "ext2", 0, NULL),
		  "no device");
	check_err(ENOENT, mount("nothing", "m", "ext2", 0, NULL),
		  "no such device");
	check_err(EINVAL, umount2("nothing", 0x100), "flags before names");
	check_err(EFAULT, umount2(BAD, 0), "a bad name");
	check_err(EINVAL, umount2("file", 0), "no mount");
	check_err(ENOENT, umount2("", 0), "no name");
	unlink("file");
}

static void mount_as_other(void *arg)
{
	(void)arg;
	if (setuid(1234))
		_exit(9);
	if (mount("none", "nothing", "tmpfs", 0, NULL) != -1 ||
	    errno != ENOENT)
		_exit(1);
	if (mount("none", "m", "nosuchfs", 0, NULL) != -1 || errno != EPERM)
		_exit(2);
	if (umount2("nothing", 0) != -1 || errno != ENOENT)
		_exit(3);
	if (umount2("m", 0) != -1 || errno != EPERM)
		_exit(4);
	if (umount2("m", 0x100) != -1 || errno != EINVAL)
		_exit(5);
}

static long blksize(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : (long)st.st_blksize;
}

static void ask_block_sizes(void)
{
	char c[16];
	int fd = open(".", O_RDONLY | O_DIRECTORY);
	int link;

	check_eq(blksize("/proc/self/status"), 1024, "st_blksize of /proc");
	mount_it(0);
	check_eq(blksize("m"), 4096, "of tmpfs");
	umount2("m", 0);
	put_file("f", "text", 4, 0644);
	check_err(EINVAL, readlink("f", c, 16), "readlink of a file");
	check_err(EINVAL, readlink("nothing", c, 0), "of no bytes");
	check_err(ENOENT, readlink("", c, 16), "of no name");
	check_err(ENOENT, syscall(SYS_readlinkat, fd, "", c, 16),
		  "of a directory's descriptor");
	check_err(EBADF, syscall(SYS_readlinkat, 1000, "", c, 16),
		  "of no descriptor");
	check_err(EINVAL, syscall(SYS_readlinkat, 1000, "", c, 0),
		  "nor of none");
	check_err(ENOTDIR, readlink("f/x", c, 16), "of a file's file");
	symlink("f", "l");
	check_err(EFAULT, readlink("l", BAD, 16), "to nowhere");
	link = open("l", O_PATH | O_NOFOLLOW);
	check_eq(syscall(SYS_readlinkat, link, "", c, 16), 1,
		 "of a link's descriptor");
	close(link);
	close(fd);
	unlink("l");
	unlink("f");
}

/* ---- umount of one's own root -------------------------------------------- */

static void in_own_root(void *arg)
{
	int fd;

	(void)arg;
	if (chroot("m") || chdir("/"))
		_exit(1);
	fd = open("f", O_RDWR | O_CREAT, 0600);
	if (umount2("/", 4 /* MNT_EXPIRE */) != -1 || errno != EINVAL)
		_exit(2);
	if (umount2("/", 0) != -1 || errno != EBUSY)
		_exit(3);
	close(fd);
	if (umount2("/", 0) || umount2("/", 0))
		_exit(4);
	if (open("f", O_RDWR) != -1 || errno != EROFS)
		_exit(5);
	if (umount2("f", 0) != -1 || errno != EINVAL)
		_exit(6);
	if (setgid(1) || setuid(1) || umount2("/", 0) != -1 || errno != EPERM)
		_exit(7);
}

static void root_becomes_read_only(void)
{
	int st;

	check_ok(mount_it(0), "a file system that becomes somebody's root");
	st = in_child(in_own_root, NULL);
	check_eq(WEXITSTATUS(st), 0, "umount makes it read-only for them");
	check_eq(flags_of("m") & 1, 1, "and for all");
	check_ok(remount_flags(0), "until it is mounted anew");
	check_ok(umount2("m", 0), "of others it goes");
}

static void use_high_word(void)
{
	if (sizeof(long) == 4)
		return;
	check_eq(raw_syscall(SYS_mount, "none", ".", "tmpfs",
			     1ul << (8 * sizeof(long) - 2), 0), -EINVAL,
		 "mount: a flag of the high word");
}

int main(void)
{
	if (geteuid())
		return tap_skip_all("needs the superuser");
	if (on_other_kernel() && (syscall(SYS_unshare, NEWNS) ||
	    mount("none", "/", NULL, PRIVATE_REC, NULL)))
		return tap_skip_all("cannot have its own mounts");
	tap_scratch("flags");
	chmod(".", 0755);
	mkdir("m", 0755);
	show_flags();
	show_roots();
	link_pages();
	keep_access_times();
	put_file("f", "text", 4, 0644);
	put_file("secret", "text", 4, 0600);
	check_eq(in_child(noatime_owner, NULL), 0,
		 "O_NOATIME is for the owner");
	unlink("secret");
	unlink("f");
	no_symlinks();
	remounts();
	order_mount_errors();
	check_eq(in_child(mount_as_other, NULL), 0, "rights are asked last");
	ask_block_sizes();
	root_becomes_read_only();
	rmdir("m");
	use_high_word();
	tap_scratch_end();
	return tap_done();
}
