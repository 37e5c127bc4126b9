/* SPDX-License-Identifier: MIT */
/*
 * Files below /proc, declared where their contents are known (<lt/table.h>).
 * They are there from the start until the machine ends.
 */
#ifndef LT_PROCFILE_H
#define LT_PROCFILE_H

#include <lt/seq.h>
#include <lt/table.h>

struct cred;
struct file_ops;
struct inode_ops;
struct path;
struct task;

/* With neither show nor store it is a directory, which may be empty. */
struct proc_file {
	const char *name;		/* e.g. "net/arp", "sys/vm/swappiness" */
	void (*show)(struct seq *s);	/* may be called again, see above */
	/*
	 * The whole text of one write, ended by a null.
	 * Return: 0 or -errno.
	 */
	int (*store)(const char *text, size_t n);
	bool line;			/* what is written ends with its line */
	bool plain;			/* read(2), write(2) alone move it */
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
	/* That of current's name space; may be NULL. */
	unsigned long *(*of_space)(unsigned long *value);
	bool (*may_set)(void);		/* may current?  NULL: root may */
	unsigned mode;			/* what is shown; 0: 0644 */
	int right;			/* CAP_ of who writes, whatever else;
					   0: none */
};
#define SYSCTL_NUMBERS(name)						\
	static const struct sysctl_number name[] __table(sysctl_number)

/* A file in the directory of each task. */
struct pid_file {
	const char *name;
	unsigned mode;
	/*
	 * Text about t; of_space: seq.arg is the space there was at open.
	 * Return: 0 or -errno.
	 */
	int (*show)(struct seq *s, struct task *t);
	int (*store)(struct task *t, const char *text, size_t n);
	/* The same, where the right is asked of who opened the file. */
	int (*store_by)(struct task *t, const char *text, size_t n,
			const struct cred *by);
	/* A magic link: where it leads, referenced. */
	int (*follow)(struct task *t, struct path *out);
	const struct inode_ops *ops;	/* directories and special files */
	const struct file_ops *fops;
	bool process_only;		/* not in task/TID directories */
	bool of_space;
	bool of_machine;		/* opening it takes CAP_SYS_ADMIN */
	bool looks_in;			/* or the right to look into t */
};
#define PID_FILES(name)	static const struct pid_file name[] __table(pid_file)

#endif
