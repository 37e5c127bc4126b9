/* SPDX-License-Identifier: MIT */
/*
 * The running task and this hart's interrupt switch.  tp holds the current task
 * while the kernel runs; sscratch is 0 then, and holds the task while user mode
 * runs.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <arch/csr.h>
#include <lt/compiler.h>
#include <lt/types.h>

#define ARCH_MACHINE "riscv32"

struct task;

#ifdef __KERNEL__
register struct task *riscv_current __asm__("tp");

static inline struct task *arch_current(void)
{
	return riscv_current;
}
#endif

/* Make t the running task at boot, on the stack in use. */
void arch_set_current(struct task *t);

static inline void arch_irq_enable(void)
{
	csr_set(sstatus, SSTATUS_SIE);
}

static inline void arch_irq_disable(void)
{
	csr_clear(sstatus, SSTATUS_SIE);
}

static inline unsigned long arch_irq_save(void)
{
	return csr_read_clear(sstatus, SSTATUS_SIE) & SSTATUS_SIE;
}

static inline void arch_irq_restore(unsigned long flags)
{
	csr_set(sstatus, flags);
}

static inline bool arch_irq_enabled(void)
{
	return csr_read(sstatus) & SSTATUS_SIE;
}

/* Two words: an interrupt between their stores would be lost. */
static inline void arch_count(u64 *n)
{
	unsigned long flags = arch_irq_save();

	++*n;
	arch_irq_restore(flags);
}

static inline void arch_relax(void)
{
	/* `pause` of Zihintpause: a hint; older machines treat it as a fence */
	__asm__ volatile(".4byte 0x0100000f" ::: "memory");
}

static inline void arch_mb(void)
{
	__asm__ volatile("fence iorw, iorw" ::: "memory");
}

/* A fetch after fence.i finds the stores of all harts. */
static inline void arch_code_stored(const void *at __unused,
				    unsigned long n __unused)
{
}

#endif
