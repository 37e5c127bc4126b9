/* SPDX-License-Identifier: MIT */
/*
 * The flags of calls on names and files, one by one (rows E3, E8): AT_, O_,
 * STATX_, mount and umount, fallocate, descriptors' own.
 */
#include <sys/mount.h>
#include <thread.h>
#include "tap.h"

#define NOFOLLOW	0x100
#define EACCESS		0x200
#define SYM_FOLLOW	0x400
#define NO_AUTOMOUNT	0x800
#define EMPTY_PATH	0x1000
#define FORCE_SYNC	0x2000
#define DONT_SYNC	0x4000
#define DIRECT		O_DIRECT
#define NOATIME		01000000
#define DSYNC		010000
#define SYNC		04010000
#define NONBLOCK	04000
#ifndef SYS_fchmodat2
#define SYS_fchmodat2	452
#endif
#define CLOEXEC		02000000

static int full_mode_of(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? -1 : (int)(st.st_mode & 0177777);
}

static int lstat_uid(const char *path)
{
	struct stat st;

	return lstat(path, &st) ? -1 : (int)st.st_uid;
}

static long inode_number(const char *path)
{
	struct stat st;

	return stat(path, &st) ? -1 : (long)st.st_ino;
}

/* ---- names ----------------------------------------------------------------- */

static void change_owners(void)
{
	int fd = open("f", O_RDWR), d = open(".", O_RDONLY);

	check_ok(syscall(SYS_fchownat, d, "l", 7, 8, NOFOLLOW),
		 "fchownat AT_SYMLINK_NOFOLLOW");
	check(lstat_uid("l") == 7 && lstat_uid("f") == 0, "changes the link");
	check_ok(syscall(SYS_fchownat, fd, "", 9, -1, EMPTY_PATH),
		 "fchownat AT_EMPTY_PATH");
	check_eq(lstat_uid("f"), 9, "changes the file");
	syscall(SYS_fchownat, d, "f", 0, 0, 0);
	check_err(EINVAL, syscall(SYS_fchownat, d, "f", 0, 0, 1), "no flag");
	if (syscall(SYS_fchmodat2, fd, "", 0640, EMPTY_PATH) == -1 &&
	    errno == ENOSYS) {
		tap_skip("fchmodat2", "an older Linux");
	} else {
		check_eq(full_mode_of("f"), 0100640, "fchmodat2 AT_EMPTY_PATH");
		check_err(EOPNOTSUPP, syscall(SYS_fchmodat2, d, "l", 0600,
					      NOFOLLOW), "no mode of a link");
		check_ok(syscall(SYS_fchmodat2, d, "f", 0600, NOFOLLOW),
			 "but of a file");
	}
	close(fd);
	close(d);
}

static void check_access_flags(void)
{
	int fd = open("f", O_RDWR), d = open(".", O_RDONLY);

	chmod("f", 0600);
	check_ok(syscall(SYS_faccessat2, d, "f", 4, EACCESS), "AT_EACCESS");
	check_ok(syscall(SYS_faccessat2, d, "dangling", 0, NOFOLLOW),
		 "AT_SYMLINK_NOFOLLOW: a dangling link is there");
	check_err(ENOENT, syscall(SYS_faccessat2, d, "dangling", 0, 0),
		  "but leads nowhere");
	check_ok(syscall(SYS_faccessat2, fd, "", 6, EMPTY_PATH),
		 "AT_EMPTY_PATH");
	check_err(EACCES, syscall(SYS_faccessat2, d, "f", 1, EACCESS), "X_OK");
	check_err(EINVAL, syscall(SYS_faccessat2, d, "f", 8, 0), "no mode");
	check_err(EINVAL, syscall(SYS_faccessat2, d, "f", 0, 1), "no flag");
	close(fd);
	close(d);
}

#ifdef SYS_newfstatat
#define FSTATAT SYS_newfstatat
#else
#define FSTATAT SYS_fstatat64
#endif

static void stat_by_flags(void)
{
	unsigned char st[256], sx[256], full[256];
	unsigned mask;
	int fd = open("f", O_RDWR);

	check_ok(syscall(FSTATAT, fd, "", st, EMPTY_PATH | NO_AUTOMOUNT),
		 "fstatat AT_EMPTY_PATH");
	check_err(ENOENT, syscall(FSTATAT, fd, "", st, 0), "without it");
	check_ok(syscall(SYS_statx, fd, "", EMPTY_PATH, 0xfffu, sx),
		 "statx AT_EMPTY_PATH, all there is");
	memcpy(&mask, sx, 4);
	check_eq(mask & 0x7ff, 0x7ff, "and all of it is filled in");
	check_ok(syscall(SYS_statx, AT_FDCWD, "l", NOFOLLOW, 1, full),
		 "statx AT_SYMLINK_NOFOLLOW");
	check_eq(full[28] | full[29] << 8, 0120777, "the link");
	for (unsigned bit = 1; bit <= 0x1000; bit *= 2)
		if (syscall(SYS_statx, AT_FDCWD, "f", FORCE_SYNC |
			    NO_AUTOMOUNT, bit, full))
			check(0, "statx of %#x", bit);
	check_ok(syscall(SYS_statx, AT_FDCWD, "f", DONT_SYNC, 0x1000, full),
		 "STATX_MNT_ID");
	check_err(EINVAL, syscall(SYS_statx, AT_FDCWD, "f", FORCE_SYNC |
				  DONT_SYNC, 1, full), "to sync and not to");
	check_err(EINVAL, syscall(SYS_statx, AT_FDCWD, "f", 1, 1, full),
		  "no flag");
	check_err(EINVAL, syscall(SYS_statx, AT_FDCWD, "f", 0, 0x80000000u,
				  full), "STATX__RESERVED");
	close(fd);
}

static void link_by_flags(void)
{
	int fd = open("f", O_RDWR), t;

	check_ok(syscall(SYS_linkat, fd, "", AT_FDCWD, "twin", EMPTY_PATH),
		 "linkat AT_EMPTY_PATH");
	check_eq(inode_number("twin"), inode_number("f"), "is the file");
	unlink("twin");
	t = open(".", O_TMPFILE | O_RDWR, 0600);
	check(t >= 0, "O_TMPFILE");
	check_ok(syscall(SYS_linkat, t, "", AT_FDCWD, "twin", EMPTY_PATH),
		 "gets a name");
	close(t);
	check_err(EEXIST, syscall(SYS_renameat2, AT_FDCWD, "twin", AT_FDCWD,
				  "f", 1), "RENAME_NOREPLACE");
	check_ok(syscall(SYS_renameat2, AT_FDCWD, "twin", AT_FDCWD, "other",
			 1), "where nothing is");
	check_ok(syscall(SYS_renameat2, AT_FDCWD, "other", AT_FDCWD, "f", 2),
		 "RENAME_EXCHANGE");
	syscall(SYS_renameat2, AT_FDCWD, "other", AT_FDCWD, "f", 2);
	unlink("other");
	check_err(EINVAL, syscall(SYS_renameat2, AT_FDCWD, "f", AT_FDCWD, "g",
				  3), "both");
#ifdef SYS_renameat
	check_ok(syscall(SYS_renameat, AT_FDCWD, "f", AT_FDCWD, "g"),
		 "renameat");
	syscall(SYS_renameat, AT_FDCWD, "g", AT_FDCWD, "f");
#endif
#ifdef SYS_link
	check_ok(syscall(SYS_link, "f", "g"), "link");
	unlink("g");
#endif
	close(fd);
}

#define rename2(from, to, how) \
	syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, how)
#define EXCHANGE	2

/* A folder whose user may not write to it keeps its `..`. */
static void rename_as_user(void *arg)
{
	(void)arg;
	if (syscall(SYS_setresuid, 1000, 1000, 1000))
		_exit(1);
	if (rename2("a/closed", "b/closed", 0) != -1 || errno != EACCES)
		_exit(2);
	if (rename2("a/open", "b/shut", EXCHANGE) != -1 || errno != EACCES)
		_exit(3);
	_exit(rename2("a/open", "b/open", 0) ? 4 : 0);
}

static void rename_between(void)
{
	static const char *const all[] = { "a", "b", "a/closed", "a/open",
					   "b/shut", "b/open" };

	for (int i = 0; i < 5; i++) {
		mkdir(all[i], 0700);
		chown(all[i], 1000, 1000);
	}
	check_err(EINVAL, rename2("a", "a/open/x", 0), "into itself");
	check_err(EINVAL, rename2("a", "a/open", EXCHANGE), "with a child");
	check_err(EINVAL, rename2("a/open", "a", EXCHANGE), "with a parent");
	check_err(ENOTEMPTY, rename2("a/open", "a", 0), "over a parent");
	check_err(ENOENT, rename2("a", "none", EXCHANGE), "with nothing");
	chmod(".", 0711);
	chmod("a/closed", 0500);
	chmod("b/shut", 0500);
	check_eq(in_child(rename_as_user, NULL), 0, "what moves is written to");
	for (int i = COUNT(all) - 1; i >= 0; i--)
		rmdir(all[i]);
}

#ifdef SYS_utimensat_time64
#define UTIMENSAT SYS_utimensat_time64
#else
#define UTIMENSAT SYS_utimensat
#endif

static void set_times_by_flags(void)
{
	struct { long long sec, nsec; } t[2] = { { 5, 0 }, { 6, 0 } };
	struct stat st;
	int fd = open("f", O_RDWR);

	check_ok(syscall(UTIMENSAT, AT_FDCWD, "l", t, NOFOLLOW),
		 "utimensat AT_SYMLINK_NOFOLLOW");
	lstat("l", &st);
	check_eq(st.st_mtime, 6, "of the link");
	check_ok(syscall(UTIMENSAT, fd, "", t, EMPTY_PATH),
		 "utimensat AT_EMPTY_PATH");
	stat("f", &st);
	check_eq(st.st_mtime, 6, "of the file");
	check_err(EINVAL, syscall(UTIMENSAT, AT_FDCWD, "f", t, 1), "no flag");
	close(fd);
}

static void nodes(void)
{
	static const struct { int type; const char *name; } kinds[] = {
		{ S_IFREG, "S_IFREG" }, { S_IFCHR, "S_IFCHR" },
		{ S_IFBLK, "S_IFBLK" }, { S_IFIFO, "S_IFIFO" },
		{ S_IFSOCK, "S_IFSOCK" },
	};

	umask(0);
	for (int i = 0; i < COUNT(kinds); i++) {
		check_ok(syscall(SYS_mknodat, AT_FDCWD, "n", kinds[i].type |
				 04640, 0x103), "mknod %s", kinds[i].name);
		check_eq(full_mode_of("n"), kinds[i].type | 04640, "it is one");
		unlink("n");
	}
	check_err(EPERM, syscall(SYS_mknodat, AT_FDCWD, "n", S_IFDIR, 0),
		  "no directory");
	check_err(EINVAL, syscall(SYS_mknodat, AT_FDCWD, "n", S_IFLNK, 0),
		  "no link");
}

static void execute_by_flags(void)
{
	char *argv[] = { tap_self, "quit", NULL }, *env[] = { NULL };
	int fd = open(tap_self, O_RDONLY), st = -1;
	pid_t pid = fork();

	if (pid == 0) {
		syscall(SYS_execveat, fd, "", argv, env, EMPTY_PATH);
		_exit(1);
	}
	waitpid(pid, &st, 0);
	check_eq(st >> 8, 17, "execveat AT_EMPTY_PATH");
	symlink(tap_self, "program");
	check_err(ELOOP, syscall(SYS_execveat, AT_FDCWD, "program", argv, env,
				 NOFOLLOW), "AT_SYMLINK_NOFOLLOW");
	pid = fork();
	if (pid == 0) {
		syscall(SYS_execveat, AT_FDCWD, tap_self, argv, env, NOFOLLOW);
		_exit(1);
	}
	waitpid(pid, &st, 0);
	check_eq(st >> 8, 17, "but no link is one");
	check_err(EINVAL, syscall(SYS_execveat, AT_FDCWD, "program", argv,
				  env, 1), "no flag");
	unlink("program");
	close(fd);
}

/*
 * A script by that descriptor, or by its name below that of a directory; its
 * interpreter must be able to open it.  => its status, 1000 + errno
 */
static int script_by(int fd, const char *name, int closes)
{
	char *argv[] = { "s", "quit", NULL }, *env[] = { NULL };
	int st;
	pid_t pid;

	fcntl(fd, F_SETFD, closes);
	pid = fork();
	if (pid == 0) {
		syscall(SYS_execveat, fd, name, argv, env,
			*name ? 0 : EMPTY_PATH);
		_exit(errno);
	}
	waitpid(pid, &st, 0);
	close(fd);
	return st;
}

static void executed_scripts(void)
{
	char text[600];
	int n = snprintf(text, sizeof(text), "#!%s\n", tap_self);

	put_file("script", text, (size_t)n, 0755);
	check_eq(script_by(open("script", O_RDONLY), "", 0), 17 << 8,
		 "execveat of a script");
	check_eq(script_by(open("script", O_RDONLY), "", FD_CLOEXEC),
		 ENOENT << 8, "not by what exec closes");
	check_eq(script_by(open(".", O_RDONLY), "script", 0), 17 << 8,
		 "a script below a directory");
	check_eq(script_by(open(".", O_RDONLY), "script", FD_CLOEXEC),
		 ENOENT << 8, "nor by what exec closes");
	check_eq(script_by(open(tap_self, O_RDONLY), "", FD_CLOEXEC), 17 << 8,
		 "a program is not opened again");
	unlink("script");
}

/* ---- open files ------------------------------------------------------------ */

static void open_with_sync(void)
{
	int fd;

	fd = open("f", O_RDWR | SYNC);
	check(fcntl(fd, F_GETFL) & SYNC, "O_SYNC");
	check_eq(write(fd, "x", 1), 1, "writes through");
	close(fd);
	fd = open("f", O_RDWR | DSYNC);
	check((fcntl(fd, F_GETFL) & SYNC) == DSYNC, "O_DSYNC");
	close(fd);
	fd = open("f", O_RDONLY | DIRECT);
	if (fd < 0)
		check_eq(errno, EINVAL, "O_DIRECT: not here");
	else
		check(fcntl(fd, F_GETFL) & DIRECT, "O_DIRECT");
	close(fd);
	fd = open("f", O_RDONLY | NOATIME);
	check(fd >= 0 && fcntl(fd, F_GETFL) & NOATIME, "O_NOATIME");
	close(fd);
	fd = open("f", 3);
	check(fd >= 0, "neither to be read nor written");
	check_err(EBADF, read(fd, &fd, 1), "indeed");
	close(fd);
	fd = open("/proc/version", O_RDONLY | NONBLOCK | CLOEXEC);
	check(fcntl(fd, F_GETFL) & NONBLOCK && fcntl(fd, F_GETFD) == 1,
	      "O_NONBLOCK, O_CLOEXEC");
	close(fd);
}

static void allocate_sparse(void)
{
	int fd = open("holes", O_RDWR | O_CREAT, 0600);
	struct stat st;

#if __SIZEOF_LONG__ == 8
	check_ok(syscall(SYS_fallocate, fd, 0, 0L, 8192L), "to 8192");
	check_ok(syscall(SYS_fallocate, fd, 1, 8192L, 8192L),
		 "FALLOC_FL_KEEP_SIZE");
#else
	check_ok(syscall(SYS_fallocate, fd, 0, 0, 0, 8192, 0), "to 8192");
	check_ok(syscall(SYS_fallocate, fd, 1, 8192, 0, 8192, 0),
		 "FALLOC_FL_KEEP_SIZE");
#endif
	fstat(fd, &st);
	check_eq(st.st_size, 8192, "keeps it");
	ftruncate(fd, 0);
	ftruncate(fd, 1 << 20);
	pwrite(fd, "x", 1, 1 << 19);
	check_eq(lseek(fd, 0, SEEK_SET), 0, "SEEK_SET");
	check(lseek(fd, 0, 3) <= 1 << 19, "SEEK_DATA");
	check(lseek(fd, 1 << 19, 4) > 1 << 19, "SEEK_HOLE");
	check_err(ENXIO, lseek(fd, 1 << 20, 3), "SEEK_DATA at the end");
	check_err(EINVAL, lseek(fd, 0, 5), "no such whence");
	close(fd);
	unlink("holes");
	fd = open("/dev/null", O_RDWR);
	check_ok(lseek(fd, 5, SEEK_SET), "of /dev/null");
	check_err(EINVAL, lseek(fd, 0, 77), "nor is it there");
	close(fd);
}

static void advising(void)
{
	int fd = open("f", O_RDWR);

	for (int i = 0; i < 6; i++)
#if __SIZEOF_LONG__ == 8
		check_ok(syscall(SYS_fadvise64, fd, 0L, 0L, i), "advice %d", i);
	check_err(EINVAL, syscall(SYS_fadvise64, fd, 0L, 0L, 6), "no advice");
	check_ok(syscall(SYS_sync_file_range, fd, 0L, 0L, 7),
		 "SYNC_FILE_RANGE_...");
#else
		check_ok(syscall(SYS_fadvise64_64, fd, 0, 0, 0, 0, i),
			 "advice %d", i);
	check_err(EINVAL, syscall(SYS_fadvise64_64, fd, 0, 0, 0, 0, 6),
		  "no advice");
	check_ok(syscall(SYS_sync_file_range, fd, 0, 0, 0, 0, 7),
		 "SYNC_FILE_RANGE_...");
#endif
	close(fd);
}

struct iov {
	const void *base;
	unsigned long len;
};

static void write_by_flags(void)
{
	int fd = open("f", O_RDWR), p[2];
	struct iov v = { "abc", 3 };
	struct stat st;
	char in[4];

	ftruncate(fd, 10);
	check_eq(syscall(SYS_pwritev2, fd, &v, 1, 0L, 0L, 2), 3, "RWF_DSYNC");
	check_eq(syscall(SYS_pwritev2, fd, &v, 1, 0L, 0L, 4), 3, "RWF_SYNC");
	check_eq(syscall(SYS_pwritev2, fd, &v, 1, 0L, 0L, 16), 3,
		 "RWF_APPEND");
	fstat(fd, &st);
	check_eq(st.st_size, 13, "at the end");
	pipe2(p, 0);
	v.base = in;
	if (syscall(SYS_preadv2, p[0], &v, 1, -1L, -1L, 8) == -1 &&
	    errno == EOPNOTSUPP) {
		tap_skip("RWF_NOWAIT", "an older Linux");
	} else {
		check_err(EAGAIN, syscall(SYS_preadv2, p[0], &v, 1, -1L, -1L,
					  8), "RWF_NOWAIT reads nothing");
		v.base = "abc";
		check_eq(syscall(SYS_pwritev2, p[1], &v, 1, -1L, -1L, 8), 3,
			 "RWF_NOWAIT writes where there is room");
		v.base = in;
		check_eq(syscall(SYS_preadv2, p[0], &v, 1, -1L, -1L, 8), 3,
			 "and reads what is there");
	}
	check_err(EOPNOTSUPP, syscall(SYS_preadv2, fd, &v, 1, 0L, 0L, 1 << 20),
		  "no such flag");
	close(p[0]);
	close(p[1]);
	close(fd);
}

static void open_by_flags(void)
{
	int fd = open("/dev/null", O_RDWR), p[2], on = 1, n = 0;

	check_ok(syscall(SYS_pipe2, p, NONBLOCK | CLOEXEC),
		 "pipe2 O_NONBLOCK, O_CLOEXEC");
	check(fcntl(p[0], F_GETFL) & NONBLOCK && fcntl(p[0], F_GETFD) == 1,
	      "both ends have them");
	check(fcntl(p[0], F_GETPIPE_SZ) >= 4096, "F_GETPIPE_SZ");
	check_err(EINVAL, syscall(SYS_pipe2, p, 1), "no such flag");
	check_ok(syscall(SYS_ioctl, fd, 0x5451), "FIOCLEX");
	check_eq(fcntl(fd, F_GETFD), 1, "is close-on-exec");
	check_ok(syscall(SYS_ioctl, fd, 0x5450), "FIONCLEX");
	check_eq(fcntl(fd, F_GETFD), 0, "is not");
	on = 0;
	check_ok(syscall(SYS_ioctl, p[0], 0x5421, &on), "FIONBIO with 0");
	check(!(fcntl(p[0], F_GETFL) & NONBLOCK), "waits again");
	on = 1;
	check_ok(syscall(SYS_ioctl, p[0], 0x5421, &on), "FIONBIO with 1");
	check(fcntl(p[0], F_GETFL) & NONBLOCK, "does not wait");
	close(p[0]);
	close(p[1]);
	close(fd);
	fd = open("f", O_RDWR);
	n = dup(fd);
	check_ok(syscall(SYS_close_range, n, n, 4), "CLOSE_RANGE_CLOEXEC");
	check_eq(fcntl(n, F_GETFD), 1, "stays open");
	check_ok(syscall(SYS_close_range, n, n, 2), "CLOSE_RANGE_UNSHARE");
	check_err(EBADF, fcntl(n, F_GETFD), "is closed");
	check_err(EINVAL, syscall(SYS_close_range, n, n, 1), "no such flag");
	close(fd);
}

/* ---- mounts ---------------------------------------------------------------- */

static void mount_by_flags(void)
{
	enum { NOATIME_ = 0x400, BIND = 0x1000, MOVE = 0x2000, REC = 0x4000,
	       PRIVATE = 0x40000, SLAVE = 0x80000, SHARED = 0x100000,
	       RELATIME = 0x200000, REMOUNT = 0x20 };

	mkdir("m", 0700);
	mkdir("elsewhere", 0700);
	if (syscall(SYS_mount, "none", "m", "tmpfs", NOATIME_, NULL)) {
		tap_skip("mounting", "not allowed");
		return;
	}
	check(1, "MS_NOATIME");
	check_ok(syscall(SYS_mount, NULL, "m", NULL, PRIVATE | REC, NULL),
		 "MS_PRIVATE, MS_REC");
	check_ok(syscall(SYS_mount, NULL, "m", NULL, SLAVE, NULL), "MS_SLAVE");
	check_ok(syscall(SYS_mount, NULL, "m", NULL, SHARED, NULL),
		 "MS_SHARED");
	syscall(SYS_mount, NULL, "m", NULL, PRIVATE, NULL);
	check_err(EINVAL, syscall(SYS_mount, NULL, "m", NULL, PRIVATE | SHARED,
				  NULL), "both");
	check_ok(syscall(SYS_mount, "none", "m", NULL, REMOUNT | RELATIME,
			 NULL), "MS_REMOUNT, MS_RELATIME");
	put_file("m/here", "x", 1, 0600);
	check_ok(syscall(SYS_mount, "m", "elsewhere", NULL, BIND | REC, NULL),
		 "MS_BIND, MS_REC");
	check(full_mode_of("elsewhere/here") > 0, "seen at two places");
	check_ok(syscall(SYS_umount2, "elsewhere", 8), "UMOUNT_NOFOLLOW");
	if (syscall(SYS_mount, "m", "elsewhere", NULL, MOVE, NULL)) {
		/* below a mount that is shared none is moved */
		tap_skip("MS_MOVE", "the root is shared");
		rename("m", "elsewhere2");
	} else {
		check(full_mode_of("elsewhere/here") > 0 &&
		      full_mode_of("m/here") < 0,
		      "MS_MOVE");
		check_ok(syscall(SYS_mount, "elsewhere", "m", NULL, MOVE,
				 NULL), "and back");
	}
	check_ok(syscall(SYS_umount2, "m", 1), "MNT_FORCE");
	symlink("m", "to-m");
	syscall(SYS_mount, "none", "m", "tmpfs", 0, NULL);
	check_err(EINVAL, syscall(SYS_umount2, "to-m", 8), "no link is one");
#ifdef SYS_umount
	check_ok(syscall(SYS_umount, "to-m"), "umount follows it");
#else
	check_ok(syscall(SYS_umount2, "to-m", 0), "umount follows it");
#endif
	unlink("to-m");
	check_err(EINVAL, syscall(SYS_umount2, "m", 16), "no such flag");
	rmdir("m");
	rmdir("elsewhere");
}

int main(int argc, char **argv)
{
	if (argc > 1)
		return 17;
	tap_find_self(argv[0]);
	tap_scratch("at_flags");
	put_file("f", "text", 4, 0600);
	symlink("f", "l");
	symlink("nowhere", "dangling");
	change_owners();
	check_access_flags();
	stat_by_flags();
	link_by_flags();
	rename_between();
	set_times_by_flags();
	nodes();
	execute_by_flags();
	executed_scripts();
	open_with_sync();
	allocate_sparse();
	advising();
	write_by_flags();
	open_by_flags();
	mount_by_flags();
	unlink("f");
	unlink("l");
	unlink("dangling");
	tap_scratch_end();
	return tap_done();
}
