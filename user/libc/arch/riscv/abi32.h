/* SPDX-License-Identifier: MIT */
/*
 * The parts of the ABI that are specific to riscv32 (docs/rv32.md).  The call
 * numbers are riscv64's, but 64-bit times have calls of their own, an offset
 * takes two words, and statx and waitid replace fstat, fstatat and wait4.  Part
 * of arch.h.
 */
#ifndef LIBC_ARCH_ABI32_H
#define LIBC_ARCH_ABI32_H

long __syscall(long nr, long a, long b, long c, long d, long e, long f);

#define ARCH_NAME		"riscv32"

/* A 64-bit argument is two words, the low one first. */
#define ARG64(x)		((long)(x)), ((long)((uint64_t)(x) >> 32))

/* Calls that do not exist on riscv32. */
#undef SYS_newfstatat
#undef SYS_fstat
#undef SYS_wait4
#undef SYS_nanosleep
#undef SYS_getrlimit
#undef SYS_setrlimit
#undef SYS_gettimeofday
#undef SYS_settimeofday
#undef SYS_adjtimex

/* The same numbers, but with other arguments. */
#undef SYS_statfs
#undef SYS_fstatfs
#undef SYS_truncate
#undef SYS_ftruncate
#undef SYS_lseek
#undef SYS_mmap
#undef SYS_fadvise64
#define SYS_fcntl64                     25
#define SYS_statfs64                    43
#define SYS_fstatfs64                   44
#define SYS_truncate64                  45
#define SYS_ftruncate64                 46
#define SYS__llseek                     62
#define SYS_sendfile64                  71
#define SYS_mmap2                       222
#define SYS_fadvise64_64                223

/* All times have 64 bits, so the plain names mean these calls. */
#define SYS_clock_gettime64             403
#define SYS_clock_settime64             404
#define SYS_clock_adjtime64             405
#define SYS_clock_getres_time64         406
#define SYS_clock_nanosleep_time64      407
#define SYS_timer_gettime64             408
#define SYS_timer_settime64             409
#define SYS_timerfd_gettime64           410
#define SYS_timerfd_settime64           411
#define SYS_utimensat_time64            412
#define SYS_pselect6_time64             413
#define SYS_ppoll_time64                414
#define SYS_io_pgetevents_time64        416
#define SYS_recvmmsg_time64             417
#define SYS_mq_timedsend_time64         418
#define SYS_mq_timedreceive_time64      419
#define SYS_semtimedop_time64           420
#define SYS_rt_sigtimedwait_time64      421
#define SYS_futex_time64                422
#define SYS_sched_rr_get_interval_time64 423
#undef SYS_clock_gettime
#undef SYS_clock_settime
#undef SYS_clock_adjtime
#undef SYS_clock_getres
#undef SYS_clock_nanosleep
#undef SYS_timer_gettime
#undef SYS_timer_settime
#undef SYS_timerfd_gettime
#undef SYS_timerfd_settime
#undef SYS_utimensat
#undef SYS_pselect6
#undef SYS_ppoll
#undef SYS_io_pgetevents
#undef SYS_recvmmsg
#undef SYS_mq_timedsend
#undef SYS_mq_timedreceive
#undef SYS_semtimedop
#undef SYS_rt_sigtimedwait
#undef SYS_futex
#undef SYS_sched_rr_get_interval
#define SYS_clock_gettime               SYS_clock_gettime64
#define SYS_clock_settime               SYS_clock_settime64
#define SYS_clock_adjtime               SYS_clock_adjtime64
#define SYS_clock_getres                SYS_clock_getres_time64
#define SYS_clock_nanosleep             SYS_clock_nanosleep_time64
#define SYS_timer_gettime               SYS_timer_gettime64
#define SYS_timer_settime               SYS_timer_settime64
#define SYS_timerfd_gettime             SYS_timerfd_gettime64
#define SYS_timerfd_settime             SYS_timerfd_settime64
#define SYS_utimensat                   SYS_utimensat_time64
#define SYS_pselect6                    SYS_pselect6_time64
#define SYS_ppoll                       SYS_ppoll_time64
#define SYS_io_pgetevents               SYS_io_pgetevents_time64
#define SYS_recvmmsg                    SYS_recvmmsg_time64
#define SYS_mq_timedsend                SYS_mq_timedsend_time64
#define SYS_mq_timedreceive             SYS_mq_timedreceive_time64
#define SYS_semtimedop                  SYS_semtimedop_time64
#define SYS_rt_sigtimedwait             SYS_rt_sigtimedwait_time64
#define SYS_futex                       SYS_futex_time64
#define SYS_sched_rr_get_interval       SYS_sched_rr_get_interval_time64

#include "../../generic/calls.h"

struct stat {				/* this library's own layout */
	uint64_t st_dev;
	uint64_t st_ino;
	unsigned int st_mode;
	unsigned int st_nlink;
	unsigned int st_uid;
	unsigned int st_gid;
	uint64_t st_rdev;
	int64_t st_size;
	unsigned int st_blksize;
	uint64_t st_blocks;
	int64_t st_atime;
	unsigned int st_atime_nsec;
	int64_t st_mtime;
	unsigned int st_mtime_nsec;
	int64_t st_ctime;
	unsigned int st_ctime_nsec;
};

struct __statx {
	uint32_t mask, blksize;
	uint64_t attributes;
	uint32_t nlink, uid, gid;
	uint16_t mode, pad;
	uint64_t ino, size, blocks, attributes_mask;
	struct { int64_t sec; uint32_t nsec, pad; } atime, btime, ctime, mtime;
	uint32_t rdev[2], dev[2];	/* major, minor */
	uint64_t rest[14];
};

/* makedev() of <sys/stat.h> */
static inline uint64_t __statx_dev(const uint32_t dev[2])
{
	return (uint64_t)dev[0] << 8 | (dev[1] & 0xff) |
		(uint64_t)(dev[1] & ~0xffu) << 12;
}

/* Return: the kernel's result. */
static inline long arch_fstatat(int dir, const char *path, struct stat *st,
				int flags)
{
	struct __statx x;
	long r = __syscall(SYS_statx, dir, (long)path, flags, 0x7ff, (long)&x,
			   0);

	if (r)
		return r;
	*st = (struct stat){
		.st_dev = __statx_dev(x.dev), .st_ino = x.ino,
		.st_mode = x.mode, .st_nlink = x.nlink, .st_uid = x.uid,
		.st_gid = x.gid, .st_rdev = __statx_dev(x.rdev),
		.st_size = (int64_t)x.size, .st_blksize = x.blksize,
		.st_blocks = x.blocks,
		.st_atime = x.atime.sec, .st_atime_nsec = x.atime.nsec,
		.st_mtime = x.mtime.sec, .st_mtime_nsec = x.mtime.nsec,
		.st_ctime = x.ctime.sec, .st_ctime_nsec = x.ctime.nsec,
	};
	return 0;
}

/* An empty path means the descriptor (AT_EMPTY_PATH). */
#define arch_fstat(fd, st)	arch_fstatat(fd, "", st, 0x1000)

#endif
