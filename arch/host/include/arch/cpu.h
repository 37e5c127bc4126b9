/* SPDX-License-Identifier: MIT */
/* One CPU without interrupts: the thread that runs the test. */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <lt/compiler.h>
#include <lt/types.h>

#define ARCH_MACHINE "host"

struct task;
extern struct task *host_current;

static inline struct task *arch_current(void)
{
	return host_current;
}

static inline void arch_set_current(struct task *t)
{
	host_current = t;
}

static inline void arch_irq_enable(void) { }
static inline void arch_irq_disable(void) { }
static inline void arch_count(u64 *n) { ++*n; }
static inline unsigned long arch_irq_save(void) { return 0; }
static inline void arch_irq_restore(unsigned long flags) { }
static inline bool arch_irq_enabled(void) { return true; }
static inline void arch_relax(void) { }

static inline void arch_mb(void)
{
	__atomic_thread_fence(__ATOMIC_SEQ_CST);
}

static inline void arch_code_stored(const void *at __unused,
				    unsigned long n __unused)
{
}

#endif
