/* SPDX-License-Identifier: MIT */
/*
 * The first C code: reads the device tree into boot_info and the port's own
 * struct machine, then starts portable code.  Runs on the boot stack with
 * interrupts off and physical memory mapped at KERNEL_OFFSET.
 */
#include <arch/elf.h>
#include <arch/machine.h>
#include <dev/chip/devicetree.h>
#include <dev/chip/gic.h>
#include <kernel/current.h>
#include <lib/fdt.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/bug.h>
#include <lt/log.h>

#define TIMER_VIRTUAL	2	/* of the timer's four interrupts */
#define CELLS		3	/* of one interrupt: kind, number, flags */

struct machine machine;
struct task boot_task;
bool arm64_has_pan, arm64_has_range;
unsigned long arm64_hwcap;
static bool has_psci;			/* firmware that is called by hvc */

static void scan_cpu(const struct fdt_node *node)
{
	u64 id, size;
	u32 cell;

	/* `reg` has no size, and one cell, or two: Aff3 is in bits 32 to 39 */
	if (!fdt_reg(node, 0, &id, &size)) {
		if (!fdt_cell(node, "reg", 0, &cell))
			return;
		id = cell;
	}
	if (id == boot_info.cpu_hw_id[0])
		return;			/* the boot CPU is in place */
	if (boot_info.cpu_count < MAX_CPUS)
		boot_info.cpu_hw_id[boot_info.cpu_count] = id;
	boot_info.cpu_count++;
}

/* Interrupt lines of devices are numbered as the controller does, from 32. */
static unsigned line_of(const struct fdt_node *node)
{
	u32 irq = 0;

	fdt_cell(node, "interrupts", 1, &irq);
	return GIC_SHARED + irq;
}

static void scan_gic(const struct fdt_node *node, unsigned version)
{
	u64 base, size;

	gic.version = version;
	if (fdt_reg(node, 0, &base, &size))
		gic.dist = base;
	if (fdt_reg(node, 1, &base, &size)) {
		gic.cpu = base;
		gic.cpu_size = size;
	}
}

static void scan_device(const struct fdt_node *node)
{
	u64 base, size;
	u32 irq;

	if (fdt_compatible(node, "arm,armv8-timer") &&
	    fdt_cell(node, "interrupts", TIMER_VIRTUAL * CELLS + 1, &irq))
		gic.timer = GIC_PRIVATE + irq;
	else if (fdt_compatible(node, "arm,psci-0.2"))
		has_psci = !strcmp(fdt_string(node, "method") ?: "", "hvc");
	if (!fdt_reg(node, 0, &base, &size) || base >= DIRECT_MAX)
		return;
	if (fdt_compatible(node, "virtio,mmio")) {
		boot_add_virtio(base, size, line_of(node));
	} else if (fdt_compatible(node, "arm,pl011") && !machine.uart_size) {
		machine.uart_size = size;
		boot_info.uart_irq = line_of(node);
		boot_info.uart_base = base;
	} else if (fdt_compatible(node, "arm,pl031")) {
		machine.rtc = base;
		machine.rtc_size = size;
	} else if (fdt_compatible(node, "arm,cortex-a15-gic")) {
		scan_gic(node, 2);
	} else if (fdt_compatible(node, "arm,gic-v3")) {
		scan_gic(node, 3);
	}
}

static int scan_node(const struct fdt_node *node, void *arg)
{
	const char *type = fdt_string(node, "device_type");

	if (type && !strcmp(type, "cpu"))
		scan_cpu(node);
	else
		scan_device(node);
	return 0;
}

/* Bits of AT_HWCAP (Linux's asm/hwcap.h), by fields of registers. */
static void find_features(void)
{
	static const struct {
		u8 shift, least, bit;
	} isar0[] = {
		{ 4, 1, 3 }, { 4, 2, 4 },	/* AES, PMULL */
		{ 8, 1, 5 }, { 12, 1, 6 },	/* SHA1, SHA2 */
		{ 16, 1, 7 }, { 20, 2, 8 },	/* CRC32, atomics */
	};
	unsigned long found = read_sysreg(id_aa64isar0_el1);

	/* float, vectors of them, and mrs of identification registers */
	arm64_hwcap = 1 | 2 | 1 << 11;
	for (unsigned i = 0; i < ARRAY_SIZE(isar0); i++)
		if ((found >> isar0[i].shift & 0xf) >= isar0[i].least)
			arm64_hwcap |= 1ul << isar0[i].bit;
	arm64_has_range = found >> ISAR0_TLB_SHIFT >= ISAR0_TLB_RANGE;
	arm64_has_pan = read_sysreg(id_aa64mmfr1_el1) >> MMFR1_PAN_SHIFT & 0xf;
}

/* Older assemblers do not know PSTATE.PAN. */
void arm64_init_cpu(void)
{
	write_sysreg(oslar_el1, 0);	/* the lock forbids steps */
	write_sysreg(mdscr_el1, 0);
	if (arm64_has_pan)
		__asm__ volatile(".inst 0xd500419f /* msr pan, #1 */");
}

void start(paddr_t dtb, unsigned long level)
{
	boot_task.cpu = &cpus[0];
	cpus[0].emergency = current_trapframe(emergency_stack);
	arch_set_current(&boot_task);
	boot_info.cpu_hw_id[0] = read_sysreg(mpidr_el1) & MPIDR_AFFINITY;
	boot_info.cpu_count = 1;
	if (level != 1)
		boot_refuse("entered at EL%lu; this kernel needs EL1", level);
	devicetree_read(dtb, scan_node, NULL);
	machine.timebase = (u32)read_sysreg(cntfrq_el0);
	devicetree_need(machine.timebase && gic.timer, "virtual timer");
	devicetree_need(gic.dist && gic.cpu, "interrupt controller");
	devicetree_need(has_psci, "firmware (PSCI by hvc)");
	devicetree_need(machine.uart_size, "serial chip");
	find_features();
	arm64_init_cpu();
	time_init();
	kernel_main();
}

void arch_init(void)
{
	console_init();
	gic_init();
	log_print(LOG_INFO, "arm64", "CPU %#lx, GICv%u, counter at %u Hz%s%s",
		  read_sysreg(midr_el1), gic.version, machine.timebase,
		  arm64_has_pan ? ", PAN" : "",
		  arm64_has_range ? ", flushes of ranges" : "");
}
