/* SPDX-License-Identifier: MIT */
/*
 * The parts of the ABI that 64-bit machines with the generic system calls have
 * in common.  Part of arch.h.
 */
#ifndef LIBC_GENERIC_ABI64_H
#define LIBC_GENERIC_ABI64_H

/* A 64-bit argument takes one register here, two on 32-bit machines. */
#define ARG64(x)		((long)(x))
#include "calls.h"

struct stat {
	unsigned long st_dev;
	unsigned long st_ino;
	unsigned int st_mode;
	unsigned int st_nlink;
	unsigned int st_uid;
	unsigned int st_gid;
	unsigned long st_rdev;
	unsigned long __pad1;
	long st_size;
	int st_blksize;
	int __pad2;
	long st_blocks;
	long st_atime;
	unsigned long st_atime_nsec;
	long st_mtime;
	unsigned long st_mtime_nsec;
	long st_ctime;
	unsigned long st_ctime_nsec;
	unsigned int __unused[2];
};

/* Return: the kernel's result. */
#define arch_fstatat(dir, path, st, flags)	\
	raw_syscall(SYS_newfstatat, dir, path, st, flags)
#define arch_fstat(fd, st)	raw_syscall(SYS_fstat, fd, st)

#endif
