/* SPDX-License-Identifier: MIT */
/*
 * Futexes with priority inheritance (docs/futex_pi.md): the owner and the
 * waiters of each word that has waiters.
 *
 *	struct pi_lock         the word is `key`; exists while there are waiters
 *	  owner ------------>  struct task ...  pi_task: held --> all its locks
 *	  waiters ----------->  pi_waiter, pi_waiter ...  highest first
 *	                          task --> struct task ... pi_task: waits --+
 *	                          lock <-----------------------------------+
 *
 * So a waiting task leads to the lock, to its owner, to the lock that this
 * owner waits for, and so on.  Priorities are lent along this chain.  pi_guard
 * is held while walking or changing a chain, so a chain is never seen half
 * changed and never contains a cycle.
 */
#ifndef TOPICS_FUTEXES_PI_H
#define TOPICS_FUTEXES_PI_H

#include <kernel/futex/waiter.h>

#define FUTEX_TID_MASK		0x3fffffffu
#define FUTEX_OWNER_DIED	0x40000000u
#define FUTEX_WAITERS		0x80000000u

struct pi_lock {
	struct list hash;		/* [pi_guard] */
	struct list held;	/* [pi_guard] in the owner's pi_task.held */
	struct list waiters;		/* [pi_guard] highest first */
	struct futex_key key;		/* const */
	struct futex_waiter mark;	/* in the bucket of its word */
	struct task *owner;		/* [pi_guard] */
	/*
	 * [pi_guard] the owner inherited the lock from a task that ended, and
	 * has yet to write its number into the word.  Until then the lock may
	 * have no waiters.
	 */
	bool inherited;
};

enum pi_state {
	PI_SLEEPS,	/* still asleep on another word: pi_requeue.c */
	PI_WAITS,
	/* the word already names the new owner */
	PI_OWNS,
	PI_INHERITS,			/* the new owner must write the word */
};

/* A waiting task.  The record lies on that task's stack. */
struct pi_waiter {
	struct list link;		/* [pi_guard] */
	struct task *task;		/* const */
	struct pi_lock *lock;		/* [pi_guard] */
	/* [pi_guard] first sort key of the list */
	unsigned priority;
	/* [pi_guard] second sort key: a deadline */
	u64 due;
	enum pi_state state;		/* [pi_guard] */
};

/*
 * The part of a task (kernel/task/part.h).  It is made when the task first
 * waits for a lock, or when another task first waits for the task.
 */
struct pi_task {
	struct list held;	/* [pi_guard] the locks that the task owns */
	/* [pi_guard] the wait of the task, or NULL */
	struct pi_waiter *waits;
};

/* Lock order: the process tree, pi_guard, buckets of futexes, runqueues. */
extern struct spinlock pi_guard;

/* ---- pi_chain.c; context of all: [pi_guard] ------------------------------ */

/*
 * Return: the place of the pointer to t's part.  The pointer is NULL if t has
 * no part.
 */
struct pi_task **pi_of(struct task *t);
/*
 * Update the priority that is lent to t, after a change of the loan or of t's
 * own priority.  Continue with the owner that t lends to, and so on along the
 * chain, until a waiter keeps its place in its list.
 */
void pi_lend_along(struct task *t);
/* Return: the lock of that word; NULL: the word has no waiters. */
struct pi_lock *pi_find(const struct futex_key *k);
/*
 * Make owner, which has a part, the owner of l.  l->key is set, and l has no
 * waiters yet.
 */
void pi_add(struct pi_lock *l, struct task *owner);
/* True if `who` would wait for itself by waiting for owner. */
bool pi_circle(struct task *owner, const struct task *who);
/* Queue w, whose task has a part, for l, and lend its priority to the owner. */
void pi_wait(struct pi_lock *l, struct pi_waiter *w);
/* Stop waiting.  This may free w's lock. */
void pi_give_up(struct pi_waiter *w);
/*
 * Give l to its first waiter, which must exist, and wake it.  This may free l.
 */
void pi_hand_over(struct pi_lock *l, enum pi_state how);
/* Free l, unless it has waiters or its word must still be written. */
void pi_settle(struct pi_lock *l);
/*
 * pi_mark() inserts mark at the head of the bucket of that word, before all its
 * waiters, so that FUTEX_WAKE and similar operations return EINVAL for the
 * word.  pi_unmark() removes mark.
 */
void pi_mark(struct futex_waiter *mark, const struct futex_key *k);
void pi_unmark(struct futex_waiter *mark);

/* ---- pi_lock.c ----------------------------------------------------------- */

/* Results of an attempt other than 0 (lock taken) and -errno. */
enum { PI_QUEUED = 1, PI_AGAIN, PI_ABSENT, PI_ENDING };

/*
 * One attempt to take the lock at `at` for a task, which need not be current.
 */
struct pi_attempt {
	uaddr_t at;
	struct futex_key key;
	u32 bit; /* FUTEX_WAITERS or 0: set in the word of a taken lock */
	bool try;			/* do not queue */
	struct pi_waiter *w;
	struct pi_lock *lock;		/* a spare lock; NULL once used */
	struct pi_task *part;		/* a spare part; NULL once used */
};

/* Give current a part.  Return: 0, -ENOMEM. */
int pi_part_create(void);
/*
 * Allocate what an attempt may need, because the attempt itself cannot
 * allocate.
 * Return: 0, -ENOMEM.
 */
int pi_attempt_alloc(struct pi_attempt *a);
/* Make one attempt.  Context: [tree_lock, pi_guard]. */
int pi_attempt(struct pi_attempt *a);
/*
 * Handle the result of an attempt: fetch an absent page or wait for an ending
 * owner.
 * Context: no lock; may sleep.
 * Return: PI_AGAIN: make another attempt; else err or -errno.
 */
int pi_after_attempt(struct pi_attempt *a, int err);
/* Read the word at `at`.  Context: [pi_guard].  Return: 0, PI_ABSENT. */
int pi_read_word(uaddr_t at, u32 *word);
/*
 * True if a task waits for that word with an operation like FUTEX_WAIT, which
 * knows no owners.
 */
bool pi_plain_waiters(const struct futex_key *k);
/* Sleep until w has its lock.  Return: as wait_sleep(). */
int pi_sleep(struct pi_waiter *w, struct timer_deadline deadline);
/*
 * Complete PI_INHERITS: write the number of current into the word of l.
 * Return: 0, -EFAULT.
 */
int pi_inherit(struct pi_lock *l, uaddr_t at);

#endif
