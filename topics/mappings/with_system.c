/* SPDX-License-Identifier: MIT */
/* /sys/devices/system/node: the single node, with all CPUs and memory. */
#include <topics/system/sysfs.h>
#include <lib/printf.h>
#include <kernel/current.h>
#include <lt/init.h>
#include <lt/seq.h>
#include <mm/frames/page.h>
#include <mm/cache/pagecache.h>
#include <mm/frames/slab.h>

#define NODES	"devices/system/node/"
#define NODE	NODES "node0/"

static void show_cpulist(struct seq *s)
{
	if (nr_cpus > 1)
		seq_print(s, "0-%u\n", nr_cpus - 1);
	else
		seq_print(s, "0\n");
}

static void show_cpumap(struct seq *s)
{
	seq_print(s, "%x\n", (1u << nr_cpus) - 1);
}

static void mapping_system_line(struct seq *s, const char *name,
				unsigned long pages)
{
	seq_print(s, "Node 0 %-16s%8lu kB\n", name,
		  pages * (PAGE_SIZE / 1024));
}

static void mapping_system_show_meminfo(struct seq *s)
{
	unsigned long free = page_free_count(), cache = pagecache_pages();

	mapping_system_line(s, "MemTotal:", page_total());
	mapping_system_line(s, "MemFree:", free);
	mapping_system_line(s,
			    "MemUsed:", page_total() - min(free, page_total()));
	mapping_system_line(s, "Dirty:", pagecache_dirty());
	mapping_system_line(s, "FilePages:", cache);
	mapping_system_line(s, "AnonPages:", page_count_kind(PAGE_ANON));
	mapping_system_line(s,
			    "Shmem:", cache - min(pagecache_of_disks(), cache));
	mapping_system_line(s, "Slab:", slab_pages());
}

/*
 * Show zeros, as on Linux with vm.numa_stat = 0: allocations are not counted.
 */
static void show_numastat(struct seq *s)
{
	seq_print(s, "numa_hit 0\nnuma_miss 0\nnuma_foreign 0\n"
		  "interleave_hit 0\nlocal_node 0\nother_node 0\n");
}

static void sysfs_node(void)
{
	static const struct {
		const char *name, *text;
	} texts[] = {
		{ NODES "has_cpu", "0" }, { NODES "has_memory", "0" },
		{ NODES "has_normal_memory", "0" }, { NODES "online", "0" },
		{ NODES "possible", "0" }, { NODE "distance", "10" },
	};
	static const struct {
		const char *name;
		void (*show)(struct seq *s);
	} files[] = {
		{ NODE "cpulist", show_cpulist }, { NODE "cpumap", show_cpumap },
		{ NODE "meminfo", mapping_system_show_meminfo },
		{ NODE "numastat", show_numastat },
	};
	char path[64], target[32];
	int err = 0;

	for (unsigned k = 0; !err && k < ARRAY_SIZE(texts); k++)
		err = sysfs_text(texts[k].name, texts[k].text);
	for (unsigned k = 0; !err && k < ARRAY_SIZE(files); k++)
		err = sysfs_file(files[k].name, files[k].show, NULL);
	for (unsigned n = 0; !err && n < nr_cpus; n++) {
		fmt_print(path, sizeof(path), NODE "cpu%u", n);
		fmt_print(target, sizeof(target), "../../cpu/cpu%u", n);
		err = sysfs_link(path, target);
	}
	if (err)
		panic("sysfs: no memory for the node");
}
INIT(ready, sysfs_node);
