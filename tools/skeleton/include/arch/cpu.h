/* SPDX-License-Identifier: MIT */
/*
 * The running task and this CPU's interrupt switch.  These stand-ins serve one
 * CPU that leaves interrupts off; the port replaces them by a register and by
 * the machine's interrupt switch.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <lt/compiler.h>
#include <lt/types.h>

#define ARCH_MACHINE "@name@"

struct task;
extern struct task *current_stand_in;

static inline struct task *arch_current(void)
{
	return current_stand_in;
}

static inline void arch_set_current(struct task *t)
{
	current_stand_in = t;
}

void arch_irq_enable(void);

static inline void arch_irq_disable(void)
{
}

static inline unsigned long arch_irq_save(void)
{
	return 0;
}

static inline void arch_irq_restore(unsigned long flags)
{
	if (flags)
		arch_irq_enable();
}

static inline bool arch_irq_enabled(void)
{
	return false;
}

static inline void arch_count(u64 *n)
{
	++*n;
}

static inline void arch_relax(void)
{
	__asm__ volatile("" ::: "memory");
}

static inline void arch_mb(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

/* Enough where an instruction fetch finds stores in the data caches. */
static inline void arch_code_stored(const void *at __unused,
				    unsigned long n __unused)
{
}

#endif
