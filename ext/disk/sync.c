/* SPDX-License-Identifier: MIT */
/* sync_file_range(2): some pages of a file go to its disk. */
#include <fs/internal.h>
#include <mm/pagecache.h>
#include <syscalls.h>

#define SYNC_FILE_RANGE_WAIT_BEFORE	1
#define SYNC_FILE_RANGE_WRITE		2
#define SYNC_FILE_RANGE_WAIT_AFTER	4
#define SYNC_FILE_RANGE_ALL		7

/* The pages of [pos, end), at pos: to the end of the file. */
static int sync_range(struct mapping *m, loff_t pos, loff_t end,
		      unsigned flags)
{
	unsigned long first = page_of_pos(pos);
	unsigned long last = end > pos ? page_of_pos(end - 1) : ~0ul;
	int err = 0;

	if (flags & SYNC_FILE_RANGE_WAIT_BEFORE)
		err = m->ops->write_wait(m);
	if (!err && flags & SYNC_FILE_RANGE_WRITE)
		err = m->ops->write_pages(m, first, last, false);
	if (!err && flags & SYNC_FILE_RANGE_WAIT_AFTER)
		err = m->ops->write_wait(m);
	return err;
}

long sys_sync_file_range(int fd, loff_t pos, loff_t len, unsigned flags)
{
	struct fdref r;
	loff_t end;
	long err = 0;

	r = fdref_get(fd);
	if (!r.file)
		return -EBADF;
	if (flags & ~SYNC_FILE_RANGE_ALL || pos < 0 || len < 0 ||
	    __builtin_add_overflow(pos, len, &end))
		err = -EINVAL;
	else if (!S_ISREG(r.file->inode->mode) && !S_ISDIR(r.file->inode->mode) &&
	    !S_ISBLK(r.file->inode->mode))
		err = -ESPIPE;
	else if (flags && file_mapping(r.file))
		err = sync_range(file_mapping(r.file), pos, end, flags);
	fdref_put(r);
	return err;
}
