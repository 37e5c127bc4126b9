/* SPDX-License-Identifier: MIT */
/* The first serial port of a PC, accessed through I/O ports. */
#include <dev/chip/ns16550.h>
#include <lt/arch.h>

#define COM1	0x3f8

u8 ns16550_read(unsigned r)
{
	return in8(COM1 + r);
}

void ns16550_write(unsigned r, u8 v)
{
	out8(COM1 + r, v);
}
