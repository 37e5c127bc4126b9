/* SPDX-License-Identifier: MIT */
/* close_range(2): a row of descriptors is closed, or will be by exec. */
#include <fs/internal.h>
#include <syscalls.h>

#define CLOSE_RANGE_UNSHARE	2
#define CLOSE_RANGE_CLOEXEC	4

/* From one open descriptor to the next: ~0 as the last is usual. */
long sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	int fd, err;

	if (first > last ||
	    flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC))
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE) {
		err = files_unshare_current();
		if (err)
			return err;
	}
	for (;;) {
		fd = files_next(current->files, first);
		if (fd < 0 || (unsigned)fd > last)
			return 0;
		if (flags & CLOSE_RANGE_CLOEXEC)
			fd_set_cloexec((unsigned)fd, true);
		else
			fd_close(fd);
		first = (unsigned)fd + 1;
	}
}
