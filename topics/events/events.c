/* SPDX-License-Identifier: MIT */
/*
 * Deliver events (rows B1, C11) to the ring of /proc/lectern/trace, which is
 * small and always there, and to the listener events_told.  Invariant: entry n
 * of a trace is in slot n % EVENTS_KEPT, so the most recent entries survive.
 */
#include "ring.h"
#include "sites.h"
#include <kernel/current.h>
#include <kernel/lock/lock.h>
#include <lt/arch.h>
#include <lt/init.h>

/* bytes: more than event_tell()'s deepest call chain */
#define STACK_NEEDED 2048u

void (*events_told)(enum event what, const unsigned long *a);
/* [switching] to write; read without a lock */
bool events_on;
static struct mutex switching;
unsigned events_unseen;
static struct event_entry ring[EVENTS_KEPT];
static unsigned next;	/* atomic: number of entries in this trace */

/*
 * Store an event in the ring.  If a task is delayed here while other CPUs fill
 * the whole ring, two tasks write the same slot and the entry is a mix of both.
 * A lock here would cost too much to prevent this.
 */
static __may_race void event_keep(enum event what, unsigned long a,
				  unsigned long b)
{
	unsigned n = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED);
	struct task *t = current;

	if (what == EVENT_SWITCH || what == EVENT_WAKEUP)
		a = (unsigned long)((const struct task *)a)->tid;
	ring[n % EVENTS_KEPT] = (struct event_entry){
		.time = arch_clock(), .a = a, .b = b, .tid = t->tid,
		.what = (u8)what, .cpu = (u8)t->cpu->id,
	};
}

/* Return: the bytes left on the kernel stack, which is aligned to its size. */
static unsigned long stack_left(void)
{
	return (unsigned long)__builtin_frame_address(0) & (KSTACK_SIZE - 1);
}

/*
 * Deliver an event.  Some sites lie at the end of the deepest call chains, and
 * tools/stack.tbl does not include this function in the depth of these chains.
 * So event_tell() only counts the event when little stack is left.
 */
static void event_tell(enum event what, unsigned long a, unsigned long b,
		       unsigned long c)
{
	if (stack_left() < KSTACK_HOLE + STACK_NEEDED) {
		__atomic_fetch_add(&events_unseen, 1, __ATOMIC_RELAXED);
		return;
	}
	if (READ_ONCE(events_on) && what < EVENTS_OF_RING)
		event_keep(what, a, b);
	if (events_told)
		events_told(what, (const unsigned long []){ a, b, c });
}

void events_trace(bool on)
{
	mutex_lock(&switching);
	if (on != events_on) {
		if (on)
			WRITE_ONCE(next, 0);
		WRITE_ONCE(events_on, on);
		for (unsigned what = 0; what < EVENTS_OF_RING; what++)
			events_want((enum event)what, on ? 1 : -1);
	}
	mutex_unlock(&switching);
}

static void event_events_init(void)
{
	mutex_init(&switching, "event trace");
	event_listener = event_tell;
}
INIT(fs, event_events_init);

unsigned events_recorded(void)
{
	return READ_ONCE(next);
}

struct event_entry event_get(unsigned n)
{
	return PEEK(ring[n % EVENTS_KEPT]);
}
