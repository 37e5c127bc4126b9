/* SPDX-License-Identifier: MIT */
/* A process's share of the machine's memory (row D13). */
#ifndef TOPICS_OOM_OOM_H
#define TOPICS_OOM_OOM_H

#include <kernel/task/task.h>

/* In pages. */
struct oom_weight {
	unsigned long own;	/* memory freed with the process, less queued */
	unsigned long kernel;		/* part of own: kernel records */
	unsigned long files;		/* part of own: files without a name */
	/* data in the process's pipes and sockets, charged to its user */
	unsigned long queued;
};

/*
 * Weigh t's process, which has an address space.
 * Context: [tree_lock]; takes the lock of its descriptor table.
 */
void oom_weigh(const struct task *t, struct oom_weight *w);
/*
 * Compute the badness of t's process, which has an address space, by itself, on
 * a machine with `all` pages.
 * Context: [tree_lock].
 * Return: pages; 0: the process must not be killed.
 */
unsigned long oom_points(const struct task *t, unsigned long all);
/* Kill t's process, and log why.  Context: [tree_lock]. */
void oom_kill(struct task *t, const char *why);

#endif
