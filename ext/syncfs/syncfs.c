/* SPDX-License-Identifier: MIT */
/* syncfs(2): what was written to one file system goes to storage. */
#include <fs/fs.h>
#include <fs/internal.h>
#include <syscalls.h>

/* Pages before the structures that refer to their blocks. */
long sys_syncfs(int fd)
{
	struct fdref r = fdref_get(fd);
	struct super *s;
	long err = 0;

	if (!r.file)
		return -EBADF;
	s = r.file->inode->super;
	if (s && s->sync) {
		err = s->write_files(s);
		if (!err)
			err = s->sync(s);
	}
	fdref_put(r);
	return err;
}
