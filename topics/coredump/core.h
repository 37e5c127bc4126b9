/* SPDX-License-Identifier: MIT */
/*
 * Core files (row B6): the memory and registers of a process that a signal
 * kills, as an ELF file for debuggers.  coredump.c stops the process,
 * core_name.c expands the pattern of names, core_write.c writes the file, and
 * core_pipe.c writes it to a program.
 */
#ifndef TOPICS_COREDUMP_CORE_H
#define TOPICS_COREDUMP_CORE_H

#include <fs/vfs.h>
#include <kernel/task/task.h>

#define CORE_PATTERN	128

/* One process's dump, on the stack of the thread that dies of the signal. */
struct core {
	struct siginfo info;		/* const */
	/* const; core_pattern when the process died */
	char pattern[CORE_PATTERN];
	/* const; the CPU on which the process died */
	unsigned cpu;
	/* the stopped threads, the dying one first; const once collected */
	struct task **threads;
	unsigned nr_threads;
	/* [tree_lock] number of threads still to park */
	int running;
	/* [tree_lock] struct stop: the parked threads */
	struct list stops;
	struct wait_queue parked;
	struct file *file;
	/* true: a program reads the dump from a pipe */
	bool pipe;
	u64 piped;			/* bytes written to the pipe */
	/* most bytes of the file: RLIMIT_CORE */
	u64 limit;
};

/* The expansion of the pattern for one process. */
struct core_name {
	char *text;			/* a name, or NUL-terminated words */
	size_t used, room;
	int err;
	bool pipe;
	unsigned nr_words;
	unsigned word[CORE_PATTERN / 2]; /* offset in text of each word */
};

/* /proc/PID/coredump_filter: which mappings' contents are written. */
#define CORE_ANON_PRIVATE 0x01u
#define CORE_ANON_SHARED 0x02u
#define CORE_FILE_PRIVATE 0x04u
#define CORE_FILE_SHARED 0x08u
#define CORE_ELF_HEADERS 0x10u
#define CORE_FILTER	0x33u		/* the default, as on Linux */
#define CORE_FILTER_ALL	0x1ffu

/* [tree_lock] pattern of core files' names */
extern char core_pattern[CORE_PATTERN];
/* The values of kernel.core_uses_pid and kernel.core_pipe_limit. */
extern int core_uses_pid, core_pipe_limit;

/* Return: the process's coredump_filter, which children inherit. */
unsigned *core_filter(struct process *p);

/*
 * Expand the pattern for current.
 * Context: current is dying; may sleep.
 * Return: NULL: no memory, or a program path that is too long.
 */
struct core_name *core_name(const struct core *c);
void core_name_free(struct core_name *n);

/* Return: 0; -errno: the file ends where the error occurred. */
int core_write(struct core *c);
/* True if current got SIGKILL, the only signal that ends a dump early. */
bool core_killed(void);

/*
 * Start the program that n names, to read c->file.
 * Context: no lock; may sleep, until the program has been executed.
 * Return: 0; -EBUSY: kernel.core_pipe_limit is reached; -ENOENT: n is empty;
 * -errno of execve(2).
 */
int core_pipe_open(struct core *c, const struct core_name *n);
/*
 * Write n bytes at the file position pos, which never decreases.
 * Return: 0; -EINTR, -ERESTARTSYS: killed; -EPIPE: no readers; -ENOMEM.
 */
int core_pipe_write(struct core *c, u64 pos, const void *from,
		    unsigned long n);
/*
 * Close the pipe.  If kernel.core_pipe_limit is set, first wait until all
 * readers are gone or current is killed.
 */
void core_pipe_close(struct core *c);

/* ---- faultlog.c: hooks of <kernel/ops/core_ops.h> ------------------------ */

void faultlog_told(const struct trapframe *tf, const struct siginfo *info,
		   const char *what);
void faultlog_no_loader(const char *program, const char *loader);

#endif
