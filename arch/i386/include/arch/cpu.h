/* SPDX-License-Identifier: MIT */
/*
 * The running task and this CPU's interrupt switch.  The lowest word of every
 * kernel stack points to its task, and stacks are aligned to their size: the
 * stack pointer alone finds the task (row D7), and fs and gs stay the user's.
 */
#ifndef ARCH_CPU_H
#define ARCH_CPU_H

#include <arch/page.h>
#include <arch/x86.h>
#include <lt/types.h>

#define ARCH_MACHINE "i686"

struct task;

static inline struct task *arch_current(void)
{
	struct task *t;

	/* No memory operand: the word never changes while a stack is used. */
	__asm__("movl %1, %0\n\tandl %%esp, %0\n\tmovl (%0), %0"
		: "=&r"(t) : "i"(-KSTACK_SIZE) : "cc");
	return t;
}

/* At boot: t becomes the running task, on the stack in use. */
static inline void arch_set_current(struct task *t)
{
	unsigned long sp;

	__asm__ volatile("movl %%esp, %0" : "=r"(sp));
	*(struct task *volatile *)(sp & -KSTACK_SIZE) = t;
	__asm__ volatile("" ::: "memory");
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

/* An interrupt between the halves keeps the carry. */
static inline void arch_count(u64 *n)
{
	__asm__ volatile("addl $1, (%1)\n\tadcl $0, 4(%1)"
			 : "+m"(*n) : "r"(n) : "cc");
}

static inline void arch_relax(void)
{
	__asm__ volatile("pause" ::: "memory");
}

static inline void arch_mb(void)
{
	__asm__ volatile("lock; addl $0, (%%esp)" ::: "memory", "cc");
}

#endif
