/* SPDX-License-Identifier: MIT */
/*
 * Generated text, such as the contents of files in /proc: the producer appends
 * to the buffer, and is called again with a larger buffer if the text did not
 * fit.
 */
#ifndef LT_SEQ_H
#define LT_SEQ_H

#include <lt/compiler.h>
#include <lt/types.h>

struct cred;
struct pid_space;

struct seq {
	char *buf;
	size_t size, len;		/* len > size: the text did not fit, try
					   again with a larger buffer */
	void *arg;			/* the producer's object, if any */
	struct mounts_seen *mounts;	/* mounts that the reader may see */
	const struct pid_space *view;	/* PID namespace by which numbers are
					   shown */
	const struct cred *by;		/* credentials of the opener of the
					   /proc file */
};
void seq_print(struct seq *s, const char *fmt, ...) __printf(2, 3);
void seq_put(struct seq *s, const void *data, size_t n);
/* Append text, with each character of `special` as \ooo, in octal. */
void seq_escape(struct seq *s, const char *text, const char *special);

#endif
