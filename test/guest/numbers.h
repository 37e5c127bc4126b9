/* SPDX-License-Identifier: MIT */
/* Files of /proc/sys: read, set, and put back as they were. */
#ifndef TEST_NUMBERS_H
#define TEST_NUMBERS_H

#include "texts.h"

static char text[65536];

UNUSED static long slurp(const char *path)
{
	return text_read(path, text, sizeof(text));
}

UNUSED static long write_text_file(const char *path, const char *what)
{
	int fd = open(path, O_WRONLY), err;
	long n;

	if (fd < 0)
		return -1;
	n = write(fd, what, strlen(what));
	err = errno;
	close(fd);
	errno = err;
	return n;
}

/* ---- one file at a time: set, look, put back ----------------------------- */

static char before[128];

UNUSED static void set_and_keep(const char *path, const char *what)
{
	if (slurp(path) < 0 || (size_t)snprintf(before, sizeof(before), "%s",
						text) >= sizeof(before))
		tap_bail(path);
	check_eq(write_text_file(path, what), (long)strlen(what), "%s: %s",
		 path, what);
}

UNUSED static void put_back(const char *path)
{
	check_eq(write_text_file(path, before), (long)strlen(before),
		 "put back");
	slurp(path);
	check(!strcmp(text, before), "%s is as before", path);
}

#endif
