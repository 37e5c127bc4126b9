/* SPDX-License-Identifier: MIT */
/*
 * Files that show and route interrupts (rows B12, B13, C9).  In Linux's
 * formats: /proc/interrupts with one column per CPU, /proc/irq/N/smp_affinity
 * (a mask) and smp_affinity_list.  Lectern's own: /proc/lectern/ipis.
 */
#include "proc.h"
#include <kernel/irq/irq.h>
#include <kernel/smp/smp.h>
#include <lib/chars.h>
#include <lib/printf.h>
#include <lt/boot.h>
#include <lt/init.h>
#include <lt/log.h>
#include <lt/procfile.h>

/* ---- /proc/interrupts ---------------------------------------------------- */

/* Print one counter of each CPU; offset: its place in struct cpu. */
static void cpu_row(struct seq *s, const char *name, size_t offset,
		    const char *what)
{
	seq_print(s, "%s:", name);
	for (unsigned i = 0; i < nr_cpus; i++)
		seq_print(s, " %10lu", HINT(*(unsigned long *)
			  ((char *)&cpus[i] + offset)));
	seq_print(s, "   %s\n", what);
}

static void show_interrupts(struct seq *s)
{
	struct irq_info info;

	seq_print(s, "    ");
	for (unsigned i = 0; i < nr_cpus; i++)
		seq_print(s, "       CPU%u", i);
	seq_print(s, "\n");
	for (unsigned n = 0; irq_info(n, &info); n++) {
		seq_print(s, "%3u:", info.irq);
		for (unsigned i = 0; i < nr_cpus; i++)
			seq_print(s, " %10lu", info.count[i]);
		seq_print(s, "   %s\n", info.name);
	}
	cpu_row(s, "LOC", __builtin_offsetof(struct cpu, timer_irqs),
		"Local timer interrupts");
	cpu_row(s, "RES", __builtin_offsetof(struct cpu, kicks),
		"Rescheduling interrupts");
	cpu_row(s, "CAL", __builtin_offsetof(struct cpu, answered),
		"Function call interrupts");
	cpu_row(s, "TLB", __builtin_offsetof(struct cpu, tlb_answered),
		"TLB shootdowns");
	cpu_row(s, "IPI", __builtin_offsetof(struct cpu, ipis), "between CPUs");
}

/*
 * calls_answered may exceed ipis: a CPU that waits in a loop answers calls
 * without an interrupt.
 */
static void show_ipis(struct seq *s)
{
	for (unsigned i = 0; i < nr_cpus; i++) {
		const struct cpu *c = &cpus[i];

		seq_print(s, "cpu%u ipis %lu kicks %lu calls_answered %lu "
			  "tlb_answered %lu calls_made %lu steals %lu "
			  "timers %lu\n", i, HINT(c->ipis), HINT(c->kicks),
			  HINT(c->answered), HINT(c->tlb_answered),
			  HINT(c->calls), HINT(c->steals),
			  HINT(c->timer_irqs));
	}
}

/* ---- /proc/irq ----------------------------------------------------------- */

static unsigned irq_of(const void *arg)
{
	return (unsigned)(uintptr_t)arg;
}

/*
 * Set *allowed to the existing CPUs that the interrupt line may go to.
 * Return: false if there is no such line.
 */
static bool allowed_of(const struct seq *s, unsigned long *allowed)
{
	struct irq_info info;

	for (unsigned n = 0; irq_info(n, &info); n++)
		if (info.irq == irq_of(s->arg)) {
			*allowed = info.allowed & smp_mask();
			return true;
		}
	return false;
}

static void show_mask(struct seq *s)
{
	unsigned long may;

	if (allowed_of(s, &may))
		seq_print(s, "%lx\n", may);
}

static void show_list(struct seq *s)
{
	const char *comma = "";
	unsigned long may;

	if (!allowed_of(s, &may))
		return;
	for (unsigned i = 0; i < nr_cpus; i++) {
		unsigned last = i;

		if (!(may & BIT(i)))
			continue;
		while (last + 1 < nr_cpus && may & BIT(last + 1))
			last++;
		seq_print(s, last > i ? "%s%u-%u" : "%s%u", comma, i, last);
		comma = ",";
		i = last;
	}
	seq_print(s, "\n");
}

static void show_effective(struct seq *s)
{
	struct irq_info info;

	for (unsigned n = 0; irq_info(n, &info); n++)
		if (info.irq == irq_of(s->arg))
			seq_print(s, "%lx\n", BIT(info.cpu));
}

/* Parse a mask in hexadecimal; commas may group its digits. */
static int store_mask(void *arg, const char *text, size_t n)
{
	unsigned long mask = 0;
	size_t i = 0;

	for (; i < n && text[i] != '\n'; i++) {
		if (text[i] == ',')
			continue;
		if (digit_value(text[i]) > 15)
			return -EINVAL;
		if (mask >> (8 * sizeof(mask) - 4))
			return -EOVERFLOW;
		mask = mask << 4 | digit_value(text[i]);
	}
	return i ? irq_set_affinity(irq_of(arg), mask) : -EINVAL;
}

/*
 * Return: the number at *i, or -1 if there is none; *i moves past the digits.
 */
static int proc_number_at(const char *text, size_t n, size_t *i)
{
	int v = -1;

	for (; *i < n && text[*i] >= '0' && text[*i] <= '9'; ++*i)
		v = v < 0 ? text[*i] - '0' :
			min(v * 10 + text[*i] - '0', 10000);
	return v;
}

/* Parse numbers and ranges, separated by commas. */
static int store_list(void *arg, const char *text, size_t n)
{
	unsigned long mask = 0;
	size_t i = 0;

	for (;;) {
		int from = proc_number_at(text, n, &i), to = from;

		if (i < n && text[i] == '-') {
			i++;
			to = proc_number_at(text, n, &i);
		}
		if (from < 0 || to < from)
			return -EINVAL;
		for (; from <= to && from < MAX_CPUS; from++)
			mask |= BIT(from);
		if (i == n || text[i] == '\n')
			break;
		if (text[i++] != ',')
			return -EINVAL;
	}
	return irq_set_affinity(irq_of(arg), mask);
}

static void add_line(unsigned irq)
{
	void *arg = (void *)(uintptr_t)irq;
	char name[48];

	fmt_print(name, sizeof(name), "irq/%u/smp_affinity", irq);
	proc_register_arg(name, show_mask, store_mask, arg);
	fmt_print(name, sizeof(name), "irq/%u/smp_affinity_list", irq);
	proc_register_arg(name, show_list, store_list, arg);
	fmt_print(name, sizeof(name), "irq/%u/effective_affinity", irq);
	proc_register_arg(name, show_effective, NULL, arg);
}

static void irq_proc_init(void)
{
	struct irq_info info;

	for (unsigned n = 0; irq_info(n, &info); n++)
		add_line(info.irq);
}
INIT(ready, irq_proc_init);

PROC_FILES(files) = {
	{ "interrupts", show_interrupts },
	{ "lectern/ipis", show_ipis },
};
