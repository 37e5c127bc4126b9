/* SPDX-License-Identifier: MIT */
/* A file's times in seconds, as machine words. */
#ifndef LIBC_UTIME_H
#define LIBC_UTIME_H

struct utimbuf {
	long actime, modtime;
};

int utime(const char *path, const struct utimbuf *t);

#endif
