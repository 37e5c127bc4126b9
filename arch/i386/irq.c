/* SPDX-License-Identifier: MIT */
/*
 * The local APICs (rows B1, B13): device lines come from the I/O APICs
 * (dev/chip/ioapic.c); CPUs interrupt each other through the local APICs.  A
 * line's vector is VECTOR_IRQ + line, on all CPUs.  The line is acknowledged in
 * arch_irq_complete(), so it stays quiet while it is served.  Any CPU may send
 * the acknowledgement, because the vector in it identifies the line.  If
 * portable code puts an interrupt off because it must not be served yet, the
 * line is acknowledged at once: if it is still asserted, it fires again as soon
 * as interrupts are on.
 */
#define LOG_PREFIX "irq"
#include <arch/i386.h>
#include <dev/chip/ioapic.h>
#include <kernel/current.h>
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/log.h>

#define LAPIC_BASE	0xfee00000

#define LAPIC_TPR	0x80
#define LAPIC_EOI	0xb0
#define LAPIC_SPURIOUS	0xf0
#define LAPIC_ICR_LOW	0x300
#define LAPIC_ICR_HIGH	0x310
#define LAPIC_LINT0	0x350
#define LAPIC_LINT1	0x360
#define LAPIC_ERROR	0x370
#define LVT_MASKED	0x10000

static volatile u32 *lapic;		/* const after irq_init */

/*
 * Move the interrupts of the two 8259s away from the exceptions' vectors, then
 * mask them permanently.
 */
static void pic_disable(void)
{
	static const u8 init[][2] = {
		{ 0x20, 0x11 }, { 0xa0, 0x11 }, { 0x21, 0x20 },
		{ 0xa1, 0x28 }, { 0x21, 4 }, { 0xa1, 2 }, { 0x21, 1 },
		{ 0xa1, 1 }, { 0x21, 0xff }, { 0xa1, 0xff },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(init); i++)
		out8(init[i][0], init[i][1]);
}

void irq_init_cpu(void)
{
	lapic[LAPIC_TPR / 4] = 0;
	lapic[LAPIC_LINT0 / 4] = LVT_MASKED;
	lapic[LAPIC_LINT1 / 4] = LVT_MASKED;
	lapic[LAPIC_ERROR / 4] = LVT_MASKED;
	lapic[LAPIC_SPURIOUS / 4] = 0x100 | VECTOR_SPURIOUS;
}

void irq_init(void)
{
	pic_disable();
	lapic = kmap_device(LAPIC_BASE, 4096);
	if (!lapic)
		boot_refuse("no room to map the local APIC");
	irq_init_cpu();
	ioapic_init(VECTOR_IRQ);
	time_init(lapic);
}

/*
 * Write both words of a command with interrupts off, so that no interrupt sends
 * its own command in between.
 */
void lapic_command(unsigned id, u32 command)
{
	unsigned long flags = arch_irq_save();

	while (lapic[LAPIC_ICR_LOW / 4] & ICR_PENDING)
		arch_relax();
	lapic[LAPIC_ICR_HIGH / 4] = id << 24;
	lapic[LAPIC_ICR_LOW / 4] = ICR_ASSERT | command;
	arch_irq_restore(flags);
}

int arch_irq_claim(void)
{
	struct i386_cpu *c = i386_self();
	int irq = c->raised - VECTOR_IRQ;

	if (!c->raised)
		return -1;
	c->raised = 0;
	return irq;
}

void arch_irq_complete(unsigned irq)
{
	(void)irq;
	lapic[LAPIC_EOI / 4] = 0;
}

/*
 * Portable code claims an interrupt as soon as it arrives, so at most one line
 * is raised, the one that has just come.
 */
void arch_irq_put_off(void)
{
	i386_self()->raised = 0;
	lapic[LAPIC_EOI / 4] = 0;
}

/* When this returns, the task may have moved to another CPU. */
static void device_interrupt(struct trapframe *tf)
{
	i386_self()->raised = tf->vector;
	trap_interrupt(tf, IRQ_DEVICE);
}

/*
 * The timer has a higher vector than the devices, so it may fire while a device
 * is served.
 */
static void timer_interrupt_entry(struct trapframe *tf)
{
	lapic[LAPIC_EOI / 4] = 0;
	trap_interrupt(tf, IRQ_TIMER);
	if (!tf_irqs_on(tf))
		lapic_rearm();		/* the interrupt was put off */
}

static void ipi_entry(struct trapframe *tf)
{
	lapic[LAPIC_EOI / 4] = 0;
	trap_interrupt(tf, IRQ_IPI);
}

void irq_dispatch(struct trapframe *tf)
{
	if (tf->vector == VECTOR_TIMER)
		timer_interrupt_entry(tf);
	else if (tf->vector == VECTOR_IPI)
		ipi_entry(tf);
	else if (tf->vector >= VECTOR_IRQ && tf->vector < VECTOR_IRQ_END)
		device_interrupt(tf);
	else if (tf->vector != VECTOR_SPURIOUS)
		log_warn("interrupt at vector 0x%x, which nobody sends",
			 (unsigned)tf->vector);
}
