/* SPDX-License-Identifier: MIT */
/*
 * Early output.  Until the chip of the console is mapped, characters go to its
 * usual place on this board, to which the boot root maps the lower half.
 */
#include <arch/firmware.h>
#include <arch/machine.h>
#include <dev/chip/serial.h>
#include <lt/arch.h>

static bool mapped;

void console_init(void)
{
	serial_map(machine.uart_size);	/* prints nothing without a chip */
	mapped = true;
	mmu_forget_boot();
}

void arch_early_putc(char c)
{
	if (mapped)
		serial_putc(c);
	else
		*(volatile u32 *)(vaddr_t)EARLY_UART = (u8)c;
}
