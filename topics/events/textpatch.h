/* SPDX-License-Identifier: MIT */
/*
 * The kernel's text, changed while it runs: for sites of events, breakpoints of
 * GDB, and probes (row C11).
 */
#ifndef TOPICS_EVENTS_TEXTPATCH_H
#define TOPICS_EVENTS_TEXTPATCH_H

#include <lt/arch.h>
#include <lt/types.h>

/*
 * Run fn(arg) while every other CPU waits with interrupts off, between two
 * instructions of code that lets them in; then all fetch anew.
 * Context: may sleep; fn runs with interrupts off and takes no lock.
 */
void text_change(void (*fn)(void *arg), void *arg);
/* Put n bytes of code there.  Context: in text_change(). */
void text_store(unsigned long at, const u8 *code, unsigned n);

/*
 * Who puts breakpoints into the text says what they replaced, so that two can
 * share a place: is one of the debugger's in there, or of a probe?  code: room
 * for text_trap_len bytes of a debugger's, of TEXT_INSN_MAX of a probe's.  A
 * breakpoint at both is the debugger's first.  NULL without either.
 * Context: interrupts off, or nobody else runs.
 */
extern bool (*text_debugger)(unsigned long at, u8 *code);
extern bool (*text_probe)(unsigned long at, u8 *code);
/* In text_change(), at the end: see whether breakpoints are still there. */
extern void (*text_changed)(void);

/* ---- arch/ --------------------------------------------------------------- */

#define TEXT_INSN_MAX	15		/* bytes of any machine's instruction */

/*
 * The instruction that traps, as short as any: so one store puts it in, and no
 * CPU ever meets a part of it.
 */
extern const u8 text_trap[];
extern const unsigned text_trap_len;	/* 1 or 2 */
/* Where the instruction stands that trapped, 0 after a step. */
unsigned long text_trapped_at(const struct trapframe *tf);
/* Return: its bytes; 0: it is none that a compiler makes for the kernel. */
unsigned text_insn_len(const u8 *code);

#endif
