/* SPDX-License-Identifier: MIT */
/*
 * Arm's generic interrupt controller, version 2 or 3.  Its driver supplies
 * arch_irq_claim, arch_irq_complete, arch_irq_put_off and arch_irq_route of
 * <lt/arch.h>.  Lines are numbered by INTID: 0 to 15 are sent by CPUs, 16 to 31
 * are devices of each CPU, such as its timer, and from 32 on are the devices
 * that the CPUs share.
 */
#ifndef DEV_CHIP_GIC_H
#define DEV_CHIP_GIC_H

#include <lt/types.h>

#define GIC_PRIVATE	16
#define GIC_SHARED	32

/* Filled by the port before gic_init(), constant after. */
struct gic {
	unsigned version;
	paddr_t dist;			/* distributor */
	paddr_t cpu;			/* version 2: the CPUs' interfaces;
					   version 3: their redistributors */
	unsigned long cpu_size;		/* bytes */
	unsigned timer;			/* INTID of the CPUs' timers */
};
extern struct gic gic;

void gic_init(void);
/* Let interrupts reach this CPU.  gic_init() does so for the boot CPU. */
void gic_init_cpu(void);

enum gic_kind { GIC_NOTHING, GIC_TIMER, GIC_IPI, GIC_DEVICE };
/*
 * Take the interrupt that has come to this CPU.  A device's waits for
 * arch_irq_claim() or arch_irq_put_off().
 */
enum gic_kind gic_take(void);
/* Interrupt a CPU.  hw_id: its affinity; cpu: its index in cpus[] */
void gic_send(unsigned long hw_id, unsigned cpu);

#endif
