/* SPDX-License-Identifier: MIT */
/* The facts about the machine that a port tells portable code at boot. */
#ifndef LT_BOOT_H
#define LT_BOOT_H

#include <lt/types.h>

#define BOOT_RANGES	16
#define BOOT_SLOTS	32
#define BOOT_CMDLINE	1024
#define MAX_CPUS	8

struct boot_range {
	paddr_t base;
	unsigned long size;	/* bytes */
};

/* A virtio-mmio window. */
struct boot_slot {
	paddr_t base;
	unsigned long size;	/* bytes */
	unsigned irq;		/* the argument of irq_register() */
};

/*
 * Filled by the port before kernel_main(), constant afterwards. ram[] is memory
 * as the firmware reports it, cut to the reach of the direct map; reserved[]
 * lists the parts of it that must not be used: firmware, device tree, initrd.
 * The kernel image itself (__kernel_start..__kernel_end) need not be listed.
 */
struct boot_info {
	struct boot_range ram[BOOT_RANGES];
	unsigned ram_count;
	struct boot_range reserved[BOOT_RANGES];
	unsigned reserved_count;
	struct boot_range initrd;	/* size 0: none */
	paddr_t fdt;			/* flattened device tree, or 0 */
	struct boot_slot virtio[BOOT_SLOTS];
	unsigned virtio_count;
	unsigned uart_irq;		/* interrupt of the console's chip */
	u64 uart_base;			/* physical address or I/O port */
	bool uart_is_port;
	unsigned cpu_count;		/* usable CPUs; may exceed MAX_CPUS */
	unsigned long cpu_hw_id[MAX_CPUS]; /* boot CPU first */
	u8 seed[32];			/* firmware's random bytes */
	unsigned seed_len;		/* valid bytes of seed */
	char cmdline[BOOT_CMDLINE];	/* NUL-terminated */
};

/* The port fills this structure; kernel/boot/ defines it. */
extern struct boot_info boot_info;

/*
 * Add a range of memory to ram[], or to reserved[], as far as the direct map
 * reaches.
 */
void boot_add_ram(u64 base, u64 size);
void boot_reserve(u64 base, u64 size);
/* Add a virtio-mmio window, if there is room for one more. */
void boot_add_virtio(u64 base, u64 size, unsigned irq);

/* Linker script symbols: section boundaries, all aligned to 4 KiB. */
extern char __kernel_start[], __kernel_end[];
extern char __text_start[], __text_end[];
extern char __rodata_start[], __rodata_end[];
extern char __data_start[], __data_end[];	/* .data and .bss */

/*
 * The first portable C code.  The port calls it on the boot CPU with interrupts
 * off, on the boot stack, with the direct map of all ram[] usable.
 */
void kernel_main(void) __attribute__((noreturn));

/*
 * Functions for the kernel's mappings (mm/tables/kmap.h).  Ports and chip
 * drivers may call them from arch_init() on.
 */
/* The page table of the kernel alone; constant from arch_init() on. */
extern paddr_t kernel_root;
/* Map device registers permanently.  Return: NULL: no room. */
volatile void *kmap_device(paddr_t base, unsigned long size);

/*
 * Look up a boot option.
 * Return: the value of `name=value` (NUL-terminated, in a static copy), "" for
 * a bare `name`, or NULL if the option is absent.
 */
const char *boot_option(const char *name);
/*
 * Like boot_option(), but return the value as a number (decimal, or 0x); def if
 * the option is absent.
 */
u64 boot_option_number(const char *name, u64 def);

#endif
