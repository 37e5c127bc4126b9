/* SPDX-License-Identifier: MIT */
/* Hooks for pidfds, descriptors of processes (topics/processes). */
#ifndef KERNEL_OPS_PIDFD_OPS_H
#define KERNEL_OPS_PIDFD_OPS_H

#include <lt/types.h>

struct file;
struct process;

struct pidfd_ops {
	/*
	 * Create the file of a pidfd for p; flags: O_NONBLOCK or 0.
	 * Return: the file; NULL: no memory.
	 */
	struct file *(*pidfd_file)(struct process *p, unsigned flags);
	/*
	 * Look up a pidfd and store the O_ flags of its file in *flags.
	 * Return: the process of the pidfd, with a reference; NULL: fd is no
	 * pidfd.
	 */
	struct process *(*pidfd_process)(int fd, unsigned *flags);
};
extern const struct pidfd_ops *pidfd_ops;	/* const after init, or NULL */

#endif
