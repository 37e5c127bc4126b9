/* SPDX-License-Identifier: MIT */
/* Data of a frozen tracee that its tracer reads and writes. */
#ifndef TOPICS_DEBUGGER_DATA_H
#define TOPICS_DEBUGGER_DATA_H

#include <kernel/current.h>
#include <mm/vm.h>

/* Return the size of a long and of a pointer in t's program, in bytes. */
static inline unsigned trace_word(const struct task *t)
{
	return vm_is_narrow(t->space) ? sizeof(u32) : sizeof(long);
}

/*
 * Handle requests about signals, registers and the last stop.
 * Context: t is frozen; may sleep.
 * Return: -EIO: no such request.
 */
int trace_data(struct task *t, long request, uaddr_t addr, unsigned long data);
/*
 * Handle requests that only this machine has.  Context: t is frozen; may sleep.
 */
int trace_machine_data(struct task *t, long request, uaddr_t addr,
		       unsigned long data);

#endif
