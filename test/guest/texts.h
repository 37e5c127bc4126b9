/* SPDX-License-Identifier: MIT */
/* Texts of /proc and /sys: read, searched for a key, and set. */
#ifndef TEST_TEXTS_H
#define TEST_TEXTS_H

#include "tap.h"

/*
 * The file's beginning, as much as fits; "" if it cannot be read.
 * => bytes, or -1 with errno
 */
UNUSED static ssize_t text_read(const char *path, char *text, size_t size)
{
	int fd = open(path, O_RDONLY), err;
	ssize_t n = fd < 0 ? -1 : read_all(fd, text, size - 1);

	err = errno;
	if (fd >= 0)
		close(fd);
	errno = err;
	text[n > 0 ? n : 0] = '\0';
	return n;
}

/* What stands behind the first `key` in a file; NULL: it is not there. */
UNUSED static const char *text_behind(const char *path, const char *key)
{
	static char text[32768];
	const char *at;

	if (text_read(path, text, sizeof(text)) < 0)
		return NULL;
	at = strstr(text, key);
	return at ? at + strlen(key) : NULL;
}

/* The number behind a key, or -1. */
UNUSED static long text_number(const char *path, const char *key)
{
	const char *at = text_behind(path, key);

	return at ? atol(at) : -1;
}

/* Pages of this process that are in memory, or -1. */
UNUSED static long resident_pages(void)
{
	char text[128], *end;

	if (text_read("/proc/self/statm", text, sizeof(text)) <= 0)
		return -1;
	strtol(text, &end, 10);
	return strtol(end, NULL, 10);
}

/* By one write(2).  => 0 or errno; EIO: not all of it was taken */
UNUSED static int text_set(const char *path, const char *text)
{
	int fd = open(path, O_WRONLY), err = 0;

	if (fd < 0)
		return errno;
	errno = EIO;
	if (write(fd, text, strlen(text)) != (ssize_t)strlen(text))
		err = errno;
	close(fd);
	return err;
}

#endif
