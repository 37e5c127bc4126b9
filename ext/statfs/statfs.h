/* SPDX-License-Identifier: MIT */
#ifndef EXT_STATFS_STATFS_H
#define EXT_STATFS_STATFS_H

#include <fs/vfs.h>

/* Context: may sleep.  Return: 0 with *st filled in, or -errno. */
long do_statfs(uaddr_t name, struct kstatfs *st);
long do_fstatfs(int fd, struct kstatfs *st);

#endif
