/* SPDX-License-Identifier: MIT */
/*
 * Write data to storage.
 *
 *   fsync, fdatasync   one file:        its operation .sync
 *   sync               all storage:     writeback_ops->sync()
 *
 * fsync(2) also reports an earlier error of write-back, because write(2) had
 * already returned by then.
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
 * Does the same as fsync(2): the kernel does not track which fields of an inode
 * need not be written at once.
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
