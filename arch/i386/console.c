/* SPDX-License-Identifier: MIT */
/* Early output: COM1 needs no mapping (row A1). */
#include <dev/chip/ns16550.h>
#include <lt/arch.h>

void arch_early_putc(char c)
{
	ns16550_putc(c);
}
