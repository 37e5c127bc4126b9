/* SPDX-License-Identifier: MIT */
/*
 * Early output and the registers of the console's 16550.  Until the device is
 * mapped, characters go through the firmware, which needs no mapping.
 */
#include <arch/hwprobe.h>
#include <arch/machine.h>
#include <arch/sbi.h>
#include <lt/arch.h>
#include <lt/log.h>
#include <mm/kmap.h>

#define LSR		5
#define LSR_THRE	0x20		/* room to send */
#define PATIENCE	2000000		/* looks: about a second */

static volatile u8 *uart;

void console_init(void)
{
	if (machine.uart)
		uart = kmap_device(machine.uart, machine.uart_size);
}

/*
 * A host that reads slowly gets its time, but only once in a row: a line that
 * nobody reads must not hold up a panic.
 */
void arch_early_putc(char c)
{
	static bool deaf;
	int patience;

	if (!uart) {
		sbi_call(SBI_LEGACY_PUTCHAR, 0, (u8)c, 0);
		return;
	}
	patience = deaf ? 1 : PATIENCE;
	while (patience && !(uart[LSR] & LSR_THRE))
		patience--;
	deaf = !patience;
	uart[0] = c;
}

u8 arch_uart_read(unsigned r)
{
	return uart ? uart[r & 7] : 0;
}

void arch_uart_write(unsigned r, u8 v)
{
	if (uart)
		uart[r & 7] = v;
}

/* What the firmware offers (row B10). */
void sbi_report(void)
{
	static const struct {
		unsigned long id;
		const char *name;
	} extension[] = {
		{ SBI_TIME, "TIME" }, { SBI_IPI, "IPI" },
		{ SBI_RFENCE, "RFENCE" }, { SBI_HSM, "HSM" },
		{ SBI_SRST, "SRST" }, { SBI_PMU, "PMU" },
		{ SBI_DBCN, "DBCN" },
	};
	char text[64], *p = text;
	long version = sbi_call(SBI_BASE, SBI_BASE_VERSION, 0, 0).value;
	long who = sbi_call(SBI_BASE, SBI_BASE_IMPLEMENTATION, 0, 0).value;

	for (unsigned i = 0; i < sizeof(extension) / sizeof(*extension); i++) {
		if (!sbi_call(SBI_BASE, SBI_BASE_PROBE, extension[i].id,
			      0).value)
			continue;
		*p++ = ' ';
		for (const char *s = extension[i].name; *s; s++)
			*p++ = *s;
	}
	*p = '\0';
	for (unsigned k = 0; k < HWPROBE_FIRMWARE; k++)
		vdso_hwprobe[k] = (u64)sbi_call(SBI_BASE, SBI_BASE_VENDOR + k,
						0, 0).value;
	log_print(LOG_INFO, "sbi", "version %ld.%ld, implementation %ld:%s",
		  version >> 24 & 0x7f, version & 0xffffff, who, text);
	log_print(LOG_INFO, "riscv", "hart %lu, %s, timer by %s",
		  boot_info.cpu_hw_id[0], machine.isa,
		  machine.sstc ? "stimecmp" : "firmware");
}
