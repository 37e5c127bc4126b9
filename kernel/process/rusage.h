/* SPDX-License-Identifier: MIT */
/* Resource usage, for getrusage(2) and the wait calls. */
#ifndef KERNEL_PROCESS_RUSAGE_H
#define KERNEL_PROCESS_RUSAGE_H

#include <kernel/task/task.h>

struct usage {
	u64 utime, stime;		/* ns */
	u64 minflt, majflt, nvcsw, nivcsw;
	unsigned long maxrss;		/* pages */
};

/*
 * Add up the usage of all threads, including dead ones; with `children`, add
 * also the usage of the children that were waited for.
 * Context: [tree_lock].
 */
void usage_process(struct usage *u, struct process *p, bool children);
/* Store u as the ABI's struct rusage.  Return: 0 or -EFAULT. */
int usage_put(const struct usage *u, uaddr_t to);

#endif
