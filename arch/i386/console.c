/* SPDX-License-Identifier: MIT */
/* The console: COM1, a 16550 behind ports (row A1). */
#include <lt/arch.h>

#define COM1		0x3f8
#define UART_LSR	5
#define LSR_EMPTY	0x20
#define PATIENCE	2000000		/* looks: about a second */

u8 arch_uart_read(unsigned r)
{
	return in8(COM1 + r);
}

void arch_uart_write(unsigned r, u8 v)
{
	out8(COM1 + r, v);
}

/*
 * A host that reads slowly gets its time, but only once in a row: a line that
 * nobody reads must not hold up a panic.
 */
void arch_early_putc(char c)
{
	static bool deaf;
	int patience = deaf ? 1 : PATIENCE;

	while (patience && !(in8(COM1 + UART_LSR) & LSR_EMPTY))
		patience--;
	deaf = !patience;
	out8(COM1, c);
}
