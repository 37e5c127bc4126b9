/* SPDX-License-Identifier: MIT */
/* What tests of core files share. */
#ifndef TEST_GUEST_TOPICS_COREDUMP_CORES_H
#define TEST_GUEST_TOPICS_COREDUMP_CORES_H

#include <sys/resource.h>
#include "texts.h"

UNUSED static int set_kernel(const char *name, const char *text)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/sys/kernel/%s", name);
	return !text_set(path, text);
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
