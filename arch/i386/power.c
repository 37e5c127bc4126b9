/* SPDX-License-Identifier: MIT */
/*
 * End the machine (row A1): by QEMU's exit device first, since only it passes a
 * status; then by the methods of a PC.
 */
#include <lt/arch.h>
#include <lt/compiler.h>

#define PORT_STATUS	0xe9		/* QEMU isa-debugcon: the exit byte */
#define PORT_EXIT	0xf4		/* QEMU isa-debug-exit: end now */
#define PORT_PM1A	0x604		/* QEMU pc: ACPI power management */
#define PM1A_S5		0x2000
#define PORT_RESET	0xcf9
#define PORT_KEYBOARD	0x64

/* Load an empty interrupt table: the next exception resets the machine. */
static void triple_fault(void)
{
	static const struct {
		u16 limit;
		u32 base;
	} __packed none = { 0, 0 };

	__asm__ volatile("lidt %0\n\tint3" :: "m"(none));
}

static void power_off(int status)
{
	out8(PORT_STATUS, status);
	out8(PORT_EXIT, 1);
	out16(PORT_PM1A, PM1A_S5);
}

static void power_reset(void)
{
	out8(PORT_RESET, 2);
	out8(PORT_RESET, 6);
	out8(PORT_KEYBOARD, 0xfe);
}

void arch_end(int status)
{
	arch_irq_disable();
	if (status == ARCH_RESET)
		power_reset();
	else
		power_off(status);
	for (;;)
		triple_fault();
}
