/* SPDX-License-Identifier: MIT */
/* Pipes, beyond their file operations. */
#ifndef FS_PIPE_H
#define FS_PIPE_H

#include <fs/vfs.h>

/* Both ends, [0] to read; flags: O_NONBLOCK.  => 0 or -ENOMEM */
int pipe_create_files(struct file *end[2], unsigned flags);
/* F_GETPIPE_SZ, F_SETPIPE_SZ.  => bytes, -EBADF (no pipe), -EBUSY... */
long pipe_get_size(struct file *f);
long pipe_set_size(struct file *f, unsigned long size);

#endif
