/* SPDX-License-Identifier: MIT */
/*
 * Interrupt levels and spin locks (rows B12, B13).  The level is lazy: raising
 * it is a store to cpu->ipl.  An interrupt at or below the level is noted by
 * trap_interrupt(), which also masks interrupts in the interrupted frame, so
 * at most one can be noted; it is served here when the level falls.
 */
#include <kernel/irq.h>
#include <kernel/lock.h>
#include <kernel/lock_debug.h>
#include <kernel/smp.h>
#include <kernel/task.h>
#include <lt/bug.h>

/*
 * Taken and released some hundred thousand times a second: no frame pointer,
 * as calls are in tail position only, and the callee's frame links to the
 * caller's.
 */
#ifdef CONFIG_DEBUG_LOCKS
#define LEAF
#else
#define LEAF __attribute__((optimize("omit-frame-pointer")))
#endif

static __noinline void serve_deferred(struct cpu *c)
{
	/* Interrupts are off since the note was made. */
	c->irq_deferred = 0;
	irq_serve(c, c->irq_source, false);
	if (likely(!c->irq_deferred))
		arch_irq_enable();
}

enum ipl ipl_raise(enum ipl l)
{
	struct cpu *c = cpu_self();
	enum ipl old = c->ipl;

	if (old < l)
		c->ipl = l;
	barrier();
	return old;
}

void ipl_restore(enum ipl old)
{
	struct cpu *c = cpu_self();

	barrier();
	c->ipl = old;
	barrier();
	if (unlikely(READ_ONCE(c->irq_deferred) > old))
		serve_deferred(c);
}

/* The rest of spin_lock when another CPU holds l: a tail call keeps the
 * common path a leaf. */
static __noinline void spin_contended(struct spinlock *l, struct cpu *c,
				      u8 old)
{
	if (l->owner == c)
		panic("spin lock '%s' taken twice by CPU %u", l->name, c->id);
	do {
		while (READ_ONCE(l->locked)) {
			if (unlikely(READ_ONCE(c->call_from)))
				smp_poll(c);
			arch_relax();
		}
	} while (__atomic_exchange_n(&l->locked, 1, __ATOMIC_ACQUIRE));
	l->saved = old;
	l->owner = c;
}

LEAF void spin_lock(struct spinlock *l)
{
	struct cpu *c = cpu_self();
	u8 old = c->ipl;

	if (old < l->level)
		c->ipl = l->level;
	barrier();
	lock_debug_take(l, l->name, LOCK_SPIN, l->level,
			l->nests ? TAKE_BELOW : TAKE_PLAIN, LOCK_CALLER);
	if (unlikely(__atomic_exchange_n(&l->locked, 1, __ATOMIC_ACQUIRE))) {
		spin_contended(l, c, old);
		return;
	}
	l->saved = old;
	l->owner = c;
}

static __noinline void spin_foreign(struct spinlock *l)
{
	panic("spin lock '%s' released by CPU %u, which does not hold it",
	      l->name, cpu_self()->id);
}

LEAF void spin_unlock(struct spinlock *l)
{
	struct cpu *c = cpu_self();
	u8 old = l->saved;

	if (unlikely(l->owner != c)) {
		spin_foreign(l);
		return;
	}
	lock_debug_give(l, l->name, LOCK_SPIN);
	l->owner = NULL;
	__atomic_store_n(&l->locked, 0, __ATOMIC_RELEASE);
	c->ipl = old;
	barrier();
	if (unlikely(READ_ONCE(c->irq_deferred) > old))
		serve_deferred(c);
}

bool spin_held(const struct spinlock *l)
{
	return READ_ONCE(l->locked) && READ_ONCE(l->owner) == cpu_self();
}

void might_sleep(void)
{
	struct cpu *c = cpu_self();

#ifdef CONFIG_DEBUG_LOCKS
	if (!lock_debug_sleep())
		return;
#endif
	if (unlikely(c->ipl != IPL_NONE || c->in_interrupt))
		panic("sleeping call at interrupt level %u%s", c->ipl,
		      c->in_interrupt ? ", in an interrupt" : "");
}
