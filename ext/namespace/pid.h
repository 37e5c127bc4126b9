/* SPDX-License-Identifier: MIT */
/* Name spaces of numbers (pid.c), for the other files of the folder. */
#ifndef EXT_NAMESPACE_PID_H
#define EXT_NAMESPACE_PID_H

#include <ext/namespace/namespace.h>
#include <kernel/signal/siginfo.h>
#include <mm/idr.h>

struct pid_space {
	struct ns ns;
	struct pid_space *parent;	/* const, referenced; NULL: the first */
	unsigned level;			/* const: 1 below the first */
	struct process *init;		/* [tree_lock] NULL: not yet, ended */
	bool dead;			/* [tree_lock] nobody enters any more */
	int reboot;			/* [tree_lock] signal; 0: not asked for */
	struct idr ids;			/* struct pid_names, by number here */
};

static inline struct pid_space *pid_space_of(const struct ns *n)
{
	return n ? container_of((struct ns *)n, struct pid_space, ns) : NULL;
}

/* Is n `outer`, or below it?  NULL: the first. */
bool pid_space_within(const struct pid_space *n, const struct pid_space *outer);
/* The space that p is in; NULL: the first.  Context: p is not reaped. */
struct ns *pid_ns_of(const struct process *p);
/* That around n, which is not the first. */
struct ns *pid_ns_parent(const struct ns *n);

#endif
