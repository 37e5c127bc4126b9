/* SPDX-License-Identifier: MIT */
/*
 * What programs and libraries of the suite `loaders` are made of.  They need
 * no C library, so that one and the same file can be started by each loader.
 * A function says by a letter whose it is.
 */
#include <sys/syscall.h>

long __syscall(long nr, long a, long b, long c, long d, long e, long f);

#define IS(name, letter)	int name(void); int name(void) { return letter; }
#define CALLS(name, of)		int of(void); int name(void); \
				int name(void) { return of(); }
#define HAS(name, letter)	extern int name; int name = letter;
#define READS(name, of)		extern int of; int name(void); \
				int name(void) { return of; }
#define POINTS(name, of)	int of(void); void *name(void); \
				void *name(void) { return (void *)of; }
#define POINTS_DATA(name, of)	extern int of; void *name(void); \
				void *name(void) { return &of; }
#define VISIBLE(how)		__attribute__((visibility(how)))
#define WEAK			__attribute__((weak))
#define YES(condition)		((condition) ? 'y' : 'n')

static inline void put(int c)
{
	char byte = (char)c;

	__syscall(SYS_write, 1, (long)&byte, 1, 0, 0, 0);
}

/* PROGRAM(...): what it does; it prints, and ends well. */
#define PROGRAM(...) void start(void); void start(void)			\
{									\
	__VA_ARGS__							\
	put('\n');							\
	__syscall(SYS_exit_group, 0, 0, 0, 0, 0, 0);			\
}
