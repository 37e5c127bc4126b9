/* SPDX-License-Identifier: MIT */
/*
 * The first C code (row A1): reads the Multiboot information into boot_info,
 * sets up traps, the CPU and the clock.  Nothing here allocates memory.
 */
#define LOG_PREFIX "boot"
#include <arch/fpu.h>
#include <arch/i386.h>
#include <lib/acpi.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/boot.h>
#include <lt/bug.h>
#include <lt/log.h>

/* Multiboot Specification 0.6.96, 3.3. */
struct mb_info {
	u32 flags, mem_lower, mem_upper, boot_device, cmdline;
	u32 mods_count, mods_addr, syms[4], mmap_length, mmap_addr;
};

struct mb_module {
	u32 start, end, string, reserved;
};

struct mb_range {
	u32 size;		/* size of the following fields */
	u64 base, length;
	u32 type;		/* 1: memory */
} __packed;

#define MB_MEMORY	0x01
#define MB_CMDLINE	0x04
#define MB_MODULES	0x08
#define MB_MMAP		0x40

#define VIRTIO_BASE	0xfeb00000
#define VIRTIO_SIZE	0x200
#define VIRTIO_MAGIC	0x74726976
#define VIRTIO_IRQ	5		/* without ACPI: slot n uses line 5 +
					   n */
#define VIRTIO_SLOTS	8
#define VIRTIO_IRQ_ACPI	24		/* with ACPI: the second I/O APIC */
#define VIRTIO_SLOTS_ACPI 24

#define LAPIC_BOOT	0xfee00000	/* where boot.S maps it */
#define COM1		0x3f8
#define COM1_IRQ	4

#define WINDOW		0x400000ul	/* size mapped by one entry of the boot
					   page table */
#define PHYS_MAX	0xffffffffu

#define FWCFG_SELECT	0x510
#define FWCFG_DATA	0x511
#define FWCFG_SIGNATURE	0
#define FWCFG_CPUS	5

/*
 * Add the ranges of memory.  Return: the bytes that lie beyond the direct map.
 */
static u64 read_memory(const struct mb_info *mb)
{
	u64 lost = 0;

	if (!(mb->flags & MB_MMAP)) {
		boot_add_ram(0, mb->mem_lower * 1024ull);
		boot_add_ram(0x100000, mb->mem_upper * 1024ull);
		return 0;
	}
	for (u32 at = 0; at < mb->mmap_length;) {
		const struct mb_range *r = phys_to_virt(mb->mmap_addr + at);
		u64 end = r->base + r->length;

		at += r->size + 4;
		if (r->type != 1)
			continue;
		boot_add_ram(r->base, r->length);
		if (end > DIRECT_MAX)
			lost += end - max(r->base, (u64)DIRECT_MAX);
	}
	return lost;
}

/*
 * Copy the command line without its first word, the kernel's path, which QEMU
 * adds.
 */
static void read_cmdline(const struct mb_info *mb)
{
	const char *s;

	if (!(mb->flags & MB_CMDLINE) || mb->cmdline >= DIRECT_MAX)
		return;
	s = phys_to_virt(mb->cmdline);
	while (*s && *s != ' ')
		s++;
	while (*s == ' ')
		s++;
	str_copy(boot_info.cmdline, s, sizeof(boot_info.cmdline));
}

static void read_initrd(const struct mb_info *mb)
{
	const struct mb_module *m;

	if (!(mb->flags & MB_MODULES) || mb->mods_count == 0)
		return;
	m = phys_to_virt(mb->mods_addr);
	if (m->end > DIRECT_MAX)
		boot_refuse("initrd at 0x%x lies beyond the direct map",
			    (unsigned)m->start);
	boot_info.initrd.base = m->start;
	boot_info.initrd.size = m->end - m->start;
	boot_reserve(m->start, m->end - m->start);
}

/* Ask QEMU's firmware device for the number of CPUs. */
static unsigned count_cpus(void)
{
	static const char name[4] = "QEMU";
	unsigned n;

	out16(FWCFG_SELECT, FWCFG_SIGNATURE);
	for (unsigned i = 0; i < 4; i++)
		if (in8(FWCFG_DATA) != (u8)name[i])
			return 1;
	out16(FWCFG_SELECT, FWCFG_CPUS);
	n = in8(FWCFG_DATA);
	return n | in8(FWCFG_DATA) << 8;
}

static void start_add_cpu(unsigned id)
{
	struct boot_info *b = &boot_info;

	if (id == b->cpu_hw_id[0])
		return;
	if (b->cpu_count < MAX_CPUS)
		b->cpu_hw_id[b->cpu_count] = id;
	b->cpu_count++;
}

/*
 * Make physical memory at any address accessible; beyond the direct map,
 * through two entries of the boot page table.
 */
static const void *start_map_phys(u64 at, unsigned long size)
{
	paddr_t low = at, page = ALIGN_DOWN(low, WINDOW);

	if (at >= PHYS_MAX - WINDOW || size > WINDOW)
		return NULL;
	if (low < DIRECT_MAX && size <= DIRECT_MAX - low)
		return phys_to_virt(low);
	boot_directory[VMAP_BASE / WINDOW] = page | PDE_RW_4M;
	boot_directory[VMAP_BASE / WINDOW + 1] = (page + WINDOW) | PDE_RW_4M;
	write_cr(3, read_cr(3));
	return (const void *)(VMAP_BASE + low - page);
}

/*
 * Find the CPUs; the boot CPU has index 0.  Without ACPI, QEMU numbers them
 * from 0.
 */
static void find_cpus(void)
{
	boot_info.cpu_hw_id[0] = cpuid(1).b >> 24;
	boot_info.cpu_count = 1;
	if (acpi_cpus(start_map_phys, start_add_cpu) == 0)
		for (unsigned id = 0, n = count_cpus(); id < n; id++)
			start_add_cpu(id);
}

static bool virtio_at(unsigned slot)
{
	const volatile u32 *magic =
		(const volatile u32 *)(VIRTIO_BASE + slot * VIRTIO_SIZE);

	return *magic == VIRTIO_MAGIC;
}

/*
 * Find virtio devices.  The windows of a microvm respond even when they are
 * empty; a pc has none.
 */
static void find_virtio(void)
{
	bool acpi = virtio_at(VIRTIO_SLOTS);
	unsigned slots = acpi ? VIRTIO_SLOTS_ACPI : VIRTIO_SLOTS;

	for (unsigned n = 0; n < slots && virtio_at(n); n++)
		boot_add_virtio(VIRTIO_BASE + n * VIRTIO_SIZE, VIRTIO_SIZE,
				(acpi ? VIRTIO_IRQ_ACPI : VIRTIO_IRQ) + n);
}

static void cpu_init(void)
{
	write_cr(4, read_cr(4) | CR4_DE | CR4_PGE | CR4_OSFXSR |
		 CR4_OSXMMEXCPT);
	fpu_init();
}

void boot_main(paddr_t info)
{
	const struct mb_info *mb = phys_to_virt(info);
	u64 lost;

	trap_init();
	cpu_init();
	time_calibrate((volatile u32 *)LAPIC_BOOT);
	/*
	 * the real-mode vectors and BIOS data, and the page at which further
	 * CPUs start
	 */
	boot_reserve(0, PAGE_SIZE);
	boot_reserve(TRAMPOLINE, PAGE_SIZE);
	lost = read_memory(mb);
	read_cmdline(mb);
	read_initrd(mb);
	find_virtio();
	boot_info.uart_irq = COM1_IRQ;
	boot_info.uart_base = COM1;
	boot_info.uart_is_port = true;
	find_cpus();
	if (lost)
		log_warn("%u MiB of memory lie beyond the direct map, unused",
			 (unsigned)(lost >> 20));
	kernel_main();
}

void arch_init(void)
{
	trap_set_root(kernel_root);
	irq_init();
}
