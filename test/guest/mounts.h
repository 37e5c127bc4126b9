/* SPDX-License-Identifier: MIT */
/* What tests of mounts have in common. */
#ifndef TEST_MOUNTS_H
#define TEST_MOUNTS_H

#include <sys/mount.h>
#include "tap.h"

#ifndef MS_BIND
#define MS_BIND	4096
#endif

static inline int bind_mount(const char *from, const char *to,
			     unsigned long flags)
{
	return mount(from, to, NULL, MS_BIND | flags, NULL);
}

/* A file system in memory on path, with a file `inside` in it. */
static inline int tmpfs_inside(const char *path)
{
	char name[128];

	snprintf(name, sizeof(name), "%s/inside", path);
	return mount("none", path, "tmpfs", 0, NULL) || touch_file(name);
}

#endif
