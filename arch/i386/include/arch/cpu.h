/* SPDX-License-Identifier: MIT */
/*
 * The running task and this CPU's interrupt switch.  In the kernel fs is a
 * segment that contains exactly the CPU's structure, and arch_switch keeps the
 * running task there: one instruction reads it on the current CPU (row D7).
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <arch/page.h>
#include <arch/x86.h>
#include <lt/compiler.h>
#include <lt/types.h>

#define ARCH_MACHINE "i686"
#define ARCH_NOP ".byte 0x0f, 0x1f, 0x44, 0, 0"

struct task;

static inline struct task *arch_current(void)
{
	struct task *t;

	/*
	 * No memory operand, so the compiler may reuse the value: `current`
	 * never changes for the task that reads it.
	 */
	__asm__("movl %%fs:%c1, %0" : "=r"(t) : "i"(I386_CURRENT));
	return t;
}

/* Make t the running task of this CPU, at boot. */
static inline void arch_set_current(struct task *t)
{
	__asm__ volatile("movl %0, %%fs:%c1"
			 :: "r"(t), "i"(I386_CURRENT) : "memory");
}

static inline void arch_irq_enable(void)
{
	__asm__ volatile("sti" ::: "memory");
}

static inline void arch_irq_disable(void)
{
	__asm__ volatile("cli" ::: "memory");
}

static inline unsigned long arch_irq_flags(void)
{
	unsigned long flags;

	__asm__ volatile("pushfl\n\tpopl %0" : "=r"(flags) :: "memory");
	return flags & EFLAGS_IF;
}

static inline unsigned long arch_irq_save(void)
{
	unsigned long flags = arch_irq_flags();

	arch_irq_disable();
	return flags;
}

static inline void arch_irq_restore(unsigned long flags)
{
	if (flags)
		arch_irq_enable();
	else
		arch_irq_disable();
}

static inline bool arch_irq_enabled(void)
{
	return arch_irq_flags() != 0;
}

/*
 * Add in two instructions.  An interrupt between them preserves the carry, so
 * no lock prefix is needed.
 */
static inline void arch_count(u64 *n)
{
	__asm__ volatile("addl $1, (%1)\n\tadcl $0, 4(%1)"
			 : "+m"(*n) : "r"(n) : "cc");
}

static inline void arch_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

/* An instruction with a lock prefix orders all loads and stores. */
#define ARCH_ATOMIC_IS_FENCE

static inline void arch_mb(void)
{
	__asm__ volatile("lock; addl $0, (%%esp)" ::: "memory", "cc");
}

static inline void arch_code_stored(const void *at __unused,
				    unsigned long n __unused)
{
}

/*
 * Divide high:low by d, where high < d, so that the quotient fits in 32 bits.
 * For lib/div64.c.
 */
static inline u32 arch_divide(u32 high, u32 low, u32 d, u32 *rem)
{
	u32 q;

	__asm__("divl %4" : "=a"(q), "=d"(*rem)
		: "0"(low), "1"(high), "r"(d) : "cc");
	return q;
}
#define arch_divide arch_divide

#endif
