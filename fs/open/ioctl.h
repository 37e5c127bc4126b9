/* SPDX-License-Identifier: MIT */
/* Commands of ioctl(2) that any file answers, beyond those of descriptors. */
#ifndef FS_OPEN_IOCTL_H
#define FS_OPEN_IOCTL_H

struct file;

/*
 * Context: [a reference to f].
 * Return: the call's result.
 */
struct ioctl_command {
	unsigned cmd;
	long (*serve)(struct file *f, unsigned cmd, unsigned long arg);
};
/*
 * What extension calls serves; NULL without it.  Const after init.
 * Return: NULL: it knows no such command.
 */
extern const struct ioctl_command *(*file_commands)(unsigned cmd);

#endif
