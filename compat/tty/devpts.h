/* SPDX-License-Identifier: MIT */
/* Names of pseudo-terminals: /dev/pts/N. */
#ifndef COMPAT_TTY_DEVPTS_H
#define COMPAT_TTY_DEVPTS_H

#include <fs/vfs.h>

#define PTS_MAJOR	136
#define PTS_MAX		(1u << 20)	/* most terminals of one instance */

/*
 * Find the instance for an open of a ptmx node: the instance of the node
 * itself, or the one mounted on "pts" in the same directory.
 * Return: the instance, with a reference; NULL and *err.
 */
struct super *devpts_of(const struct path *ptmx, int *err);

/*
 * Open slave `number` of instance s, which ptmx leads to.  The holder of the
 * master may open the slave even if a mount hides its name.
 * Return: 0; -ENODEV: ptmx leads to another instance now; -errno.
 */
int devpts_open(const struct path *ptmx, struct super *s, unsigned number,
		unsigned flags, struct file **out);

/*
 * Create a name for a terminal, with the lowest free number, owned by the
 * caller.  Opening it calls pty_open_slave(private, f).
 * Return: the number, or -errno.
 */
int devpts_add(struct super *s, void *private);
/* Remove a name.  A concurrent open either has succeeded or fails with EIO. */
void devpts_remove(struct super *s, unsigned number);

/*
 * Open the slave given by private (compat/tty/pty.c).  Context: [devpts_lock].
 */
int pty_open_slave(void *private, struct file *f);
extern const struct file_ops ptmx_fops;

#endif
