/* SPDX-License-Identifier: MIT */
/*
 * The platform-level interrupt controller: its driver supplies arch_irq_claim,
 * arch_irq_complete, arch_irq_put_off and arch_irq_route of <lt/arch.h>.
 */
#ifndef DEV_CHIP_PLIC_H
#define DEV_CHIP_PLIC_H

#include <lt/boot.h>
#include <lt/types.h>

#define PLIC_NO_CONTEXT	(~0u)		/* no context is wired to that CPU */

/* Filled by the port before plic_init(), constant after. */
struct plic {
	paddr_t base;
	unsigned lines;
	unsigned context[MAX_CPUS];	/* indexed like boot_info.cpu_hw_id */
};
extern struct plic plic;

void plic_init(void);
/*
 * Let device interrupts reach this CPU.  plic_init() calls this function for
 * the boot CPU.
 */
void plic_init_cpu(void);

#endif
