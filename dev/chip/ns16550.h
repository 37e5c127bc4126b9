/* SPDX-License-Identifier: MIT */
/*
 * The console's 16550 (National Semiconductor PC16550D): its registers, and
 * output by polling. dev/uart.c is the driver; a port's meson.build names the
 * file with the accessors of the chip, ns16550_mmio.c or ns16550_port.c.
 */
#ifndef DEV_CHIP_NS16550_H
#define DEV_CHIP_NS16550_H

#include <lt/types.h>

/*
 * Read or write register r (0-7).  Without a chip, reads return 0 and writes do
 * nothing.
 */
u8 ns16550_read(unsigned r);
void ns16550_write(unsigned r, u8 v);
/* Send a character, waiting at most about a second for room. */
void ns16550_putc(char c);

/*
 * Map the registers of boot_info's console; the chip can be used from then on.
 */
bool ns16550_map(unsigned long size);

#endif
