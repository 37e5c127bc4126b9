/* SPDX-License-Identifier: MIT */
/* The console: COM1, a 16550 behind ports (row A1). */
#include <lt/arch.h>

#define COM1		0x3f8
#define UART_LSR	5
#define LSR_EMPTY	0x20

u8 arch_uart_read(unsigned r)
{
	return in8(COM1 + r);
}

void arch_uart_write(unsigned r, u8 v)
{
	out8(COM1 + r, v);
}

void arch_early_putc(char c)
{
	for (int i = 0; i < 10000; i++)
		if (in8(COM1 + UART_LSR) & LSR_EMPTY)
			break;
	out8(COM1, c);
}
