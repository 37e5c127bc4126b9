/* SPDX-License-Identifier: MIT */
/* Which process a descriptor stands for. */
#ifndef TOPICS_PROCESSES_PIDFD_H
#define TOPICS_PROCESSES_PIDFD_H

#include <kernel/task/task.h>

/* The process of a pidfd with a reference, its O_ flags; NULL: EBADF. */
struct process *pidfd_process(int fd, unsigned *flags);

#endif
