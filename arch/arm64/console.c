/* SPDX-License-Identifier: MIT */
/*
 * Early output.  Until the chip of the console is mapped, characters go to its
 * usual place on this board, which the boot table maps as a device.
 */
#include <arch/firmware.h>
#include <arch/machine.h>
#include <dev/chip/serial.h>
#include <lt/arch.h>

static bool uart_mapped;

void console_init(void)
{
	uart_mapped = serial_map(machine.uart_size);
}

void arch_early_putc(char c)
{
	if (uart_mapped)
		serial_putc(c);
	else
		*(volatile u32 *)phys_to_virt(EARLY_UART) = (u8)c;
}
