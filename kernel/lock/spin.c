/* SPDX-License-Identifier: MIT */
/*
 * Interrupt levels and spin locks (lecture rows B12 and B13 of
 * docs/coverage.md).
 *
 *   IPL_HIGH    for locks that interrupts of every kind take
 *   IPL_CLOCK   blocks the clock and the levels below
 *   IPL_DEVICE  blocks devices
 *   IPL_SOFT    blocks preemption and work left over by interrupts
 *   IPL_NONE    blocks nothing; only here may a task sleep
 *
 *   ipl_raise(DEVICE)  device interrupt    ipl_restore(NONE)
 *        |                  |                   |
 *   -----+------------------+-------------------+----> time
 *    task->ipl = DEVICE     |               task->ipl = NONE
 *    (a store, no more)     |               ipl_pending > NONE:
 *                           |               ipl_serve_deferred() runs
 *              trap_interrupt() notes it in
 *              ipl_pending, and masks interrupts
 *              in the frame that it returns to
 *
 * So the level is lazy: raising it touches no hardware.  At most one interrupt
 * can be deferred, since deferring it also masks interrupts.  A reschedule that
 * is requested meanwhile waits in the same way (kernel/sched/preempt.h).
 */
#include <kernel/current.h>
#include <kernel/events.h>
#include <kernel/lock/lock_debug.h>
#include <kernel/sched/preempt.h>
#include <kernel/smp/smp.h>
#include <kernel/lock/spin.h>
#include <kernel/lock/ticket.h>
#include <lt/bug.h>

unsigned spin_patience = 64;

/*
 * Raise the level to l; a higher level stays.  barrier() keeps the compiler
 * from moving the guarded code in front of the store.  No CPU fence is needed,
 * because only this CPU reads the level.
 */
enum ipl ipl_raise(enum ipl l)
{
	struct task *t = current;
	enum ipl old = t->ipl;

	if (old < l)
		t->ipl = l;
	barrier();
	if (old == IPL_NONE)
		lock_debug_raise();
	return old;
}

void ipl_restore(enum ipl old)
{
	preempt_enable(old);
}

/*
 * Wait in the queue, after c was overtaken too often.  While the queue is not
 * empty, an unlock hands the lock to the first CPU in the queue instead of
 * freeing it.
 */
static void spin_wait_in_line(struct spinlock *l, struct cpu *c)
{
	u32 turn = ticket_turn(ticket_enter(&l->line));

	while (!ticket_served(&l->line, turn))
		smp_relax(c);
	for (;;) {
		/* acquire pairs with the release in spin_hand_over() */
		if (__atomic_load_n(&l->handed, __ATOMIC_ACQUIRE)) {
			l->handed = 0;
			break;
		}
		/*
		 * an unlocker that did not see c in the queue has freed the
		 * lock
		 */
		if (!READ_ONCE(l->locked) &&
		    !__atomic_exchange_n(&l->locked, 1, __ATOMIC_ACQUIRE))
			break;
		smp_relax(c);
	}
	ticket_leave(&l->line);
}

/*
 * Compete for l with the other waiters.
 * Return: false: l has changed hands spin_patience times meanwhile.
 */
static bool spin_try(struct spinlock *l, struct cpu *c)
{
	struct task *holder = HINT(l->owner), *now;
	unsigned patience = spin_patience;

	while (patience) {
		if (!READ_ONCE(l->locked)) {
			if (!__atomic_exchange_n(&l->locked, 1,
						 __ATOMIC_ACQUIRE))
				return true;
			patience--;
		}
		now = HINT(l->owner);
		patience -= now != holder && patience;
		holder = now;
		smp_relax(c);
	}
	return false;
}

/*
 * Do the rest of spin_lock() if another CPU holds l.  spin_lock() calls this
 * function as a tail call, so that its common path remains a leaf function.
 */
static __noinline void spin_contended(struct spinlock *l, struct task *t,
				      u8 old)
{
	struct cpu *c = t->cpu;		/* constant, because the level is
					   raised */

	if (HINT(l->owner) == t)
		panic("spin lock '%s' taken twice by CPU %u", l->name, c->id);
	event_note(EVENT_CONTENTION, l, CONTENDED_SPIN, 0);
	if (!spin_try(l, c))
		spin_wait_in_line(l, c);
	event_note(EVENT_CONTENDED, l, 0, 0);
	l->saved = old;
	l->owner = t;
}

/*
 * Raise the level before taking the lock.  Otherwise an interrupt handler that
 * takes the same lock could run between the two steps, and wait forever for
 * this task.
 */
void spin_lock(struct spinlock *l)
{
	struct task *t = current;
	u8 old = t->ipl;

	if (old < l->level)
		t->ipl = l->level;
	barrier();
	lock_debug_take(l, l->name, LOCK_SPIN, l->level,
			l->nests ? TAKE_BELOW : TAKE_PLAIN, LOCK_CALLER);
	if (unlikely(__atomic_exchange_n(&l->locked, 1, __ATOMIC_ACQUIRE))) {
		spin_contended(l, t, old);
		return;
	}
	l->saved = old;
	l->owner = t;
}

/*
 * Do the rest of spin_unlock() if CPUs are in the queue: hand the lock over
 * without freeing it.
 */
static __noinline void spin_hand_over(struct spinlock *l, u8 old)
{
	__atomic_store_n(&l->handed, 1, __ATOMIC_RELEASE);
	ipl_restore(old);
}

static __noinline void spin_foreign(struct spinlock *l)
{
	panic("spin lock '%s' released by task %d, which does not hold it",
	      l->name, current->tid);
}

/*
 * Free the lock before the level falls, for the same reason as in spin_lock();
 * then serve deferred interrupts.
 */
void spin_unlock(struct spinlock *l)
{
	struct task *t = current;
	u8 old = l->saved;

	if (unlikely(l->owner != t)) {
		spin_foreign(l);
		return;
	}
	lock_debug_give(l, l->name, LOCK_SPIN);
	l->owner = NULL;
	/* a plain load is enough: a slightly old value does no harm */
	if (unlikely(PEEK(ticket_count(l->line)))) {
		spin_hand_over(l, old);
		return;
	}
	__atomic_store_n(&l->locked, 0, __ATOMIC_RELEASE);
	t->ipl = old;
	barrier();
	if (unlikely(READ_ONCE(t->ipl_pending) > old))
		ipl_serve_deferred(t);
}

bool spin_held(const struct spinlock *l)
{
	return HINT(l->owner) == current;
}

__noinline void sleep_panic(void)
{
	const struct task *t = current;

	panic("sleeping call at interrupt level %u%s", t->ipl,
	      t->in_interrupt ? ", in an interrupt" : "");
}

void might_sleep(void)
{
	preempt_may_sleep();
}
