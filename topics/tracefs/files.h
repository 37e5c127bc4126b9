/* SPDX-License-Identifier: MIT */
/* Helpers of files.c and choose.c to make files. */
#ifndef TOPICS_TRACEFS_FILES_H
#define TOPICS_TRACEFS_FILES_H

#include <lt/seq.h>
#include <lt/types.h>

#define PATH	160			/* most bytes of a file's path */

struct trace_entry {
	const char *name;
	unsigned mode;
	void (*show)(struct seq *s);
	int (*store)(void *arg, const char *text, size_t n);
	void *arg;
};

/*
 * Add files below a directory.  arg: argument of all of them; NULL: each entry
 * has its own.
 */
int trace_add_all(const char *folder, const struct trace_entry *e,
		  unsigned nr, void *arg);
/* Add the files of choose.c. */
int trace_choosing(void);

/*
 * Strip white space from both ends of text.
 * Return: the new start; *n: the remaining length.
 */
const char *trace_trim(const char *text, size_t *n);
/*
 * Find the next word: *at moves to its start.
 * Return: the length of the word; 0: there is none.
 */
size_t trace_word(const char **at);
/*
 * Parse text that is a decimal number and nothing else.
 * Return: the number, or -EINVAL.
 */
long trace_number(const char *text, size_t n);
/*
 * Parse a boolean.
 * Return: 0, 1 or -EINVAL.
 */
int trace_truth(const char *text, size_t n);

#endif
