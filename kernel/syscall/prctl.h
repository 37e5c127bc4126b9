/* SPDX-License-Identifier: MIT */
/* Operations of prctl(2) that other files implement. */
#ifndef KERNEL_SYSCALL_PRCTL_H
#define KERNEL_SYSCALL_PRCTL_H

#include <lt/table.h>

struct prctl_command {
	int op;				/* PR_ number */
	long (*serve)(int op, const unsigned long arg[4]);
};
#define PRCTL_COMMANDS(name)						\
	static const struct prctl_command name[] __table(prctl_command)

#endif
