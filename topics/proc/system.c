/* SPDX-License-Identifier: MIT */
/* Files of /proc about the whole system, in Linux's formats. */
#include "proc.h"
#include <kernel/sched/tasks.h>
#include <kernel/task/task.h>
#include <kernel/time/clock.h>
#include <kernel/syscall/uname.h>
#include <lib/printf.h>
#include <lt/boot.h>
#include <lt/procfile.h>
#include <mm/tables/kmap.h>
#include <mm/frames/page.h>
#include <mm/cache/pagecache.h>
#include <mm/frames/slab.h>
#include <mm/tables/soft_entry.h>
#include <mm/tables/superpage.h>
#include <mm/vm.h>

#define KIB(pages) ((pages) * (PAGE_SIZE / 1024))

static void meminfo_line(struct seq *s, const char *name, unsigned long pages)
{
	seq_print(s, "%-16s%8lu kB\n", name, KIB(pages));
}

/*
 * Print the lines of proc_meminfo(5).  Unsupported fields are 0, because
 * free(1) adds fields up.
 */
static void proc_show_meminfo(struct seq *s)
{
	unsigned long free = page_free_count() + HINT(page_kept);
	unsigned long cache = pagecache_pages();
	unsigned long disk = pagecache_of_disks(), dirty = pagecache_dirty();
	struct swap_figures swap = { 0 };

	if (soft_entry)
		soft_entry->figures(&swap);

	meminfo_line(s, "MemTotal:", page_total());
	meminfo_line(s, "MemFree:", free);
	/*
	 * only clean pages of disks can be freed: a page of tmpfs is the only
	 * copy of its contents
	 */
	meminfo_line(s, "MemAvailable:", free + disk - min(dirty, disk));
	meminfo_line(s, "Buffers:", 0);
	meminfo_line(s, "Cached:", cache);
	meminfo_line(s, "SwapCached:", swap.cached);
	meminfo_line(s, "SwapTotal:", swap.total);
	meminfo_line(s, "SwapFree:", swap.free);
	meminfo_line(s, "AnonPages:", page_count_kind(PAGE_ANON) -
		     HINT(page_kept));
	meminfo_line(s, "Dirty:", dirty);
	meminfo_line(s, "Shmem:", cache - min(disk, cache));
	meminfo_line(s, "Slab:", slab_pages());
	meminfo_line(s, "SReclaimable:", 0);
	meminfo_line(s, "SUnreclaim:", slab_pages());
	meminfo_line(s, "KernelStack:",
		     kstack_count() * KSTACK_PAGES);
	meminfo_line(s, "PageTables:", page_count_kind(PAGE_TABLE));
	if (superpage)
		superpage->show_meminfo(s);
}

/* Time a CPU spent since it started, in ns. */
struct cpu_times {
	u64 user, system, idle;
};

/*
 * User time is the time that is neither idle nor system time.  It is set to 0
 * if it would be negative, as system time is sampled and may exceed the time
 * that really passed.
 */
static void cpu_times(struct cpu *c, struct cpu_times *times)
{
	ktime_t now;

	spin_lock(&c->rq.lock);
	now = arch_clock();
	times->idle = c->idle_ns;
	if (c->running == c->idle && now > c->idle->last_run)
		times->idle += now - c->idle->last_run;
	times->system = c->system_ns;
	times->user = now - c->started - times->idle;
	times->user -= min(times->user, times->system);
	spin_unlock(&c->rq.lock);
}

static void show_uptime(struct seq *s)
{
	u64 up = (arch_clock() + clock_ahead(CLOCK_BOOTTIME)) / PROC_TICK;
	u64 idle = 0;
	struct cpu_times t;

	for (unsigned i = 0; i < nr_cpus; i++) {
		cpu_times(&cpus[i], &t);
		idle += t.idle / PROC_TICK;
	}
	seq_print(s, "%llu.%02u %llu.%02u\n", (unsigned long long)(up / 100),
		  (unsigned)(up % 100), (unsigned long long)(idle / 100),
		  (unsigned)(idle % 100));
}

static void cpu_line(struct seq *s, const struct cpu_times *t)
{
	seq_print(s, " %llu 0 %llu %llu 0 0 0 0 0 0\n",
		  (unsigned long long)(t->user / PROC_TICK),
		  (unsigned long long)(t->system / PROC_TICK),
		  (unsigned long long)(t->idle / PROC_TICK));
}

/* Print the lines of proc_stat(5), with times in ticks of USER_HZ. */
static void proc_show_stat(struct seq *s)
{
	struct cpu_times each[MAX_CPUS], all = { 0, 0, 0 };
	u64 interrupts = 0, switches = 0;

	for (unsigned i = 0; i < nr_cpus; i++) {
		cpu_times(&cpus[i], &each[i]);
		all.user += each[i].user;
		all.system += each[i].system;
		all.idle += each[i].idle;
		interrupts += HINT(cpus[i].interrupts);
		switches += HINT(cpus[i].switches);
	}
	seq_print(s, "cpu ");
	cpu_line(s, &all);
	for (unsigned i = 0; i < nr_cpus; i++) {
		seq_print(s, "cpu%u", i);
		cpu_line(s, &each[i]);
	}
	seq_print(s, "intr %llu\nctxt %llu\nbtime %llu\nprocesses %lu\n",
		  (unsigned long long)interrupts,
		  (unsigned long long)switches,
		  (unsigned long long)((realtime_from(0) -
			clock_ahead(CLOCK_BOOTTIME)) / NSEC_PER_SEC),
		  HINT(total_forks));
	/* nothing here runs as Linux's soft interrupts do */
	seq_print(s, "procs_running %u\nprocs_blocked 0\n"
		  "softirq 0 0 0 0 0 0 0 0 0 0 0\n", sched_nr_running());
}

static void show_version(struct seq *s)
{
	seq_print(s, "%s version %s (%s) %s\n", system_name.sysname,
		  system_name.release, system_name.nodename,
		  system_name.version);
}

static void show_cmdline(struct seq *s)
{
	seq_print(s, "%s\n", boot_info.cmdline);
}

static const char *major_name(unsigned major)
{
	static const struct { unsigned major; const char *name; } names[] = {
		{ 1, "mem" }, { 4, "ttyS" }, { 5, "/dev/tty" },
		{ 136, "pts" }, { 250, "virtio-portsdev" }, { 253, "rtc" },
		{ 254, "virtblk" },
	};

	for (unsigned k = 0; k < ARRAY_SIZE(names); k++)
		if (names[k].major == major)
			return names[k].name;
	return "other";
}

/* Print each major number of a device type once, in ascending order. */
static void show_majors(struct seq *s, unsigned type)
{
	for (unsigned m = 0; (m = dev_next_major(type, m)); )
		seq_print(s, "%3u %s\n", m, major_name(m));
}

static void show_devices(struct seq *s)
{
	seq_print(s, "Character devices:\n");
	show_majors(s, S_IFCHR);
	seq_print(s, "\nBlock devices:\n");
	show_majors(s, S_IFBLK);
}

/* Takes no lock: file system types are added only at boot, never removed. */
static void show_filesystems(struct seq *s)
{
	struct fs_type *t;

	list_for_each(t, &fs_types, link)
		seq_print(s, "%s\t%s\n", t->nodev ? "nodev" : "", t->name);
}

/* ---- links and the list -------------------------------------------------- */

static long link_self(const struct inode *i, char *buf, size_t size)
{
	int pid = current->process ?
		pid_in(current->process->pid, proc_view(i)) : 0;

	return pid ? fmt_print(buf, size, "%d", pid) : -ENOENT;
}

static long link_thread_self(const struct inode *i, char *buf, size_t size)
{
	const struct pid_space *view = proc_view(i);
	int pid = current->process ? pid_in(current->process->pid, view) : 0;

	return pid ? fmt_print(buf, size, "%d/task/%d", pid,
			       pid_in(current->tid, view)) : -ENOENT;
}

static long link_mounts(const struct inode *i, char *buf, size_t size)
{
	return fmt_print(buf, size, "self/mounts");
}

PROC_FILES(files) = {
	{ "cmdline", show_cmdline },
	{ "devices", show_devices },
	{ "filesystems", show_filesystems },
	{ "meminfo", proc_show_meminfo },
	{ "stat", proc_show_stat },
	{ "uptime", show_uptime },
	{ "version", show_version },
};

void proc_system_init(void)
{
	proc_link("self", link_self);
	proc_link("thread-self", link_thread_self);
	proc_link("mounts", link_mounts);
	proc_files_init();
}
