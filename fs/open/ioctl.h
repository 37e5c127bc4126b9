/* SPDX-License-Identifier: MIT */
/* Commands of ioctl(2) for any file, beyond those of descriptors. */
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
 * Find a command of extension calls; NULL without the extension.  Const after
 * init.
 * Return: NULL: unknown command.
 */
extern const struct ioctl_command *(*file_commands)(unsigned cmd);

#endif
