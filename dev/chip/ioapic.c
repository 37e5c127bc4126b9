/* SPDX-License-Identifier: MIT */
/*
 * Intel's I/O APIC (82093AA), one or two of them: each line is level triggered
 * and sends its vector (the first vector + line) to the local APIC of one CPU.
 */
#include <dev/chip/ioapic.h>
#include <kernel/current.h>
#include <kernel/lock/spin.h>
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <uapi/errno.h>

#define IOAPIC_BASE	0xfec00000
#define IOAPIC2_BASE	0xfec10000	/* microvm with ACPI: lines 24-47 */
#define LINES		24		/* inputs of one I/O APIC */

#define IOAPIC_SELECT	0x00
#define IOAPIC_WINDOW	0x10
#define IOAPIC_VERSION	1
#define IOAPIC_ENTRY(n)	(0x10 + 2 * (n))
#define ENTRY_LEVEL	0x8000
#define ENTRY_MASKED	0x10000

static volatile u32 *chips[2];		/* const after ioapic_init; NULL:
					   none */
static unsigned first_vector;		/* const after ioapic_init */
static struct spinlock ioapic_lock = SPIN_INIT("ioapic", IPL_HIGH);

static void ioapic_write(volatile u32 *chip, u32 reg, u32 v)
{
	chip[IOAPIC_SELECT / 4] = reg;
	chip[IOAPIC_WINDOW / 4] = v;
}

static volatile u32 *find_chip(paddr_t base)
{
	volatile u32 *chip = kmap_device(base, 4096);
	u32 version;

	if (!chip)
		return NULL;
	chip[IOAPIC_SELECT / 4] = IOAPIC_VERSION;
	version = chip[IOAPIC_WINDOW / 4];
	if (version == 0 || version == ~0u)
		return NULL;
	for (unsigned i = 0; i <= (version >> 16 & 0xff); i++)
		ioapic_write(chip, IOAPIC_ENTRY(i), ENTRY_MASKED);
	return chip;
}

void ioapic_init(unsigned vector)
{
	first_vector = vector;
	chips[0] = find_chip(IOAPIC_BASE);
	if (!chips[0])
		boot_refuse("no I/O APIC at 0x%x", IOAPIC_BASE);
	chips[1] = find_chip(IOAPIC2_BASE);
}

int arch_irq_route(unsigned irq, unsigned cpu)
{
	volatile u32 *chip;

	if (irq >= 2 * LINES || !chips[irq / LINES] || cpu >= MAX_CPUS)
		return -EINVAL;
	chip = chips[irq / LINES];
	spin_lock(&ioapic_lock);
	ioapic_write(chip, IOAPIC_ENTRY(irq % LINES) + 1,
		     cpus[cpu].hw_id << 24);
	ioapic_write(chip, IOAPIC_ENTRY(irq % LINES),
		     ENTRY_LEVEL | (first_vector + irq));
	spin_unlock(&ioapic_lock);
	return 0;
}
