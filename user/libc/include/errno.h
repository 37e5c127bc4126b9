/* SPDX-License-Identifier: MIT */
/* Linux's error numbers, the same on all our machines; the thread's errno. */
#ifndef LIBC_ERRNO_H
#define LIBC_ERRNO_H

#include <uapi/errno.h>

extern __thread int errno;

const char *strerror(int err);

#endif
