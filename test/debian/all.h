/* SPDX-License-Identifier: MIT */
/* All of standard input in memory, and all of a block to standard output. */
#ifndef TEST_DEBIAN_ALL_H
#define TEST_DEBIAN_ALL_H

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

__attribute__((noreturn, unused)) static void fail(const char *what)
{
	dprintf(2, "%s failed\n", what);
	exit(1);
}

__attribute__((unused)) static char *read_input(size_t *n)
{
	size_t room = 1 << 16;
	char *buf = malloc(room + 1);
	ssize_t k;

	*n = 0;
	while (buf && (k = read_all(0, buf + *n, room - *n)) > 0) {
		*n += (size_t)k;
		if (*n == room)
			buf = realloc(buf, (room *= 2) + 1);
	}
	if (!buf)
		fail("memory");
	buf[*n] = '\0';
	return buf;
}

__attribute__((unused)) static void write_output(const void *p, size_t n)
{
	if (write_all(1, p, n))
		fail("write");
}

#endif
