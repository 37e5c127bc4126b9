/* SPDX-License-Identifier: MIT */
/* What the files of kernel/signal/ share. */
#ifndef KERNEL_SIGNAL_INTERNAL_H
#define KERNEL_SIGNAL_INTERNAL_H

#include "pending.h"

void sighand_init(void);

/* All below: [sighand->lock] held unless said otherwise. */

/* jobs.c: SIGCONT or a stop signal is being sent to p. */
void job_signal_sent(struct process *p, int signo);

/* A stop signal was dequeued: stop the process.  Drops and retakes the lock */
void job_stop(int signo);

/* The process is stopped: so is current, until it goes on.  Likewise. */
void job_park(void);

/* Tell the parent what a SIGCONT left in process->tell.  Likewise. */
void job_report(void);

/* ... by this.  Context: no lock. */
void job_tell_stopped(int signo);

/* rt_sigtimedwait with a relative time, KTIME_NEVER: no limit. */
long signal_wait(sigmask_t set, uaddr_t info, ktime_t timeout);

#endif
