/* SPDX-License-Identifier: MIT */
/* Console port, power and registers of a panic (rows A1, B7). */
#define LOG_PREFIX "cpu"
#include <arch/i386.h>
#include <lt/arch.h>
#include <lt/log.h>

#define COM1		0x3f8
#define UART_LSR	5
#define LSR_EMPTY	0x20

#define PORT_STATUS	0xe9		/* QEMU isa-debugcon: the exit byte */
#define PORT_EXIT	0xf4		/* QEMU isa-debug-exit: end now */
#define PORT_PM1A	0x604		/* QEMU pc: ACPI power management */
#define PM1A_S5		0x2000
#define PORT_RESET	0xcf9
#define PORT_KEYBOARD	0x64

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

/* An empty interrupt table: the next exception resets the machine. */
static void __noreturn triple_fault(void)
{
	static const struct {
		u16 limit;
		u32 base;
	} __packed none = { 0, 0 };

	for (;;)
		__asm__ volatile("lidt %0\n\tint3" :: "m"(none));
}

/* Where there is no exit device: ACPI's way of pc, then a reset. */
void arch_power_off(int status)
{
	arch_irq_disable();
	out8(PORT_STATUS, status);
	out8(PORT_EXIT, 1);
	out16(PORT_PM1A, PM1A_S5);
	triple_fault();
}

void arch_reset(void)
{
	arch_irq_disable();
	out8(PORT_RESET, 2);
	out8(PORT_RESET, 6);
	out8(PORT_KEYBOARD, 0xfe);
	triple_fault();
}

#define show(...) log_print(LOG_EMERG, LOG_PREFIX, __VA_ARGS__)

void arch_dump_regs(const struct trapframe *tf)
{
	/* a double fault's frame has esp; one of the kernel ends below it */
	u32 esp = tf->vector == VECTOR_DF ? tf->esp : tf_sp(tf);

	show("eip %08x cs %02x eflags %08x vector %u error %x",
	     (unsigned)tf->eip, (unsigned)tf->cs & 0xffff,
	     (unsigned)tf->eflags, (unsigned)tf->vector, (unsigned)tf->err);
	show("eax %08x ebx %08x ecx %08x edx %08x", (unsigned)tf->eax,
	     (unsigned)tf->ebx, (unsigned)tf->ecx, (unsigned)tf->edx);
	show("esi %08x edi %08x ebp %08x esp %08x", (unsigned)tf->esi,
	     (unsigned)tf->edi, (unsigned)tf->ebp, (unsigned)esp);
	show("cr0 %08lx cr2 %08lx cr3 %08lx cr4 %08lx", read_cr(0),
	     read_cr(2), read_cr(3), read_cr(4));
	show("ds %02x es %02x fs %02x gs %02x ss %02x",
	     (unsigned)tf->ds & 0xffff, (unsigned)tf->es & 0xffff,
	     read_segment(fs), read_segment(gs),
	     tf_user(tf) ? (unsigned)tf->ss & 0xffff : KERNEL_DS);
}

/* A chain that leaves its stack, or does not climb, has ended. */
void arch_backtrace(unsigned long fp, void (*fn)(unsigned long pc))
{
	unsigned long stack = fp & -KSTACK_SIZE;

	for (int depth = 0; depth < 64; depth++) {
		const unsigned long *frame = (const unsigned long *)fp;

		if (fp < KERNEL_OFFSET || (fp & 3) ||
		    fp > stack + KSTACK_SIZE - 8)
			return;
		fn(frame[1]);
		if (frame[0] <= fp)
			return;
		fp = frame[0];
	}
}
