/* SPDX-License-Identifier: MIT */
/* The last events, for /proc/lectern/trace and GDB (row B1). */
#ifndef TOPICS_EVENTS_RING_H
#define TOPICS_EVENTS_RING_H

#include <kernel/events.h>

#define EVENTS_KEPT 1024u
#define EVENTS_OF_RING (EVENT_STATE + 1u)	/* the first kinds are kept */

struct event_entry {
	u64 time;			/* arch_clock() */
	unsigned long a, b;
	int tid;			/* who did it, where */
	u8 what, cpu;
};

extern bool events_on;			/* word */
extern unsigned events_unseen;		/* atomic: no room on the stack */

/* Begin a new trace, or end it.  Context: may sleep. */
void events_trace(bool on);
/* How many the trace has had; the last EVENTS_KEPT of them are there. */
unsigned events_recorded(void);
/* Entry n, which may be half of a newer one while the trace is on. */
struct event_entry event_get(unsigned n);

#endif
