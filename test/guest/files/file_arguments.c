/* SPDX-License-Identifier: MIT */
/*
 * Calls on names and files with two bad arguments at once: which of the two is
 * told says in what order they are looked at (rows B3, B5).
 */
#include "arguments.h"

#define HERE		-100			/* AT_FDCWD */
#define LARGE		O_LARGEFILE
#define SYS_truncate_long	SYS_truncate
#define SYS_ftruncate_long	SYS_ftruncate
#define SYS_seek		SYS_lseek

static int file, ro, wo, dir, pr[2];
static char buf[512], longname[8192];
static struct { long base, len; } iov = { 0, -1 };
static struct { void *base; long len; } good = { buf, 1 };

static void name_badly(void)
{
	bad(EFAULT, openat, NO_FD, BAD, MANY_FLAGS, 0);
	bad(ENOENT, openat, NO_FD, "", 0, 0);
	bad(EBADF, openat, NO_FD, "x", 0, 0);
	bad(ENOTDIR, openat, file, "x", 0, 0);
#ifndef __i386__	/* whose Linux is older, and orders these otherwise */
	bad(EINVAL, openat, HERE, BAD, O_CREAT | O_DIRECTORY, 0);
#endif
	bad(EINVAL, openat, HERE, BAD, 020000000, 0);
	bad(ENAMETOOLONG, openat, NO_FD, longname, 0, 0);
	bad(EISDIR, openat, HERE, ".", O_CREAT | O_RDWR, 0);
	bad(EISDIR, openat, HERE, "nothing/", O_CREAT, 0);
	bad(ENOTDIR, openat, HERE, "file/", O_RDWR, 0);
	bad(EINVAL, openat2, NO_FD, BAD, BAD, 1);
	bad(EFAULT, openat2, NO_FD, BAD, BAD, 24);
	bad(E2BIG, openat2, NO_FD, BAD, BAD, 5000);
	bad(EFAULT, mkdirat, NO_FD, BAD, 0);
	bad(ENOENT, mkdirat, NO_FD, "", 0);
	bad(EBADF, mkdirat, NO_FD, "x", 0);
	bad(EINVAL, mknodat, NO_FD, "x", 0120000, 0);
	bad(EINVAL, mknodat, HERE, BAD, 0170000, 0);
	bad(EPERM, mknodat, NO_FD, BAD, 0040000, 0);
	bad(EINVAL, unlinkat, NO_FD, BAD, 1);
	bad(EFAULT, unlinkat, NO_FD, BAD, 0);
	bad(EINVAL, unlinkat, HERE, ".", 0x200);
	bad(ENOTEMPTY, unlinkat, HERE, "..", 0x200);
	bad(EISDIR, unlinkat, HERE, ".", 0);
	bad(ENOTDIR, unlinkat, HERE, "file", 0x200);
	bad(EISDIR, unlinkat, HERE, "d/", 0);
	bad(ENOTDIR, unlinkat, HERE, "file/", 0);
	bad(ENOENT, unlinkat, HERE, "nothing/", 0);
	bad(EFAULT, symlinkat, BAD, NO_FD, BAD);
	bad(EFAULT, symlinkat, BAD, NO_FD, "x");
	bad(ENOENT, symlinkat, "", NO_FD, BAD);
	bad(ENOENT, symlinkat, "", NO_FD, "x");
	bad(EEXIST, symlinkat, "x", HERE, "file");
	bad(EINVAL, linkat, NO_FD, BAD, NO_FD, BAD, 1);
	bad(EFAULT, linkat, NO_FD, BAD, NO_FD, BAD, 0);
	bad(EBADF, linkat, NO_FD, "file", HERE, "", 0);
	bad(ENOENT, linkat, HERE, "nothing", HERE, "file", 0);
	bad(EPERM, linkat, HERE, "d", HERE, "e", 0);
	bad(EEXIST, linkat, HERE, "d", HERE, "file", 0);
	bad(ENOENT, linkat, HERE, "file", HERE, "/proc/x", 0);
	bad(EINVAL, renameat2, NO_FD, BAD, NO_FD, BAD, 8);
	bad(EINVAL, renameat2, NO_FD, BAD, NO_FD, BAD, 3);
	bad(EFAULT, renameat2, NO_FD, BAD, NO_FD, BAD, 0);
	bad(EFAULT, renameat2, HERE, "nothing", HERE, BAD, 0);
	bad(ENOENT, renameat2, HERE, "nothing", HERE, "file", 1);
	bad(EXDEV, renameat2, HERE, "nothing", HERE, "/proc/x", 0);
	bad(EBUSY, renameat2, HERE, ".", HERE, "file", 0);
	bad(EEXIST, renameat2, HERE, "file", HERE, ".", 1);
	bad(EBUSY, renameat2, HERE, "file", HERE, ".", 0);
	bad(EISDIR, renameat2, HERE, "file", HERE, "d", 0);
	bad(ENOTDIR, renameat2, HERE, "d", HERE, "file", 0);
	bad(EINVAL, renameat2, HERE, "d", HERE, "d/x", 0);
	bad(ENOTDIR, renameat2, HERE, "file/", HERE, "x", 0);
	bad(ENOTDIR, renameat2, HERE, "file", HERE, "x/", 0);
	bad(ENOENT, renameat2, HERE, "file", HERE, "nothing", 2);
}

static void look_at_longnames(void)
{
	check_eq(raw_syscall(SYS_renameat2, AT_FDCWD, "no/a", AT_FDCWD,
			     longname, 0), -ENOENT,
		 "renameat2: the old name's folder before the new name");
	check_eq(raw_syscall(SYS_renameat2, NO_FD, "a", AT_FDCWD, BAD, 0),
		 -EBADF, "and its descriptor");
	check_eq(raw_syscall(SYS_renameat2, AT_FDCWD, "none", AT_FDCWD,
			     longname, 0), -ENAMETOOLONG,
		 "the new name before the old one's last part");
	check_eq(raw_syscall(SYS_renameat2, AT_FDCWD, "none", AT_FDCWD, BAD,
			     0), -EFAULT, "likewise");
	check_eq(raw_syscall(SYS_linkat, AT_FDCWD, "none", AT_FDCWD,
			     longname, 0), -ENOENT, "linkat: all of it");
}

static void ask_attributes_badly(void)
{
	bad(EINVAL, newfstat_at, NO_FD, BAD, BAD, 1);
	bad(EFAULT, newfstat_at, NO_FD, BAD, BAD, 0);
	bad(EBADF, newfstat_at, NO_FD, "x", BAD, 0);
	bad(ENOENT, newfstat_at, HERE, "nothing", BAD, 0);
	bad(EFAULT, newfstat_at, HERE, "file", BAD, 0);
	bad(EBADF, newfstat_at, NO_FD, "", BAD, 0x1000);
	bad(EINVAL, statx, NO_FD, BAD, 0, 0x80000000u, BAD);
	bad(EINVAL, statx, NO_FD, BAD, 0x6000, 0, BAD);
	bad(EINVAL, statx, NO_FD, BAD, 1, 0, BAD);
	bad(EFAULT, statx, NO_FD, BAD, 0, 0, BAD);
	bad(EBADF, statx, NO_FD, "x", 0, 0, BAD);
	bad(EINVAL, faccessat, NO_FD, BAD, 8);
	bad(EFAULT, faccessat, NO_FD, BAD, 0);
	bad(EBADF, faccessat, NO_FD, "x", 0);
	bad(EINVAL, faccessat2, NO_FD, BAD, 0, 1);
	bad(EFAULT, fchmodat, NO_FD, BAD, 0);
	bad(EINVAL, fchownat, NO_FD, BAD, 0, 0, 1);
	bad(EFAULT, fchownat, NO_FD, BAD, 0, 0, 0);
	bad(EBADF, fchownat, NO_FD, "", 0, 0, 0x1000);
	bad(EFAULT, utimens_at, NO_FD, BAD, BAD, 1);
	bad(EINVAL, utimens_at, NO_FD, BAD, NULL, 1);
	bad(EFAULT, utimens_at, NO_FD, BAD, NULL, 0);
	bad(EBADF, utimens_at, NO_FD, NULL, NULL, 0);
	bad(EINVAL, utimens_at, NO_FD, NULL, NULL, 0x100);
	bad(EFAULT, utimens_at, HERE, NULL, NULL, 0);
	bad(EBADF, fchdir, -1);
	bad(ENOTDIR, chdir, "file");
	bad(EFAULT, chroot, BAD);
	bad(ERANGE, getcwd, BAD, 1);
	bad(EFAULT, getcwd, BAD, 512);
	bad(EINVAL, truncate_long, BAD, -1L);
	bad(EFAULT, truncate_long, BAD, 0L);
	bad(EISDIR, truncate_long, "d", 0L);
	bad(EINVAL, ftruncate_long, NO_FD, -1L);
	bad(EBADF, ftruncate_long, NO_FD, 0L);
	bad(EINVAL, ftruncate_long, ro, 0L);
	bad(EINVAL, ftruncate_long, pr[1], 0L);
}

static void transfer_badly(void)
{
	bad(EBADF, read, NO_FD, NOWHERE, -1L);
	bad(EBADF, read, wo, NOWHERE, -1L);
	bad(EFAULT, read, file, NOWHERE, 1L);
	bad(EISDIR, read, dir, buf, 1L);
	bad(EBADF, write, NO_FD, NOWHERE, -1L);
	bad(EBADF, write, ro, NOWHERE, -1L);
	bad(EFAULT, write, file, NOWHERE, 1L);
	bad(EBADF, readv, NO_FD, BAD, -1L);
	bad(EBADF, readv, NO_FD, BAD, 1L);
	if (!on_older_linux(6, 9)) {
		bad(EBADF, readv, wo, BAD, 1L);
		bad(EBADF, writev, ro, &iov, 1L);
	}
	bad(EINVAL, readv, file, BAD, 1025L);
	bad(EFAULT, readv, file, BAD, 1L);
	bad(EINVAL, readv, file, &iov, 1L);
	bad(EBADF, writev, NO_FD, BAD, -1L);
	bad(EBADF, preadv, NO_FD, BAD, 1L, 0L, 0L);
	bad(EINVAL, preadv, NO_FD, BAD, 1L, -1L, -1L);
	bad(ESPIPE, preadv, pr[0], BAD, 1L, 0L, 0L);
	bad(EBADF, preadv2, NO_FD, BAD, 1L, 0L, 0L, MANY_FLAGS);
	bad(ESPIPE, preadv2, pr[0], BAD, 1L, 0L, 0L, MANY_FLAGS);
	bad(EFAULT, preadv2, file, BAD, 1L, 0L, 0L, MANY_FLAGS);
	bad(EOPNOTSUPP, preadv2, file, &good, 1L, 0L, 0L, MANY_FLAGS);
	bad(EBADF, close, NO_FD);
	bad(EBADF, getdents64, NO_FD, BAD, 0);
	bad(ENOTDIR, getdents64, file, BAD, 0);
	bad(EBADF, seek, NO_FD, 0L, 77);
	bad(EINVAL, seek, file, 0L, 77);
	bad(EBADF, fsync, NO_FD);
	bad(EINVAL, fsync, pr[0]);
	bad(EBADF, ioctl, NO_FD, 0x5401, BAD);
	bad(ENOTTY, ioctl, file, 0x5401, BAD);
	bad(EBADF, fcntl_of, NO_FD, 999, BAD);
	bad(EINVAL, fcntl_of, file, 999, BAD);
	bad(EBADF, fcntl_of, NO_FD, 5, BAD);
	bad(EFAULT, fcntl_of, file, 5, BAD);
	bad(EINVAL, fcntl_of, file, 0, -1);
	bad(EBADF, dup, NO_FD);
	bad(EINVAL, dup3, NO_FD, NO_FD, MANY_FLAGS);
	bad(EINVAL, dup3, NO_FD, NO_FD, 0);
	bad(EBADF, dup3, NO_FD, 0x7fffffff, 0);
	bad(EBADF, dup3, file, 0x7fffffff, 0);
	bad(EINVAL, flock, NO_FD, 16);
	bad(EBADF, flock, NO_FD, 8);
	bad(EINVAL, pipe2, BAD, 1);
	bad(EFAULT, pipe2, BAD, 0);
	bad(EINVAL, inotify_init1, 1);
	bad(EBADF, inotify_add_watch, NO_FD, BAD, 1);
	bad(EINVAL, inotify_add_watch, NO_FD, BAD, 0);
	bad(EINVAL, inotify_add_watch, file, "nothing", 1);
	bad(EBADF, inotify_rm_watch, NO_FD, 0);
	bad(EINVAL, inotify_rm_watch, file, 0);
	bad(EBADF, syncfs, NO_FD);
	bad(EINVAL, readlinkat, NO_FD, BAD, BAD, 0);
	bad(EFAULT, readlinkat, NO_FD, BAD, BAD, 1);
	bad(EBADF, readlinkat, NO_FD, "x", BAD, 1);
	bad(EINVAL, umount2, BAD, 0x100);
	bad(EFAULT, umount2, BAD, 0);
	bad(EFAULT, mount, BAD, BAD, BAD, 0L, BAD);
	bad(EFAULT, pivot_root, BAD, BAD);
	bad(ENOENT, pivot_root, "nothing", BAD);
}

static void read_directory(void)
{
	int fd = open(".", O_RDONLY);

	check_eq(raw_syscall(SYS_read, fd, buf, 9), -EISDIR, "a folder");
	check_eq(raw_syscall(SYS_read, fd, ~0ul - 5, 65536), -EFAULT,
		 "where to before that");
	check_eq(raw_syscall(SYS_pread64, fd, ~0ul - 5, 65536, ARG64(0)),
		 -EFAULT, "at a position, too");
	check_eq(raw_syscall(SYS_read, fd, buf, 1ul << (8 * sizeof(long) - 1)),
		 sizeof(long) == 8 ? -EFAULT : -EINVAL, "then how much");
	close(fd);
}

static void drop_unknown_flags(void)
{
	int fd = (int)raw_syscall(SYS_openat, AT_FDCWD, "/dev/null",
				  0x80000000u | O_RDWR, 0);
	long flags = fcntl(fd, F_GETFL);

	check_eq(flags & ~LARGE, O_RDWR, "unknown flags of open are dropped");
	check_eq(!!(flags & LARGE), sizeof(long) == 8,
		 "files are large where words are");
	close(fd);
}

/* Of tmpfs, where folders grow by each name. */
static void size_directory(void)
{
	struct stat before, after;

	mkdir("d", 0755);
	stat("d", &before);
	put_file("d/f", "x", 1, 0644);
	stat("d", &after);
	check(before.st_size > 0 || after.st_size == 0,
	      "an empty folder has a size, if any has");
	unlink("d/f");
	rmdir("d");
}

static void number_fifos(void)
{
	struct stat st = { .st_rdev = 1 };

	check_eq(raw_syscall(SYS_mknodat, AT_FDCWD, "fifo", S_IFIFO | 0600,
			     0x103), 0, "mknod of a FIFO, with a number");
	check(!stat("fifo", &st) && !st.st_rdev, "which is no device's");
	unlink("fifo");
}

static void call_rare_ones(void)
{
	char ds[256];
	unsigned a, b, c;
	void *head;
	unsigned long len;

#if __SIZEOF_LONG__ == 8
	check_ok(syscall(SYS_readahead, file, 0L, 5L), "readahead");
#else
	check_ok(syscall(SYS_readahead, file, 0, 0, 5), "readahead");
	check_ok(syscall(SYS_statfs64, ".", 84, ds), "statfs64");
	check_ok(syscall(SYS_fstatfs64, file, 84, ds), "fstatfs64");
#endif
	check_ok(syscall(SYS_statfs, ".", ds), "statfs");
	check_ok(syscall(SYS_fstatfs, file, ds), "fstatfs");
	check_ok(syscall(SYS_getresgid, &a, &b, &c), "getresgid");
	check_ok(syscall(SYS_get_robust_list, 0, &head, &len),
		 "get_robust_list");
	check_ok(syscall(SYS_flock, file, 1), "LOCK_SH");
	check_ok(syscall(SYS_flock, file, 8), "LOCK_UN");
}

static void find_descriptor_first(void)
{
#ifdef SYS_fcntl64
	check_eq(raw_syscall(SYS_fcntl, NO_FD, 12, 0), -EBADF,
		 "fcntl of 32 bits: the descriptor before the command");
#endif
}

int main(void)
{
	tap_scratch("file_arguments");
	memset(longname, 'n', sizeof(longname) - 1);
	put_file("file", "some text", 9, 0600);
	mkdir("d", 0700);
	file = open("file", O_RDWR);
	ro = open("file", O_RDONLY);
	wo = open("file", O_WRONLY);
	dir = open(".", O_RDONLY);
	if (file < 0 || ro < 0 || wo < 0 || dir < 0 || pipe(pr))
		tap_bail("descriptors");
	name_badly();
	look_at_longnames();
	ask_attributes_badly();
	transfer_badly();
	read_directory();
	drop_unknown_flags();
	number_fifos();
	call_rare_ones();
	find_descriptor_first();
	unlink("file");
	rmdir("d");
	size_directory();
	tap_scratch_end();
	return tap_done();
}
