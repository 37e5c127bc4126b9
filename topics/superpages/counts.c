/* SPDX-License-Identifier: MIT */
/* Superpages in /proc/meminfo and /proc/vmstat. */
#include "hugepage.h"
#include <lt/seq.h>

static unsigned long counts_kib(atomic_t *blocks)
{
	return (unsigned long)max(atomic_read(blocks), 0) *
		(HUGE_SIZE / 1024);
}

/*
 * Show the counts.  Shared memory is counted once for each leaf that maps it.
 */
void huge_meminfo(struct seq *s)
{
	seq_print(s, "AnonHugePages:  %8lu kB\nShmemPmdMapped: %8lu kB\n"
		  "FilePmdMapped:  %8u kB\n", counts_kib(&huge_count.anon),
		  counts_kib(&huge_count.shmem), 0u);
}

void huge_vmstat(struct seq *s)
{
	struct huge_counts *c = &huge_count;
	const struct {
		const char *name;
		atomic_t *count;
	} rows[] = {
		{ "thp_fault_alloc", &c->fault_alloc },
		{ "thp_fault_fallback", &c->fault_fallback },
		{ "thp_collapse_alloc", &c->collapse_alloc },
		{ "thp_collapse_alloc_failed", &c->collapse_failed },
		{ "thp_file_alloc", &c->file_alloc },
		{ "thp_file_fallback", &c->file_fallback },
		{ "thp_file_mapped", &c->file_mapped },
		{ "thp_split_page", &c->split_page },
		{ "thp_split_pmd", &c->split_leaf },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(rows); i++)
		seq_print(s, "%s %u\n", rows[i].name,
			  (unsigned)atomic_read(rows[i].count));
}
