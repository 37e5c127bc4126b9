/* SPDX-License-Identifier: MIT */
/* Where everybody is, into the kernel log: for hangs. */
#ifndef KERNEL_DEBUG_WHERE_H
#define KERNEL_DEBUG_WHERE_H

/* Backtraces of all CPUs, which must answer calls.  => task context */
void where_cpus(void);
/* State and backtrace of each task.  => task context */
void where_tasks(void);

#endif
