/* SPDX-License-Identifier: MIT */
/* sysinfo(2): memory, number of tasks, and load averages. */
#include "load.h"
#include <kernel/task/task.h>
#include <kernel/time/clock.h>
#include <lib/mem.h>
#include <mm/frames/page.h>
#include <mm/tables/soft_entry.h>
#include <mm/uaccess.h>
#include <syscalls.h>

struct uabi_sysinfo {
	long uptime;
	unsigned long loads[3];		/* in units of 1/65536 */
	unsigned long totalram, freeram, sharedram, bufferram;
	unsigned long totalswap, freeswap;
	u16 procs, pad;
	unsigned long totalhigh, freehigh;
	u32 mem_unit;
	char fill[20 - 2 * sizeof(long) - sizeof(u32)];
};

long sys_sysinfo(uaddr_t buf)
{
	struct swap_figures swap = { 0 };
	struct uabi_sysinfo s;

	if (soft_entry)
		soft_entry->figures(&swap);

	memset(&s, 0, sizeof(s));		/* clear the padding, too */
	/* as Linux does, round up to whole seconds */
	s.uptime = (arch_clock() + clock_ahead(CLOCK_BOOTTIME) +
		    NSEC_PER_SEC - 1) / NSEC_PER_SEC;
	s.totalram = page_total() * PAGE_SIZE;
	s.freeram = (page_free_count() + HINT(page_kept)) * PAGE_SIZE;
	s.totalswap = swap.total * PAGE_SIZE;
	s.freeswap = swap.free * PAGE_SIZE;
	s.procs = nr_tasks;
	s.mem_unit = 1;
	load_averages(s.loads);
	for (int i = 0; i < 3; i++)
		s.loads[i] <<= 16 - 11;
	return copy_to_user(buf, &s, sizeof(s));
}
