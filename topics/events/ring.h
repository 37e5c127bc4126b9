/* SPDX-License-Identifier: MIT */
/* The most recent events, for /proc/lectern/trace and GDB (row B1). */
#ifndef TOPICS_EVENTS_RING_H
#define TOPICS_EVENTS_RING_H

#include <kernel/events.h>

#define EVENTS_KEPT 1024u
/* number of kinds that the ring keeps */
#define EVENTS_OF_RING (EVENT_STATE + 1u)

struct event_entry {
	u64 time;			/* arch_clock() */
	unsigned long a, b;
	int tid;			/* tid: the task; what: an enum event */
	u8 what, cpu;
};

extern bool events_on;			/* may be read without a lock */
/* atomic: number of events dropped for lack of stack */
extern unsigned events_unseen;

/* Begin a new trace, or end it.  Context: may sleep. */
void events_trace(bool on);
/*
 * Return: how many events the trace has recorded; the last EVENTS_KEPT are
 * kept.
 */
unsigned events_recorded(void);
/* Return: entry n, which may be partly overwritten while the trace is on. */
struct event_entry event_get(unsigned n);

#endif
