/* SPDX-License-Identifier: MIT */
/* ioctls that query where a file lies on its disk. */
#ifndef COMPAT_CALLS_EXTENTS_H
#define COMPAT_CALLS_EXTENTS_H

#define FIBMAP		1
#define FS_IOC_FIEMAP	0xc020660b

struct file;

/* Handlers for struct ioctl_command. */
long calls_fiemap(struct file *f, unsigned cmd, unsigned long arg);
long calls_fibmap(struct file *f, unsigned cmd, unsigned long arg);

#endif
