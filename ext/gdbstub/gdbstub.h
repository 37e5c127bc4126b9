/* SPDX-License-Identifier: MIT */
/*
 * The kernel's own stub for GDB, on the serial line (row B7 of
 * docs/coverage.md; docs/gdbstub.md).
 *
 *	packet.c	packets, as bytes: pure
 *	session.c	who stops
 *	line.c		the line
 *	others.c	the other CPUs, held meanwhile
 *	serve.c		what GDB asks, and the answers
 *	threads.c	tasks as GDB's threads
 *	memory.c	reads and stores, which may fail; breakpoints
 *	watch.c		watchpoints, by page
 *	access.c	what is done about an access to one
 *	copies.c	pages of programs, made ready for either
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
/* Is there what a fault needs on its way into a session, in n bytes at `at`? */
bool stub_keeps_session(unsigned long at, unsigned long n);

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
bool stub_keeps_parked(unsigned long at, unsigned long n);

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
/* text_debugger, text_changed: of <ext/textpatch/textpatch.h>. */
bool stub_text_code(unsigned long at, u8 *code);
void stub_text_changed(void);

/* ---- watch.c ------------------------------------------------------------- */

/* As GDB numbers them: stopped at by stores, by loads, by both. */
enum { STUB_WATCH_WRITE = 2, STUB_WATCH_READ, STUB_WATCH_ACCESS };

struct stub_watch {
	u8 kind;			/* 0: free */
	unsigned long at, n;		/* bytes */
	struct vm_space *space;		/* whose; NULL: the kernel's */
};

/*
 * Watch n bytes of the kernel's data, or of t's program.
 * Return: false: it cannot be watched, or there is no room in the table.
 */
bool stub_set_watch(const struct task *t, unsigned kind, unsigned long at,
		    unsigned long n);
bool stub_clear_watch(unsigned kind, unsigned long at, unsigned long n);
void stub_clear_watches(void);
/*
 * Into the page tables, and out of them; they stay set.
 * Context: the owner of the session; other CPUs are held.
 */
void stub_put_watches(void);
void stub_lift_watches(void);
/* The page of an address alone.  Return: false: none was in there. */
bool stub_lift_page(unsigned long va);
/* Is it for a watch alone that an access of the current task's faults? */
bool stub_guards(unsigned long va, enum fault_access how);
/* Is its page watched in the program of the current task? */
bool stub_knows(unsigned long va);
/* The kernel's tables allow it: the TLB, which is flushed, had an old entry. */
bool stub_is_old(unsigned long va, enum fault_access how);
/* The access at which tf faulted is about to be made: stub_hit() from now on. */
void stub_note_access(const struct trapframe *tf, unsigned long va,
		      enum fault_access how);
/* What was touched; NULL: nothing. */
const struct stub_watch *stub_hit(void);
void stub_no_hit(void);
/* What is watched there cannot be. */
void stub_give_up(unsigned long va);
/*
 * Pages of programs that cannot be protected yet, as stub_breaks_to_copy() of
 * breakpoints: a task of the program makes them ready.
 */
unsigned stub_watches_to_copy(struct vm_space **space, unsigned long *at,
			      unsigned room);
/* Does anybody run in it still?  NULL, the kernel's: yes. */
bool stub_is_space(const struct vm_space *s);
/* Do n bytes at `at` have any of p's? */
bool stub_overlap(unsigned long at, unsigned long n, const void *p,
		  size_t size);
/*
 * Map the kernel's memory by small pages, so that a session need allocate none.
 * Context: a task, before there is any program.
 * Return: false: no memory.
 */
bool stub_split_map(void);

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
 * The frame is to trap after one instruction, wherever that leads.  alone: it
 * can neither sleep nor enter the kernel, and nothing is to interrupt it in user
 * mode either.
 * Return: false: it leads out of the kernel, or into it.
 */
bool stub_step(struct trapframe *tf, bool alone);
/* => the length of the system call that a program's next instruction is, or 0 */
unsigned stub_call_len(const struct trapframe *tf);
/* A fault is first: interrupts may come as before; the step is under way. */
void stub_let_in(struct trapframe *tf);
/* What the instruction at which a frame faulted does to memory. */
struct stub_access {
	unsigned size;			/* bytes, or more */
	bool reads;			/* what it stores to, too */
};
struct stub_access stub_access(const struct trapframe *tf);
/* As stub_keeps_session(): what the machine itself needs for a trap. */
bool stub_keeps_machine(unsigned long at, unsigned long n);
/*
 * It has trapped: no step is under way any more, and it goes past what
 * stub_trap() trapped by.  stepped: tf is the frame that took the step.
 */
void stub_arrived(struct trapframe *tf, bool stepped);

#endif
