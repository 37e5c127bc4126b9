/* SPDX-License-Identifier: MIT */
/* What a tracer reads and writes of a frozen tracee. */
#ifndef EXT_PTRACE_DATA_H
#define EXT_PTRACE_DATA_H

#include <lt/types.h>

struct task;

/*
 * The requests about signals, registers and the last stop; -EIO: no such
 * request.  => t frozen; may sleep
 */
int trace_data(struct task *t, long request, uaddr_t addr, unsigned long data);
/* The requests that only this machine has.  => likewise */
int trace_machine_data(struct task *t, long request, uaddr_t addr,
		       unsigned long data);

#endif
