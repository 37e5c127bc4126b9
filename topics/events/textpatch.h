/* SPDX-License-Identifier: MIT */
/*
 * Change the kernel's text while it runs: for event sites, GDB's breakpoints,
 * and probes (row C11).
 */
#ifndef TOPICS_EVENTS_TEXTPATCH_H
#define TOPICS_EVENTS_TEXTPATCH_H

#include <lt/arch.h>
#include <lt/types.h>

/*
 * Run fn(arg) while every other CPU waits with interrupts off, at a point where
 * it answers cross-CPU calls: in an interrupt, or in a wait for a lock.
 * Afterwards all CPUs flush their instruction caches.
 * Context: may sleep; fn runs with interrupts off and takes no lock.
 */
void text_change(void (*fn)(void *arg), void *arg);
/* Store n bytes of code at `at`.  Context: in text_change(). */
void text_store(unsigned long at, const u8 *code, unsigned n);

/*
 * Hooks, so that the debugger and the probes can have a breakpoint at the same
 * place.  text_debugger() returns true if the debugger has a breakpoint at
 * `at`, text_probe() if a probe has one.  Then the hook also stores the
 * original bytes in code, which has room for text_trap_len bytes
 * (text_debugger) or TEXT_INSN_MAX bytes (text_probe).  If both have a
 * breakpoint there, the debugger handles it first.  A hook is NULL if its
 * extension is not built in.
 * Context: interrupts off, or nothing else runs.
 */
extern bool (*text_debugger)(unsigned long at, u8 *code);
extern bool (*text_probe)(unsigned long at, u8 *code);
/*
 * Called at the end of text_change(), to check that breakpoints are still
 * there.
 */
extern void (*text_changed)(void);

/* ---- arch/ --------------------------------------------------------------- */

#define TEXT_INSN_MAX	15 /* bytes of the longest instruction on any machine */

/*
 * The trap instruction.  It is as short as the shortest instruction, so that
 * one store inserts it and no CPU ever sees a part of it.
 */
extern const u8 text_trap[];
extern const unsigned text_trap_len;	/* bytes of text_trap: 1, 2, 4 */
/*
 * Return: the address of the instruction that trapped, 0 after a single step.
 */
unsigned long text_trapped_at(const struct trapframe *tf);
/*
 * Return: the length of the instruction at code; 0: compilers do not emit this
 * instruction for the kernel.
 */
unsigned text_insn_len(const u8 *code);

#endif
