/* SPDX-License-Identifier: MIT */
/* Mounting. */
#ifndef LIBC_SYS_MOUNT_H
#define LIBC_SYS_MOUNT_H

#define MS_RDONLY	1
#define MS_NOSUID	2
#define MS_NODEV	4
#define MS_NOEXEC	8
#define MS_REMOUNT	32
#define MS_MOVE		8192
#define MNT_DETACH	2

int mount(const char *what, const char *where, const char *type,
	  unsigned long flags, const void *data);
int umount2(const char *where, int flags);

#endif
