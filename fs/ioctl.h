/* SPDX-License-Identifier: MIT */
/* Commands of ioctl(2) that any file answers, beyond those of descriptors. */
#ifndef FS_IOCTL_H
#define FS_IOCTL_H

#include <lt/table.h>

struct file;

/*
 * Context: [a reference to f].
 * Return: the call's result.
 */
struct ioctl_command {
	unsigned cmd;
	long (*serve)(struct file *f, unsigned cmd, unsigned long arg);
};
#define IOCTL_COMMANDS(name)						\
	static const struct ioctl_command name[] __table(ioctl_command)

#endif
