/* SPDX-License-Identifier: MIT */
/*
 * Interrupt levels and spin locks (rows B12, B13): the part of <kernel/lock/lock.h>
 * that wait queues need.  The rules and the lock order are told there.
 */
#ifndef KERNEL_LOCK_SPIN_H
#define KERNEL_LOCK_SPIN_H

#include "lock_debug.h"
#include <lt/compiler.h>
#include <lt/types.h>

struct task;

enum ipl { IPL_NONE, IPL_SOFT, IPL_DEVICE, IPL_CLOCK, IPL_HIGH };

/* Block interrupts of level <= l.  Return: the old level, for ipl_restore. */
enum ipl ipl_raise(enum ipl l);
void ipl_restore(enum ipl old);
/* current's level is lower now: serve what that lets in. */
void ipl_fallen(struct task *t);

struct spinlock {
	int locked;		/* atomic */
	u8 level;		/* enum ipl; const after init */
	u8 saved;		/* [holder] level to go back to */
	bool nests;		/* const: its class has an order of its own */
	u8 handed;		/* atomic: the first in line holds it now */
	int line;		/* atomic: <kernel/lock/ticket.h> */
	struct task *owner;	/* [holder] */
	const char *name;	/* const after init */
};

#define SPIN_INIT(n, l) { .level = (l), .name = (n) }

static inline void spin_init(struct spinlock *l, const char *name,
			     enum ipl level)
{
	*l = (struct spinlock)SPIN_INIT(name, level);
}

void spin_lock(struct spinlock *l);	/* asserts it is not held by us */
void spin_unlock(struct spinlock *l);	/* asserts it is */
/* Changes of hands that a waiter sees before it stands in line (self-tests). */
extern unsigned spin_patience;
bool spin_held(const struct spinlock *l);	/* by the caller */
/* The caller holds it: looked at in a kernel with --check lock. */
static inline void spin_must_hold(const struct spinlock *l)
{
	lock_debug_holds(l, l->name);
}

/* Panics when the caller may not sleep: above IPL_NONE or in an interrupt. */
void might_sleep(void);
/* That panic. */
void must_not_sleep(void) __noreturn;

/* The calling task goes on with what another took: a switch. */
static inline void spin_adopt(struct spinlock *l, struct task *t)
{
	l->owner = t;
}

#endif
