/* SPDX-License-Identifier: MIT */
/* A 16550 in memory, with one byte per register. */
#include <dev/chip/ns16550.h>
#include <dev/chip/serial.h>
#include <lt/boot.h>

static volatile u8 *regs;		/* const after serial_map */

bool serial_map(unsigned long size)
{
	if (size)
		regs = kmap_device((paddr_t)boot_info.uart_base, size);
	return regs != NULL;
}

u8 ns16550_read(unsigned r)
{
	return regs ? regs[r & 7] : 0;
}

void ns16550_write(unsigned r, u8 v)
{
	if (regs)
		regs[r & 7] = v;
}
