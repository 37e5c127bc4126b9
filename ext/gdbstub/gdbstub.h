/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own stub for GDB, on the serial line (row B7 of
 * docs/coverage.md; docs/gdbstub.md).
 *
 *	packet.c	packets, as bytes: pure
 *	session.c	who stops, who is held meanwhile, the line
 *	serve.c		what GDB asks, and the answers
 *	threads.c	tasks as GDB's threads
 *	memory.c	reads and stores, which may fail; breakpoints
 *	monitor.c	`monitor ps` and its like
 *	arch/		registers and single steps of a machine
 *
 * Invariant: while a session is on, its CPU alone runs, with interrupts off, and
 * takes no lock: who held one when he was stopped still does.
 */
#ifndef EXT_GDBSTUB_H
#define EXT_GDBSTUB_H

#include <ext/gdbstub/packet.h>
#include <ext/textpatch/textpatch.h>
#include <lt/arch.h>

struct task;

/* ---- session.c ----------------------------------------------------------- */

/* Whose registers: a frame, or a task that was switched from. */
struct stub_thread {
	struct task *task;
	struct trapframe *frame;	/* of one that runs; NULL */
	unsigned long pc, fp;		/* of one that runs without a frame */
	bool here;			/* it stopped: it can be changed */
};

/* The frame of t, if a CPU runs it. */
void stub_find(struct task *t, struct stub_thread *out);
/*
 * Run fn(arg), which may fault.
 * Return: false: it did, and was left there.
 */
bool stub_try(void (*fn)(void *arg), void *arg);
/* Text for GDB's user, while a `monitor` command is served. */
void stub_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- serve.c ------------------------------------------------------------- */

enum stub_next { STUB_STAY, STUB_GO, STUB_STEP, STUB_KILL };

/* p: a whole packet.  a: all zeros before, the answer after. */
enum stub_next stub_serve(const struct packet *p, struct answer *a);
/* Why the machine stopped: the answer to `?`. */
void stub_tell_stop(struct answer *a);
/* A session begins: t stopped, by signal signo as GDB numbers them. */
void stub_begin(struct task *t, unsigned signo);

/* ---- threads.c ----------------------------------------------------------- */

/* GDB's number of t; an idle task has none of its own in the kernel. */
unsigned long stub_id(const struct task *t);
/* => NULL: no such task */
struct task *stub_task(unsigned long id);
/* The one after t in the list of all, idle tasks last.  t: NULL: the first. */
struct task *stub_next_task(struct task *t);

/* ---- memory.c ------------------------------------------------------------ */

/*
 * n bytes from or to an address of the kernel's, or of t's program, which can
 * only be read.
 * Return: the number of bytes, fewer than n at one that is not there.
 */
size_t stub_read(const struct task *t, unsigned long at, void *to, size_t n);
size_t stub_write(unsigned long at, const void *from, size_t n);
/*
 * Breakpoints in the kernel's text.  len: of the instruction there.  One that is
 * set comes into the text when the session ends.
 * Return: false: it cannot be stored to, or there is no room in the table.
 */
bool stub_set_break(unsigned long at, unsigned long len);
bool stub_clear_break(unsigned long at);
void stub_clear_all(void);
bool stub_has_break(unsigned long at);
/* Out of the text; it stays set.  Return: false: none was in there. */
bool stub_lift_break(unsigned long at);
void stub_lift_breaks(void);
/* Store what stands there. */
void stub_touch(unsigned long at);
/* All that are set, into the text. */
void stub_put_breaks(void);

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
 * The frame is to trap after one instruction, wherever that leads.
 * Return: false: it leads out of the kernel.
 */
bool stub_step(struct trapframe *tf);
/*
 * It has trapped: no step is under way any more, and it goes past what
 * stub_trap() trapped by.  stepped: tf is the frame that took the step.
 */
void stub_arrived(struct trapframe *tf, bool stepped);

#endif
