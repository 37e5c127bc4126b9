/* SPDX-License-Identifier: MIT */
/*
 * Files of /proc/lectern: counters of trap classes (row B1) and of the
 * scheduler, mostly of CPU 0; the injection of allocation failures (row D11);
 * and the audit, which shows that nothing leaks.  The audit drains the caches
 * first, so the same state gives the same numbers.
 */
#include <fs/vfs.h>
#include <kernel/task/task.h>
#include <lt/procfile.h>
#include <mm/tables/kmap.h>
#include <mm/frames/page.h>
#include <mm/tables/pt.h>
#include <mm/frames/slab.h>
#include <mm/tables/superpage.h>
#include <mm/vm.h>

static void audit_line(struct seq *s, const char *key, u64 value)
{
	seq_print(s, "%s %llu\n", key, (unsigned long long)value);
}

static unsigned audit_count_tasks(void)
{
	struct task *t;
	unsigned n = 0;

	spin_lock(&tree_lock);
	list_for_each(t, &all_tasks, all_link)
		n++;
	spin_unlock(&tree_lock);
	return n;
}

static void show_audit(struct seq *s)
{
	vfs_shrink();
	vfs_sync();
	pagecache_drop();
	pid_shrink();
	kstack_shrink();
	pt_shrink();
	if (superpage)
		superpage->shrink();
	slab_shrink();
	/*
	 * Add slab pages and the page tables of stacks to the free pages, as
	 * both vary between runs: with the placement of objects in slabs, and
	 * with the number of stacks that existed at once.
	 */
	audit_line(s, "free_pages",
		   page_free_count() + slab_pages() + kmap_tables());
	audit_line(s, "slab_objects", slab_objects());
	audit_line(s, "tasks", audit_count_tasks());
	audit_line(s, "inodes", inode_count());
	audit_line(s, "vmas", vm_live_vmas());
	audit_line(s, "kstacks", kstack_count());
}

static void show_traps(struct seq *s)
{
	const struct cpu *c = &cpus[0];

	audit_line(s, "syscalls", HINT(c->syscalls));
	audit_line(s, "page_faults", HINT(c->vm.faults));
	audit_line(s, "other_faults", HINT(c->other_faults));
	audit_line(s, "interrupts", HINT(c->interrupts));
	audit_line(s, "interrupts_deferred", HINT(c->deferred));
	audit_line(s, "asts", HINT(c->asts));
}

static void show_sched(struct seq *s)
{
	const struct cpu *c = &cpus[0];

	audit_line(s, "switches", HINT(c->switches));
	audit_line(s, "runnable", sched_nr_running());
	audit_line(s, "idle_ns", HINT(c->idle_ns));
	audit_line(s, "waiting_ordinary", HINT(c->rq.nr));
	audit_line(s, "waiting_realtime", HINT(c->rq.rt.nr));
}

/*
 * Writing N makes the N-th allocation from now on fail, once; 0 turns this off.
 * Reading gives the number of allocations left until that failure (row D11).
 */
static int store_fault_inject(const char *text, size_t n)
{
	unsigned long v = 0;

	for (size_t i = 0; i < n && text[i] != '\n'; i++) {
		if (text[i] < '0' || text[i] > '9' || v > 100000000)
			return -EINVAL;
		v = v * 10 + text[i] - '0';
	}
	fault_inject_set(v);
	return 0;
}

static void show_fault_inject(struct seq *s)
{
	seq_print(s, "%lu\n", HINT(fault_inject_left));
}

PROC_FILES(files) = {
	{ "lectern/fault_inject", show_fault_inject, store_fault_inject },
	{ "lectern/audit", show_audit },
	{ "lectern/traps", show_traps },
	{ "lectern/sched", show_sched },
};
