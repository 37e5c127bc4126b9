/* SPDX-License-Identifier: MIT */
/*
 * The platform-level interrupt controller, by the RISC-V PLIC specification
 * 1.0: every line has priority 1, every threshold is 0, and each hart uses the
 * context of the kernel's mode.  A line is enabled in one context.
 *
 *   offset 0x000000  priority of line n, a word each; 0: never
 *          0x002000  enable bits of the lines, 0x80 bytes for each context
 *          0x200000  threshold, then claim/complete; 0x1000 for each context
 *
 * Reading the claim register returns the interrupting line, and keeps it quiet
 * until the same number is written back.
 */
#include <dev/chip/plic.h>
#include <kernel/current.h>
#include <kernel/lock/spin.h>
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/compiler.h>
#include <uapi/errno.h>

#define ENABLE		0x2000
#define ENABLE_STRIDE	0x80
#define CONTEXT		0x200000
#define CONTEXT_STRIDE	0x1000

struct plic plic;

static volatile u32 *priority;		/* word n: line n */

/*
 * The context of each CPU; const after plic_init().  NULL: the CPU gets no
 * lines.
 */
static struct {
	volatile u32 *enable;		/* [plic_lock] bit n: line n */
	volatile u32 *regs;		/* threshold, claim/complete */
} contexts[MAX_CPUS];

static struct spinlock plic_lock = SPIN_INIT("plic", IPL_HIGH);

static volatile u32 *plic_window(unsigned long offset, unsigned long size)
{
	volatile void *p = kmap_device(plic.base + offset, size);

	if (!p)
		panic("no room to map the interrupt controller");
	return p;
}

static void init_context(unsigned cpu, unsigned long c)
{
	unsigned long at = ENABLE + c * ENABLE_STRIDE;
	volatile u32 *enable;

	/*
	 * the stride is less than a page: map the whole page, and use the
	 * address inside it
	 */
	enable = plic_window(at & PAGE_MASK, PAGE_SIZE) + (at & ~PAGE_MASK) / 4;
	contexts[cpu].enable = enable;
	contexts[cpu].regs = plic_window(CONTEXT + c * CONTEXT_STRIDE,
					 PAGE_SIZE);
	for (unsigned i = 0; i <= plic.lines / 32; i++)
		enable[i] = 0;
}

void plic_init(void)
{
	priority = plic_window(0, PAGE_SIZE);
	for (unsigned i = 0; i < MAX_CPUS; i++)
		if (plic.context[i] != PLIC_NO_CONTEXT)
			init_context(i, plic.context[i]);
	plic_init_cpu();
}

/*
 * Open this CPU's context: the firmware that starts a hart closes it (threshold
 * 7).
 */
void plic_init_cpu(void)
{
	volatile u32 *regs = contexts[cpu_self()->id].regs;

	if (regs)
		regs[0] = 0;
}

int arch_irq_claim(void)
{
	volatile u32 *regs = contexts[cpu_self()->id].regs;
	u32 irq = regs ? regs[1] : 0;

	return irq ? (int)irq : -1;
}

/*
 * The PLIC ignores a completion by a context in which the line is not enabled,
 * and the line would stay quiet forever.  So if the route has changed since the
 * claim, enable the line here for a moment.
 */
void arch_irq_complete(unsigned irq)
{
	unsigned cpu = cpu_self()->id;
	volatile u32 *enable = &contexts[cpu].enable[irq / 32];
	u32 bits;

	spin_lock(&plic_lock);
	bits = *enable;
	if (unlikely(!(bits >> irq % 32 & 1)))
		*enable = bits | 1u << irq % 32;
	contexts[cpu].regs[1] = irq;
	if (unlikely(!(bits >> irq % 32 & 1)))
		*enable = bits;
	spin_unlock(&plic_lock);
}

/* Nothing to do: an unclaimed line waits in the PLIC. */
void arch_irq_put_off(void)
{
}

int arch_irq_route(unsigned irq, unsigned cpu)
{
	if (irq == 0 || irq > plic.lines || cpu >= MAX_CPUS ||
	    !contexts[cpu].regs)
		return -EINVAL;
	spin_lock(&plic_lock);
	for (unsigned i = 0; i < MAX_CPUS; i++)
		if (contexts[i].enable)
			contexts[i].enable[irq / 32] &= ~(1u << irq % 32);
	contexts[cpu].enable[irq / 32] |= 1u << irq % 32;
	priority[irq] = 1;
	spin_unlock(&plic_lock);
	return 0;
}
