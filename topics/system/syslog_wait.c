/* SPDX-License-Identifier: MIT */
/*
 * Wake tasks that wait for a log record.  This file is separate because log.c
 * has no locks.
 */
#include "syslog.h"
#include <kernel/current.h>
#include <kernel/log/log.h>
#include <kernel/sched/preempt.h>
#include <kernel/wait/wait.h>
#include <lt/boot.h>
#include <lt/init.h>
#include <lt/log.h>

struct wait_queue log_wait = WAIT_QUEUE_INIT(log_wait);

/* [that CPU] prevents recursion: wake_up() may write to the log */
static bool waking[MAX_CPUS];

static void wake_readers(void)
{
	enum ipl old = preempt_disable();
	bool *mine = &waking[cpu_self()->id];

	if (!*mine) {
		*mine = true;
		wake_up(&log_wait);
		*mine = false;
	}
	preempt_enable(old);
}

/*
 * Wake readers.  The new record must be visible before the check for readers.
 */
static void tell_readers(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
	if (wait_queue_active(&log_wait))
		wake_readers();
}

static void log_wait_init(void)
{
	log_tell(tell_readers);
}
INIT(task, log_wait_init);
