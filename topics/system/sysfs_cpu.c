/* SPDX-License-Identifier: MIT */
/* devices/system: the CPUs, in Linux's formats, and the clock source. */
#include "sysfs.h"
#include <topics/proc/proc.h>
#include <lib/printf.h>
#include <lt/boot.h>
#include <lt/init.h>
#include <lt/seq.h>

#define CPU_DIR "devices/system/cpu/"

/* Print the CPUs from first to last as "0-3", "2", or nothing. */
static void put_range(struct seq *s, unsigned first, unsigned last)
{
	if (first == last)
		seq_print(s, "%u", first);
	else if (first < last)
		seq_print(s, "%u-%u", first, last);
	seq_print(s, "\n");
}

static void show_cpus(struct seq *s)
{
	put_range(s, 0, nr_cpus - 1);
}

/* Show an empty list: all CPUs that were found run, and none can be added. */
static void show_none(struct seq *s)
{
	seq_print(s, "\n");
}

static void show_kernel_max(struct seq *s)
{
	seq_print(s, "%u\n", MAX_CPUS - 1);
}

static unsigned cpu_of(const struct seq *s)
{
	return (unsigned)(unsigned long)s->arg;
}

static void show_own_list(struct seq *s)
{
	put_range(s, cpu_of(s), cpu_of(s));
}

static void show_own_mask(struct seq *s)
{
	seq_print(s, "%x\n", 1u << cpu_of(s));
}

static void show_all_mask(struct seq *s)
{
	seq_print(s, "%x\n", (1u << nr_cpus) - 1);
}

static void show_core(struct seq *s)
{
	seq_print(s, "%u\n", cpu_of(s));
}

static void show_package(struct seq *s)
{
	seq_print(s, "0\n");
}

/* Each CPU is a core with one thread, all of them in one package. */
static const struct {
	const char *name;
	void (*show)(struct seq *s);
} topology[] = {
	{ "core_cpus", show_own_mask }, { "core_cpus_list", show_own_list },
	{ "core_id", show_core },
	{ "core_siblings", show_all_mask },
	{ "core_siblings_list", show_cpus },
	{ "package_cpus", show_all_mask },
	{ "package_cpus_list", show_cpus },
	{ "physical_package_id", show_package },
	{ "thread_siblings", show_own_mask },
	{ "thread_siblings_list", show_own_list },
};

static int sysfs_cpu_add_cpu(unsigned n)
{
	char path[64];
	int err = 0;

	for (unsigned k = 0; !err && k < ARRAY_SIZE(topology); k++) {
		fmt_print(path, sizeof(path), CPU_DIR "cpu%u/topology/%s", n,
			  topology[k].name);
		err = sysfs_file(path, topology[k].show,
				 (void *)(unsigned long)n);
	}
	return err;
}

static void sysfs_cpus(void)
{
	static const struct {
		const char *name;
		void (*show)(struct seq *s);
	} files[] = {
		{ CPU_DIR "isolated", show_none },
		{ CPU_DIR "kernel_max", show_kernel_max },
		{ CPU_DIR "offline", show_none },
		{ CPU_DIR "online", show_cpus },
		{ CPU_DIR "possible", show_cpus },
		{ CPU_DIR "present", show_cpus },
	};
	int err = 0;

	for (unsigned k = 0; !err && k < ARRAY_SIZE(files); k++)
		err = sysfs_file(files[k].name, files[k].show, NULL);
	for (unsigned n = 0; !err && n < nr_cpus; n++)
		err = sysfs_cpu_add_cpu(n);
	if (err)
		panic("sysfs: no memory for the CPUs");
}
INIT(ready, sysfs_cpus);
