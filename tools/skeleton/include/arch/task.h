/* SPDX-License-Identifier: MIT */
/* The port's part of struct task: the saved kernel context comes first. */
#ifndef ARCH_TASK_H
#define ARCH_TASK_H

#include <arch/page.h>
#include <arch/trap.h>

struct arch_task {
	unsigned long sp;		/* saved by arch_switch */
};

#endif
