/* SPDX-License-Identifier: MIT */
/*
 * Core files (row B6): the memory and registers of a process that a signal
 * kills, as an ELF file for debuggers.  coredump.c stops the process and
 * chooses the file; core_write.c writes it.
 */
#ifndef EXT_COREDUMP_CORE_H
#define EXT_COREDUMP_CORE_H

#include <fs/vfs.h>
#include <kernel/task.h>

/* One process's dump, on the stack of the thread that dies of the signal. */
struct core {
	struct siginfo info;		/* const */
	/* threads off every CPU, the dying one first; const while it lasts */
	struct task **threads;
	unsigned nr_threads;
	int running;			/* [tree_lock] that have yet to park */
	struct wait_queue parked;
	struct file *file;
	u64 limit;			/* bytes: RLIMIT_CORE */
};

/* /proc/PID/coredump_filter: which mappings' contents are written. */
#define CORE_ANON_PRIVATE 0x01u
#define CORE_ANON_SHARED 0x02u
#define CORE_FILE_PRIVATE 0x04u
#define CORE_FILE_SHARED 0x08u
#define CORE_ELF_HEADERS 0x10u
#define CORE_FILTER	0x33u		/* as Linux begins with */
#define CORE_FILTER_ALL	0x1ffu

#define CORE_PATTERN	128
extern char core_pattern[CORE_PATTERN];	/* [tree_lock] names of core files */

/* Inherited; a word of the process's. */
unsigned *core_filter(struct process *p);

/* => 0, or -errno: the file is cut off where it went wrong */
int core_write(struct core *c);

#endif
