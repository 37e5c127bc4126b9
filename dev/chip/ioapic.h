/* SPDX-License-Identifier: MIT */
/* The I/O APICs of a PC.  Their driver supplies arch_irq_route(). */
#ifndef DEV_CHIP_IOAPIC_H
#define DEV_CHIP_IOAPIC_H

/* Find the I/O APICs and mask all lines. vector: the vector of line 0. */
void ioapic_init(unsigned vector);

#endif
