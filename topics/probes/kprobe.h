/* SPDX-License-Identifier: MIT */
/*
 * Probes on any instruction of the kernel, made and taken away while it runs,
 * as Linux's kprobe_events has them (row C11; docs/tracing.md).
 *
 *	place.c		where one may be; breakpoints, and what follows a hit
 *	returns.c	the calls whose return is probed
 *	fetch.c		what is read at a hit, and how it is written
 *	probe.c		a probe as an event of tracefs
 *	events.c	the text interface
 *	arch/		registers, calls and single steps of a machine
 *
 *   breakpoint -> hooks.probe -> place -> each probe there -> a ring
 *                                     |
 *                                     `-> the instruction, copied elsewhere,
 *                                         and a trap behind it -> back
 *
 * Invariant: from the breakpoint to the trap behind the copy interrupts are
 * off.  So when all other CPUs have come to text_change() nobody is in between,
 * and what a handler uses is changed there, without locks.
 */
#ifndef TOPICS_PROBES_KPROBE_H
#define TOPICS_PROBES_KPROBE_H

#include <topics/events/textpatch.h>
#include <topics/tracefs/tracefs.h>
#include <lt/seq.h>

#define KPROBE_NAME	64		/* bytes of a name, with its end */
#define KPROBE_ARGS	32		/* of a probe, at most */
#define KPROBE_DEREFS	8		/* of an argument, at most */

/* ---- fetch.c ------------------------------------------------------------- */

struct kprobe_type {
	const char *name;		/* as it is asked for */
	const char *field;		/* as `format` says it */
	const char *print;		/* likewise, how it is printed */
	u8 size;			/* bytes in the record */
	bool is_signed;
	enum { KPROBE_NUMBER, KPROBE_HEX, KPROBE_SYMBOL, KPROBE_STRING } kind;
};

struct kprobe_arg {
	char name[32];
	char *text;			/* what was written behind NAME= */
	const struct kprobe_type *type;
	enum { FETCH_REG, FETCH_STACK, FETCH_STACK_WORD, FETCH_ARG,
	       FETCH_RESULT, FETCH_COMM, FETCH_VALUE } what;
	long value;			/* register, number of a word; value */
	unsigned nr_derefs;
	long deref[KPROBE_DEREFS];	/* offsets, the last one comes first */
};

/* A number of C's, all of text, without a sign.  Return: 0 or -EINVAL. */
int fetch_number(const char *text, unsigned long *out);
/*
 * text: NAME=FETCHARG, or FETCHARG, which is the nth.  entry: at a function's
 * first instruction.
 * Return: 0 with *a; -EINVAL, -ENOMEM, -ENOENT: no such symbol.
 */
int fetch_parse(struct kprobe_arg *a, char *text, unsigned n, bool entry,
		bool returns);
void fetch_free(struct kprobe_arg *a);
/*
 * Into a record's field; what is dynamic goes behind the first `size` bytes.
 * Return: the record's bytes then.  Context: a hit.
 */
unsigned fetch_value(const struct kprobe_arg *a, const struct trapframe *tf,
		     void *record, unsigned field, unsigned size);
void fetch_show(struct seq *s, const struct kprobe_arg *a, const void *record,
		unsigned field);
/* SYMBOL+0x../0x.., without `offset` SYMBOL. */
void fetch_show_place(struct seq *s, unsigned long pc, bool offset);
#define FETCH_STRING	128		/* bytes of a string, at most */

/* ---- probe.c ------------------------------------------------------------- */

struct kprobe {
	struct trace_event event;
	struct kprobe *next;		/* [trace_control] of all */
	struct kprobe *here;		/* [text_change] at the same place */
	struct kprobe_place *place;	/* [trace_control] NULL: it is off */
	char name[KPROBE_NAME];
	char *symbol;			/* NULL: an address was asked for */
	unsigned long offset, at;
	bool elsewhere;			/* not in the kernel: never hit */
	bool returns;
	unsigned max_active;		/* calls that are seen at once */
	struct kprobe_calls *calls;	/* of one that returns */
	unsigned long hits, missed;	/* atomic */
	char *format;
	unsigned nr_args;
	struct trace_field fields[KPROBE_ARGS + 2];
	struct kprobe_arg args[];
};

extern struct kprobe *kprobes;		/* [trace_control] */

/*
 * Make a probe an event.  p is all zeros but for event.system, name, symbol,
 * offset, at, returns, max_active, args.
 * Context: [trace_control].  Return: 0 or -errno.
 */
int kprobe_add(struct kprobe *p);
/* It is off. */
void kprobe_remove(struct kprobe *p);
void kprobe_free(struct kprobe *p);
/* It has been hit; back: where a call returns to, or 0.  Context: a hit. */
void kprobe_record(struct kprobe *p, const struct trapframe *tf,
		   unsigned long back);

/* ---- place.c ------------------------------------------------------------- */

/*
 * May there be one?
 * Return: 0; -EINVAL; -EILSEQ: in an instruction; -ENOENT: not in the kernel.
 */
int place_check(unsigned long at);
/* Is it a function's first instruction? */
bool place_is_entry(unsigned long at);
/* From now on it is hit.  Context: [trace_control].  Return: 0, -ENOMEM */
int place_arm(struct kprobe *p);
void place_disarm(struct kprobe *p);
/*
 * Copy from a kernel address, or one of current's program, up to n bytes; of a
 * string, until its end.
 * Context: a hit.  Return: how many there are; fewer than n: the rest is not
 * there.
 */
size_t place_read(unsigned long at, void *to, size_t n, bool string);

/* ---- returns.c ----------------------------------------------------------- */

/* Context: [trace_control].  NULL: no memory */
struct kprobe_calls *calls_make(struct kprobe *p);
/* p goes away: calls that are under way still end as they should. */
void calls_leave(struct kprobe_calls *c);
/* [trace_control] More (fewer) such probes are on. */
void calls_want(int more);
/* A function is entered.  Context: a hit.  Return: false: too many are. */
bool calls_enter(struct kprobe_calls *c, struct trapframe *tf);
/* One has returned to kprobe_trampoline.  Context: a hit. */
void calls_return(struct trapframe *tf);

/* ---- arch/ --------------------------------------------------------------- */

extern const char kprobe_trampoline[];	/* a breakpoint */
/* Functions on the way to a hit, ended by NULL. */
extern const char *const kprobe_machine_names[];
/* Can the instruction be run elsewhere, with interrupts off? */
bool kprobe_can_move(const u8 *code);
/* 1: it begins, -1: ends what nothing may come between. */
int kprobe_pairs(const u8 *code);
/* Do what the instruction at tf's pc would.  Return: false: it takes a step. */
bool kprobe_simulate(struct trapframe *tf, const u8 *code, unsigned len);
/* Is tf to trap after one instruction, as a debugger wants? */
bool kprobe_is_stepped(const struct trapframe *tf);
/* It has run that instruction, and says so. */
void kprobe_end_step(struct trapframe *tf);
/* Go on at the copy, and trap behind it. */
void kprobe_step(struct trapframe *tf, unsigned long copy);
/*
 * It has trapped: is the copy, of what stands at `at`, done with?  Then tf goes
 * on from there.  *more: it is not, and goes on.
 */
bool kprobe_stepped(struct trapframe *tf, unsigned long copy, unsigned long at,
		    const u8 *code, unsigned len, bool *more);
/* By its name.  Return: -1: none. */
int kprobe_register(const char *name);
unsigned long kprobe_get(const struct trapframe *tf, unsigned nr);
/* At a function's entry: its nth argument's register or stack word, from 0. */
unsigned long kprobe_argument(const struct trapframe *tf, unsigned n);
unsigned long kprobe_result(const struct trapframe *tf);
/* The address that the function just entered returns to; exchange it. */
unsigned long kprobe_exchange(struct trapframe *tf, unsigned long to);
/* Go on there, as a return from a function does. */
void kprobe_return_to(struct trapframe *tf, unsigned long to);
/* What tells a call from others on its stack: at entry, and once it is over. */
unsigned long kprobe_call_sp(const struct trapframe *tf, bool returned);

#endif
