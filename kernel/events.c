/* SPDX-License-Identifier: MIT */
/*
 * The ring of <kernel/events.h> (row B1).  Invariant: entry n of a trace is in
 * slot n % EVENTS_KEPT, so the last ones survive.
 */
#include <kernel/current.h>
#include <kernel/events.h>
#include <lt/arch.h>

bool events_on;
static struct event_entry ring[EVENTS_KEPT];
static unsigned next;			/* atomic: entries of this trace */

/*
 * Who is held up while the others go once round the ring writes beside one of
 * them: that entry is a mix of two, which a lock here would cost too much to
 * prevent.
 */
__may_race void event_record(enum event what, unsigned long a, unsigned long b)
{
	unsigned n = __atomic_fetch_add(&next, 1, __ATOMIC_RELAXED);
	struct task *t = current;

	ring[n % EVENTS_KEPT] = (struct event_entry){
		.time = arch_clock(), .a = a, .b = b, .tid = t->tid,
		.what = (u8)what, .cpu = (u8)t->cpu->id,
	};
}

void events_trace(bool on)
{
	if (on && !READ_ONCE(events_on))
		WRITE_ONCE(next, 0);
	WRITE_ONCE(events_on, on);
}

unsigned events_recorded(void)
{
	return READ_ONCE(next);
}

struct event_entry event_get(unsigned n)
{
	return PEEK(ring[n % EVENTS_KEPT]);
}
