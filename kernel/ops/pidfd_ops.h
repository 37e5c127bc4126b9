/* SPDX-License-Identifier: MIT */
/* Descriptors of processes (topics/processes). */
#ifndef KERNEL_OPS_PIDFD_OPS_H
#define KERNEL_OPS_PIDFD_OPS_H

#include <lt/types.h>

struct file;
struct process;

struct pidfd_ops {
	/*
	 * A descriptor's file for p; flags: O_NONBLOCK.
	 * Return: NULL: no memory.
	 */
	struct file *(*pidfd_file)(struct process *p, unsigned flags);
	/*
	 * The process of a pidfd with a reference, and the file's O_ flags.
	 * Return: NULL: fd is no pidfd.
	 */
	struct process *(*pidfd_process)(int fd, unsigned *flags);
};
extern const struct pidfd_ops *pidfd_ops;	/* const after init, or NULL */

#endif
