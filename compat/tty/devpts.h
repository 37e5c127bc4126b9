/* SPDX-License-Identifier: MIT */
/* Where pseudo-terminals have their names: /dev/pts/N. */
#ifndef COMPAT_TTY_DEVPTS_H
#define COMPAT_TTY_DEVPTS_H

#include <fs/vfs.h>

#define PTS_MAJOR	136
#define PTS_MAX		(1u << 20)	/* terminals of one instance */

/*
 * The instance that an open of a ptmx node means: that of the node itself, or
 * the one mounted on "pts" beside it.  Return: referenced; NULL and *err.
 */
struct super *devpts_of(const struct path *ptmx, int *err);

/*
 * Open the slave of that number in the instance s that ptmx means, whatever is
 * mounted over its name: who has the master may.  Return: 0, -ENODEV: ptmx
 * means another one now, -errno.
 */
int devpts_open(const struct path *ptmx, struct super *s, unsigned number,
		unsigned flags, struct file **out);

/*
 * A name for a terminal, its number the lowest free one, owned by the caller.
 * An open of it calls open(private, f).  Return: its number, or -errno.
 */
int devpts_add(struct super *s, void *private);
/* The name goes; whoever is opening it has opened it, or gets -EIO. */
void devpts_remove(struct super *s, unsigned number);

/*
 * Of compat/tty/pty.c: open the slave that private names.  Context:
 * [devpts_lock].
 */
int pty_open_slave(void *private, struct file *f);
extern const struct file_ops ptmx_fops;

#endif
