/* SPDX-License-Identifier: MIT */
/* The process that a descriptor refers to. */
#ifndef TOPICS_PROCESSES_PIDFD_H
#define TOPICS_PROCESSES_PIDFD_H

#include <kernel/task/task.h>

/*
 * Return: the process of a pidfd, referenced, with its O_ flags in *flags
 * unless that is NULL; NULL: fd is no open pidfd (EBADF).
 */
struct process *pidfd_process(int fd, unsigned *flags);

#endif
