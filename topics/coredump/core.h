/* SPDX-License-Identifier: MIT */
/*
 * Core files (row B6): the memory and registers of a process that a signal
 * kills, as an ELF file for debuggers.  coredump.c stops the process,
 * core_name.c reads the pattern of names, core_pipe.c has a program take what
 * is written, and core_write.c writes it.
 */
#ifndef TOPICS_COREDUMP_CORE_H
#define TOPICS_COREDUMP_CORE_H

#include <fs/vfs.h>
#include <kernel/task/task.h>

#define CORE_PATTERN	128

/* One process's dump, on the stack of the thread that dies of the signal. */
struct core {
	struct siginfo info;		/* const */
	char pattern[CORE_PATTERN];	/* const: core_pattern as it died */
	unsigned cpu;			/* const: where it died */
	/* threads off every CPU, the dying one first; const while it lasts */
	struct task **threads;
	unsigned nr_threads;
	int running;			/* [tree_lock] that have yet to park */
	struct list stops;		/* [tree_lock] struct stop: who has */
	struct wait_queue parked;
	struct file *file;
	bool pipe;			/* a program's */
	u64 piped;			/* bytes it was sent */
	u64 limit;			/* bytes: RLIMIT_CORE, if no pipe */
};

/* What the pattern says of that process. */
struct core_name {
	char *text;			/* a name, or words with a NUL each */
	size_t used, room;
	int err;
	bool pipe;
	unsigned nr_words;
	unsigned word[CORE_PATTERN / 2]; /* where in the text each begins */
};

/* /proc/PID/coredump_filter: which mappings' contents are written. */
#define CORE_ANON_PRIVATE 0x01u
#define CORE_ANON_SHARED 0x02u
#define CORE_FILE_PRIVATE 0x04u
#define CORE_FILE_SHARED 0x08u
#define CORE_ELF_HEADERS 0x10u
#define CORE_FILTER	0x33u		/* as Linux begins with */
#define CORE_FILTER_ALL	0x1ffu

extern char core_pattern[CORE_PATTERN];	/* [tree_lock] names of core files */
/* Words; kernel.core_uses_pid and kernel.core_pipe_limit. */
extern int core_uses_pid, core_pipe_limit;

/* Inherited; a word of the process's. */
unsigned *core_filter(struct process *p);

/*
 * Context: current dies of it, and may sleep.
 * Return: NULL: no memory, or a program's path that is too long.
 */
struct core_name *core_name(const struct core *c);
void core_name_free(struct core_name *n);

/* Return: 0, or -errno: the file is cut off where it went wrong. */
int core_write(struct core *c);
/* Only SIGKILL ends a dump before it is whole: was it sent? */
bool core_killed(void);

/*
 * Start the program that n names, to read c->file.
 * Context: no lock; may sleep, until the program has begun.
 * Return: 0; -EBUSY: kernel.core_pipe_limit; -ENOENT: there is no name;
 * -errno of execve(2).
 */
int core_pipe_open(struct core *c, const struct core_name *n);
/*
 * n bytes for the position pos of the file, which does not fall.
 * Return: 0; -EINTR, -ERESTARTSYS: killed; -EPIPE: nobody reads; -ENOMEM.
 */
int core_pipe_write(struct core *c, u64 pos, const void *from,
		    unsigned long n);
/* With a limit, once all readers are gone or current is killed. */
void core_pipe_close(struct core *c);

/* ---- faultlog.c, as <kernel/ops/core_ops.h> says ----------------------------- */

void faultlog_told(const struct trapframe *tf, const struct siginfo *info,
		   const char *what);
void faultlog_no_loader(const char *program, const char *loader);

#endif
