/* SPDX-License-Identifier: MIT */
/*
 * Interrupt levels and spin locks (rows B12, B13): the part of
 * <kernel/lock/lock.h> that wait queues need.  The rules and the lock order are
 * in <kernel/lock/lock.h>.
 */
#ifndef KERNEL_LOCK_SPIN_H
#define KERNEL_LOCK_SPIN_H

#include "lock_debug.h"
#include <lt/compiler.h>
#include <lt/types.h>

struct task;

enum ipl { IPL_NONE, IPL_SOFT, IPL_DEVICE, IPL_CLOCK, IPL_HIGH };

/*
 * Block interrupts of level l and below.  Return: the old level, for
 * ipl_restore().
 */
enum ipl ipl_raise(enum ipl l);
void ipl_restore(enum ipl old);
/*
 * Serve the deferred interrupts of t, the current task, whose level has fallen.
 */
void ipl_serve_deferred(struct task *t);

struct spinlock {
	int locked;		/* atomic */
	u8 level;		/* enum ipl; const after init */
	u8 saved;		/* [holder] level to restore */
	bool nests;		/* const: the locks of the class have an order
				   of their own */
	u8 handed;		/* atomic: the lock was handed to the first in
				   the queue */
	int line;		/* atomic: the queue, see
				   <kernel/lock/ticket.h> */
	struct task *owner;	/* [holder] */
	const char *name;	/* const after init */
};

#define SPIN_INIT(n, l) { .level = (l), .name = (n) }

static inline void spin_init(struct spinlock *l, const char *name,
			     enum ipl level)
{
	*l = (struct spinlock)SPIN_INIT(name, level);
}

void spin_lock(struct spinlock *l);	/* panics if the caller holds l */
void spin_unlock(struct spinlock *l);	/* panics if the caller does not hold
					   l */
/*
 * How often a waiter is overtaken before it enters the queue; self-tests change
 * this number.
 */
extern unsigned spin_patience;
bool spin_held(const struct spinlock *l);	/* true if the caller holds l */
/* Check (with --check lock) that the caller holds l. */
static inline void spin_must_hold(const struct spinlock *l)
{
	lock_debug_holds(l, l->name);
}

/* Panic if the caller may not sleep: above IPL_NONE or in an interrupt. */
void might_sleep(void);
/* Panic on behalf of might_sleep(). */
void sleep_panic(void) __noreturn;

/*
 * Make t the holder of l, which another task took.  A task switch needs this.
 */
static inline void spin_adopt(struct spinlock *l, struct task *t)
{
	l->owner = t;
}

#endif
