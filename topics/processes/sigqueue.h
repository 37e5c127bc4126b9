/* SPDX-License-Identifier: MIT */
/* A siginfo that a program made. */
#ifndef TOPICS_PROCESSES_SIGQUEUE_H
#define TOPICS_PROCESSES_SIGQUEUE_H

#include <kernel/signal/siginfo.h>

/*
 * A siginfo_t from user code for sig: it may not look like the kernel's, nor
 * like a kill, to others than the calling thread itself (target: its number).
 * same: it must say sig itself.  Return: 0, -EFAULT, -EPERM, -EINVAL.
 */
int siginfo_from_user(struct siginfo *info, int sig, bool same, uaddr_t from,
		      int target);

#endif
