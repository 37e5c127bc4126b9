/* SPDX-License-Identifier: MIT */
/*
 * The kernel's probes as Linux shows them, below /sys/kernel/tracing (row C11
 * of docs/coverage.md; docs/tracing.md).
 *
 *	events.c	what is recorded of each event, and its line
 *	record.c	from a site into the ring: who, whether, what
 *	stack.c		the calls behind a record
 *	ring.c		the rings, one a CPU
 *	filter.c	conditions on fields
 *	read.c		`trace` and `trace_pipe`
 *	files.c		all other files
 *	folder.c	the file system
 *
 *   site --> event_listener --> trace_record()    interrupts off
 *                                 enabled? pid? --> room in this CPU's ring
 *                                                     fill, filter --> keep
 *
 * Invariant: whoever has a ring's lock has its interrupts off and takes no
 * other lock; what a record is judged by (filters, pids) is exchanged and then
 * freed only after each ring's lock was taken once (ring_settle()).
 */
#ifndef TOPICS_TRACEFS_TRACEFS_H
#define TOPICS_TRACEFS_TRACEFS_H

#include <kernel/events.h>
#include <lt/seq.h>
#include <lt/types.h>

struct proc_node;
struct trace_filter;
struct trapframe;

/* ---- records ------------------------------------------------------------- */

/* What every record begins with, as Linux has it. */
struct trace_common {
	u16 type;			/* number of the event */
	u8 flags, preempt;
	int pid;
};

/* preempt: its low half; the other one is unused */
#define TRACE_IRQS_OFF	0x01		/* of flags */
#define TRACE_RESCHED	0x04
#define TRACE_IN_IRQ	0x08

struct trace_field {
	const char *type, *name;	/* as C writes them: "char", "comm" */
	const char *array;		/* "[16]", or "" */
	u16 offset, size;
	bool is_signed;
	enum { FIELD_NUMBER, FIELD_TEXT, FIELD_LOC } kind;
};

#define TRACE_DYNAMIC	64		/* most bytes behind a record's fields */

struct trace_event {
	const char *system, *name;
	enum event what;
	/* Is it this one, of those that `what` may be?  NULL: there is one. */
	bool (*is)(const unsigned long *a);
	unsigned size;			/* of its fields, the common ones too */
	const struct trace_field *fields;
	unsigned nr_fields;
	const char *format;		/* what `format` says of its line */
	/* Return: bytes behind the fields, TRACE_DYNAMIC at most. */
	unsigned (*fill)(void *record, const unsigned long *a);
	void (*show)(struct seq *s, const void *record);
	/*
	 * Of one that comes while the kernel runs (trace_add()), which
	 * trace_hit() records: turn it on or off, and the bytes behind the
	 * fields at most.  NULL: it is of sites.
	 */
	int (*turn)(struct trace_event *e, bool on);
	unsigned dynamic;

	unsigned id;			/* const once entered */
	struct trace_event *next;	/* [control] */
	struct trace_event *same;	/* const: of the same `what` */
	bool on;			/* [control] word */
	bool was_on;			/* [control] the rings may have some */
	struct trace_filter *filter;	/* [control] */
};

#define TRACE_NUMBER(record, c_type, field, sign)			\
	{ #c_type, #field, "", offsetof(struct record, field),		\
	  sizeof(((struct record *)0)->field), sign, FIELD_NUMBER }
#define TRACE_TEXT(record, field, n)					\
	{ "char", #field, "[" #n "]", offsetof(struct record, field),	\
	  n, false, FIELD_TEXT }
#define TRACE_LOC(record, field)					\
	{ "__data_loc char[]", #field, "",				\
	  offsetof(struct record, field), 4, false, FIELD_LOC }

/* record_fields, record_fill and record_show are of struct record. */
#define TRACE_EVENT(sys, event, kind, record, fmt, ...)			\
	static struct trace_event event_##event = {			\
		.system = #sys, .name = #event, .what = kind,		\
		.size = sizeof(struct record), .fields = record##_fields, \
		.nr_fields = ARRAY_SIZE(record##_fields),		\
		.format = fmt, .fill = record##_fill,			\
		.show = record##_show, __VA_ARGS__ }

extern struct trace_event *trace_events;	/* [control] */

/* Enter an event.  Context: an INIT. */
void trace_enter(struct trace_event *e);
/*
 * The same while the kernel runs, with its files; its system's name stays for
 * good (trace_system()).
 * Context: [control].  Return: 0; -EEXIST, -ENOMEM.
 */
int trace_add(struct trace_event *e);
/* Take it out; it is off.  What the rings have may go.  Context: [control]. */
void trace_remove(struct trace_event *e);
/* The name, which is never freed.  Context: [control].  NULL: no memory */
const char *trace_system(const char *name);
/* Is there such an event now?  Context: [control]. */
bool trace_is_there(const struct trace_event *e);
/*
 * Record an event of trace_add(); tf: where it happened.
 * Context: any, interrupts off.
 * Return: false: this CPU is just at work on a ring.
 */
bool trace_hit(struct trace_event *e, const unsigned long *a,
	       const struct trapframe *tf);
/*
 * Put text behind the record.  Return: its bytes; *loc: where and how long it
 * is.
 */
unsigned trace_text(void *record, unsigned size, const char *text, u32 *loc);
/* The text that a field of FIELD_LOC tells of. */
static inline const char *trace_text_of(const void *record, u32 loc)
{
	return (const char *)record + (loc & 0xffff);
}

/* ---- ring.c -------------------------------------------------------------- */

#define RING_TEXT	1024		/* most bytes of a line of trace_marker */

struct ring_head {
	u64 time;			/* by trace_clock */
	u16 size;			/* of the record behind */
	u16 cpu;
	u32 pad;
	char comm[16];
};

struct ring_place {
	u32 page;			/* counted from the start of the ring */
	u32 at;				/* bytes in it */
};

struct ring_counts {
	u64 entries, overrun, bytes, dropped, read, oldest;
};

/*
 * Make room in each ring, if there is none yet.  Context: may sleep.  Return:
 * 0 or -ENOMEM.
 */
int rings_expand(void);
/* [trace_control] Give their memory back; what was in them is lost. */
void rings_release(void);
/* Of one CPU, or of all (-1).  Context: may sleep.  Return: 0 or -errno. */
int ring_resize(int cpu, unsigned long kib);
unsigned long ring_kib(unsigned cpu);
bool ring_expanded(unsigned cpu);
/* Forget what is in it; -1: in all. */
void ring_reset(int cpu);
void ring_settle(void);
struct ring_counts ring_counts(unsigned cpu);

/* Interrupts off until ring_end(). */
void ring_begin(unsigned cpu);
void ring_end(unsigned cpu);
/* Between them.  Return: room for a record of size bytes; NULL: it is lost. */
struct ring_head *ring_room(unsigned cpu, unsigned size);
/* Has this CPU a ring's lock?  Context: interrupts off. */
bool ring_mine(void);
void ring_keep(unsigned cpu, struct ring_head *h);

/* The first record there is. */
struct ring_place ring_start(unsigned cpu);
/* Is there one at *p, which is moved on if it was lost?  lost: how many. */
bool ring_look(unsigned cpu, struct ring_place *p, u64 *time, u64 *lost);
/* Take it; room: bytes at to.  take: it is no longer there for others. */
bool ring_take(unsigned cpu, struct ring_place *p, struct ring_head *to,
	       unsigned room, bool take);

extern bool ring_overwrites;		/* word: the oldest goes, if full */

/* ---- record.c ------------------------------------------------------------ */

extern bool trace_on;			/* word: tracing_on */
extern bool trace_follows;		/* word: options/event-fork */
extern unsigned trace_clock;		/* word: index of trace_clocks */
extern const char *const trace_clocks[];	/* ended by NULL */
#define TRACE_COUNTER	2		/* of trace_clocks: no time */

u64 trace_now(void);
/* trace_marker.  Return: 0 or -errno. */
int trace_mark(const char *text, size_t n);
/* [control] Enable or disable.  Context: may sleep.  Return: 0 or -ENOMEM. */
int trace_enable(struct trace_event *e, bool on);
/* [control] */
int trace_follow(bool on);
/* [control] The tasks that are recorded, alone.  Return: 0 or -errno. */
int trace_pids_add(int pid);
void trace_pids_clear(void);
void trace_pids_show(struct seq *s);

extern struct mutex trace_control;

/* [ring] What every record has.  irqs: as they were before the ring's lock. */
void trace_begin(struct ring_head *h, unsigned type, bool irqs);

/* ---- stack.c ------------------------------------------------------------- */

#define TRACE_STACK	4		/* type of such a record, as Linux's */

extern bool trace_stacks;		/* word: options/stacktrace */

/*
 * [ring] Record by which calls tf's place was reached; NULL: the caller's
 * caller's.
 */
void trace_stack(unsigned cpu, bool irqs, const struct trapframe *tf);
/*
 * What stands on a stack in place of a return address, and the true one of the
 * nth such above another in current's stack; NULL: nobody does that.
 */
extern unsigned long (*trace_true_return)(unsigned long pc, unsigned n);
void trace_stack_show(struct seq *s, const struct trace_common *record);

/* ---- filter.c ------------------------------------------------------------ */

/*
 * Parse text for an event.  A filter that does not parse says so when it is
 * shown, and lets all pass.
 * Return: 0, -EINVAL, both with *out; -ENOMEM.
 */
int filter_make(const struct trace_event *e, const char *text, size_t n,
		struct trace_filter **out);
/* Does text fit a pattern with *, ?, [sets]? */
bool glob_fits(const char *pattern, const char *text, size_t n);
void filter_free(struct trace_filter *f);
void filter_show(struct seq *s, const struct trace_filter *f);
/* Context: any. */
bool filter_passes(const struct trace_filter *f, const void *record,
		   const struct ring_head *h);

/* ---- files.c, read.c, folder.c ------------------------------------------- */

int trace_files(void);
int trace_reading(void);
/* Text of a record, with all that stands before it. */
void trace_line(struct seq *s, const struct ring_head *h);
/* A node; of it comes what is below.  Return: NULL: no memory. */
struct proc_node *trace_node(const char *path, unsigned mode);
/* Take what is at path and below out of the tree. */
void trace_drop(const char *path);
/*
 * n is opened with O_TRUNC; trace_emptied: one of choose.c.  Return: 0 or
 * -errno.
 */
int trace_truncated(struct proc_node *n);
int trace_emptied(struct proc_node *n);
/* The file with that store is emptied; set by an INIT.  Return: 0 or -errno. */
extern int (*trace_probes_store)(void *arg, const char *text, size_t n);
extern int (*trace_probes_emptied)(void);
/* Forget a CPU's records, or all (-1): and the rings, if no event is on. */
void trace_forget(int cpu);

#endif
