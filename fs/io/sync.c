/* SPDX-License-Identifier: MIT */
/*
 * What was written goes to storage.
 *
 *   fsync, fdatasync   one file:        its operation .sync
 *   sync               all storage:     the table of <fs/vfs.h>, each entry
 *
 * fsync(2) also tells the error of a write-back that failed before it was
 * called, since write(2) had returned by then.
 */
#include <fs/fs.h>
#include <fs/internal.h>
#include <lt/table.h>
#include <mm/cache/pagecache.h>
#include <syscalls.h>

long sys_fsync(int fd)
{
	struct fdref r = fdref_get(fd);
	long err = -EINVAL;

	if (!r.file)
		return -EBADF;
	if (r.file->ops->sync)
		err = r.file->ops->sync(r.file);
	fdref_put(r);
	return err;
}

/*
 * All that sync does: which of the inode's fields could wait is not told apart.
 */
long sys_fdatasync(int fd)
{
	return sys_fsync(fd);
}

void vfs_sync(void)
{
	if (writeback_ops)
		writeback_ops->sync();
}

void vfs_shutdown(void)
{
	if (writeback_ops)
		writeback_ops->shutdown();
}

long sys_sync(void)
{
	vfs_sync();
	return 0;
}
