/* SPDX-License-Identifier: MIT */
/*
 * The first C code: reads the device tree into boot_info and the port's own
 * struct machine, then starts portable code.  Runs on the boot stack with
 * interrupts off and physical memory mapped at KERNEL_OFFSET.
 */
#include <arch/machine.h>
#include <dev/chip/devicetree.h>
#include <dev/chip/plic.h>
#include <kernel/current.h>
#include <lib/fdt.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/bug.h>

#define NO_HANDLE	(~0u)

struct machine machine;
struct task boot_task;

/* Values found in the tree before the nodes that explain them. */
struct scan {
	unsigned long hart;		/* the boot hart */
	u32 cpu;			/* hart id of the last cpu node */
	unsigned place;			/* index in cpu_hw_id */
	u32 intc[MAX_CPUS];		/* phandles of the harts' controllers */
	const u8 *plic_wires;		/* interrupts-extended */
	u32 plic_wires_len;
};

/* Return: true if the ISA string names this multi-letter extension. */
static bool isa_has(const char *isa, const char *name)
{
	size_t n = strlen(name);

	while ((isa = strchr(isa, '_')) != NULL) {
		isa++;
		if (!strncmp(isa, name, n) && (!isa[n] || isa[n] == '_'))
			return true;
	}
	return false;
}

static void scan_cpu(const struct fdt_node *node, struct scan *scan)
{
	const char *isa = fdt_string(node, "riscv,isa");

	if (!fdt_cell(node, "reg", 0, &scan->cpu))
		return;
	/* index 0 is the boot hart */
	scan->place = scan->cpu == scan->hart ? 0 : boot_info.cpu_count++;
	if (scan->place < MAX_CPUS) {
		boot_info.cpu_hw_id[scan->place] = scan->cpu;
		scan->intc[scan->place] = NO_HANDLE;
	}
	if (scan->cpu == scan->hart && isa) {
		str_copy(machine.isa, isa, sizeof(machine.isa));
		machine.sstc = isa_has(isa, "sstc");
	}
}

static void scan_device(const struct fdt_node *node, struct scan *scan)
{
	u64 base, size;
	u32 irq = 0;

	if (!fdt_reg(node, 0, &base, &size) || base >= DIRECT_MAX)
		return;
	fdt_cell(node, "interrupts", 0, &irq);
	if (fdt_compatible(node, "virtio,mmio")) {
		boot_add_virtio(base, size, irq);
	} else if (fdt_compatible(node, "ns16550a") && !machine.uart) {
		machine.uart = base;
		machine.uart_size = size;
		boot_info.uart_irq = irq;
		boot_info.uart_base = base;
	} else if (fdt_compatible(node, "sifive,test0")) {
		machine.test = base;
	} else if (fdt_compatible(node, "google,goldfish-rtc")) {
		machine.rtc = base;
		machine.rtc_size = size;
	} else if (fdt_compatible(node, "riscv,plic0")) {
		plic.base = base;
		fdt_cell(node, "riscv,ndev", 0, &plic.lines);
		scan->plic_wires = fdt_prop(node, "interrupts-extended",
					    &scan->plic_wires_len);
	}
}

static int scan_node(const struct fdt_node *node, void *arg)
{
	struct scan *scan = arg;
	const char *type = fdt_string(node, "device_type");

	if (type && !strcmp(type, "cpu")) {
		scan_cpu(node, scan);
	} else if (node->depth == 1 && fdt_name_is(node, "cpus")) {
		fdt_cell(node, "timebase-frequency", 0, &machine.timebase);
	} else if (fdt_compatible(node, "riscv,cpu-intc")) {
		if (scan->place < MAX_CPUS)
			fdt_cell(node, "phandle", 0,
				 &scan->intc[scan->place]);
	} else {
		scan_device(node, scan);
	}
	return 0;
}

/*
 * The PLIC's context n is wired to entry n of interrupts-extended: pairs of
 * a hart's interrupt controller and the cause it raises there.
 */
static unsigned plic_context(const struct scan *scan, u32 intc)
{
	for (u32 at = 0; at + 8 <= scan->plic_wires_len; at += 8)
		if (fdt_word(scan->plic_wires + at) == intc &&
		    fdt_word(scan->plic_wires + at + 4) == IRQ_S_EXTERNAL)
			return at / 8;
	return PLIC_NO_CONTEXT;
}

static void find_plic_contexts(const struct scan *scan)
{
	for (unsigned i = 0; i < MAX_CPUS; i++)
		plic.context[i] = i < boot_info.cpu_count ?
			plic_context(scan, scan->intc[i]) : PLIC_NO_CONTEXT;
	if (plic.context[0] == PLIC_NO_CONTEXT)
		boot_refuse("the interrupt controller is not wired to "
			    "hart %lu", scan->hart);
}

void start(unsigned long hart, paddr_t dtb)
{
	struct scan scan = { .hart = hart, .cpu = NO_HANDLE,
		.place = MAX_CPUS, .intc = { NO_HANDLE } };

	boot_task.cpu = &cpus[0];
	cpus[0].emergency = current_trapframe(emergency_stack);
	arch_set_current(&boot_task);
	boot_info.cpu_hw_id[0] = hart;
	boot_info.cpu_count = 1;
	devicetree_read(dtb, scan_node, &scan);
	devicetree_need(machine.timebase, "time base");
	devicetree_need(plic.base, "interrupt controller");
	/*
	 * the firmware lies below the kernel, whether the tree says so or not
	 */
	boot_reserve(boot_info.ram[0].base, 0x80000);
	find_plic_contexts(&scan);
	time_init();
	kernel_main();
}

void arch_init(void)
{
	console_init();
	sbi_report();
	plic_init();
	irq_init_cpu();
}
