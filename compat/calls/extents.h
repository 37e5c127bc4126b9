/* SPDX-License-Identifier: MIT */
/* ioctl(2) that asks where a file lies on its disk. */
#ifndef COMPAT_CALLS_EXTENTS_H
#define COMPAT_CALLS_EXTENTS_H

#define FIBMAP		1
#define FS_IOC_FIEMAP	0xc020660b

struct file;

/* As a struct ioctl_command's. */
long calls_fiemap(struct file *f, unsigned cmd, unsigned long arg);
long calls_fibmap(struct file *f, unsigned cmd, unsigned long arg);

#endif
