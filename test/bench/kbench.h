/* SPDX-License-Identifier: MIT */
/*
 * Shared by the parts of kbench.  Names of rows, counts and methods are
 * fixed: figures of Linux taken with them are the ones to beat.
 */
#ifndef BENCH_KBENCH_H
#define BENCH_KBENCH_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE
#endif
#include "bench.h"
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <signal.h>
#include <stdint.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#define PG	4096UL
#define ALIGN	(4UL << 20)	/* regions start on a largest superpage */

extern const char *self;	/* argv[0]: the exec target */
extern const char *dir;		/* where files are made */
extern u64 clk_cost;		/* ns of one now(), taken off each interval */

/* Scales a repeat count by -s.  => at least 1 */
long times(long n);

/* Prints  name<TAB>ns per operation  for `ns` spent on `ops`. */
void row(const char *name, u64 ns, long ops);

/* The kernel cannot do it: prints that, with errno, and the run goes on. */
void not_done(const char *name, const char *what);

/*
 * Where the time of a row begins and ends, for `bench --profile ROW`: a note of
 * the place, and no instruction.  name: the row's, or what it begins with.  A
 * note follows the reading of the clock where it begins, and precedes it where
 * it ends.
 */
#define ROW_BEGINS(name)	ROW_NOTE("begins " name)
#define ROW_ENDS(name)		ROW_NOTE("ends " name)
#define ROW_NOTE(text) \
	__asm__ volatile("77:\n\t.pushsection kbench_rows, \"\"\n\t" \
			 ".dc.a 77b\n\t.asciz \"" text "\"\n\t" \
			 ".popsection")

/* Spins 20 ms, so that work a kernel put off does not land in the next. */
void settle(void);

/* => n bytes of anonymous memory, or NULL */
static inline char *anon(size_t n)
{
	char *p = mmap(NULL, n, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		       MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);

	return p == MAP_FAILED ? NULL : p;
}

static inline char *aligned(char *p)
{
	return (char *)(((uintptr_t)p + ALIGN - 1) & ~(uintptr_t)(ALIGN - 1));
}

static inline void nohuge(void *p, size_t n)
{
	madvise(p, n, MADV_NOHUGEPAGE);
}

static inline void touch(char *p, size_t n)
{
	for (size_t i = 0; i < n; i += PG)
		*(volatile char *)(p + i) = 1;
}

/* Bare calls: without what libc does around fork and exit. */
static inline long raw_fork(void)
{
	return syscall(SYS_clone, SIGCHLD, 0, 0, 0, 0);
}

static inline void raw_exit(int code)
{
	for (;;)
		syscall(SYS_exit, code);
}

static inline void raw_wait(long pid)
{
	int st;

	syscall(SYS_wait4, pid, &st, 0, 0);
}

/* The result does not matter here, but the compiler wants it read. */
static inline void put_byte(int fd, char *c)
{
	if (write(fd, c, 1)) { }
}

static inline void get_byte(int fd, char *c)
{
	if (read(fd, c, 1)) { }
}

/* A group of rows each; its name can be given to -f. */
void bench_null(void);
void bench_yield(void);
void bench_mmap(void);
void bench_fault(void);
void bench_file(void);
void bench_pipe(void);
void bench_sig(void);
void bench_thread(void);
void bench_exec(void);
void bench_fork(void);
void bench_vma(void);
void bench_calib(void);

/* fork, exit, wait rows named after `tag`, n times. */
void fork_rows(const char *tag, long n);

#endif
