/* SPDX-License-Identifier: MIT */
/* Identification and features of this CPU, and idling (rows A1, B1). */
#include <arch/i386.h>
#include <lib/mem.h>
#include <lib/printf.h>
#include <lt/arch.h>

void arch_cpu_idle(void)
{
	/*
	 * sti takes effect only after the next instruction, so no interrupt
	 * comes before hlt
	 */
	__asm__ volatile("sti\n\thlt\n\tcli" ::: "memory");
}

/* Names of CPUID.1 EDX, as in Linux's /proc/cpuinfo. */
static const char *const features[32] = {
	"fpu", "vme", "de", "pse", "tsc", "msr", "pae", "mce", "cx8", "apic",
	NULL, "sep", "mtrr", "pge", "mca", "cmov", "pat", "pse36", "pn",
	"clflush", NULL, "dts", "acpi", "mmx", "fxsr", "sse", "sse2", "ss",
	"ht", "tm", "ia64", "pbe",
};

int arch_cpuinfo(const struct cpu *c, char *buf, unsigned long size)
{
	struct cpuid id = cpuid(0), one = cpuid(1);
	u32 vendor[4] = { id.b, id.d, id.c, 0 }, brand[13] = { 0 };
	unsigned family = one.a >> 8 & 15, model = one.a >> 4 & 15;
	unsigned long n;

	(void)c;
	if (family >= 6)
		model |= one.a >> 12 & 0xf0;
	if (family == 15)
		family += one.a >> 20 & 0xff;
	if (cpuid(0x80000000).a >= 0x80000004) {
		for (unsigned i = 0; i < 3; i++) {
			struct cpuid part = cpuid(0x80000002 + i);

			memcpy(&brand[4 * i], &part, sizeof(part));
		}
	}
	n = fmt_print(buf, size, "vendor_id\t: %s\ncpu family\t: %u\n"
		      "model\t\t: %u\nmodel name\t: %s\nstepping\t: %u\n"
		      "cpu MHz\t\t: %u.%03u\nfpu\t\t: yes\n"
		      "wp\t\t: yes\nflags\t\t:", (char *)vendor, family,
		      model, (char *)brand, (unsigned)one.a & 15,
		      time_tsc_khz() / 1000, time_tsc_khz() % 1000);
	for (unsigned i = 0; i < 32 && n < size; i++)
		if (features[i] && (one.d & BIT(i)))
			n += fmt_print(buf + n, size - n, " %s", features[i]);
	if (n < size)
		n += fmt_print(buf + n, size - n, "\n");
	return n < size ? n : size;
}
