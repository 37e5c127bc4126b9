/* SPDX-License-Identifier: MIT */
/*
 * The running task and this CPU's interrupt switch.  x18, the register that the
 * calling convention leaves to the platform, holds the current task while the
 * kernel runs; TPIDR_EL1 holds it always, so the vector finds it when it comes
 * from user mode (row D7).
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <arch/sysreg.h>
#include <lt/types.h>

#define ARCH_MACHINE "aarch64"
#define ARCH_NOP "nop"

struct task;

#ifdef __KERNEL__
register struct task *arm64_current __asm__("x18");

static inline struct task *arch_current(void)
{
	return arm64_current;
}
#endif

/* Make t the running task at boot, on the stack in use. */
void arch_set_current(struct task *t);

static inline void arch_irq_enable(void)
{
	__asm__ volatile("msr daifclr, %0" :: "i"(DAIF_IRQ) : "memory");
}

static inline void arch_irq_disable(void)
{
	__asm__ volatile("msr daifset, %0" :: "i"(DAIF_IRQ) : "memory");
}

static inline unsigned long arch_irq_save(void)
{
	unsigned long flags = read_sysreg(daif);

	arch_irq_disable();
	return flags;
}

static inline void arch_irq_restore(unsigned long flags)
{
	write_sysreg(daif, flags);
}

static inline bool arch_irq_enabled(void)
{
	return !(read_sysreg(daif) & PSTATE_I);
}

/* An interrupt between the load and the store makes the store fail. */
static inline void arch_count(u64 *n)
{
	__atomic_fetch_add(n, 1, __ATOMIC_RELAXED);
}

static inline void arch_relax(void)
{
	__asm__ volatile("yield" ::: "memory");
}

static inline void arch_mb(void)
{
	__asm__ volatile("dsb sy" ::: "memory");
}

void arch_code_stored(const void *at, unsigned long n);

#endif
