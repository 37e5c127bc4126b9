/* SPDX-License-Identifier: MIT */
/*
 * Probes on any instruction of the kernel, added and removed while it runs,
 * like Linux's kprobe_events (row C11; docs/tracing.md).
 *
 *	place.c		where a probe may be; breakpoints, handling of a hit
 *	returns.c	calls whose return is probed
 *	fetch.c		values that are read at a hit, and their format
 *	probe.c		a probe as an event of tracefs
 *	events.c	the text interface
 *	arch/		registers, calls and single steps of a machine
 *
 *  breakpoint -> hooks.probe -> place -> each probe there -> a ring
 *                                    |
 *                                    `-> the instruction, copied elsewhere,
 *                                        and a trap behind it -> back
 *
 * Invariant: interrupts are off from the breakpoint to the trap behind the
 * copy.  So when all other CPUs have come to text_change(), none is in between,
 * and data that handlers use can be changed there without locks.
 */
#ifndef TOPICS_PROBES_KPROBE_H
#define TOPICS_PROBES_KPROBE_H

#include <topics/events/textpatch.h>
#include <topics/tracefs/tracefs.h>
#include <lt/seq.h>

#define KPROBE_NAME	64		/* bytes of a name, with the NUL */
#define KPROBE_ARGS	32		/* most arguments of a probe */
#define KPROBE_DEREFS	8		/* most dereferences of an argument */

/* ---- fetch.c ------------------------------------------------------------- */

struct kprobe_type {
	const char *name;		/* name in a fetch argument */
	const char *field;		/* type in the `format` file */
	const char *print;		/* printf format in the `format` file */
	u8 size;			/* bytes in the record */
	bool is_signed;
	enum { KPROBE_NUMBER, KPROBE_HEX, KPROBE_SYMBOL, KPROBE_STRING } kind;
};

struct kprobe_arg {
	char name[32];
	char *text;			/* what was written after NAME= */
	const struct kprobe_type *type;
	enum { FETCH_REG, FETCH_STACK, FETCH_STACK_WORD, FETCH_ARG,
	       FETCH_RESULT, FETCH_COMM, FETCH_VALUE } what;
	/* number of a register or word; or value */
	long value;
	unsigned nr_derefs;
	/* offsets; the last one is applied first */
	long deref[KPROBE_DEREFS];
};

/*
 * Parse an unsigned number in C syntax; the whole text must be the number.
 * Return: 0 or -EINVAL.
 */
int fetch_number(const char *text, unsigned long *out);
/*
 * Parse text: NAME=FETCHARG, or FETCHARG, which is named after its index n.
 * entry: the probe is at a function's first instruction.
 * Return: 0 with *a; -EINVAL, -ENOMEM, -ENOENT: no such symbol.
 */
int fetch_parse(struct kprobe_arg *a, char *text, unsigned n, bool entry,
		bool returns);
void fetch_free(struct kprobe_arg *a);
/*
 * Store a value into a record's field; a string goes behind the first `size`
 * bytes.
 * Context: a hit.
 * Return: the new size of the record.
 */
unsigned fetch_value(const struct kprobe_arg *a, const struct trapframe *tf,
		     void *record, unsigned field, unsigned size);
void fetch_show(struct seq *s, const struct kprobe_arg *a, const void *record,
		unsigned field);
/* Show SYMBOL+0x../0x..; without `offset` just SYMBOL. */
void fetch_show_place(struct seq *s, unsigned long pc, bool offset);
#define FETCH_STRING	128		/* most bytes of a string */

/* ---- probe.c ------------------------------------------------------------- */

struct kprobe {
	struct trace_event event;
	struct kprobe *next;		/* [trace_control] list of all probes */
	struct kprobe *here;		/* [text_change] next at this place */
	struct kprobe_place *place;	/* [trace_control] NULL: disarmed */
	char name[KPROBE_NAME];
	char *symbol;			/* NULL: an address was given */
	unsigned long offset, at;
	/* outside the kernel: the probe is never hit */
	bool elsewhere;
	bool returns;
	unsigned max_active;		/* most calls recorded at a time */
	struct kprobe_calls *calls;	/* calls of a return probe */
	unsigned long hits, missed;	/* atomic */
	char *format;
	unsigned nr_args;
	struct trace_field fields[KPROBE_ARGS + 2];
	struct kprobe_arg args[];
};

extern struct kprobe *kprobes;		/* [trace_control] */

/*
 * Make a probe an event.  The caller has set event.system and p's fields name,
 * symbol, offset, at, returns, max_active and args; all other fields are zero.
 * Context: [trace_control].
 * Return: 0 or -errno.
 */
int kprobe_add(struct kprobe *p);
/* Remove a probe that is off. */
void kprobe_remove(struct kprobe *p);
void kprobe_free(struct kprobe *p);
/*
 * Record a hit of p.  back: the return address of the call, or 0.
 * Context: a hit.
 */
void kprobe_record(struct kprobe *p, const struct trapframe *tf,
		   unsigned long back);

/* ---- place.c ------------------------------------------------------------- */

/*
 * Check if there can be a probe at an address.
 * Return: 0; -EINVAL; -EILSEQ: inside an instruction; -ENOENT: not in the
 * kernel.
 */
int place_check(unsigned long at);
/* True if the instruction at `at` is a function's first. */
bool place_is_entry(unsigned long at);
/*
 * place_arm() starts hits of p, place_disarm() stops them.
 * Context: [trace_control].
 * Return: 0, -ENOMEM, -EBUSY.
 */
int place_arm(struct kprobe *p);
void place_disarm(struct kprobe *p);
/*
 * Copy up to n bytes from an address of the kernel or of current's program; for
 * a string, up to its NUL.
 * Context: a hit.
 * Return: the number of bytes; fewer than n: the rest is not in memory.
 */
size_t place_read(unsigned long at, void *to, size_t n, bool string);

/* ---- returns.c ----------------------------------------------------------- */

/*
 * Create the record of p's calls.  Context: [trace_control].  Return: NULL: no
 * memory.
 */
struct kprobe_calls *calls_make(struct kprobe *p);
/*
 * Detach the record from its probe, which goes away; calls under way still
 * return properly.
 */
void calls_leave(struct kprobe_calls *c);
/*
 * Count return probes that are on (more: +1 or -1).
 * Context: [trace_control].
 */
void calls_want(int more);
/*
 * Record a function's entry.
 * Context: a hit.
 * Return: false: too many are recorded.
 */
bool calls_enter(struct kprobe_calls *c, struct trapframe *tf);
/* Handle a return to kprobe_trampoline.  Context: a hit. */
void calls_return(struct trapframe *tf);

/* ---- arch/ --------------------------------------------------------------- */

extern const char kprobe_trampoline[];	/* a breakpoint instruction */
/*
 * Functions on the way to a hit, which cannot be probed.  The list ends with
 * NULL.
 */
extern const char *const kprobe_machine_names[];
/*
 * The first four bytes of an instruction.  A hit reads code by this, because
 * memcpy(), which may be probed, is a call on a kernel with checkers.
 */
static inline u32 kprobe_word(const u8 *code)
{
	return code[0] | (u32)code[1] << 8 | (u32)code[2] << 16 |
		(u32)code[3] << 24;
}

/* True if the instruction can run at another address, with interrupts off. */
bool kprobe_can_move(const u8 *code);
/*
 * Return: 1 or -1: the instruction begins or ends a sequence that must not be
 * interrupted; 0: neither.
 */
int kprobe_pairs(const u8 *code);
/*
 * Emulate the instruction at tf's pc.  Return: false: the instruction must be
 * stepped.
 */
bool kprobe_simulate(struct trapframe *tf, const u8 *code, unsigned len);
/* True if a debugger makes tf trap after each instruction. */
bool kprobe_is_stepped(const struct trapframe *tf);
/*
 * A probed instruction that a debugger single-steps is done: make tf look like
 * the trap of that step.
 */
void kprobe_end_step(struct trapframe *tf);
/* Continue at the copy, and trap behind it. */
void kprobe_step(struct trapframe *tf, unsigned long copy);
/*
 * Check after a trap whether the copy of the instruction at `at` has run; then
 * make tf continue after the original.  *more: the copy has not finished and
 * goes on.
 * Return: true: the trap came from the copy.
 */
bool kprobe_stepped(struct trapframe *tf, unsigned long copy, unsigned long at,
		    const u8 *code, unsigned len, bool *more);
/* Return: the number of the register with that name; -1: none. */
int kprobe_register(const char *name);
unsigned long kprobe_get(const struct trapframe *tf, unsigned nr);
/*
 * Return argument n (from 0) at a function's entry, from its register or stack
 * word.
 */
unsigned long kprobe_argument(const struct trapframe *tf, unsigned n);
unsigned long kprobe_result(const struct trapframe *tf);
/*
 * Replace the return address of the function just entered.
 * Return: the old one.
 */
unsigned long kprobe_exchange(struct trapframe *tf, unsigned long to);
/* Continue at an address, as after a return from a function. */
void kprobe_return_to(struct trapframe *tf, unsigned long to);
/*
 * Return the stack pointer that identifies a call on its stack: at its entry,
 * or after its return.
 */
unsigned long kprobe_call_sp(const struct trapframe *tf, bool returned);

#endif
