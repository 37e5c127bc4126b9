/* SPDX-License-Identifier: MIT */
/* What tests of mounts have in common. */
#ifndef TEST_MOUNTS_H
#define TEST_MOUNTS_H

#include "tap.h"

static inline int exists(const char *path)
{
	return access(path, F_OK) == 0;
}

static inline int touch(const char *path)
{
	int fd = open(path, O_CREAT | O_WRONLY, 0600);

	return fd < 0 ? -1 : close(fd);
}

/* A file system in memory on path, with a file `inside` in it. */
static inline int tmpfs(const char *path)
{
	char name[128];

	snprintf(name, sizeof(name), "%s/inside", path);
	return mount("none", path, "tmpfs", 0, NULL) || touch(name);
}

#endif
