/* SPDX-License-Identifier: MIT */
/*
 * Files below /proc, declared next to the code that knows their contents
 * (<lt/table.h>).  They exist from boot until the machine ends.
 */
#ifndef LT_PROCFILE_H
#define LT_PROCFILE_H

#include <lt/seq.h>
#include <lt/table.h>

struct cred;
struct file_ops;
struct inode_ops;
struct path;
struct proc_changes;
struct task;

/*
 * A file of /proc.  With neither show nor store it is a directory, which may be
 * empty.
 */
struct proc_file {
	const char *name;		/* "net/arp", "sys/vm/swappiness" */
	void (*show)(struct seq *s);	/* may be called again, see lt/seq.h */
	/*
	 * Store the whole text of one write, NUL-terminated.
	 * Return: 0 or -errno.
	 */
	int (*store)(const char *text, size_t n);
	bool line;			/* one line; later writes add to it */
	bool plain;			/* only read(2) and write(2), no
					   splice */
	unsigned mode;			/* mode of a directory */
	struct proc_changes *changes;	/* what a poll of a file in /proc/sys
					   tells of; may be NULL */
};
#define PROC_FILES(name) static const struct proc_file name[] __table(proc_file)

/*
 * Numbers that root can set, as files below /proc/sys.  An entry without a name
 * is a further number in the file of the preceding entry.
 */
struct sysctl_number {
	const char *name;		/* e.g. "kernel/shmmax" */
	unsigned long *value;		/* read and written as one word without
					   a lock */
	unsigned long least, most;
	/*
	 * Return the variable of current's namespace for this number; NULL: all
	 * namespaces share *value.
	 */
	unsigned long *(*of_space)(unsigned long *value);
	bool (*may_set)(void);		/* true if current may set it; NULL:
					   root */
	unsigned mode;			/* the file's mode; 0: 0644 */
	int right;			/* CAP_ that a writer always needs;
					   0: none */
};
#define SYSCTL_NUMBERS(name)						\
	static const struct sysctl_number name[] __table(sysctl_number)

/* A file in the directory of each task. */
struct pid_file {
	const char *name;
	unsigned mode;
	/*
	 * Show text about t; if of_space, seq.arg is the address space that t
	 * had when the file was opened.
	 * Return: 0 or -errno.
	 */
	int (*show)(struct seq *s, struct task *t);
	int (*store)(struct task *t, const char *text, size_t n);
	/*
	 * Like store, but check the permissions of the task that opened the
	 * file.
	 */
	int (*store_by)(struct task *t, const char *text, size_t n,
			const struct cred *by);
	/* Return the target of a magic link, with a reference. */
	int (*follow)(struct task *t, struct path *out);
	const struct inode_ops *ops;	/* directories and special files */
	const struct file_ops *fops;
	bool process_only;		/* not in task/TID directories */
	bool thread_only;		/* only there */
	bool of_space;
	bool of_machine;		/* opening needs CAP_SYS_ADMIN */
	bool looks_in;			/* opening needs permission to inspect t
					   (ptrace access) */
};
#define PID_FILES(name)	static const struct pid_file name[] __table(pid_file)

#endif
