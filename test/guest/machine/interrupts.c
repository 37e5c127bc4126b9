/* SPDX-License-Identifier: MIT */
/*
 * Interrupts on several CPUs (rows B12, B13, C9): a column each, a line goes
 * where it is told, and CPUs that have nothing to do are left alone.  Only
 * for Lectern, as the names of lines are the machine's own.
 */
#include "tap.h"
#include "texts.h"

#define MAX_CPUS 8
#define LINES 128

static char text[8192];
static int cpus;

/* The counts in the row "key:".  => 1 if there is one */
static int row(const char *key, unsigned long *count)
{
	char *s;
	size_t n = strlen(key);

	text_read("/proc/interrupts", text, sizeof(text));
	for (s = text; s; s = strchr(s, '\n')) {
		while (*s == '\n' || *s == ' ')
			s++;
		if (strncmp(s, key, n) || s[n] != ':')
			continue;
		s += n + 1;
		for (int i = 0; i < cpus; i++)
			count[i] = strtoul(s, &s, 10);
		return 1;
	}
	return 0;
}

/* The number of the first line with this name.  => 1: found */
static int find_line(const char *name, char *key, size_t size)
{
	char *s, *save;

	text_read("/proc/interrupts", text, sizeof(text));
	for (s = strtok_r(text, "\n", &save); s;
	     s = strtok_r(NULL, "\n", &save)) {
		char *end = s + strlen(s) - strlen(name);

		if (end <= s || strcmp(end, name))
			continue;
		snprintf(key, size, "%d", atoi(s));
		return 1;
	}
	return 0;
}

static int put_affinity(const char *irq, const char *file, const char *value)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/irq/%s/%s", irq, file);
	return text_set(path, value);
}

static int affinity_is(const char *irq, const char *file, const char *want)
{
	char path[64];

	snprintf(path, sizeof(path), "/proc/irq/%s/%s", irq, file);
	text_read(path, text, sizeof(text));
	return !strcmp(text, want);
}

static void columns(void)
{
	unsigned long count[MAX_CPUS];
	char *s;

	text_read("/proc/interrupts", text, sizeof(text));
	*strchr(text, '\n') = '\0';
	for (s = text; (s = strstr(s, "CPU")); s += 3)
		cpus++;
	check(cpus >= 1 && cpus <= MAX_CPUS, "%d CPUs have a column", cpus);
	check(row("LOC", count) && count[0] > 0, "timer interrupts");
	check(row("RES", count), "rescheduling");
	check(row("CAL", count), "calls");
	check(row("TLB", count), "TLB");
}

/*
 * Output makes the device interrupt: on that CPU and on no other, once what
 * was under way to the last one has arrived.
 */
static int arrives_at(const char *irq, int cpu, int tries)
{
	unsigned long was[MAX_CPUS], now[MAX_CPUS];
	int others = 0;

	row(irq, was);
	for (int i = 0; i < 5000; i++) {
		printf("# line %s on CPU %d\n", irq, cpu);
		usleep(10000);
		row(irq, now);
		if (now[cpu] > was[cpu])
			break;
	}
	for (int i = 0; i < cpus; i++)
		others += i != cpu && now[i] != was[i];
	if (now[cpu] > was[cpu] && others && tries > 1)
		return arrives_at(irq, cpu, tries - 1);
	return now[cpu] > was[cpu] && !others;
}

static void routes(void)
{
	char irq[16], mask[16], list[16];

	if (!find_line("virtio", irq, sizeof(irq))) {
		tap_skip("routes", "no such device");
		return;
	}
	for (int cpu = cpus - 1; cpu >= 0; cpu--) {
		snprintf(mask, sizeof(mask), "%x\n", 1u << cpu);
		snprintf(list, sizeof(list), "%d\n", cpu);
		check_eq(put_affinity(irq, "smp_affinity", mask), 0,
			 "to CPU %d", cpu);
		check(affinity_is(irq, "smp_affinity", mask) &&
		      affinity_is(irq, "smp_affinity_list", list) &&
		      affinity_is(irq, "effective_affinity", mask),
		      "it says so");
		check(arrives_at(irq, cpu, 50), "its interrupts come there");
	}
	check_eq(put_affinity(irq, "smp_affinity", "0"), EINVAL, "no CPU");
	check_eq(put_affinity(irq, "smp_affinity", "80000000"), EINVAL,
		 "no such CPU");
	check_eq(put_affinity(irq, "smp_affinity", "123456789abcdef01"),
		 EOVERFLOW,
		 "a mask too long");
	check_eq(put_affinity(irq, "smp_affinity", "x"), EINVAL, "no mask");
	check_eq(put_affinity(irq, "smp_affinity_list", "1-0"), EINVAL,
		 "no range");
	check_eq(put_affinity(irq, "smp_affinity_list", "0,"), EINVAL,
		 "no list");
	check(affinity_is(irq, "smp_affinity", "1\n"),
	      "refusals change nothing");
	check_eq(put_affinity(irq, "smp_affinity_list", "0-7"), 0, "a list");
	snprintf(mask, sizeof(mask), "%x\n", (1u << cpus) - 1);
	check(affinity_is(irq, "smp_affinity", mask), "the CPUs there are");
}

/* Of the CPUs that a line may go to it gets that with the fewest others. */
static void spread_lines(void)
{
	char irq[16], other[16];

	if (cpus < 2 || !find_line("virtio", irq, sizeof(irq)))
		return;
	for (int n = 0; n < LINES; n++) {	/* many of them there are not */
		snprintf(other, sizeof(other), "%d", n);
		put_affinity(other, "smp_affinity", "1");
	}
	put_affinity(irq, "smp_affinity", "2");
	check_eq(put_affinity(irq, "smp_affinity", "3"), 0, "to CPU 0 or 1");
	check(affinity_is(irq, "effective_affinity", "2\n"),
	      "it stays where no other line is");
	for (int n = 0; n < LINES; n++) {
		snprintf(other, sizeof(other), "%d", n);
		put_affinity(other, "smp_affinity_list", "0-7");
	}
}

/* The output port at work while its line moves about. */
static void move_busy_line(void)
{
	unsigned long before[MAX_CPUS], after[MAX_CPUS], sum = 0;
	char irq[16], mask[16];

	if (!find_line("virtio", irq, sizeof(irq)))
		return;
	row(irq, before);
	for (int i = 0; i < 200; i++) {
		snprintf(mask, sizeof(mask), "%x", 1u << i % cpus);
		put_affinity(irq, "smp_affinity", mask);
		printf("# moved\n");
	}
	put_affinity(irq, "smp_affinity_list", "0-7");
	for (int i = 0; i < 1000 && !sum; i++) {
		usleep(10000);
		row(irq, after);
		for (int k = 0; k < cpus; k++)
			sum += after[k] - before[k];
	}
	check(sum > 0, "no interrupt is lost on the way: %lu came", sum);
}

/* A second of nothing: no tick, on no CPU. */
static void count_idle_ticks(void)
{
	unsigned long was[MAX_CPUS], now[MAX_CPUS], most = 0;
	unsigned long first = 1;

	syscall(SYS_sched_setaffinity, 0, sizeof(first), &first);
	for (int i = 0; i < 50; i++) {	/* others may be at it at first */
		most = 0;
		usleep(100000);
		row("LOC", was);
		usleep(1000000);
		row("LOC", now);
		for (int k = 0; k < cpus; k++)
			if (now[k] - was[k] > most)
				most = now[k] - was[k];
		if (most <= 5)
			break;
	}
	check(most <= 5, "idle CPUs have no tick: %lu in a second", most);
}

/* What was counted of each CPU: nothing below zero. */
static void read_ipi_counters(void)
{
	int fields = 0, wrong = 0;
	char *s, *save;

	text_read("/proc/lectern/ipis", text, sizeof(text));
	for (s = strtok_r(text, " \n", &save); s;
	     s = strtok_r(NULL, " \n", &save), fields++)
		wrong += *s >= '0' && *s <= '9' &&
			strtoul(s, NULL, 10) > ~0UL / 2;
	check(fields >= 15 * cpus && !wrong, "counters are counts");
}

int main(void)
{
	if (on_other_kernel())
		return tap_skip_all("the lines are the machine's own");
	columns();
	routes();
	spread_lines();
	move_busy_line();
	count_idle_ticks();
	read_ipi_counters();
	return tap_done();
}
