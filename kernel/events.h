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

extern bool events_on;

/* => any context */
void event_record(enum event what, unsigned long a, unsigned long b);

static inline void event_note(enum event what, unsigned long a,
			      unsigned long b)
{
	if (unlikely(READ_ONCE(events_on)))
		event_record(what, a, b);
}


#endif
