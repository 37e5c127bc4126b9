/* SPDX-License-Identifier: MIT */
/* What tests of core files share. */
#ifndef TEST_GUEST_TOPICS_COREDUMP_CORES_H
#define TEST_GUEST_TOPICS_COREDUMP_CORES_H

#include <sys/resource.h>
#include "tap.h"

UNUSED static int set_kernel(const char *name, const char *text)
{
	char path[64];
	int fd, ok;

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	fd = open(path, O_WRONLY);
	ok = fd >= 0 && write(fd, text, strlen(text)) == (ssize_t)strlen(text);
	close(fd);
	return ok;
}

UNUSED static void limit_core(uint64_t n)
{
	struct rlimit r = { n, RLIM_INFINITY };

	setrlimit(RLIMIT_CORE, &r);
}

UNUSED static int dumped(int st)
{
	return WIFSIGNALED(st) && WTERMSIG(st) == SIGSEGV && st & 0x80;
}

#endif
