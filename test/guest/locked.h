/* SPDX-License-Identifier: MIT */
/* How much memory the caller has locked. */
#ifndef TEST_LOCKED_H
#define TEST_LOCKED_H

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* => the kilobytes that are locked */
static long locked_kib(void)
{
	static char text[4096];
	int fd = open("/proc/self/status", O_RDONLY);
	ssize_t n = read(fd, text, sizeof(text) - 1);
	char *p;

	text[n > 0 ? n : 0] = '\0';
	close(fd);
	p = strstr(text, "VmLck:");
	return p ? atol(p + 6) : -1;
}

#endif
