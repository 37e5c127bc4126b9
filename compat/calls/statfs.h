/* SPDX-License-Identifier: MIT */
#ifndef COMPAT_CALLS_STATFS_H
#define COMPAT_CALLS_STATFS_H

#include <fs/vfs.h>

/* Context: may sleep.  Return: 0 with *st filled in, or -errno. */
long do_statfs(uaddr_t name, struct kstatfs *st);
long do_fstatfs(int fd, struct kstatfs *st);

#endif
