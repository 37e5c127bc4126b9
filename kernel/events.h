/* SPDX-License-Identifier: MIT */
/*
 * What the kernel does, as it happens (rows B1, C11): sites that tell whoever
 * wants to know (extension events).  Off, a site is an instruction that
 * does nothing; it is replaced by a jump while somebody listens.  System calls
 * have none: their trace puts another table in place of theirs.  A kernel
 * without the extension has no sites.
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
	EVENT_INTERRUPT,	/* enum irq_source, level it came upon */
	EVENT_AST,		/* AST_ bits */
	EVENT_SWITCH,		/* next task */
	EVENT_WAKEUP,		/* the sleeper, its old state */
	EVENT_STATE,		/* old, new */
	EVENT_NEW,		/* a new task, before it runs */
	EVENT_FORK,		/* the child */
	EVENT_EXEC,		/* file name, old tid */
	EVENT_EXIT,
	EVENT_MAP,		/* VMA like the one that is new, space */
	EVENT_SIGNAL,		/* siginfo, a task; to all threads, result * 2 */
	EVENT_DELIVER,		/* siginfo, sigaction */
	EVENT_PAGE_ALLOC,	/* frame, order, enum page_kind */
	EVENT_PAGE_FREE,	/* frame, order */
	EVENT_CONTENTION,	/* lock, CONTENDED_ */
	EVENT_CONTENDED,	/* lock, 0 or -errno */
	EVENT_BLOCK_ISSUE,	/* bio */
	EVENT_BLOCK_COMPLETE,	/* bio, 0 or -errno */
	EVENT_KINDS,
};

/* As Linux numbers kinds of locks. */
#define CONTENDED_SPIN	1u
#define CONTENDED_READ	2u
#define CONTENDED_WRITE	4u
#define CONTENDED_MUTEX	32u

/* What became of a signal that was sent, likewise; 0: it was queued. */
#define SENT_IGNORED	1u
#define SENT_TWICE	2u
#define SENT_LOST	3u

/* Who is told, set by the extension before any site is switched on. */
extern void (*event_listener)(enum event what, unsigned long a,
			      unsigned long b, unsigned long c);
/* Tell of it.  Context: any. */
void event_record(enum event what, unsigned long a, unsigned long b,
		  unsigned long c);

/* Linker table: where a site is, and the jump's target. */
struct event_site {
	unsigned long at, to, what;
};

/* Does anybody listen? */
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
