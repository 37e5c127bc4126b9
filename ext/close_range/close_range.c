/* SPDX-License-Identifier: MIT */
/* close_range(2): a row of descriptors is closed, or will be by exec. */
#include <fs/internal.h>
#include <syscalls.h>

#define CLOSE_RANGE_UNSHARE	2
#define CLOSE_RANGE_CLOEXEC	4

/* The descriptors that a copy of the table has to have. */
static unsigned needed(unsigned first, unsigned last, unsigned flags)
{
	bool up_to_end = last == ~0u || files_next(current->files, last + 1) < 0;

	return up_to_end && !(flags & CLOSE_RANGE_CLOEXEC) ? first : FILES_ALL;
}

/* From one open descriptor to the next: ~0 as the last is usual. */
long sys_close_range(unsigned first, unsigned last, unsigned flags)
{
	int fd, err;

	if (first > last ||
	    flags & ~(CLOSE_RANGE_UNSHARE | CLOSE_RANGE_CLOEXEC))
		return -EINVAL;
	if (flags & CLOSE_RANGE_UNSHARE) {
		err = files_unshare_current(needed(first, last, flags));
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
