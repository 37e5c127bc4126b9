/* SPDX-License-Identifier: MIT */
/*
 * Generated text, as the files of /proc show it: what produces it appends, and
 * is called again with a larger buffer when the text did not fit.
 */
#ifndef LT_SEQ_H
#define LT_SEQ_H

#include <lt/compiler.h>
#include <lt/types.h>

struct cred;
struct pid_space;

struct seq {
	char *buf;
	size_t size, len;		/* len > size: grown and called again */
	void *arg;			/* of whoever shows one of several */
	struct mounts_seen *mounts;	/* whose it shows, of those files */
	const struct pid_space *view;	/* whose numbers of tasks it shows */
	const struct cred *by;		/* who opened the file of proc */
};
void seq_print(struct seq *s, const char *fmt, ...) __printf(2, 3);
void seq_put(struct seq *s, const void *data, size_t n);
/* Append text; the characters in `special` as \ooo, in octal. */
void seq_escape(struct seq *s, const char *text, const char *special);

#endif
