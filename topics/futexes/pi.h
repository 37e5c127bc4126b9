/* SPDX-License-Identifier: MIT */
/*
 * Futexes with priority inheritance (docs/futex_pi.md): who holds a word that
 * others wait for, and who waits.
 *
 *	struct pi_lock         the word is `key`; it is there while one waits
 *	  owner ------------>  struct task ...  pi_task: held --> all its locks
 *	  waiters ----------->  pi_waiter, pi_waiter ...  highest first
 *	                          task --> struct task ... pi_task: waits --+
 *	                          lock <-----------------------------------+
 *
 * So a task that waits leads to the lock, its owner, the lock which that one
 * waits for...: a chain, along which a priority is lent.  pi_guard is held over
 * the whole of it: a chain is never seen half changed, and has no circle.
 */
#ifndef TOPICS_FUTEXES_PI_H
#define TOPICS_FUTEXES_PI_H

#include <kernel/futex/waiter.h>

#define FUTEX_TID_MASK		0x3fffffffu
#define FUTEX_OWNER_DIED	0x40000000u
#define FUTEX_WAITERS		0x80000000u

struct pi_lock {
	struct list hash;		/* [pi_guard] */
	struct list held;		/* [pi_guard] in its owner's */
	struct list waiters;		/* [pi_guard] highest first */
	struct futex_key key;		/* const */
	struct futex_waiter mark;	/* in the bucket of its word */
	struct task *owner;		/* [pi_guard] */
	/* [pi_guard] the owner got it of one that ended, and has yet to
	 * write so into the word: it may be without waiters until then */
	bool inherited;
};

enum pi_state {
	PI_SLEEPS,			/* for another word yet: requeue.c */
	PI_WAITS,
	PI_OWNS,			/* the word says so */
	PI_INHERITS,			/* the word is the owner's to write */
};

/* On the waiting task's stack. */
struct pi_waiter {
	struct list link;		/* [pi_guard] */
	struct task *task;		/* const */
	struct pi_lock *lock;		/* [pi_guard] */
	unsigned priority;		/* [pi_guard] its place in the list */
	u64 due;			/* [pi_guard] likewise, a deadline */
	enum pi_state state;		/* [pi_guard] */
};

/* A task's part, from when it first waits or is waited for. */
struct pi_task {
	struct list held;		/* [pi_guard] locks */
	struct pi_waiter *waits;	/* [pi_guard] or NULL */
};

/*
 * Before it: the process tree; after it: buckets of futexes, run queues.
 */
extern struct spinlock pi_guard;

/* ---- chain.c; all of it [pi_guard] --------------------------------------- */

/* Where t's part hangs; NULL there: it has none. */
struct pi_task **pi_of(struct task *t);
/*
 * What t is lent may have changed, or its own priority; so may what it lends
 * itself, and so on, until somebody's place stays as it was.
 */
void pi_lend_along(struct task *t);
/* Return: NULL: nobody waits for that word. */
struct pi_lock *pi_find(const struct futex_key *k);
/* l, whose key is known, becomes owner's, which has a part; still unwaited. */
void pi_add(struct pi_lock *l, struct task *owner);
/* Would `who`, waiting for owner, wait for itself? */
bool pi_circle(struct task *owner, const struct task *who);
/* w, whose task has a part, waits for l; its priority is lent. */
void pi_wait(struct pi_lock *l, struct pi_waiter *w);
/* It gives up.  l may be gone then. */
void pi_give_up(struct pi_waiter *w);
/* The first waiter, there is one, gets l and is woken.  l may be gone then. */
void pi_hand_over(struct pi_lock *l, enum pi_state how);
/* l, if it has nobody waiting and nothing to be written, goes. */
void pi_settle(struct pi_lock *l);
/*
 * FUTEX_WAKE and its kin shall answer EINVAL for that word, while the mark lies
 * in its bucket, before all who wait there.
 */
void pi_mark(struct futex_waiter *mark, const struct futex_key *k);
void pi_unmark(struct futex_waiter *mark);

/* ---- lock.c -------------------------------------------------------------- */

/* What an attempt returns beside 0, it is ours, and errors. */
enum { PI_QUEUED = 1, PI_AGAIN, PI_ABSENT, PI_ENDING };

/* One try to get the lock at `at` for a task, which may be another one. */
struct pi_attempt {
	uaddr_t at;
	struct futex_key key;
	u32 bit;			/* FUTEX_WAITERS: set it, if it is got */
	bool try;			/* not to be queued */
	struct pi_waiter *w;
	struct pi_lock *lock;		/* spare, NULL: used */
	struct pi_task *part;		/* likewise */
};

/* The running task gets a part.  Return: 0, -ENOMEM. */
int pi_join_in(void);
/* What an attempt may need: it cannot ask for memory.  Return: 0, -ENOMEM. */
int pi_provide(struct pi_attempt *a);
/* Context: [tree_lock, pi_guard]. */
int pi_attempt(struct pi_attempt *a);
/*
 * After one, without locks.  Return: PI_AGAIN: another may do better; or what
 * it returned.
 */
int pi_mend(struct pi_attempt *a, int err);
/* The word at `at`.  Context: [pi_guard].  Return: 0, PI_ABSENT. */
int pi_look(uaddr_t at, u32 *word);
/* Does somebody wait for it who does not know of owners? */
bool pi_plain_waiters(const struct futex_key *k);
/* Until w has its lock.  Return: as that of wait_sleep(). */
int pi_sleep(struct pi_waiter *w, ktime_t deadline);
/* w, PI_INHERITS, writes so into its lock's word.  Return: 0, -EFAULT. */
int pi_inherit(struct pi_lock *l, uaddr_t at);

#endif
