/* SPDX-License-Identifier: MIT */
/*
 * The kernel's tracepoints in Linux's form, below /sys/kernel/tracing (row C11
 * of docs/coverage.md; docs/tracing.md).
 *
 * events.c	the record and the output line of each event
 * record.c	from a tracing site into the ring: selection and recording
 * stack.c		the call chain behind a record
 * ring.c		the rings, one per CPU
 * filter.c	conditions on fields
 * read.c		`trace` and `trace_pipe`
 * files.c		all other files
 * folder.c	the file system
 *
 *   site --> event_listener --> trace_record()    interrupts off
 *                                 enabled? pid? --> room in this CPU's ring
 *                                                     fill, filter --> keep
 *
 * Invariant: the holder of a ring's lock has interrupts off and takes no other
 * lock.  Filters and PID sets are replaced first and freed only after each
 * ring's lock was taken once (ring_settle()).  "[control]" stands for the mutex
 * trace_control, "[ring]" for the lock of the ring.
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

/* The start of every record, as on Linux. */
struct trace_common {
	u16 type;			/* id of the event */
	u8 flags;			/* TRACE_, below */
	u8 preempt;			/* 1: ipl raised; on Linux a depth in
					   the low 4 bits */
	int pid;
};

/* Bits of trace_common.flags. */
#define TRACE_IRQS_OFF	0x01
#define TRACE_RESCHED	0x04
#define TRACE_IN_IRQ	0x08

struct trace_field {
	const char *type, *name;	/* for example "char", "comm" */
	const char *array;		/* "[16]", or "" */
	u16 offset, size;
	bool is_signed;
	enum { FIELD_NUMBER, FIELD_TEXT, FIELD_LOC } kind;
};

#define TRACE_DYNAMIC	64		/* most bytes after a record's fields */

struct trace_event {
	const char *system, *name;
	enum event what;
	/*
	 * True if an event of kind `what` with arguments a belongs to this
	 * trace_event; NULL: always.
	 */
	bool (*is)(const unsigned long *a);
	unsigned size;			/* bytes of all fields and the common
					 * ones */
	const struct trace_field *fields;
	unsigned nr_fields;
	const char *format;		/* print format for the file `format` */
	/* Return: number of bytes after the fields, at most TRACE_DYNAMIC. */
	unsigned (*fill)(void *record, const unsigned long *a);
	void (*show)(struct seq *s, const void *record);
	/*
	 * turn: enable or disable an event that was added at run time
	 * (trace_add()) and that trace_hit() records; NULL: a static event of
	 * tracing sites.  dynamic: most bytes after the fields of an event
	 * added at run time.
	 */
	int (*turn)(struct trace_event *e, bool on);
	unsigned dynamic;

	unsigned id;			/* const once registered */
	struct trace_event *next;	/* [control] */
	struct trace_event *same;	/* const: next of the same `what` */
	bool on;			/* [control] to write; read without a
					 * lock */
	bool was_on;			/* [control] its records may be in
					 * rings */
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

/* Needs record_fields, record_fill and record_show for struct record. */
#define TRACE_EVENT(sys, event, kind, record, fmt, ...)			\
	static struct trace_event event_##event = {			\
		.system = #sys, .name = #event, .what = kind,		\
		.size = sizeof(struct record), .fields = record##_fields, \
		.nr_fields = ARRAY_SIZE(record##_fields),		\
		.format = fmt, .fill = record##_fill,			\
		.show = record##_show, __VA_ARGS__ }

extern struct trace_event *trace_events;	/* [control] */

/*
 * Register a static event.
 * Context: an INIT.
 */
void trace_enter(struct trace_event *e);
/*
 * Register an event at run time and make its files.  e->system must never be
 * freed (see trace_system()).
 * Context: [control].
 * Return: 0; -EEXIST, -ENOMEM.
 */
int trace_add(struct trace_event *e);
/*
 * Unregister an event, which must be off.  May empty the rings.
 * Context: [control].
 */
void trace_remove(struct trace_event *e);
/*
 * Make a permanent copy of a system's name, once per name.
 * Context: [control].
 * Return: the copy, or NULL without memory.
 */
const char *trace_system(const char *name);
/*
 * True if the event is still registered.
 * Context: [control].
 */
bool trace_is_there(const struct trace_event *e);
/*
 * Record an event that trace_add() registered.  tf: the trapframe at the event.
 * Context: any, interrupts off.
 * Return: false if this CPU is just using a ring.
 */
bool trace_hit(struct trace_event *e, const unsigned long *a,
	       const struct trapframe *tf);
/*
 * Append text to the record.  *loc: its offset and length.
 * Return: number of bytes appended.
 */
unsigned trace_text(void *record, unsigned size, const char *text, u32 *loc);
/* Return: the text that a FIELD_LOC field refers to. */
static inline const char *trace_text_of(const void *record, u32 loc)
{
	return (const char *)record + (loc & 0xffff);
}

/* ---- ring.c -------------------------------------------------------------- */

#define RING_TEXT	1024		/* most bytes of a trace_marker write */

struct ring_head {
	u64 time;			/* in units of trace_clock */
	u16 size;			/* bytes of the record that follows */
	u16 cpu;
	u32 pad;
	char comm[16];
};

struct ring_place {
	u32 page;			/* counted since the ring was emptied */
	u32 at;				/* offset in the page's data */
};

struct ring_counts {
	u64 entries, overrun, bytes, dropped, read, oldest;
};

/*
 * Allocate the pages of each ring that has none.
 * Context: may sleep.
 * Return: 0 or -ENOMEM.
 */
int rings_expand(void);
/*
 * Free the pages of all rings; the records are lost.
 * Context: [trace_control].
 */
void rings_release(void);
/*
 * Set the size of one CPU's ring, or of all (-1).
 * Context: may sleep.
 * Return: 0 or -errno.
 */
int ring_resize(int cpu, unsigned long kib);
unsigned long ring_kib(unsigned cpu);
bool ring_expanded(unsigned cpu);
/* Empty the ring of one CPU, or of all (-1). */
void ring_reset(int cpu);
void ring_settle(void);
struct ring_counts ring_counts(unsigned cpu);

/* Lock a ring, with interrupts off until ring_end(). */
void ring_begin(unsigned cpu);
void ring_end(unsigned cpu);
/*
 * Context: between ring_begin() and ring_end().
 * Return: room for a record of size bytes, or NULL if the record is lost.
 */
struct ring_head *ring_room(unsigned cpu, unsigned size);
/*
 * True if this CPU holds a ring's lock.
 * Context: interrupts off.
 */
bool ring_mine(void);
void ring_keep(unsigned cpu, struct ring_head *h);

/* Return: the place of the oldest record. */
struct ring_place ring_start(unsigned cpu);
/*
 * Look for a record at *p, which moves on if its record was lost.  *lost:
 * records overwritten so far.
 * Return: true if there is a record; *time is its time.
 */
bool ring_look(unsigned cpu, struct ring_place *p, u64 *time, u64 *lost);
/*
 * Copy the record at *p, at most room bytes, and move *p behind it.  take: also
 * remove it from the ring.
 * Return: false if there is no record.
 */
bool ring_take(unsigned cpu, struct ring_place *p, struct ring_head *to,
	       unsigned room, bool take);

extern bool ring_overwrites;		/* overwrite if full */

/* ---- record.c ------------------------------------------------------------ */

extern bool trace_on;			/* the file tracing_on */
extern bool trace_follows;		/* the file options/event-fork */
extern unsigned trace_clock;		/* index into trace_clocks */
extern const char *const trace_clocks[];	/* NULL-terminated */
#define TRACE_COUNTER	2		/* index of the clock `counter` */

u64 trace_now(void);
/*
 * Record a write to trace_marker.
 * Return: 0 or -errno.
 */
int trace_mark(const char *text, size_t n);
/*
 * Enable or disable an event.
 * Context: [control]; may sleep.
 * Return: 0; -ENOMEM, or an error of e->turn().
 */
int trace_enable(struct trace_event *e, bool on);
/*
 * Set options/event-fork.
 * Context: [control].
 */
int trace_follow(bool on);
/*
 * Select a task by PID.  Once any is selected, only selected tasks are
 * recorded.
 * Context: [control].
 * Return: 0; -EINVAL, -ENOMEM.
 */
int trace_pids_add(int pid);
void trace_pids_clear(void);
void trace_pids_show(struct seq *s);

extern struct mutex trace_control;

/*
 * Fill in the head and the common fields of a record.  irqs: interrupts were on
 * before the ring was locked.
 * Context: [ring].
 */
void trace_begin(struct ring_head *h, unsigned type, bool irqs);

/* ---- stack.c ------------------------------------------------------------- */

#define TRACE_STACK	4		/* type of a stack record */

extern bool trace_stacks;		/* the file options/stacktrace */

/*
 * Record the call chain that led to tf; NULL: to the caller's caller.
 * Context: [ring].
 */
void trace_stack(unsigned cpu, bool irqs, const struct trapframe *tf);
/*
 * Hook of return probes: return the true return address for pc, an address on
 * the stack of current.  n: number of replaced addresses found before pc.
 * NULL: no return address is ever replaced.
 */
extern unsigned long (*trace_true_return)(unsigned long pc, unsigned n);
void trace_stack_show(struct seq *s, const struct trace_common *record);

/* ---- filter.c ------------------------------------------------------------ */

/*
 * Parse a filter for an event.  A filter that does not parse shows its error
 * when read, and lets all records pass.
 * Return: 0 or -EINVAL, both with *out set; -ENOMEM.
 */
int filter_make(const struct trace_event *e, const char *text, size_t n,
		struct trace_filter **out);
/* True if text matches a pattern with *, ?, [sets]. */
bool glob_fits(const char *pattern, const char *text, size_t n);
void filter_free(struct trace_filter *f);
void filter_show(struct seq *s, const struct trace_filter *f);
/* Context: any. */
bool filter_passes(const struct trace_filter *f, const void *record,
		   const struct ring_head *h);

/* ---- files.c, read.c, folder.c ------------------------------------------- */

int trace_files(void);
int trace_reading(void);
/* Format the line of a record, with the columns before it. */
void trace_line(struct seq *s, const struct ring_head *h);
/*
 * Make a node; the caller fills in its functions.
 * Return: the node, or NULL without memory.
 */
struct proc_node *trace_node(const char *path, unsigned mode);
/* Remove the node at path and all nodes below it. */
void trace_drop(const char *path);
/*
 * Clear what node n holds, because it was opened with O_TRUNC.
 * trace_clear_choice() does this for the files of choose.c.
 * Return: 0 or -errno.
 */
int trace_clear_file(struct proc_node *n);
int trace_clear_choice(struct proc_node *n);
/*
 * The file of probes: its store function, and the hook that is called when the
 * file is opened with O_TRUNC.  Both are set by an INIT.
 * Return: 0 or -errno.
 */
extern int (*trace_probes_store)(void *arg, const char *text, size_t n);
extern int (*trace_probes_emptied)(void);
/*
 * Empty the ring of one CPU, or of all (-1).  If all rings are emptied and no
 * event is enabled, also free the pages of the rings.
 */
void trace_forget(int cpu);

#endif
