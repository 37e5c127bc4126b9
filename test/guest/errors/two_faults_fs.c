/* SPDX-License-Identifier: MIT */
/*
 * Calls on files, mounts, clocks, System V's objects and schedules with two bad
 * arguments at once: which of the two is told says in what order they are
 * looked at (B5, B11, B14, B16, D10).  Others are in two_faults.c.
 */
#include <stdint.h>
#include "tap.h"

#define NOWHERE		((void *)-4096L)	/* no user's address */
#define NO_FD		999
#define MANY		0x7ffffff0
#define HERE		-100			/* AT_FDCWD */
/* By one name on both machines: the calls with times of 64 bits. */
#ifdef SYS_clock_gettime64
#define SYS_gettime_of		SYS_clock_gettime64
#define SYS_settime_of		SYS_clock_settime64
#define SYS_getres_of		SYS_clock_getres_time64
#define SYS_sleep_of		SYS_clock_nanosleep_time64
#define SYS_adjtime_of		SYS_clock_adjtime64
#define SYS_timer_set		SYS_timer_settime64
#define SYS_timer_get		SYS_timer_gettime64
#define SYS_utimens_at		SYS_utimensat_time64
#define SYS_semop_timed		SYS_semtimedop_time64
#define SYS_rr_interval		SYS_sched_rr_get_interval
#define SYS_newfstat_at		SYS_fstatat64
#define SYS_fcntl_of		SYS_fcntl64
#define SYS_seek		SYS_lseek
#else
#define SYS_gettime_of		SYS_clock_gettime
#define SYS_settime_of		SYS_clock_settime
#define SYS_getres_of		SYS_clock_getres
#define SYS_sleep_of		SYS_clock_nanosleep
#define SYS_adjtime_of		SYS_clock_adjtime
#define SYS_timer_set		SYS_timer_settime
#define SYS_timer_get		SYS_timer_gettime
#define SYS_utimens_at		SYS_utimensat
#define SYS_semop_timed		SYS_semtimedop
#define SYS_rr_interval		SYS_sched_rr_get_interval
#define SYS_newfstat_at		SYS_newfstatat
#define SYS_fcntl_of		SYS_fcntl
#define SYS_seek		SYS_lseek
#endif
#define SYS_truncate_long	SYS_truncate
#define SYS_ftruncate_long	SYS_ftruncate

/* Two bad ones, and the errno of the one that counts. */
#define bad(err, call, ...) \
	check_err(err, syscall(SYS_ ## call, __VA_ARGS__), \
		  "%s(%s): %s", #call, #__VA_ARGS__, #err)

static int file, ro, wo, dir, pr[2];
static char buf[512], longname[5000];
static struct { int64_t sec, nsec; } late = { 0, 2000000000 };
static struct { long base, len; } iov = { 0, -1 };
static struct { void *base; long len; } good = { buf, 1 };

static void names(void)
{
	bad(EFAULT, openat, NO_FD, BAD, MANY, 0);
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

static void attributes(void)
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

static void transfers(void)
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
#ifndef __i386__
	bad(EBADF, readv, wo, BAD, 1L);
	bad(EBADF, writev, ro, &iov, 1L);
#endif
	bad(EINVAL, readv, file, BAD, 1025L);
	bad(EFAULT, readv, file, BAD, 1L);
	bad(EINVAL, readv, file, &iov, 1L);
	bad(EBADF, writev, NO_FD, BAD, -1L);
	bad(EBADF, preadv, NO_FD, BAD, 1L, 0L, 0L);
	bad(EINVAL, preadv, NO_FD, BAD, 1L, -1L, -1L);
	bad(ESPIPE, preadv, pr[0], BAD, 1L, 0L, 0L);
	bad(EBADF, preadv2, NO_FD, BAD, 1L, 0L, 0L, MANY);
	bad(ESPIPE, preadv2, pr[0], BAD, 1L, 0L, 0L, MANY);
	bad(EFAULT, preadv2, file, BAD, 1L, 0L, 0L, MANY);
	bad(EOPNOTSUPP, preadv2, file, &good, 1L, 0L, 0L, MANY);
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
	bad(EINVAL, dup3, NO_FD, NO_FD, MANY);
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

static void clocks(void)
{
	bad(EINVAL, gettime_of, 77, BAD);
	bad(EFAULT, gettime_of, 0, BAD);
	bad(EINVAL, getres_of, 77, BAD);
	bad(EINVAL, settime_of, 77, BAD);
	bad(EINVAL, settime_of, 1, BAD);
	bad(EFAULT, settime_of, 0, BAD);
	bad(EINVAL, settime_of, 0, &late);
	bad(EINVAL, sleep_of, 77, 0, BAD, BAD);
	bad(EFAULT, sleep_of, 1, 99, BAD, BAD);
	bad(EINVAL, sleep_of, 1, 99, &late, BAD);
	bad(EOPNOTSUPP, sleep_of, 4, 0, BAD, BAD);
	bad(EOPNOTSUPP, sleep_of, 3, 0, BAD, BAD);
	bad(EFAULT, timer_create, 77, BAD, BAD);
	bad(EINVAL, timer_create, 77, NULL, BAD);
	bad(EFAULT, timer_create, 0, NULL, BAD);
	bad(EOPNOTSUPP, timer_create, 4, NULL, BAD);
	bad(EINVAL, timer_set, 77, 0, NULL, BAD);
	bad(EFAULT, timer_set, 77, 0, BAD, BAD);
	bad(EINVAL, timer_get, 77, BAD);
	bad(EINVAL, timer_getoverrun, 77);
	bad(EINVAL, timer_delete, 77);
	bad(EFAULT, adjtime_of, 77, BAD);
	bad(EFAULT, adjtime_of, 0, BAD);
	bad(EFAULT, gettimeofday, BAD, BAD);
	bad(EFAULT, settimeofday, BAD, BAD);
	bad(EINVAL, getitimer, 77, BAD);
	bad(EFAULT, getitimer, 0, BAD);
	bad(EFAULT, setitimer, 77, BAD, BAD);
	bad(EINVAL, setitimer, 77, buf, BAD);
}

static void sysv(void)
{
	long msg = 0;

	bad(EINVAL, semget, 0, -1, 0);
	bad(EINVAL, semget, 0, 0, 0600);
	bad(ENOENT, semget, 0x77665544, 0, 0);
	bad(EINVAL, semget, 0x77665544, 100000, 0);
	bad(EINVAL, semop_timed, -1, BAD, 0, NULL);
	bad(EFAULT, semop_timed, -1, BAD, 1, NULL);
	bad(E2BIG, semop_timed, 12345, BAD, 100000, NULL);
	bad(EFAULT, semop_timed, 12345, BAD, 1, NULL);
	bad(EFAULT, semop_timed, -1, BAD, 0, BAD);
	bad(EFAULT, semop_timed, 12345, BAD, 1, &late);
	bad(EINVAL, semop_timed, -1, buf, 1, &late);
	bad(E2BIG, semop_timed, -1, BAD, 100000, &late);
	bad(EINVAL, semctl, -1, 0, 99, BAD);
	bad(EINVAL, semctl, 12345, 0, 2, BAD);
	bad(EFAULT, semctl, 12345, 0, 1, BAD);
	bad(EINVAL, semctl, 12345, 0, 17, BAD);
	bad(ERANGE, semctl, 12345, 0, 16, -1L);
	bad(EINVAL, semctl, 12345, -1, 12, 0L);
	bad(EFAULT, semctl, 0, 0, 3, BAD);
	bad(EINVAL, msgctl, -1, 99, BAD);
	bad(EINVAL, msgctl, 12345, 2, BAD);
	bad(EFAULT, msgctl, 12345, 1, BAD);
	bad(ENOENT, msgget, 0x77665544, 0);
	bad(EFAULT, msgsnd, -1, BAD, 1L, 0);
	bad(EINVAL, msgsnd, -1, &msg, 100000L, 0);
	bad(EFAULT, msgsnd, 12345, BAD, 100000L, 0);
	bad(EINVAL, msgsnd, 12345, &msg, 0L, 0);
	bad(EINVAL, msgrcv, -1, BAD, -1L, 0L, 0);
	bad(EINVAL, msgrcv, 12345, BAD, 1L, 0L, 0);
	bad(EINVAL, msgrcv, 12345, BAD, 1L, 0L, 040000);
	bad(EINVAL, msgrcv, 12345, BAD, 1L, 0L, 064000);
	bad(EFAULT, msgrcv, 12345, BAD, 1L, 0L, 044000);
	bad(EINVAL, shmget, 0, 0L, 0600);
	bad(ENOENT, shmget, 0x77665544, 0L, 0);
	bad(EINVAL, shmctl, 12345, 2, BAD);
	bad(EFAULT, shmctl, 12345, 1, BAD);
	bad(EINVAL, shmctl, -1, 1, BAD);
	bad(EINVAL, shmctl, 12345, 99, BAD);
	bad(EINVAL, shmat, -1, 1, 0);
	bad(EINVAL, shmat, 12345, 0, 0);
	bad(EINVAL, shmdt, 1);
}

static void schedules(void)
{
	bad(EINVAL, sched_setscheduler, -1, 0, NULL);
	bad(EINVAL, sched_setscheduler, 999999, -1, BAD);
	bad(EFAULT, sched_setscheduler, 999999, 0, BAD);
	bad(ESRCH, sched_setscheduler, 999999, 0, buf);
	bad(EINVAL, sched_setparam, -1, BAD);
	bad(EFAULT, sched_setparam, 999999, BAD);
	bad(EINVAL, sched_getscheduler, -1);
	bad(ESRCH, sched_getscheduler, 999999);
	bad(EINVAL, sched_getparam, 999999, NULL);
	bad(ESRCH, sched_getparam, 999999, BAD);
	bad(EFAULT, sched_setaffinity, 999999, 8, BAD);
	bad(ESRCH, sched_setaffinity, 999999, 0, buf);
	bad(EINVAL, sched_getaffinity, 999999, 1, BAD);
	bad(ESRCH, sched_getaffinity, 999999, 64, BAD);
	bad(EINVAL, sched_setattr, -1, BAD, 0);
	bad(EINVAL, sched_setattr, 999999, BAD, 1);
	bad(EFAULT, sched_setattr, 999999, BAD, 0);
	bad(EINVAL, sched_getattr, 999999, NULL, 64, 0);
	bad(EINVAL, sched_getattr, 999999, BAD, 1, 0);
	bad(ESRCH, sched_getattr, 999999, BAD, 64, 0);
	bad(EINVAL, sched_get_priority_max, 99);
	bad(ESRCH, rr_interval, 999999, BAD);
	bad(EINVAL, rr_interval, -1, BAD);
	bad(EINVAL, setpriority, 9, 999999, 0);
	bad(ESRCH, setpriority, 0, 999999, 99);
	bad(EINVAL, getpriority, 9, 999999);
	bad(EINVAL, ioprio_set, 9, 999999, 0);
	bad(EINVAL, ioprio_set, 9, 999999, 0x7fff0000);
	bad(EINVAL, ioprio_get, 9, 999999);
}

int main(void)
{
	tap_scratch("two_faults");
	memset(longname, 'n', sizeof(longname) - 1);
	put_file("file", "some text", 9, 0600);
	mkdir("d", 0700);
	file = open("file", O_RDWR);
	ro = open("file", O_RDONLY);
	wo = open("file", O_WRONLY);
	dir = open(".", O_RDONLY);
	if (file < 0 || ro < 0 || wo < 0 || dir < 0 || pipe(pr))
		tap_bail("descriptors");
	names();
	attributes();
	transfers();
	clocks();
	sysv();
	schedules();
	unlink("file");
	rmdir("d");
	tap_scratch_end();
	return tap_done();
}
