/* SPDX-License-Identifier: MIT */
/* Kernel threads that run on one CPU only (row D12). */
#include "control.h"
#include <topics/scheduling/schedpolicy.h>
#include <kernel/task/kthread.h>
#include <uapi/errno.h>

int kthread_bind(struct task *t, unsigned cpu)
{
	if (cpu >= nr_cpus)
		return -EINVAL;
	if (!(t->kthread->requests & KTHREAD_STARTED)) {
		t->allowed = t->affinity = 1ul << cpu;
		return 0;
	}
	return sched_set_affinity(t, 1ul << cpu);
}
