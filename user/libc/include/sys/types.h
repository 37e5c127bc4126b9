/* SPDX-License-Identifier: MIT */
/* Types of the ABI. */
#ifndef LIBC_SYS_TYPES_H
#define LIBC_SYS_TYPES_H

#include <stddef.h>
#include <stdint.h>

typedef long ssize_t;
typedef int64_t off_t;
typedef int64_t time_t;
typedef int pid_t;
typedef unsigned int uid_t;
typedef unsigned int gid_t;
typedef unsigned int mode_t;
typedef uint64_t dev_t;
typedef uint64_t ino_t;

/*
 * On 32-bit machines glibc's plain names take 32-bit times.  Our functions take
 * 64-bit times, so their symbols have the names that glibc gives to these.
 */
#if __SIZEOF_LONG__ == 4
#define __TIME64(name)	__asm__(name)
#else
#define __TIME64(name)
#endif

#endif
