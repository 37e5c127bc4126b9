/* SPDX-License-Identifier: MIT */
/*
 * Early output, and a report about the firmware.  Until the console's chip is
 * mapped, characters go through the firmware, which needs no mapping.
 */
#include <arch/hwprobe.h>
#include <arch/machine.h>
#include <arch/sbi.h>
#include <dev/chip/serial.h>
#include <lt/arch.h>
#include <lt/log.h>

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
		sbi_call(SBI_LEGACY_PUTCHAR, 0, (u8)c, 0);
}

/* Log the extensions that the firmware has (row B10). */
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
