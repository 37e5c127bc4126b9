/* SPDX-License-Identifier: MIT */
/* Per-CPU counters of the memory management (rows D3, D5, A12). */
#ifndef MM_STATS_H
#define MM_STATS_H

#include <lt/types.h>

/* Look-ups, cache hits, faults, flushes, ... */
struct vm_stats {
	/* atomic against interrupts: arch_count() */
	u64 lookups, last_hits, faults, cow_faults, file_faults, zero_faults;
	u64 tlb_page, tlb_asid, tlb_all, asid_rollovers;
	/*
	 * Switches to a task without a space, which borrows the loaded space,
	 * and to a task whose space was still loaded.
	 */
	u64 spaces_lent, spaces_kept;
	/* Leaf tables that fork shared, and tables copied at a later change. */
	u64 tables_shared, tables_copied;
};

/* Return: the sum over all CPUs. */
struct vm_stats vm_stats_sum(void);

/*
 * Count one event, on this CPU or on one that the task has just left.  Needs
 * <kernel/current.h>.
 */
#define vm_count(what) arch_count(&current->cpu->vm.what)

#endif
