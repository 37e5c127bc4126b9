/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own stub for GDB, on the serial line (row B7 of
 * docs/coverage.md; docs/gdb.md).
 *
 *	packet.c	packets, as bytes: pure
 *	session.c	who stops
 *	line.c		the line
 *	others.c	the other CPUs, held meanwhile
 *	serve.c		what GDB asks, and the answers
 *	threads.c	tasks as GDB's threads
 *	memory.c	reads and stores, which may fail; breakpoints
 *	step.c		one step in a program
 *	copies.c	pages of programs, made ready for breakpoints
 *	monitor.c	`monitor ps` and its like
 *	arch/		registers and single steps of a machine
 *
 * Invariant: while a session is on, its CPU alone runs, with interrupts off, and
 * takes no lock: who held one when he was stopped still does.
 */
#ifndef TOPICS_GDBSTUB_GDBSTUB_H
#define TOPICS_GDBSTUB_GDBSTUB_H

#include "packet.h"
#include <topics/events/textpatch.h>
#include <lt/arch.h>

struct cpu;
struct task;
struct vm_space;

/* ---- session.c and line.c ------------------------------------------------ */

/* Whose registers: a frame, or a task that was switched from. */
struct stub_thread {
	struct task *task;
	struct trapframe *frame;	/* of one that runs; NULL */
	unsigned long pc, fp;		/* of one that runs without a frame */
	bool here;			/* it stopped: it can be changed */
};

/* In a session: where it stopped; and after a panic.  [owner of the session] */
extern struct trapframe *stub_stopped;
extern bool stub_dead;
/*
 * Run fn(arg), which may fault.
 * Return: false: it did, and was left there.
 */
bool stub_try(void (*fn)(void *arg), void *arg);
/* Text for GDB's user, while a `monitor` command is served. */
void stub_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- others.c ------------------------------------------------------------ */

/*
 * A CPU that keeps its interrupts off for long is not waited for.  In the
 * midst of a call of our own there is no second one: then they go on.
 * Context: me: this CPU, which owns the session; interrupts off.
 * Return: were they asked?  For stub_let_go().
 */
bool stub_hold_others(struct cpu *me);
void stub_let_go(struct cpu *me, bool asked);
/* The frame of t, if a CPU runs it. */
void stub_find(struct task *t, struct stub_thread *out);

/* ---- serve.c ------------------------------------------------------------- */

enum stub_next { STUB_STAY, STUB_GO, STUB_STEP, STUB_KILL };

/* p: a whole packet.  a: all zeros before, the answer after. */
enum stub_next stub_serve(const struct packet *p, struct answer *a);
/* Why the machine stopped: the answer to `?`. */
void stub_tell_stop(struct answer *a);
/* A session begins: t stopped, by signal signo as GDB numbers them. */
void stub_begin(struct task *t, unsigned signo);

/* ---- threads.c ----------------------------------------------------------- */

#define STUB_TASKS_MAX	(1 << 22)	/* a list longer than that is broken */

/* GDB's number of t; an idle task has none of its own in the kernel. */
unsigned long stub_id(const struct task *t);
/* Return: NULL: no such task. */
struct task *stub_task(unsigned long id);
/* The one after t in the list of all, idle tasks last.  t: NULL: the first. */
struct task *stub_next_task(struct task *t);
/* Does anybody run in it still?  NULL, the kernel's: yes. */
bool stub_is_space(const struct vm_space *s);

/* ---- memory.c ------------------------------------------------------------ */

/*
 * n bytes from or to an address of the kernel's, or of t's program, which can
 * only be read.
 * Return: the number of bytes, fewer than n at one that is not there.
 */
size_t stub_read(const struct task *t, unsigned long at, void *to, size_t n);
size_t stub_write(unsigned long at, const void *from, size_t n);
/*
 * Breakpoints in the kernel's text, or in that of t's program.  len: of the
 * instruction there.  One that is set comes into the text when the session
 * ends; a program's, when it has a page of its own there.
 * Return: false: it cannot be stored to, or there is no room in the table.
 */
bool stub_set_break(const struct task *t, unsigned long at, unsigned long len);
bool stub_clear_break(const struct task *t, unsigned long at);
/*
 * Those of programs that cannot be in the text yet, all of one space: *space if
 * it is not NULL, else of one that is stored there.
 * Return: how many are in at[], which has `room`.
 */
unsigned stub_breaks_to_copy(struct vm_space **space, unsigned long *at,
			     unsigned room);
/* One behind the system call that the current program makes; and it goes. */
void stub_break_after_call(unsigned long at);
void stub_end_call(struct trapframe *tf);
/* Was there one in the current program's text, which the CPU met before? */
bool stub_had_break(unsigned long at);
/*
 * Those of one step, which may be in the current task's program; there is room
 * for two.
 */
bool stub_set_step(unsigned long at);
void stub_clear_steps(void);
void stub_clear_all(void);
/* In the kernel, or in the current program. */
bool stub_has_break(unsigned long at);
/* Out of the text; it stays set.  Return: false: none was in there. */
bool stub_lift_break(unsigned long at);
void stub_lift_breaks(void);
/* Store what stands there. */
void stub_touch(unsigned long at);
/* All that are set, into the text. */
void stub_put_breaks(void);
/* text_debugger, text_changed: of <topics/events/textpatch.h>. */
bool stub_text_code(unsigned long at, u8 *code);
void stub_text_changed(void);

/* ---- monitor.c ----------------------------------------------------------- */

void stub_monitor(const char *command);

/* ---- arch/ --------------------------------------------------------------- */

/* Registers by GDB's numbers, each a word: so many are in its packet `g`. */
extern const unsigned stub_registers;
/* Return: false: it is not known. */
bool stub_get(const struct stub_thread *t, unsigned nr, unsigned long *v);
bool stub_set(struct trapframe *tf, unsigned nr, unsigned long v);

/* May an instruction of len bytes stand there, in whose place it would be? */
bool stub_trap_fits(unsigned long at, unsigned long len);
/* Trap here, once. */
void stub_trap(void);
/*
 * The frame is to trap after one instruction, wherever that leads; nothing
 * is to interrupt it, in user mode either.
 * Return: false: it leads out of the kernel, or into it.
 */
bool stub_step(struct trapframe *tf);
/*
 * Return: the length of the system call that a program's next instruction is,
 * or 0.
 */
unsigned stub_call_len(const struct trapframe *tf);
/* A fault is first: interrupts may come as before; the step is under way. */
void stub_let_in(struct trapframe *tf);
/*
 * It has trapped: no step is under way any more, and it goes past what
 * stub_trap() trapped by.  stepped: tf is the frame that took the step.
 */
void stub_arrived(struct trapframe *tf, bool stepped);

#endif
