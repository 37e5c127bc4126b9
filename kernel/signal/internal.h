/* SPDX-License-Identifier: MIT */
/* Functions shared by the files of kernel/signal/. */
#ifndef KERNEL_SIGNAL_INTERNAL_H
#define KERNEL_SIGNAL_INTERNAL_H

#include "pending.h"

void sighand_init(void);

#define EVERYBODY -2	/* for signal_user_group(): all processes but init and
			   the caller's; -1 is "no such number" */

/*
 * True for a valid signal.  The system calls check this after the look-up of
 * the receiver, as on Linux.
 */
static inline bool is_signal(int signo)
{
	return signo >= 0 && signo <= NSIG;
}

/*
 * Context of all functions below: [sighand->lock], unless their comments say
 * otherwise.
 */

/* Note that SIGCONT or a stop signal is being sent to p. */
void job_signal_sent(struct process *p, int signo);

/*
 * Stop the process for a stop signal that was dequeued.  Releases and retakes
 * the lock.
 */
void job_stop(int signo);

/* Stop current until its process continues.  Releases and retakes the lock. */
void job_park(void);

/* Report process->tell to the parent.  Releases and retakes the lock. */
void job_report(void);

/* Tell the parent that current's process has stopped.  Context: no lock. */
void job_tell_stopped(int signo);

/* Serve rt_sigtimedwait(2).  timeout: relative; KTIME_NEVER: no limit. */
long signal_wait(sigmask_t set, uaddr_t info, ktime_t timeout);

#endif
