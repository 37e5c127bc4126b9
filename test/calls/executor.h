/* SPDX-License-Identifier: MIT */
/*
 * What the parts of the fuzzer's executor share (docs/fuzzing.md).
 *
 *	parent (executor.c)                 child, one a program (run.c)
 *	  reads a batch from stdin            own folder, group, limits
 *	  forks a child a program  ------->   does the calls, thread by thread
 *	  watches `shared`, kicks calls       writes results into `shared`
 *	  that sleep too long, kills          asks what it holds (keep.c)
 *	  tidies up (tidy.c), answers
 *
 * A program is words of 64 bits, as tools/fuzz/encode.py writes them: groups
 * of operations around one call, each run by one thread.
 */
#ifndef CALLS_EXECUTOR_H
#define CALLS_EXECUTOR_H

#include <stdint.h>
#include <sys/types.h>

#define COUNT(a)	((int)(sizeof(a) / sizeof((a)[0])))

/* Places that programs name by number: the same on every machine. */
#define DATA_AT		0x60000000UL	/* arguments that are pointed to */
#define DATA_SIZE	0x40000UL
#define ARENA_AT	0x61000000UL	/* for mmap and its like to play on */
#define ARENA_SIZE	0x40000UL
#define SHARED_AT	0x70000000UL

#define MAX_CALLS	128
#define MAX_SLOTS	256
#define MAX_THREADS	4		/* the first is the child's own */
#define MAX_WORKERS	6		/* the last are processes of their own */
#define MAX_OUT		(48 << 10)	/* bytes that calls wrote, in all */
#define MAX_NEW		2048		/* new places of code, a program */
#define MAP_BITS	(1u << 20)
#define KCOV_WORDS	(32ul << 10)
#define KICK_SIGNAL	33		/* programs leave it alone */

/* Operations: the word of each says it, and how many words follow. */
enum {
	OP_GROUP = 1,	/* thread, flags, words of the group */
	OP_BYTES,	/* address, bytes, the bytes padded to words */
	OP_STORE,	/* address, bytes, kind, value */
	OP_FILL,	/* address, bytes: with FILL_BYTE */
	OP_CALL,	/* number, slot, fail, CHILD_, arguments, (kind, value)... */
	OP_OUT,		/* address, bytes: give them back */
	OP_LOAD,	/* address, bytes, slot */
};

#define GROUP_ASYNC	1	/* nobody waits for it */
#define GROUP_CHECK	2	/* no calls: ask what the process holds */
#define FILL_BYTE	0xa5
#define NO_SLOT		0xffff
#define VALUE_CONST	0
#define VALUE_SLOT	1

/* What a program needs beside its calls. */
#define PROGRAM_THREADS	1
#define PROGRAM_OUT	2	/* give back what was written */
#define PROGRAM_STATE	4	/* and the state that was left */
#define PROGRAM_TIDY	8	/* mounts, System V's objects, queues */

/* What a child does that a call made. */
enum { CHILD_ENDS, CHILD_WAITS, CHILD_STOPS, CHILD_WORKS, CHILD_IN_ROOM };

/* How far a call is. */
enum { CALL_NEVER, CALL_RUNS, CALL_DONE };

struct call_result {
	volatile uint32_t state;
	volatile uint32_t kicks;
	volatile int64_t result;
};

struct group {
	const uint64_t *at, *end;
	int thread, flags, call;
};

/* A thread or a process that makes calls when it is told to. */
struct worker {
	volatile int posted, done;	/* groups; futexes */
	volatile struct group group;
};

struct shared_area {
	volatile uint32_t progress;	/* changes with each step */
	volatile uint32_t finished;	/* the child came to its end */
	volatile int tid[MAX_WORKERS];	/* as the worker itself has it */
	volatile int pid[MAX_WORKERS];	/* of processes, as others see it */
	volatile int runs[MAX_WORKERS];	/* call + 1, 0: none */
	struct worker worker[MAX_WORKERS];
	char broken[128];		/* what must not be: keep.c */
	uint32_t nr_calls;
	struct call_result call[MAX_CALLS];
	volatile int64_t slot[MAX_SLOTS];
	volatile uint32_t nr_new;
	uint32_t fresh[MAX_NEW];
	volatile uint32_t nr_out;
	unsigned char out[MAX_OUT];
	volatile uint32_t nr_state;
	char state[16 << 10];
	uint32_t seen[MAP_BITS / 32];	/* survives the program */
};

#define shared		((struct shared_area *)SHARED_AT)

struct program {
	const uint64_t *words;
	uint32_t nr_words;
	uint32_t flags;
};

extern int as_user;		/* an ordinary user's programs */
extern int inject_fd;		/* -1: nothing can be made to fail */

/* ---- cover.c: which code of the kernel ran ------------------------------- */

void cover_open(void);		/* the parent, once; nothing on Linux */
void cover_enable(int thread);
void cover_clear(int thread);
/* Mark what the thread's last call ran; new places go to shared->fresh. */
void cover_collect(int thread);
/* A pair of numbers that counts as a place: a call and its error. */
void cover_note(uint32_t a, uint32_t b);

/* ---- executor.c ---------------------------------------------------------- */

/* A file's bytes, at most size - 1, and a 0; none of one without.  => text */
char *file_text(const char *name, char *text, size_t size);

/* ---- run.c --------------------------------------------------------------- */

__attribute__((noreturn)) void run_child(const struct program *p);
/* Copies unless it faults.  => whether it went well */
int run_copy(int thread, void *to, const void *from, unsigned long n);

/* ---- keep.c -------------------------------------------------------------- */

/* The executor, once: before programs run. */
void keep_open(void);
/* The executor, after each program: what is kept is as it was. */
void keep_unchanged(void);
/* A worker: nothing that is kept is in its memory or its descriptors. */
void keep_check(int thread);
/* A process enters a room.  => 0, or -1 if it cannot */
int keep_confine(void);
/* A process, after each call: if it is in a room, it is there still. */
void keep_confined(long result);

/* ---- tidy.c -------------------------------------------------------------- */

void tidy_folder_make(const char *name);
void tidy_folder(const char *name);
/* The executor, once: the names above that folder, which stay. */
void tidy_outside_note(void);
void tidy_outside(void);			/* the others there go */
void tidy_kernel(const char *folder);	/* what outlives processes */
void tidy_sockets(void);			/* those in flight at each other */
/*
 * All of ours end, and are waited for, tracees too: a thread that we trace
 * holds its process back until then.  => whether child was among them, with
 * its *status
 */
int tidy_processes(pid_t child, int *status);

/* ---- state.c ------------------------------------------------------------- */

void state_write(void);		/* the child's, into shared->state */

#endif
