/* SPDX-License-Identifier: MIT */
/*
 * Shared parts of a session: its owner (session.c), the line (line.c), steps in
 * programs (step.c), and pages of programs that a task makes ready for
 * breakpoints (copies.c).
 */
#ifndef TOPICS_GDBSTUB_SESSION_H
#define TOPICS_GDBSTUB_SESSION_H

#include "gdbstub.h"

/* ---- session.c ----------------------------------------------------------- */

/* The owner of the session: 0, or the number of its CPU + 1 and a flag. */
#define OWN_STEP	0x8000u		/* owner runs one instruction */
#define OWN_HELD	0x4000u		/* as OWN_STEP, with the others held */
#define OWN_FLAGS	(OWN_STEP | OWN_HELD)
#define OWN_TALK	0x10000u	/* a session, no step */
#define OWN_NONE	0u		/* no owner */

/*
 * Become the owner of the session, after waiting if needed.  A step that led to
 * a fault may end on another CPU, or never: then a waiting CPU takes the
 * session over.  A waiting CPU answers cross-CPU calls.  If it meets a
 * breakpoint in such a call, it waits here again, but answers no more calls.
 * Context: interrupts off.
 * Return: true: this CPU's step has ended.
 */
bool stub_take_session(struct cpu *me);
void stub_set_owner(unsigned how);
/*
 * stub_owner(): the owner, as CPU + 1 and flags; 0: none.  stub_mine(): this
 * CPU, as CPU + 1.
 */
unsigned stub_owner(void);
unsigned stub_mine(void);
/* The other CPUs were called: the argument for stub_let_go().  [owner] */
extern bool stub_asked;

/* Handle a fault within the session.  Return: false: not caused by the stub. */
bool stub_trapped_within(struct trapframe *tf);
/*
 * True if the kernel has work to do before a program's next instruction.
 * Signals and queued work take locks that held CPUs may hold, so they are
 * handled before the step.
 * Context: the others are held, so no new work arrives.
 */
bool stub_has_ast(const struct trapframe *tf);
/* Talk to GDB.  Context: the others are held; no breakpoint is in the text. */
enum stub_next stub_converse(struct trapframe *tf, unsigned signo);
void stub_go_on(enum stub_next next);

/* GDB's signal numbers, which can differ from the kernel's. */
#define GDB_INT		2
#define GDB_TRAP	5
#define GDB_ABRT	6

/* ---- line.c -------------------------------------------------------------- */

/* Begin and end GDB's use of the line. */
void stub_line_begin(void);
void stub_line_end(void);
/* True if there is an unread packet. */
bool stub_line_asked(void);
/* Return the next packet; wait for it. */
const struct packet *stub_line_packet(void);
/* Send an answer until GDB confirms it; GDB's next packet also confirms it. */
void stub_line_send(const struct answer *a);
/* Return and clear whether GDB's user wanted to stop. */
bool stub_line_wanted(void);
/*
 * The hook uart_taken: called by the line's interrupt with the characters
 * received.
 */
bool stub_line_taken(const char *s, size_t n);

/* ---- step.c -------------------------------------------------------------- */

/* Handle page faults for hooks.debugger. */
bool stub_faulted(struct trapframe *tf, vaddr_t va, enum fault_access how);
/*
 * End a step in a program.  done: true: the instruction was executed; false:
 * another fault came first.
 */
bool stub_held_ends(struct trapframe *tf, bool done);

/* ---- copies.c ------------------------------------------------------------ */

/*
 * Queue work that makes private pages for breakpoints on a task of the program,
 * if there is one.
 */
void stub_ask_for_copies(void);

#endif
