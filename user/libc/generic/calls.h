/* SPDX-License-Identifier: MIT */
/*
 * The call that the library means where a machine may have several: with times
 * and offsets of 64 bits, and with user ids of 32.  Part of arch.h, after the
 * numbers.
 */
#ifndef LIBC_GENERIC_CALLS_H
#define LIBC_GENERIC_CALLS_H

#if __SIZEOF_LONG__ == 8
#define ABI_clock_gettime	SYS_clock_gettime
#define ABI_clock_settime	SYS_clock_settime
#define ABI_clock_nanosleep	SYS_clock_nanosleep
#define ABI_futex		SYS_futex
#define ABI_ppoll		SYS_ppoll
#define ABI_pselect6		SYS_pselect6
#define ABI_sigtimedwait	SYS_rt_sigtimedwait
#define ABI_utimensat		SYS_utimensat
#define ABI_fcntl		SYS_fcntl
#define ABI_truncate		SYS_truncate
#define ABI_ftruncate		SYS_ftruncate
#define ABI_mmap		SYS_mmap
#define ABI_MMAP_UNIT		1	/* offset argument of mmap, bytes */
#else
#define ABI_clock_gettime	SYS_clock_gettime64
#define ABI_clock_settime	SYS_clock_settime64
#define ABI_clock_nanosleep	SYS_clock_nanosleep_time64
#define ABI_futex		SYS_futex_time64
#define ABI_ppoll		SYS_ppoll_time64
#define ABI_pselect6		SYS_pselect6_time64
#define ABI_sigtimedwait	SYS_rt_sigtimedwait_time64
#define ABI_utimensat		SYS_utimensat_time64
#define ABI_fcntl		SYS_fcntl64
#define ABI_truncate		SYS_truncate64
#define ABI_ftruncate		SYS_ftruncate64
#define ABI_mmap		SYS_mmap2
#define ABI_MMAP_UNIT		4096	/* offset argument of mmap2, bytes */
#endif

#ifdef SYS_getuid32
#define ABI_getuid		SYS_getuid32
#define ABI_geteuid		SYS_geteuid32
#define ABI_getgid		SYS_getgid32
#define ABI_getegid		SYS_getegid32
#define ABI_setuid		SYS_setuid32
#define ABI_setgid		SYS_setgid32
#define ABI_setreuid		SYS_setreuid32
#define ABI_setregid		SYS_setregid32
#define ABI_setresuid		SYS_setresuid32
#define ABI_setresgid		SYS_setresgid32
#define ABI_getresuid		SYS_getresuid32
#define ABI_getresgid		SYS_getresgid32
#define ABI_getgroups		SYS_getgroups32
#define ABI_setgroups		SYS_setgroups32
#define ABI_fchown		SYS_fchown32
#else
#define ABI_getuid		SYS_getuid
#define ABI_geteuid		SYS_geteuid
#define ABI_getgid		SYS_getgid
#define ABI_getegid		SYS_getegid
#define ABI_setuid		SYS_setuid
#define ABI_setgid		SYS_setgid
#define ABI_setreuid		SYS_setreuid
#define ABI_setregid		SYS_setregid
#define ABI_setresuid		SYS_setresuid
#define ABI_setresgid		SYS_setresgid
#define ABI_getresuid		SYS_getresuid
#define ABI_getresgid		SYS_getresgid
#define ABI_getgroups		SYS_getgroups
#define ABI_setgroups		SYS_setgroups
#define ABI_fchown		SYS_fchown
#endif

#endif
