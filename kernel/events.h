/* SPDX-License-Identifier: MIT */
/*
 * Trace points of the kernel (rows B1, C11): sites that report events to a
 * listener (extension events).  A disabled site is a NOP; while somebody
 * listens, the extension replaces the NOP by a jump.  System calls have no
 * sites: tracing them replaces the system-call table.  A kernel without the
 * extension has no sites.
 */
#ifndef KERNEL_EVENTS_H
#define KERNEL_EVENTS_H

#include <arch/cpu.h>
#include <lt/compiler.h>
#include <lt/types.h>

enum event {
	EVENT_SYSCALL,		/* number, first argument, trapframe */
	EVENT_RETURN,		/* number, result */
	EVENT_FAULT,		/* address, enum fault_access, trapframe */
	EVENT_INTERRUPT,	/* enum irq_source, interrupted level */
	EVENT_AST,		/* AST_ bits */
	EVENT_SWITCH,		/* next task */
	EVENT_WAKEUP,		/* the woken task, its old state */
	EVENT_STATE,		/* old state, new state */
	EVENT_NEW,		/* a new task, before it runs */
	EVENT_FORK,		/* the child */
	EVENT_EXEC,		/* file name, old tid */
	EVENT_EXIT,
	EVENT_MAP,		/* description of the new VMA, space */
	EVENT_SIGNAL,		/* siginfo, task, SENT_ * 2, + 1 for a group */
	EVENT_DELIVER,		/* siginfo, sigaction */
	EVENT_PAGE_ALLOC,	/* frame, order, enum page_kind */
	EVENT_PAGE_FREE,	/* frame, order */
	EVENT_CONTENTION,	/* lock, CONTENDED_ */
	EVENT_CONTENDED,	/* lock, 0 or -errno */
	EVENT_BLOCK_ISSUE,	/* bio */
	EVENT_BLOCK_COMPLETE,	/* bio, 0 or -errno */
	EVENT_KINDS,
};

/* Kinds of locks, with Linux's numbers. */
#define CONTENDED_SPIN	1u
#define CONTENDED_READ	2u
#define CONTENDED_WRITE	4u
#define CONTENDED_MUTEX	32u

/* Results of sending a signal, with Linux's numbers; 0: it was queued. */
#define SENT_IGNORED	1u
#define SENT_TWICE	2u
#define SENT_LOST	3u

/* The extension sets the listener before it enables any site. */
extern void (*event_listener)(enum event what, unsigned long a,
			      unsigned long b, unsigned long c);
/* Report an event to the listener.  Context: any. */
void event_record(enum event what, unsigned long a, unsigned long b,
		  unsigned long c);

/*
 * An entry of the linker table: address of a site, target of its jump, enum
 * event.
 */
struct event_site {
	unsigned long at, to, what;
};

/* True if somebody listens to this event. */
static __inlined bool event_wanted(const enum event what)
{
#if defined(EVENT_SITES) && defined(ARCH_NOP)
	__asm__ goto("1: " ARCH_NOP "\n"
		     ".pushsection .table.event_site, \"a\"\n"
		     ".dc.a 1b, %l[wanted], %c0\n"
		     ".popsection" : : "i" (what) : : wanted);
	return false;
wanted:
	return true;
#else
	return false;
#endif
}

#define event_note(what, a, b, c) do {					\
	if (unlikely(event_wanted(what)))				\
		event_record(what, (unsigned long)(a),			\
			     (unsigned long)(b), (unsigned long)(c));	\
} while (0)

#endif
