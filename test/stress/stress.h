/* SPDX-License-Identifier: MIT */
/*
 * What the workers of the stress program share.  A worker is a process that
 * runs rounds of one kind until it is told to stop; a round checks all that
 * it did.  Everybody who is at work for a worker (its children and threads
 * too) moves its `steps`: that is how the watchdog tells a hang from a slow
 * machine.
 */
#ifndef STRESS_H
#define STRESS_H

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <thread.h>
#include <time.h>
#include <unistd.h>

#define PG		4096UL
#define COUNT(a)	((int)(sizeof(a) / sizeof((a)[0])))
#define MS		1000000LL
#define SEC		1000000000LL

struct work {
	const char *name;
	void (*setup)(void);		/* once, in the worker; or NULL */
	void (*round)(void);
	void (*end)(void);		/* once; or NULL */
};

/* In shared memory; written by everybody at work for one worker. */
struct slot {
	unsigned long rounds;		/* worker only */
	unsigned long steps;		/* atomic */
	unsigned line;			/* where the last step was */
	const char *file;
	pid_t pid;			/* const once the worker runs */
};

struct shared {
	int stop;			/* rounds begin no more */
	int failures;			/* atomic */
	char first[160];		/* what the first failure was */
	struct slot slot[64];
};

extern struct shared *shared;
extern struct slot *slot;		/* of the worker this process is for */
extern char self[];			/* path of the program */
extern int cpus;			/* of the machine */

/* A number below n, from the seed of this process. */
unsigned rnd(unsigned n);
void rnd_seed(unsigned long seed);
/* The same for a thread, from a state of its own. */
unsigned rnd_of(unsigned long *state, unsigned n);

void step_at(const char *file, int line);
#define step()	step_at(__FILE__, __LINE__)

/* Ends this process when a check fails, and says which. */
void failed(const char *what, const char *file, int line)
	__attribute__((noreturn));
#define need(ok)	do {					\
	if (!(ok))						\
		failed(#ok, __FILE__, __LINE__);		\
} while (0)

/* => the child's pid; in the child 0, with its own seed */
pid_t branch(void);
/* waitpid that goes on after a signal. */
pid_t wait_for(pid_t pid, int *status, int options);
/* Wait for one child, which must have exited with code. */
void reap(pid_t pid, int code);
void nap(long long ns);
static inline int stopping(void)
{
	return __atomic_load_n(&shared->stop, __ATOMIC_RELAXED);
}

extern const struct work work_fork, work_exec, work_spawn, work_orphan,
	work_stop, work_queue, work_handler, work_group, work_pidfd,
	work_records, work_poll, work_breakpipe, work_tokens, work_fifo,
	work_waiters,
	work_mutex, work_barrier, work_join, work_killgroup,
	work_cow, work_forget, work_maps, work_fault,
	work_compute, work_move, work_nice,
	work_proc, work_files, work_rename, work_locks, work_mapfile,
	work_glance, work_cutcopy, work_compare,
	work_sleep, work_timers, work_tty;

#endif
