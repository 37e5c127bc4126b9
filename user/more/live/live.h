/* SPDX-License-Identifier: MIT */
/* What the files of the program live share; docs/live.md has the lines. */
#ifndef LIVE_H
#define LIVE_H

#include <stddef.h>
#include <sys/types.h>

/* What one look into the pipe of events has shown. */
struct look {
	size_t bytes;		/* of the pipe */
	int events;		/* number of events that were passed on */
	int family;		/* a task began, ended or became another program */
	int chosen;		/* the chosen process did something */
};

extern pid_t self, chosen;	/* chosen: whose memory is shown; 0: nobody's */

/* ---- out.c: lines of JSON ---- */
void out_to(int fd);
int out_failed(void);		/* true once the port is gone */
__attribute__((format(printf, 1, 2))) void out(const char *fmt, ...);
void out_text(const char *text, size_t n);	/* with its quotes */
void out_flush(void);

/* ---- trace.c: events ---- */
int trace_begin(void);		/* returns 0, or -1: this kernel has none */
void trace_end(void);
int trace_kinds(char *list);	/* returns 0, or -1: no such kind */
void trace_look(struct look *seen);

/* ---- tasks.c: what /proc says ---- */
ssize_t slurp(const char *path, char *buf, size_t size);
void tasks_show(void);
void space_show(int always);

#endif
