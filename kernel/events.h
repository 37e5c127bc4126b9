/* SPDX-License-Identifier: MIT */
/*
 * The four ways into the kernel and what they lead to, as they happen (row
 * B1): counters, and a ring of the last events while the trace is on.  A hook
 * costs a load and a branch when it is off; system calls cost nothing then,
 * as the trace puts another table in place of theirs.
 */
#ifndef KERNEL_EVENTS_H
#define KERNEL_EVENTS_H

#include <lt/compiler.h>
#include <lt/types.h>

enum event {
	EVENT_SYSCALL,		/* number, first argument */
	EVENT_RETURN,		/* number, result */
	EVENT_FAULT,		/* address, enum fault_access */
	EVENT_INTERRUPT,	/* enum irq_source, level it came upon */
	EVENT_AST,		/* AST_ bits */
	EVENT_SWITCH,		/* tid of the next task */
	EVENT_WAKEUP,		/* tid of the sleeper, its old state */
	EVENT_STATE,		/* old, new */
	EVENT_IPI,
};

#define EVENTS_KEPT 1024u

struct event_entry {
	u64 time;			/* arch_clock() */
	unsigned long a, b;
	int tid;			/* who did it, where */
	u8 what, cpu;
};

extern bool events_on;			/* word */

/* Note what happened, if events are on.  Context: any. */
void event_record(enum event what, unsigned long a, unsigned long b);

static inline void event_note(enum event what, unsigned long a,
			      unsigned long b)
{
	if (unlikely(READ_ONCE(events_on)))
		event_record(what, a, b);
}

/* Begin a new trace, or end it. */
void events_trace(bool on);
/* How many the trace has had; the last EVENTS_KEPT of them are there. */
unsigned events_recorded(void);
/* Entry n, which may be half of a newer one while the trace is on. */
struct event_entry event_get(unsigned n);

#endif
