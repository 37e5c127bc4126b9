/* SPDX-License-Identifier: MIT */
/*
 * The tables that lead a call to its handler, made by tools/syscalls.py from
 * syscalls.tbl, as are the handlers' prototypes in <syscalls.h>.
 */
#ifndef KERNEL_SYSCALL_TABLE_H
#define KERNEL_SYSCALL_TABLE_H

#include <lt/types.h>

struct trapframe;

typedef long (*syscall_entry_t)(struct trapframe *tf);

/* Entries of each table by number, with room: a constant costs no load. */
#define SYSCALL_COUNT 512
extern syscall_entry_t const syscall_table[];	/* by number */
/* Lectern's own calls: outside Linux's numbers, the same on every machine. */
#define NATIVE_FIRST 0x4c540001ul
#define NATIVE_MAX 32
extern syscall_entry_t const native_table[];	/* by number - NATIVE_FIRST */
extern const unsigned native_count;
/* All entries are syscall_event(), which records and calls the real one. */
extern syscall_entry_t const syscall_event_table[];
long syscall_event(struct trapframe *tf);
void syscall_trace_events(bool on);
/* Likewise of syscall_traced(), which stops for the tracer. */
extern syscall_entry_t const syscall_traced_table[];
long syscall_traced(struct trapframe *tf);
struct task;
/*
 * Send t's calls there, or where those of all tasks go.
 * Context: [tree_lock].
 */
void syscall_table_of(struct task *t, bool traced);
/*
 * Every call of every task goes to `way` from now on, which makes it by the
 * table that is returned.
 * Context: before the first program.
 */
const syscall_entry_t *syscalls_through(syscall_entry_t way);
extern const unsigned syscall_nr_restart;	/* of restart_syscall(2) */

/* A value worth a note of those who watch: an argument, or what lies there. */
#define CENSUS_SLOTS 3
struct census_slot {
	u8 word;		/* of the arguments */
	u8 size;		/* bytes; 0: no such slot */
	u8 at;			/* offset in memory; 0xff: the word itself */
};

/*
 * For tracing: the name, and a letter an argument word: d int, u unsigned,
 * o octal, x hex, l long, z size, p pointer, s string, - high half before.
 */
struct syscall_info {
	const char *name;			/* NULL: no such call */
	const char *args;
	struct census_slot slots[CENSUS_SLOTS];
};
extern const struct syscall_info syscall_info[];

/* A number without a handler: ENOSYS, and a line in the log the first time. */
long syscall_missing(struct trapframe *tf);
long syscall_unwritten(void);

#endif
