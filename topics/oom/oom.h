/* SPDX-License-Identifier: MIT */
/* What a process has of the machine's memory (row D13). */
#ifndef TOPICS_OOM_OOM_H
#define TOPICS_OOM_OOM_H

#include <kernel/task/task.h>

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
/*
 * How bad t's process is, which has a space, by itself, where `all` pages are
 * what there is; 0: it must live.
 * Context: [tree_lock].
 */
unsigned long oom_points(const struct task *t, unsigned long all);
/* Kill it, and tell in the log why.  Context: [tree_lock]. */
void oom_kill(struct task *t, const char *why);

#endif
