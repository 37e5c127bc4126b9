/* SPDX-License-Identifier: MIT */
/* ext2 on the empty disk that suites give the guest. */
#ifndef TEST_EXT2_DISK_H
#define TEST_EXT2_DISK_H

#include "tap.h"

#ifndef DISK
#define DISK	"/dev/vda"
#endif

/* blocks: how many, NULL: all there is room for.  => the status of mke2fs */
UNUSED static int make_ext2(char *size, char *blocks)
{
	char *argv[] = { "mke2fs", "-F", "-b", size, DISK, blocks, NULL };
	pid_t pid = fork();

	if (!pid) {
		int null = open("/dev/null", O_RDWR);

		dup2(null, 1);
		dup2(null, 2);
		execv("/bin/busybox", argv);
		_exit(127);
	}
	return wait_status(pid);
}

#endif
