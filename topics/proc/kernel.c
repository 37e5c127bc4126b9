/* SPDX-License-Identifier: MIT */
/* Files of /proc about kernel internals: memory, symbols and CPUs. */
#include "proc.h"
#include <kernel/cred/capable.h>
#include <kernel/smp/smp.h>
#include <lt/ksym.h>
#include <lt/procfile.h>
#include <mm/tables/kmap.h>
#include <mm/frames/page.h>
#include <mm/cache/pagecache.h>
#include <mm/frames/slab.h>
#include <mm/tables/soft_entry.h>
#include <mm/tables/superpage.h>
#include <mm/vm.h>

static void show_cpuinfo(struct seq *s)
{
	char text[1024];

	for (unsigned i = 0; i < nr_cpus; i++) {
		int n = arch_cpuinfo(&cpus[i], text, sizeof(text));

		seq_print(s, "processor\t: %u\n", i);
		seq_put(s, text, (size_t)n);
		seq_put(s, "\n", 1);
	}
}

static void show_vmstat(struct seq *s)
{
	struct swap_figures swap = { 0 };

	if (soft_entry)
		soft_entry->figures(&swap);
	seq_print(s, "nr_free_pages %lu\nnr_anon_pages %lu\n"
		  "nr_file_pages %lu\nnr_page_table_pages %lu\n"
		  "nr_kernel_stack %lu\nnr_shmem %lu\n",
		  page_free_count() + HINT(page_kept),
		  page_count_kind(PAGE_ANON) - HINT(page_kept),
		  pagecache_pages(),
		  page_count_kind(PAGE_TABLE),
		  kstack_count() * (KSTACK_PAGES * PAGE_SIZE / 1024),
		  pagecache_pages());
	seq_print(s, "pswpin %lu\npswpout %lu\n", swap.in, swap.out);
	seq_print(s, "pgfault %llu\npgmajfault %lu\n",
		  (unsigned long long)vm_stats_sum().faults, swap.in);
	if (superpage)
		superpage->show_vmstat(s);
}

static void slab_line(void *arg, const char *name, size_t size,
		      unsigned long live, unsigned long total,
		      unsigned long pages)
{
	seq_print(arg, "%-17s %6lu %6lu %6zu %4lu %4u : tunables    0    0"
		  "    0 : slabdata %6lu %6lu      0\n", name, live, total,
		  size, pages ? total / pages : 0, 1u, pages, pages);
}

static void show_slabinfo(struct seq *s)
{
	seq_print(s, "slabinfo - version: 2.1\n# name            "
		  "<active_objs> <num_objs> <objsize> <objperslab> "
		  "<pagesperslab> : tunables <limit> <batchcount> "
		  "<sharedfactor> : slabdata <active_slabs> <num_slabs> "
		  "<sharedavail>\n");
	slab_each(slab_line, s);
}

static void show_buddyinfo(struct seq *s)
{
	unsigned long count[PAGE_MAX_ORDER + 1];
	unsigned i;

	page_free_blocks(count);
	seq_print(s, "Node 0, zone   Normal ");
	for (i = 0; i <= PAGE_MAX_ORDER; i++)
		seq_print(s, "%6lu ", count[i]);
	seq_print(s, "\n");
}

/* Read without a lock.  2: hide addresses from all tasks. */
static unsigned long kptr_restrict;

SYSCTL_NUMBERS(numbers) = {
	{ "kernel/kptr_restrict", &kptr_restrict, 0, 2,
	  .right = CAP_SYS_ADMIN },
};

/*
 * Only a reader with CAP_SYSLOG learns where the kernel's code lies.  The
 * credentials checked are those of the task that opened the file.
 */
static void show_kallsyms(struct seq *s)
{
	bool may = READ_ONCE(kptr_restrict) < 2 &&
		cred_has(s->by, NULL, CAP_SYSLOG);
	const char *name;
	uintptr_t at;
	unsigned i;

	for (i = 0; (name = ksym_at(i, &at)); i++)
		seq_print(s, "%0*lx t %s\n", (int)(2 * sizeof(at)),
			  may ? (unsigned long)at : 0ul, name);
}

/* Counters for the lecture (rows A12, D3, D5, E3, E4). */
static void show_vm_stats(struct seq *s)
{
	struct vm_stats sum = vm_stats_sum(), *v = &sum;
	const struct {
		const char *key;
		u64 value;
	} rows[] = {
		{ "lookups", v->lookups }, { "last_hits", v->last_hits },
		{ "faults", v->faults }, { "zero_faults", v->zero_faults },
		{ "file_faults", v->file_faults },
		{ "cow_faults", v->cow_faults },
		{ "tlb_page_flushes", v->tlb_page },
		{ "tlb_space_flushes", v->tlb_asid },
		{ "tlb_full_flushes", v->tlb_all },
		{ "asid_rollovers", v->asid_rollovers },
		{ "spaces_lent", v->spaces_lent },
		{ "tables_shared", v->tables_shared },
		{ "tables_copied", v->tables_copied },
		{ "spaces_kept", v->spaces_kept },
		{ "low_mark", page_low_mark() },
	};
	unsigned i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		seq_print(s, "%s %llu\n", rows[i].key,
			  (unsigned long long)rows[i].value);
}

static void show_swaps(struct seq *s)
{
	seq_print(s, "Filename\t\t\t\tType\t\tSize\t\tUsed\t\t"
		  "Priority\n");
	if (soft_entry)
		soft_entry->show_areas(s);
}

PROC_FILES(files) = {
	{ "buddyinfo", show_buddyinfo },
	{ "cpuinfo", show_cpuinfo },
	{ "kallsyms", show_kallsyms, .plain = true },
	{ "slabinfo", show_slabinfo, .plain = true },
	{ "swaps", show_swaps, .plain = true },
	{ "vmstat", show_vmstat },
	{ "lectern/vm", show_vm_stats },
};
