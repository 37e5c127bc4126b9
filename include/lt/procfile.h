/* SPDX-License-Identifier: MIT */
/*
 * Files below /proc, declared where their contents are known (<lt/table.h>).
 * They are there from the start until the machine ends.
 */
#ifndef LT_PROCFILE_H
#define LT_PROCFILE_H

#include <lt/seq.h>
#include <lt/table.h>

/* With neither show nor store it is a directory, which may be empty. */
struct proc_file {
	const char *name;		/* e.g. "net/arp", "sys/vm/swappiness" */
	void (*show)(struct seq *s);	/* may be called again, see above */
	/* The whole text of one write, ended by a null.  => 0 or -errno */
	int (*store)(const char *text, size_t n);
	bool line;			/* what is written ends with its line */
	unsigned mode;			/* of a directory */
};
#define PROC_FILES(name) static const struct proc_file name[] __table(proc_file)

/*
 * Numbers that root sets, as files below /proc/sys.  An entry without a name
 * is one more number in the file of the entry before it.
 */
struct sysctl_number {
	const char *name;		/* e.g. "kernel/shmmax" */
	unsigned long *value;		/* word */
	unsigned long least, most;
};
#define SYSCTL_NUMBERS(name)						\
	static const struct sysctl_number name[] __table(sysctl_number)

#endif
