/* SPDX-License-Identifier: MIT */
/* The parts of drilled: each runs one topic of ./lectern drill. */
#ifndef DRILLED_H
#define DRILLED_H

#include <stdint.h>

#define PG		4096ul
#define PM_PRESENT	(1ull << 63)
#define PM_FRAME	((1ull << 55) - 1)

/* Each takes the words after its name.  Return: the exit status */
int drill_pages(int n, char **words);
int drill_family(int n, char **words);
int drill_tasks(int n, char **words);
int drill_start(char **argv);
int drill_touches(int n, char **words);

/* Print what failed, with errno, and end the program. */
__attribute__((noreturn)) void fail(const char *what);

/* Return: a number of C's notation; end the program for anything else. */
unsigned long number(const char *text, char **end);

/* Return: page faults of this process so far, of either kind. */
long faults_so_far(void);

/* Return: the word of /proc/PID/pagemap for an address; PID may be "self". */
uint64_t pagemap_word(const char *pid, unsigned long at);

/* Write text to a file that exists. Return: 0 or -1 */
int put_text(const char *path, const char *text);

/* Copy a file to the standard output. */
void copy_out(const char *path);

#endif
