/* SPDX-License-Identifier: MIT */
/* The process that a descriptor refers to. */
#ifndef TOPICS_PROCESSES_PIDFD_H
#define TOPICS_PROCESSES_PIDFD_H

#include <kernel/task/task.h>

/*
 * Return: the process of a pidfd, referenced, and its O_ flags in *flags, which
 * may be NULL; NULL: not a pidfd.
 */
struct process *pidfd_process(int fd, unsigned *flags);

#endif
