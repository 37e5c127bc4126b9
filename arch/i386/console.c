/* SPDX-License-Identifier: MIT */
/* Early output: COM1 needs no mapping (row A1). */
#include <dev/chip/serial.h>
#include <lt/arch.h>

void arch_early_putc(char c)
{
	serial_putc(c);
}
