/* SPDX-License-Identifier: MIT */
/* What a process has of the machine's memory (row D13). */
#ifndef EXT_OOM_OOM_H
#define EXT_OOM_OOM_H

#include <kernel/task.h>

/* In pages. */
struct oom_weight {
	unsigned long own;		/* all that goes with it, but queued */
	unsigned long kernel;		/* of own: what the kernel keeps for it */
	unsigned long files;		/* of own: files without a name */
	unsigned long queued;		/* its user's, in its pipes and sockets */
};

/*
 * Weigh t's process, which has a space.
 * Context: [tree_lock]; takes the locks of its descriptor table.
 */
void oom_weigh(const struct task *t, struct oom_weight *w);

#endif
