/* SPDX-License-Identifier: MIT */
/*
 * The tables of system-call handlers.  tools/syscalls.py generates them and the
 * prototypes in <syscalls.h> from syscalls.tbl.
 */
#ifndef KERNEL_SYSCALL_TABLE_H
#define KERNEL_SYSCALL_TABLE_H

#include <lt/types.h>

struct trapframe;

typedef long (*syscall_entry_t)(struct trapframe *tf);

/*
 * Number of entries of each table, more than needed: a constant, so that
 * comparing with it needs no load.
 */
#define SYSCALL_COUNT 512
extern syscall_entry_t const syscall_table[];	/* indexed by number */
/*
 * Numbers of Lectern's own calls, which differ from Linux's and are the same on
 * every machine.
 */
#define NATIVE_FIRST 0x4c540001ul
#define NATIVE_MAX 32
extern syscall_entry_t const native_table[];	/* indexed by number -
						   NATIVE_FIRST */
extern const unsigned native_count;
/* All entries are syscall_event(), which records the call and makes it. */
extern syscall_entry_t const syscall_event_table[];
long syscall_event(struct trapframe *tf);
void syscall_trace_events(bool on);
/* All entries are syscall_traced(), which stops for the tracer. */
extern syscall_entry_t const syscall_traced_table[];
long syscall_traced(struct trapframe *tf);
struct task;
/*
 * Set t's table: syscall_traced_table if t is traced, else the table of all
 * untraced tasks.
 * Context: [tree_lock].
 */
void syscall_table_of(struct task *t, bool traced);
/*
 * Redirect all system calls of all tasks to `way`, which makes the real call.
 * Context: before the first program.
 * Return: the table of the real calls.
 */
const syscall_entry_t *syscalls_through(syscall_entry_t way);
extern const unsigned syscall_nr_restart;	/* number of
						   restart_syscall(2) */

/*
 * A value that the census of calls records: an argument, or memory to which an
 * argument points.
 */
#define CENSUS_SLOTS 3
struct census_slot {
	u8 word;		/* number of the argument word */
	u8 size;		/* bytes; 0: no such slot */
	u8 at;			/* offset in memory; 0xff: the word itself */
};

/*
 * Facts for tracing: the name of the call, and a letter for each argument word:
 * d int, u unsigned, l long, z size, all decimal; o octal, x hexadecimal;
 * p pointer, s string; - the high half of the previous word.
 */
struct syscall_info {
	const char *name;			/* NULL: no such call */
	const char *args;
	struct census_slot slots[CENSUS_SLOTS];
};
extern const struct syscall_info syscall_info[];

/*
 * Handle a call without a handler.  Return: -ENOSYS; the first use is logged.
 */
long syscall_missing(struct trapframe *tf);
long syscall_unwritten(void);

#endif
