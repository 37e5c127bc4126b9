/* SPDX-License-Identifier: MIT */
/*
 * The first C code: reads the device tree into boot_info, then starts portable
 * code.  Runs on the boot stack with interrupts off.
 */
#include <arch/machine.h>
#include <dev/chip/devicetree.h>
#include <dev/chip/plic.h>
#include <dev/chip/serial.h>
#include <kernel/current.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/bug.h>

struct task boot_task;
u32 timebase;

static unsigned long uart_size;
static bool uart_mapped;

static void scan_cpu(const struct fdt_node *node)
{
	u32 hart;

	/* index 0 is the boot hart; the harts are numbered from 0 */
	if (!fdt_cell(node, "reg", 0, &hart) ||
	    hart == boot_info.cpu_hw_id[0])
		return;
	if (boot_info.cpu_count < MAX_CPUS)
		boot_info.cpu_hw_id[boot_info.cpu_count] = hart;
	boot_info.cpu_count++;
}

static int scan_node(const struct fdt_node *node, void *arg)
{
	const char *type = fdt_string(node, "device_type");
	u64 base, size;
	u32 irq = 0;

	(void)arg;
	if (type && !strcmp(type, "cpu"))
		scan_cpu(node);
	else if (node->depth == 1 && fdt_name_is(node, "cpus"))
		fdt_cell(node, "timebase-frequency", 0, &timebase);
	if (!fdt_reg(node, 0, &base, &size))
		return 0;
	fdt_cell(node, "interrupts", 0, &irq);
	if (fdt_compatible(node, "virtio,mmio")) {
		boot_add_virtio(base, size, irq);
	} else if (fdt_compatible(node, "ns16550a")) {
		uart_size = size;
		boot_info.uart_irq = irq;
		boot_info.uart_base = base;
	} else if (fdt_compatible(node, "riscv,plic0")) {
		plic.base = base;
		fdt_cell(node, "riscv,ndev", 0, &plic.lines);
	}
	return 0;
}

void start(unsigned long hart, unsigned long dtb)
{
	boot_task.cpu = &cpus[0];
	cpus[0].emergency = current_trapframe(emergency_stack);
	arch_set_current(&boot_task);
	boot_info.cpu_hw_id[0] = hart;
	boot_info.cpu_count = 1;
	devicetree_read(dtb, scan_node, NULL);
	if (!timebase || !plic.base)
		boot_refuse("the device tree names no time base or no "
			    "interrupt controller");
	/* each hart has a context for machine and one for supervisor mode */
	for (unsigned i = 0; i < MAX_CPUS; i++)
		plic.context[i] = i < boot_info.cpu_count ?
			2 * boot_info.cpu_hw_id[i] + 1 : PLIC_NO_CONTEXT;
	time_init();
	kernel_main();
}

void arch_init(void)
{
	uart_mapped = serial_map(uart_size);
	plic_init();
	irq_init_cpu();
}

void arch_early_putc(char c)
{
	if (uart_mapped)
		serial_putc(c);
	else
		firmware_putc(c);
}
