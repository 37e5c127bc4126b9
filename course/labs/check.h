/* SPDX-License-Identifier: MIT */
/*
 * The frame of a lab's check program.  The program is process 1 of the machine:
 * nothing else runs, and the machine ends with it.  It runs the cases that its
 * command line names, one after the other, in this process; the grader starts a
 * new machine with the remaining cases if one of them stops the machine.
 *
 * Each result is a line with a message authentication code (HMAC-SHA256), whose
 * key the grader puts into the program.  So what a kernel prints by itself, or
 * prints twice, is no result.
 */
#ifndef LABS_CHECK_H
#define LABS_CHECK_H

#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define LAB_PAGE	4096UL

/* A case: its name is the id of the check in lab.tbl. */
struct lab_case {
	const char *name;
	void (*run)(void);
};

/* Run the cases of the command line; main() returns what this returns. */
int lab_main(int argc, char **argv, const struct lab_case *cases, int count);

#define LAB_MAIN(cases) \
	int main(int argc, char **argv) \
	{ \
		return lab_main(argc, argv, cases, \
				(int)(sizeof(cases) / sizeof((cases)[0]))); \
	}

/* End this case without its points.  The text says what was expected. */
__attribute__((noreturn, format(printf, 1, 2)))
void lab_fail(const char *format, ...);

/* Go on only if `good` is true. */
#define lab_check(good, ...) \
	do { \
		if (!(good)) \
			lab_fail(__VA_ARGS__); \
	} while (0)

/*
 * Go on only if both numbers are equal; the report shows both, and names them
 * if an error is expected (-EINVAL).
 */
#define lab_equal(found, expected, what) \
	do { \
		long long found_ = (long long)(found); \
		long long expected_ = (long long)(expected); \
		if (found_ != expected_) \
			lab_differ(found_, expected_, what); \
	} while (0)

__attribute__((noreturn))
void lab_differ(long long found, long long expected, const char *what);

/* Go on only if a call succeeded; the report names its errno. */
#define lab_must(result, what) \
	lab_check((long)(result) != -1, "%s failed: %s", what, strerror(errno))

/* A line for the student's report; it decides nothing. */
__attribute__((format(printf, 1, 2)))
void lab_note(const char *format, ...);

/* The clock: one instruction takes 1 ns under -icount. */
unsigned long long lab_clock(void);

/*
 * Go on only if this many instructions are within the budget that lab.tbl gives
 * the case.  The report shows both numbers.
 */
void lab_within_budget(unsigned long long instructions);

/*
 * The limit of a case, in millions of instructions (200 unless set).  A case
 * that reaches it gets no points, also if it sleeps without end.
 */
void lab_limit(unsigned million);

/*
 * Run fn(arg) in a child of fork().  lab_fail() works in the child, and then
 * ends the case in the parent, when lab_join() waits for it.
 */
pid_t lab_fork(void (*fn)(void *), void *arg);
void lab_join(pid_t child);

#endif
