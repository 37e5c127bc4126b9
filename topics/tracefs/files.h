/* SPDX-License-Identifier: MIT */
/* What files.c and choose.c make files with. */
#ifndef TOPICS_TRACEFS_FILES_H
#define TOPICS_TRACEFS_FILES_H

#include <lt/seq.h>
#include <lt/types.h>

#define PATH	160			/* bytes of a file's path, at most */

struct trace_entry {
	const char *name;
	unsigned mode;
	void (*show)(struct seq *s);
	int (*store)(void *arg, const char *text, size_t n);
	void *arg;
};

/* Files below a folder.  arg: of all of them; NULL: each its own. */
int trace_add_all(const char *folder, const struct trace_entry *e,
		  unsigned nr, void *arg);
/* Those of choose.c. */
int trace_choosing(void);

/* Without the spaces around it.  Return: where it begins; *n: its bytes. */
const char *trace_trim(const char *text, size_t *n);
/* The next word at *at.  Return: its bytes; 0: there is none. */
size_t trace_word(const char **at);
/* A decimal number and no more.  Return: it, or -EINVAL. */
long trace_number(const char *text, size_t n);
/* Return: 0, 1 or -EINVAL. */
int trace_truth(const char *text, size_t n);

#endif
