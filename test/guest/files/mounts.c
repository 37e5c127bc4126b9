/* SPDX-License-Identifier: MIT */
/*
 * Mounts and tmpfs: what a mount covers and shows, when it may go, its flags,
 * and the limits of size= and nr_inodes=, which lose nothing when they are
 * met.  Wants the superuser.
 */
#include <poll.h>
#include <sys/mount.h>
#include "tap.h"
#include "texts.h"

#define CLONE_NEWNS	0x20000
#define KIB64		65536

static char block[PG];

static dev_t device_of(const char *path)
{
	struct stat st;

	return stat(path, &st) ? 0 : st.st_dev;
}

static void put_runnable(const char *path)
{
	put_file(path, "text", 4, 0755);
}

/* True if the line of mount m in /proc/mounts has that text. */
static int mount_shows(const char *m, const char *what)
{
	static char text[16384];
	int fd = open("/proc/self/mounts", O_RDONLY);
	long n = read(fd, text, sizeof(text) - 1);
	char key[300], *line, *end;

	close(fd);
	text[n > 0 ? n : 0] = '\0';
	snprintf(key, sizeof(key), "%s/%s tmpfs", tap_dir, m);
	line = strstr(text, key);
	end = line ? strchr(line, '\n') : NULL;
	if (end)
		*end = '\0';
	return line && strstr(line, what) != NULL;
}

static void covering(void)
{
	struct stat up, here;
	char cwd[256];

	mkdir("m", 0755);
	put_runnable("m/below");
	check_ok(mount("none", "m", "tmpfs", 0, "size=64k,mode=750"),
		 "mount tmpfs");
	check(!exists("m/below"), "what lies below is hidden");
	check(device_of("m") != device_of("."), "another device");
	check(!stat("m", &here) && (here.st_mode & 07777) == 0750, "mode=");
	put_runnable("m/above");
	check(!stat("m/..", &up) && !stat(".", &here) &&
	      up.st_ino == here.st_ino && up.st_dev == here.st_dev,
	      ".. leads out of it");
	chdir("m");
	getcwd(cwd, sizeof(cwd));
	check(!strncmp(cwd, tap_dir, strlen(tap_dir)) &&
	      !strcmp(cwd + strlen(tap_dir), "/m"), "getcwd across it");
	check_err(EBUSY, umount2(".", 0), "umount with a cwd in it");
	chdir("..");
	check_err(EBUSY, rmdir("m"), "rmdir of a mount point");
	check_err(EBUSY, rename("m", "n"), "rename of a mount point");
	check_err(EXDEV, rename("m/above", "above"), "rename out of it");
	check_err(EXDEV, link("m/above", "above"), "link out of it");
	check_ok(umount2("m", 0), "umount");
	check(exists("m/below") && !exists("m/above"), "as it was");
	mount("none", "m", "tmpfs", 0, "size=64k,nr_inodes=50,mode=711,gid=7");
	check(mount_shows("m", ",size=64k"), "size= is shown");
	check(mount_shows("m", ",nr_inodes=50"), "nr_inodes=");
	chmod("m", 0755);
	check(mount_shows("m", ",mode=711,gid=7"), "mode= as mounted, gid=");
	umount2("m", 0);
	mount("none", "m", "tmpfs", 0, "size=0,nr_inodes=0");
	check(mount_shows("m", ",size=0k,nr_inodes=0"), "no limits as 0");
	umount2("m", 0);
	mount("none", "m", "tmpfs", 0, "mode=1777");
	check(!mount_shows("m", "mode=") && !mount_shows("m", "uid="),
	      "not what is so by itself");
	umount2("m", 0);
	check_err(EINVAL, umount2("m", 0), "umount of no mount");
	check_err(ENOENT, umount2("nothing", 0), "umount of nothing");
	check_err(EINVAL, umount2("m", 0x1000), "unknown flags");
	check_err(ENODEV, mount("none", "m", "nosuchfs", 0, NULL),
		  "unknown type");
	check_err(ENOENT, mount("none", "x", "tmpfs", 0, NULL), "nowhere");
	check_err(ENOTDIR, mount("none", "m/below", "tmpfs", 0, NULL),
		  "on a file");
	check_err(EINVAL, mount("none", "m", "tmpfs", 0, "size=no"),
		  "bad size=");
	check_err(EINVAL, mount("none", "m", "tmpfs", 0, "nosuch=1"),
		  "unknown option");
	check_err(EFAULT, mount("none", "m", BAD, 0, NULL), "bad type");
	unlink("m/below");
}

/* Numbers are read as in C, a mode always as octal. */
static void numbers(void)
{
	static const char *const bad[] = {
		"uid=4294967296", "uid=5k", "gid=0x", "mode=10%", "mode=8",
		"mode=0x1", "uid=08", "nr_inodes=99999999999999999999x",
	};

	for (size_t i = 0; i < COUNT(bad); i++)
		check_err(EINVAL, mount("none", "m", "tmpfs", 0, bad[i]),
			  "%s", bad[i]);
	mount("none", "m", "tmpfs", 0, "uid=0x10,gid=011,size=0x10000,mode=070");
	check(mount_shows("m", ",size=64k,mode=070,uid=16,gid=9"),
	      "numbers in C notation");
	umount2("m", 0);
}

/* Fill fd with whole blocks.  => how many fit; errno is why it ended */
static int write_until_full(int fd)
{
	int n = 0;

	while (write(fd, block, PG) == (ssize_t)PG)
		n++;
	return n;
}

static int all_blocks(int fd, int n)
{
	static char b[PG];

	for (int i = 0; i < n; i++)
		if (pread(fd, b, PG, (off_t)i * PG) != (ssize_t)PG ||
		    memcmp(b, block, PG))
			return 0;
	return 1;
}

static void size_limit(void)
{
	static char big[2 * KIB64];
	struct stat st;
	int fd, n;

	memset(block, 'b', sizeof(block));
	mount("none", "m", "tmpfs", 0, "size=64k");
	fd = open("m/f", O_RDWR | O_CREAT, 0600);
	n = write_until_full(fd);
	check(n == 16 && errno == ENOSPC, "64 KiB fit, then ENOSPC");
	check(!fstat(fd, &st) && st.st_size == KIB64, "the size is right");
	check(all_blocks(fd, 16), "nothing is lost");
	check_err(ENOSPC, pwrite(fd, "x", 1, KIB64), "one byte more");
	check_eq(pwrite(fd, "x", 1, 5), 1, "an overwrite needs no room");
	check_ok(ftruncate(fd, 1 << 20), "a hole needs none");
	check_err(ENOSPC, pwrite(fd, "x", 1, 1 << 19), "data in it does");
	check_ok(mkdir("m/d", 0755), "names need none");
	check_ok(symlink("target", "m/l"), "nor links");
	check_ok(ftruncate(fd, PG), "shrink");
	check_eq(pwrite(fd, big, sizeof(big), PG), 15 * PG,
		 "a large write stops where the room ends");
	check(!fstat(fd, &st) && st.st_size == KIB64, "the size says so");
	close(fd);
	check_ok(unlink("m/f"), "unlink");
	fd = open("m/g", O_RDWR | O_CREAT, 0600);
	check_eq(write_until_full(fd), 16, "the room is back");
	unlink("m/g");
	check_eq(pwrite(fd, "x", 1, KIB64), -1, "still taken while open");
	close(fd);
	fd = open("m/h", O_RDWR | O_CREAT, 0600);
	check_eq(write_until_full(fd), 16, "not after close");
	close(fd);
	check_ok(umount2("m", 0), "umount drops it all");
}

/* The room of a tmpfs in pages by a text; 0: it is refused. */
static unsigned long room_by_text(const char *options)
{
	unsigned long words[32] = { 0 };	/* struct statfs[64] */

	if (mount("none", "m", "tmpfs", 0, options))
		return 0;
#ifdef SYS_statfs64				/* 32 bits, wide fields */
	syscall(SYS_statfs64, "m", 84, words);
#else
	syscall(SYS_statfs, "m", words);
#endif
	umount2("m", 0);
	return words[2];
}

static void parse_sizes(void)
{
	unsigned long all = room_by_text("size=100%"),
		half = room_by_text("size=50%");
	struct stat st;

	check_eq(room_by_text("size=1g"), 1ul << 18, "a size in GiB");
	check_eq(room_by_text("size=2M"), 512, "in MiB");
	check_eq(room_by_text("size=5000"), 2, "in bytes, by whole pages");
	check(all && half <= all / 2 + 1 && half + 1 >= all / 2, "in per cent");
	check_eq(room_by_text("nr_blocks=7"), 7, "in pages");
	check_eq(room_by_text("size=8x"), 0, "no size");
	mount("none", "m", "tmpfs", 0, "uid=12,gid=34,mode=705");
	stat("m", &st);
	check(st.st_uid == 12 && st.st_gid == 34 &&
	      (st.st_mode & 07777) == 0705, "whose its root is");
	umount2("m", 0);
}

static void inode_limit(void)
{
	int n = 0;
	char name[16];

	mount("none", "m", "tmpfs", 0, "nr_inodes=8");
	for (; n < 20; n++) {
		snprintf(name, sizeof(name), "m/%d", n);
		if (mkdir(name, 0755))
			break;
	}
	check(errno == ENOSPC && n == 7, "nr_inodes=8: the root and 7 more");
	check_err(ENOSPC, mkdir("m/x", 0755), "no room for another");
	rmdir("m/0");
	check_ok(mkdir("m/x", 0755), "until one goes");
	umount2("m", 0);
}

static void unmount_busy(void)
{
	char b[4];
	int fd;

	mount("none", "m", "tmpfs", 0, NULL);
	put_runnable("m/f");
	fd = open("m/f", O_RDONLY);
	check_err(EBUSY, umount2("m", 0), "umount with an open file");
	check_ok(umount2("m", MNT_DETACH), "MNT_DETACH");
	check(!exists("m/f"), "it is gone from the tree");
	check(read(fd, b, 4) == 4 && !memcmp(b, "text", 4),
	      "the file lives on");
	close(fd);
	mount("none", "m", "tmpfs", 0, NULL);
	mkdir("m/n", 0755);
	mount("none", "m/n", "tmpfs", 0, NULL);
	check_err(EBUSY, umount2("m", 0), "umount below another mount");
	check_ok(umount2("m", MNT_DETACH), "MNT_DETACH takes both");
	check(!exists("m/n"), "both are gone");
}

static void mount_read_only(void)
{
	struct timespec t[2] = { { 1, 0 }, { 1, 0 } };

	mount("none", "m", "tmpfs", 0, NULL);
	put_runnable("m/f");
	mkdir("m/d", 0755);
	check_ok(mount("none", "m", NULL, MS_REMOUNT | MS_RDONLY, NULL),
		 "remount read-only");
	check_err(EROFS, open("m/f", O_RDWR), "open to write");
	check_err(EROFS, open("m/g", O_RDWR | O_CREAT, 0600), "create");
	check_err(EROFS, open("m/f", O_RDONLY | O_TRUNC), "O_TRUNC");
	check_err(EROFS, unlink("m/f"), "unlink");
	check_err(EROFS, mkdir("m/e", 0755), "mkdir");
	check_err(EROFS, rmdir("m/d"), "rmdir");
	check_err(EROFS, rename("m/f", "m/g"), "rename");
	check_err(EROFS, link("m/f", "m/g"), "link");
	check_err(EROFS, symlink("f", "m/g"), "symlink");
	check_err(EROFS, chmod("m/f", 0600), "chmod");
	check_err(EROFS, chown("m/f", 1, 1), "chown");
	check_err(EROFS, utimensat(AT_FDCWD, "m/f", t, 0), "utimensat");
	check_err(EROFS, truncate("m/f", 0), "truncate");
	check_err(EROFS, access("m/f", W_OK), "access to write");
	check_ok(access("m/f", R_OK), "access to read");
	check_ok(mount("none", "m", NULL, MS_REMOUNT, NULL),
		 "remount to write");
	check_ok(unlink("m/f"), "now it may");
	umount2("m", 0);
}

static void exec_argument(void *arg)
{
	char *argv[] = { arg, NULL };

	execv(arg, argv);
	_exit(errno);
}

static void heed_mount_flags(void)
{
	mount("none", "m", "tmpfs", MS_NOEXEC | MS_NODEV, NULL);
	put_file("m/run", "#!/bin/sh\n", 10, 0755);
	check_eq(in_child(exec_argument, "m/run"), EACCES << 8, "noexec");
	check_err(EACCES, access("m/run", X_OK), "access says so");
	check_ok(mknod("m/null", S_IFCHR | 0666, makedev(1, 3)), "mknod");
	check_err(EACCES, open("m/null", O_RDONLY), "nodev");
	umount2("m", 0);
}

static void read_mount_list(void)
{
	char want[128];
	static char text[16384];

	mount("mysource", "m", "tmpfs", MS_NOSUID | MS_NOEXEC, NULL);
	text_read("/proc/mounts", text, sizeof(text));
	snprintf(want, sizeof(want), "mysource %s/m tmpfs rw,nosuid,noexec",
		 tap_dir);
	check(strstr(text, want) != NULL, "a line in /proc/mounts");
	umount2("m", 0);
}

static void unmount_as_other(void *arg)
{
	(void)arg;
	if (setuid(1234))
		_exit(1);
	if (mount("none", "m", "tmpfs", 0, NULL) != -1 || errno != EPERM)
		_exit(2);
	if (umount2("m", 0) != -1 || errno != EPERM)
		_exit(3);
}

/* ---- who is told of them ------------------------------------------------- */

static int poll_once(int fd)
{
	struct pollfd p = { .fd = fd, .events = POLLIN | POLLOUT | POLLPRI };

	return poll(&p, 1, 0) < 0 ? -1 : p.revents;
}

static void tell_changes(void)
{
	int fd = open("/proc/self/mounts", O_RDONLY);
	int info = open("/proc/self/mountinfo", O_RDONLY);
	int changed = POLLIN | POLLPRI | POLLERR;

	mkdir("m", 0755);
	check_eq(poll_once(fd), POLLIN, "poll of mounts: readable");
	check_eq(raw_syscall(SYS_mount, "none", "m", "tmpfs", 0, 0), 0,
		 "a mount");
	check_eq(poll_once(fd), changed, "is told");
	check_eq(poll_once(fd), POLLIN, "once");
	check_eq(poll_once(info), changed, "to each file");
	raw_syscall(SYS_mount, "none", "m", "", 32 | 4096 | 1, 0);
	check_eq(poll_once(fd), changed, "so are its flags");
	raw_syscall(SYS_mount, "none", "m", "", 1 << 18, 0);
	check_eq(poll_once(fd), POLLIN, "but not how it spreads");
	raw_syscall(SYS_umount2, "m", 0);
	check_eq(poll_once(fd), changed, "and its end");
	raw_syscall(SYS_umount2, "m", 0);
	check_eq(poll_once(fd), POLLIN, "that fails: nothing");
	rmdir("m");
	close(fd);
	close(info);
}

static int mount_in_fdinfo(int fd)
{
	char name[64];

	snprintf(name, sizeof(name), "/proc/self/fdinfo/%d", fd);
	return (int)text_number(name, "mnt_id:");
}

static void tell_mount_of(const char *what, int fd)
{
	unsigned char x[256];
	unsigned mask, id;

	memset(x, 0, sizeof(x));
	check_ok(raw_syscall(SYS_statx, fd, "", 0x1000, 0x7ff, x),
		 "statx of %s", what);
	memcpy(&mask, x, 4);
	memcpy(&id, x + 144, 4);
	check_eq(mask & 0x1000, 0x1000, "it tells the mount, asked or not");
	check_eq(id, mount_in_fdinfo(fd), "the one that fdinfo tells");
}

static void tell_mounts(void)
{
	int fd = open(".", O_RDONLY), p[2];

	pipe(p);
	tell_mount_of("a folder", fd);
	tell_mount_of("a pipe", p[0]);
	close(fd);
	close(p[0]);
	close(p[1]);
}

int main(void)
{
	if (geteuid())
		return tap_skip_all("needs the superuser");
	if (on_other_kernel() && (syscall(SYS_unshare, CLONE_NEWNS) ||
	    mount("none", "/", NULL, 1 << 18 | 1 << 14, NULL)))
		return tap_skip_all("cannot have its own mounts");
	tap_scratch("mounts");
	covering();
	size_limit();
	parse_sizes();
	numbers();
	inode_limit();
	unmount_busy();
	mount_read_only();
	heed_mount_flags();
	read_mount_list();
	check_eq(in_child(unmount_as_other, NULL), 0, "only for the superuser");
	rmdir("m");
	tell_changes();
	tell_mounts();
	tap_scratch_end();
	return tap_done();
}
