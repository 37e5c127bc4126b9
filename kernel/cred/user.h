/* SPDX-License-Identifier: MIT */
/*
 * What a user holds of the machine beyond any process's life, counted for
 * its limits: one such count a user id, as long as somebody refers to it.
 */
#ifndef KERNEL_CRED_USER_H
#define KERNEL_CRED_USER_H

#include <lt/atomic.h>
#include <lt/boot.h>

/* Its tasks that wanted a CPU when they were last counted (sched/crowd.c). */
struct user_crowd {
	unsigned count;			/* the number of that count */
	unsigned tasks;
};

struct user {
	ref_t refs;			/* [user_lock] to fall to 0 */
	unsigned uid;			/* const */
	struct user *next;		/* [user_lock] in its bucket */
	unsigned tasks;			/* [tree_lock] as nr_tasks counts them */
	atomic_t in_flight;		/* files in messages not yet read */
	atomic_t pipe_pages;		/* room of pipes, in pages */
	atomic_t pipe_filled;		/* pages of them that are there */
	atomic_t name_spaces[8];	/* that it made, a kind each */
	struct user_crowd crowd[MAX_CPUS];	/* [that CPU's run queue] */
	unsigned long sock_bytes;	/* [unix_lock] sent, not yet read */
};

/* Return: referenced; NULL: no memory. */
struct user *user_of(unsigned uid);
static inline struct user *user_get(struct user *u)	/* one referenced */
{
	ref_get(&u->refs);
	return u;
}
void user_put(struct user *u);		/* NULL: nothing */
/* Return: pages of memory in its pipes and messages, by the look of it. */
unsigned long user_pages(unsigned uid);

#endif
