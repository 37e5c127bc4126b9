/* SPDX-License-Identifier: MIT */
/*
 * The files of the controller memory.  Values are bytes, of whole pages; values
 * written may end in K, M, G, T, P or E.
 */
#include "memory.h"
#include <lib/chars.h>
#include <lib/mem.h>
#include <mm/frames/page.h>

/* ---- numbers ------------------------------------------------------------- */

/* Return the power of 1024 that a suffix letter stands for, or 0. */
static unsigned times_1024(char c)
{
	const char *letters = "KMGTPE", *at = strchr(letters, c & ~0x20);

	return c && at ? (unsigned)(at - letters) + 1 : 0;
}

/*
 * Parse bytes into whole pages; "max": MEM_UNLIMITED.  Like Linux's memparse(),
 * this does not detect overflow.
 */
static int memory_parse(const char *text, unsigned long *pages)
{
	unsigned base = 10, d, shift;
	u64 v = 0;

	if (!strcmp(text, "max")) {
		*pages = MEM_UNLIMITED;
		return 0;
	}
	if (*text == '0') {
		bool hex = (text[1] | 0x20) == 'x' && digit_value(text[2]) < 16;

		base = hex ? 16 : 8;
		text += hex ? 2 : 0;
	}
	for (; (d = digit_value(*text)) < base; text++)
		v = v * base + d;
	shift = 10 * times_1024(*text);
	text += shift != 0;
	if (*text)
		return -EINVAL;
	v = (v << shift) / PAGE_SIZE;
	*pages = (unsigned long)min(v, (u64)MEM_UNLIMITED);
	return 0;
}

int mem_show_pages(struct seq *s, unsigned long n)
{
	seq_print(s, "%llu\n", (unsigned long long)n << PAGE_SHIFT);
	return 0;
}

int mem_show_limit(struct seq *s, unsigned long n)
{
	if (n != MEM_UNLIMITED)
		return mem_show_pages(s, n);
	seq_print(s, "max\n");
	return 0;
}

/* ---- limits -------------------------------------------------------------- */

static int memory_show_current(struct seq *s, struct cgroup *cg)
{
	return mem_show_pages(s, HINT(group_mem(cg)->now));
}

static int memory_show_peak(struct seq *s, struct cgroup *cg)
{
	return mem_show_pages(s, HINT(group_mem(cg)->peak));
}

static int memory_show_max(struct seq *s, struct cgroup *cg)
{
	return mem_show_limit(s, HINT(group_mem(cg)->max));
}

int mem_store_pages(const char *text, unsigned long *to)
{
	unsigned long n;
	int err = memory_parse(text, &n);

	if (err)
		return err;
	spin_lock(&mem_lock);
	*to = n;
	spin_unlock(&mem_lock);
	return 0;
}

static int memory_store_max(struct cgroup *cg, char *text,
			    const struct cg_opener *o)
{
	unsigned long n;
	int err = memory_parse(text, &n);

	if (!err)
		mem_set_max(cg, n);
	return err;
}

/* ---- events -------------------------------------------------------------- */

static const char *const event_names[MEM_NR_EVENTS] = {
	"max", "oom", "oom_kill", "oom_group_kill",
};

static int show_counts(struct seq *s, const u64 *counts)
{
	for (int i = 0; i < MEM_NR_EVENTS; i++)
		seq_print(s, "%s %llu\n", event_names[i],
			  (unsigned long long)counts[i]);
	return 0;
}

static int memory_show_events(struct seq *s, struct cgroup *cg)
{
	return show_counts(s, group_mem(cg)->events);
}

static int memory_show_local(struct seq *s, struct cgroup *cg)
{
	return show_counts(s, group_mem(cg)->local);
}

static int show_group(struct seq *s, struct cgroup *cg)
{
	seq_print(s, "%d\n", HINT(group_mem(cg)->as_one));
	return 0;
}

static int store_group(struct cgroup *cg, char *text, const struct cg_opener *o)
{
	int v, err = cg_int(text, &v);

	if (err)
		return err;
	if (v < 0 || v > 1)
		return -EINVAL;
	WRITE_ONCE(group_mem(cg)->as_one, v);
	return 0;
}

/* ---- stat ---------------------------------------------------------------- */

/* Counts of pages, taken from the frames that are charged. */
struct stat {
	unsigned long anon, file, shmem, tables, slab, other;
	unsigned long mapped, dirty, writeback, swapcached;
};

static void memory_count_page(struct stat *st, const struct page *p)
{
	u32 flags = HINT(p->flags);

	switch (HINT(p->kind)) {
	case PAGE_ANON:
		st->swapcached += (flags & PG_SWAP) != 0;
		/*
		 * a page of the swap cache counts as anon only while it is
		 * mapped
		 */
		st->anon += !(flags & PG_SWAP) || ref_read(&p->refs) > 1;
		break;
	case PAGE_TABLE:
		st->tables++;
		break;
	case PAGE_SLAB:
		st->slab++;
		break;
	case PAGE_CACHE:
		st->file++;
		st->mapped += atomic_read(&p->mapcount) > 0;
		st->shmem += (flags & PG_SHMEM) != 0;
		st->dirty += (flags & (PG_SHMEM | PG_DIRTY)) == PG_DIRTY;
		st->writeback += (flags & PG_WRITEBACK) != 0;
		break;
	default:
		st->other++;
	}
}

/*
 * Count the pages of top and the groups below.  All frames are scanned, so that
 * no counters are needed.
 */
static struct stat count_pages(struct cgroup *top)
{
	struct stat st = { 0 };

	spin_lock(&mem_lock);
	for (pfn_t pfn = page_first; pfn < page_end; pfn++) {
		struct cgroup *cg = mem_owner(pfn_page(pfn));

		if (cg->parent && cg_below(cg, top))
			memory_count_page(&st, pfn_page(pfn));
	}
	spin_unlock(&mem_lock);
	return st;
}

static int memory_show_stat(struct seq *s, struct cgroup *cg)
{
	struct stat st = count_pages(cg);
	unsigned long stacks = HINT(group_mem(cg)->stacks);
	const struct { const char *name; unsigned long n; } lines[] = {
		{ "anon", st.anon }, { "file", st.file },
		{ "kernel", st.tables + st.slab + st.other + stacks },
		{ "kernel_stack", stacks },
		{ "pagetables", st.tables }, { "shmem", st.shmem },
		{ "file_mapped", st.mapped }, { "file_dirty", st.dirty },
		{ "file_writeback", st.writeback },
		{ "swapcached", st.swapcached }, { "slab", st.slab },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(lines); i++) {
		seq_print(s, "%s ", lines[i].name);
		mem_show_pages(s, lines[i].n);
	}
	return 0;
}

/* ---- reclaim ------------------------------------------------------------- */

static int store_reclaim(struct cgroup *cg, char *text,
			 const struct cg_opener *o)
{
	unsigned long n;
	int err = memory_parse(text, &n);

	if (err)
		return err;
	return n && mem_squeeze(cg, n) < n ? -EAGAIN : 0;
}

const struct cg_file memory_files[] = {
	{ .name = "memory.current",
	  .mode = 0444,
	  .show = memory_show_current },
	{ .name = "memory.peak",
	  .mode = 0444,
	  .show = memory_show_peak },
	{ .name = "memory.max",
	  .mode = 0644,
	  .show = memory_show_max,
	  .store = memory_store_max },
	{ .name = "memory.events",
	  .mode = 0444,
	  .event = CG_MEM_EVENTS,
	  .show = memory_show_events },
	{ .name = "memory.events.local",
	  .mode = 0444,
	  .event = CG_MEM_LOCAL,
	  .show = memory_show_local },
	{ .name = "memory.stat",
	  .mode = 0444,
	  .show = memory_show_stat },
	{ .name = "memory.oom.group",
	  .mode = 0644,
	  .show = show_group,
	  .store = store_group },
	{ .name = "memory.reclaim",
	  .mode = 0200,
	  .store = store_reclaim },
	{ .name = NULL },
};
