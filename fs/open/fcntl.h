/* SPDX-License-Identifier: MIT */
/* Commands of fcntl(2) beyond those of descriptors and status flags. */
#ifndef FS_OPEN_FCNTL_H
#define FS_OPEN_FCNTL_H

#include <lt/table.h>

struct file;

/*
 * Commands of one module.  They are not called for O_PATH files.
 * Context: [a reference to f].
 * Return: the call's result.
 */
struct fcntl_command {
	unsigned cmd;			/* F_ */
	long (*serve)(int fd, struct file *f, unsigned cmd, unsigned long arg);
};
#define FCNTL_COMMANDS(name)						\
	static const struct fcntl_command name[] __table(fcntl_command)

#endif
