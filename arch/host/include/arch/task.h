/* SPDX-License-Identifier: MIT */
/* The host machine never switches tasks, so it keeps nothing for them. */
#ifndef ARCH_TASK_H
#define ARCH_TASK_H

#include <arch/page.h>
#include <arch/trap.h>

struct arch_task {
	unsigned long unused;
};

#endif
