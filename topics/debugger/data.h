/* SPDX-License-Identifier: MIT */
/* What a tracer reads and writes of a frozen tracee. */
#ifndef TOPICS_DEBUGGER_DATA_H
#define TOPICS_DEBUGGER_DATA_H

#include <kernel/current.h>
#include <mm/vm.h>

/* Bytes of a word of t's program: of a long, a pointer. */
static inline unsigned trace_word(const struct task *t)
{
	return vm_is_narrow(t->space) ? sizeof(u32) : sizeof(long);
}

/*
 * The requests about signals, registers and the last stop; -EIO: no such
 * request.  Context: t frozen; may sleep.
 */
int trace_data(struct task *t, long request, uaddr_t addr, unsigned long data);
/* The requests that only this machine has.  Context: likewise. */
int trace_machine_data(struct task *t, long request, uaddr_t addr,
		       unsigned long data);

#endif
