/* SPDX-License-Identifier: MIT */
/* Read a siginfo_t from a program. */
#ifndef TOPICS_PROCESSES_SIGQUEUE_H
#define TOPICS_PROCESSES_SIGQUEUE_H

#include <kernel/signal/siginfo.h>

/*
 * Read a siginfo_t for sig from user memory.  Unless target, a thread id, is
 * the calling thread, the siginfo must not look like one from the kernel or
 * from kill(2).  same: its signo must be sig.
 * Return: 0, -EFAULT, -E2BIG, -EPERM, -EINVAL.
 */
int siginfo_from_user(struct siginfo *info, int sig, bool same, uaddr_t from,
		      int target);

#endif
