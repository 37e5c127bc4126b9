/* SPDX-License-Identifier: MIT */
/* The I/O APICs of a PC: their driver supplies arch_irq_route of <lt/arch.h>. */
#ifndef DEV_CHIP_IOAPIC_H
#define DEV_CHIP_IOAPIC_H

/* Find them, with all lines masked.  vector: what line 0 sends. */
void ioapic_init(unsigned vector);

#endif
