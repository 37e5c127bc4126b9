/* SPDX-License-Identifier: MIT */
/*
 * What the files share of which a session consists: who has it (session.c), the
 * line (line.c), steps in programs (step.c), pages of programs that a task makes
 * ready for it (copies.c).
 */
#ifndef TOPICS_GDBSTUB_SESSION_H
#define TOPICS_GDBSTUB_SESSION_H

#include "gdbstub.h"

/* ---- session.c ----------------------------------------------------------- */

/* What a CPU has the session for: the number of the CPU + 1, and of these */
#define OWN_STEP	0x8000u		/* it runs one instruction */
#define OWN_HELD	0x4000u		/* likewise, with the others held */
#define OWN_FLAGS	(OWN_STEP | OWN_HELD)
#define OWN_TALK	0x10000u	/* none of them */
#define OWN_NONE	0u		/* nobody has it */

/*
 * A step that led to a fault may end on another CPU, or never: then whoever
 * waits takes its place.  Who met a breakpoint while it waited answers no calls
 * any more, as that is where it was.
 * Context: interrupts off.
 * Return: this CPU's step has ended.
 */
bool stub_own(struct cpu *me);
void stub_own_as(unsigned how);
/* The owner, 0: none, as CPU + 1 and flags; this CPU as one. */
unsigned stub_owner(void);
unsigned stub_mine(void);
/* The others were asked to wait: for stub_let_go().  [owner] */
extern bool stub_asked;

/* A fault within the session.  Return: false: it is not of the stub's doing. */
bool stub_trapped_within(struct trapframe *tf);
/*
 * Has the kernel something to do before a program's next instruction?  Signals
 * and work take locks that the others may have been held with: they come first.
 * Context: with the others held, so nothing comes later.
 */
bool stub_is_called_away(const struct trapframe *tf);
/* With the others held and nothing of the stub's in text and tables. */
enum stub_next stub_converse(struct trapframe *tf, unsigned signo);
void stub_go_on(enum stub_next next);

/* GDB's numbers of signals, which are not the kernel's everywhere. */
#define GDB_INT		2
#define GDB_TRAP	5
#define GDB_ABRT	6

/* ---- line.c -------------------------------------------------------------- */

/* GDB's part of the line begins, and ends. */
void stub_line_begin(void);
void stub_line_end(void);
/* Is a packet there that nobody has read yet? */
bool stub_line_asked(void);
/* Read the next one, waiting for it. */
const struct packet *stub_line_packet(void);
/* Send an answer, until GDB has it: it says so by its next packet, too. */
void stub_line_send(const struct answer *a);
/* Did GDB's user want to stop?  No more. */
bool stub_line_wanted(void);
/* uart_taken: the line's interrupt, with what has come. */
bool stub_line_taken(const char *s, size_t n);

/* ---- step.c -------------------------------------------------------------- */

/* hooks.debugger, of page faults and of others. */
bool stub_faulted(struct trapframe *tf, vaddr_t va, enum fault_access how);
/* The step in a program ends; done: or another fault came first. */
bool stub_held_ends(struct trapframe *tf, bool done);

/* ---- copies.c ------------------------------------------------------------ */

/* Have a task of the program make what is asked for; some may be none's. */
void stub_ask_for_copies(void);

#endif
