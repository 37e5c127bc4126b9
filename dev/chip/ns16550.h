/* SPDX-License-Identifier: MIT */
/*
 * The console's 16550 (National Semiconductor PC16550D): its registers, and
 * output by polling.  dev/uart.c is the driver; a port names the accessors
 * that reach the chip, ns16550_mmio.c or ns16550_port.c, in its meson.build.
 */
#ifndef DEV_CHIP_NS16550_H
#define DEV_CHIP_NS16550_H

#include <lt/types.h>

/* Register r (0-7).  Not there: reads 0, writes nothing. */
u8 ns16550_read(unsigned r);
void ns16550_write(unsigned r, u8 v);
/* Send a character, waiting about a second at most for room. */
void ns16550_putc(char c);

/* Map the window of boot_info's console; the chip is there from then on. */
bool ns16550_map(unsigned long size);

#endif
