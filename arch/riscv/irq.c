/* SPDX-License-Identifier: MIT */
/*
 * The platform-level interrupt controller, by the RISC-V PLIC specification
 * 1.0: every line has priority 1, the threshold is 0, and only the context of
 * the boot hart's supervisor mode is used.
 */
#include <arch/machine.h>
#include <lt/arch.h>
#include <lt/bug.h>
#include <lt/compiler.h>
#include <mm/kmap.h>
#include <uapi/errno.h>

#define ENABLE		0x2000
#define ENABLE_STRIDE	0x80
#define CONTEXT		0x200000
#define CONTEXT_STRIDE	0x1000

static volatile u32 *priority;		/* word n: line n */
static volatile u32 *enable;		/* bit n: line n */
static volatile u32 *context;		/* threshold, claim/complete */

static volatile u32 *window(unsigned long offset, unsigned long size)
{
	volatile void *p = kmap_device(machine.plic + offset, size);

	if (!p)
		panic("no room to map the interrupt controller");
	return p;
}

void irq_init(void)
{
	unsigned long c = machine.plic_context;
	unsigned long at = ENABLE + c * ENABLE_STRIDE;

	priority = window(0, PAGE_SIZE);
	/* the stride is less than a page: map the page, point inside it */
	enable = window(at & PAGE_MASK, PAGE_SIZE) + (at & ~PAGE_MASK) / 4;
	context = window(CONTEXT + c * CONTEXT_STRIDE, PAGE_SIZE);
	for (unsigned i = 0; i <= machine.plic_lines / 32; i++)
		enable[i] = 0;
	context[0] = 0;
	csr_write(sie, SIE_TIMER | SIE_EXTERNAL | SIE_SOFT);
}

int arch_irq_claim(void)
{
	u32 irq = context[1];

	return irq ? (int)irq : -1;
}

void arch_irq_complete(unsigned irq)
{
	context[1] = irq;
}

int arch_irq_unmask(unsigned irq)
{
	if (irq == 0 || irq > machine.plic_lines)
		return -EINVAL;
	priority[irq] = 1;
	enable[irq / 32] |= 1u << irq % 32;
	return 0;
}

void arch_cpu_idle(void)
{
	/* ends on a pending interrupt even while they are off */
	__asm__ volatile("wfi" ::: "memory");
}
