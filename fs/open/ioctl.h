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
 * Find a command that extension calls implements.  The pointer is NULL without
 * the extension, and const after init.
 * Return: the command; NULL: unknown command.
 */
extern const struct ioctl_command *(*file_commands)(unsigned cmd);

#endif
