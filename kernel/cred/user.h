/* SPDX-License-Identifier: MIT */
/*
 * Resources that all processes of a user share, counted for the user's limits.
 * One struct user exists for each user id, as long as it is referenced.
 */
#ifndef KERNEL_CRED_USER_H
#define KERNEL_CRED_USER_H

#include <lt/atomic.h>
#include <lt/boot.h>

/*
 * Runnable tasks of a user on one CPU at the time of the last count
 * (sched/crowd.c).
 */
struct user_crowd {
	unsigned count;			/* serial number of the last count */
	unsigned tasks;
};

struct user {
	ref_t refs;			/* falls to 0 only under [user_lock] */
	unsigned uid;			/* const */
	struct user *next;		/* [user_lock] next in the bucket */
	unsigned tasks;			/* [tree_lock] tasks of this user */
	atomic_t in_flight;		/* files in messages not yet read */
	atomic_t pipe_pages;		/* capacity of its pipes, in pages */
	atomic_t pipe_filled;		/* pages allocated in its pipes */
	atomic_t name_spaces[8];	/* namespaces that the user created, by
					   kind */
	struct user_crowd crowd[MAX_CPUS];	/* [that CPU's run queue] */
	unsigned long sock_bytes;	/* [sock_lock] sent, not yet read */
};

/* Find or create the user.  Return: a reference to it; NULL: no memory. */
struct user *user_of(unsigned uid);
static inline struct user *user_get(struct user *u)
{
	ref_get(&u->refs);
	return u;
}
void user_put(struct user *u);		/* u may be NULL */
/* Return: roughly how many pages the user's pipes and messages hold. */
unsigned long user_pages(unsigned uid);

#endif
