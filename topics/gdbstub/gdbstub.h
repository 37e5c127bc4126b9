/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own stub for GDB, on the serial line (row B7 of
 * docs/coverage.md; docs/gdb.md).
 *
 *	packet.c	packets, as bytes: pure code
 *	session.c	which CPU is in a session
 *	line.c		the serial line
 *	others.c	the other CPUs, held during a session
 *	serve.c		GDB's requests, and the answers
 *	threads.c	tasks as GDB's threads
 *	memory.c	reads and stores, which may fault; breakpoints
 *	step.c		one step in a program
 *	copies.c	pages of programs, made ready for breakpoints
 *	monitor.c	`monitor ps` and its like
 *	by_break.h	single steps by breakpoints, for arch/
 *	arch/		registers and single steps of a machine
 *
 * Invariant: during a session only its CPU runs, with interrupts off.  It takes
 * no lock, because a task that was stopped may hold it.
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

/*
 * The source of a task's registers: a trapframe, or the state saved by
 * arch_switch.
 */
struct stub_thread {
	struct task *task;
	struct trapframe *frame;	/* of a running task, or NULL */
	unsigned long pc, fp;		/* of a running task without a frame */
	bool here;			/* the stopped task: can be changed */
};

/*
 * stub_stopped: in a session, the frame that trapped.  stub_dead: the kernel
 * has panicked.  Both: [owner of the session].
 */
extern struct trapframe *stub_stopped;
extern bool stub_dead;
/*
 * Run fn(arg), which may fault.
 * Return: false: it faulted and was abandoned there.
 */
bool stub_try(void (*fn)(void *arg), void *arg);
/* Print text for GDB's user, while a `monitor` command is served. */
void stub_print(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* ---- others.c ------------------------------------------------------------ */

/*
 * Hold the other CPUs.  If a CPU keeps its interrupts off for long, the wait
 * ends without it.  If this CPU is in the middle of a cross-CPU call, it cannot
 * make a second one, and the other CPUs run on.
 * Context: me: this CPU, which owns the session; interrupts off.
 * Return: true: the other CPUs were called.  The value must be passed to
 * stub_let_go().
 */
bool stub_hold_others(struct cpu *me);
void stub_let_go(struct cpu *me, bool asked);
/* Find the registers of t, if a CPU runs it. */
void stub_find(struct task *t, struct stub_thread *out);

/* ---- serve.c ------------------------------------------------------------- */

enum stub_next { STUB_STAY, STUB_GO, STUB_STEP, STUB_KILL };

/* Serve the packet p.  a: all zeros before the call, the answer after it. */
enum stub_next stub_serve(const struct packet *p, struct answer *a);
/* Report why the machine stopped: the answer to `?`. */
void stub_tell_stop(struct answer *a);
/* Begin a session: t has stopped, by the signal signo in GDB's numbering. */
void stub_begin(struct task *t, unsigned signo);

/* ---- threads.c ----------------------------------------------------------- */

#define STUB_TASKS_MAX	(1 << 22)	/* a longer list is corrupt */

/* Return GDB's number of t; idle tasks get one of their own. */
unsigned long stub_id(const struct task *t);
/* Return: the task; NULL: there is none. */
struct task *stub_task(unsigned long id);
/*
 * Return the task after t in the list of all tasks, then idle tasks.  t is
 * NULL: return the first task.
 */
struct task *stub_next_task(struct task *t);
/* True if a task still uses the address space s, or s is NULL (the kernel). */
bool stub_is_space(const struct vm_space *s);

/* ---- memory.c ------------------------------------------------------------ */

/*
 * Read or write n bytes at a kernel address.  An address of t's program can
 * only be read.
 * Return: the number of bytes; fewer than n if the next one is not mapped.
 */
size_t stub_read(const struct task *t, unsigned long at, void *to, size_t n);
size_t stub_write(unsigned long at, const void *from, size_t n);
/*
 * Set or clear a breakpoint in the text of the kernel or of t's program.  len:
 * the length of the instruction at `at`.  A breakpoint in the kernel is stored
 * when the session ends.  A breakpoint in a program is stored as soon as the
 * program has a private copy of the page.
 * Return: stub_set_break(): false: the breakpoint cannot be stored, or the
 * table is full.  stub_clear_break(): false: there is no breakpoint.
 */
bool stub_set_break(const struct task *t, unsigned long at, unsigned long len);
bool stub_clear_break(const struct task *t, unsigned long at);
/*
 * List the breakpoints of one address space that still need a private page.  If
 * *space is NULL, choose an address space and store it in *space.
 * Return: the number of addresses stored in at[], at most `room`.
 */
unsigned stub_breaks_to_copy(struct vm_space **space, unsigned long *at,
			     unsigned room);
/*
 * Step over a system call of the current program: stub_break_after_call() sets
 * a temporary breakpoint at `at`, the instruction behind the call.
 * stub_end_call() removes it, and moves a program that stopped there back to
 * that instruction.
 */
void stub_break_after_call(unsigned long at);
void stub_end_call(struct trapframe *tf);
/*
 * True if current's program had a breakpoint at `at` that this CPU may have met
 * before the breakpoint was cleared.
 */
bool stub_had_break(unsigned long at);
/*
 * Set and clear the breakpoints of a single step, of which there may be two.
 * They may be in the current task's program.  stub_clear_all() clears all other
 * breakpoints.
 */
bool stub_set_step(unsigned long at);
void stub_clear_steps(void);
void stub_clear_all(void);
/* True if there is a breakpoint in the kernel, or in the current program. */
bool stub_has_break(unsigned long at);
/*
 * Take one breakpoint, or all, out of the text.  The breakpoints stay set.
 * Return: false: there was none in the text.
 */
bool stub_lift_break(unsigned long at);
void stub_lift_breaks(void);
/* Store the bytes at an address again (see fetch_again()). */
void stub_touch(unsigned long at);
/* Put all breakpoints that are set into the text. */
void stub_put_breaks(void);
/* The hooks text_debugger and text_changed of <topics/events/textpatch.h>. */
bool stub_text_code(unsigned long at, u8 *code);
void stub_text_changed(void);

/* ---- monitor.c ----------------------------------------------------------- */

void stub_monitor(const char *command);

/* ---- arch/ --------------------------------------------------------------- */

/* Number of registers in GDB's packet `g`; each is a word. */
extern const unsigned stub_registers;
/* Read or write a register.  Return: false: its value is not known. */
bool stub_get(const struct stub_thread *t, unsigned nr, unsigned long *v);
bool stub_set(struct trapframe *tf, unsigned nr, unsigned long v);

/* True if a breakpoint can replace an instruction of len bytes. */
bool stub_trap_fits(unsigned long at, unsigned long len);
/* Trap into the stub, once. */
void stub_trap(void);
/*
 * Make the frame trap after one instruction, wherever the instruction leads.
 * Interrupts are off until then, also in user mode.
 * Return: false: the instruction would enter or leave the kernel.
 */
bool stub_step(struct trapframe *tf);
/* Return the length of the system call instruction at a program's pc, or 0. */
unsigned stub_call_len(const struct trapframe *tf);
/*
 * Enable interrupts as they were before the step, because a fault comes first
 * and must be handled.  The step is still under way.
 */
void stub_restore_irqs(struct trapframe *tf);
/*
 * End a step after the trap, and skip the instruction of stub_trap().  stepped:
 * tf is the frame that took the step.
 */
void stub_end_step(struct trapframe *tf, bool stepped);

#endif
