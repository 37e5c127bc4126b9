/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/tables: the actual page table tree (rows A4, C6, E4), for ./lectern
 * show.  Each line consists of words; numbers except COUNT are hexadecimal:
 *
 *   table LEVEL ADDRESS FRAME ENTRY TREES
 *     a table, followed by its contents; ENTRY is the entry that points to
 *     it (0: the root); TREES trees share the table
 *   page ADDRESS LEVEL COUNT ENTRY KIND MAPPERS
 *     COUNT consecutive entries that map consecutive frames and are otherwise
 *     equal; KIND: a anonymous, f of a file, t of tmpfs or shared memory,
 *     z the zero page, k the kernel's, n not present
 *
 * Frames are physical addresses, so access is restricted (of_machine).
 */
#include <topics/proc/proc.h>
#include "show.h"
#include <lt/seq.h>
#include <mm/vm.h>

/* A run of consecutive entries. */
struct run {
	struct seq *s;
	struct vm_space *space;
	vaddr_t va;
	unsigned level, mappers;
	unsigned long count;		/* 0: no run */
	pte_t first;
	char kind;
};

static void end_run(struct run *r)
{
	if (r->count)
		seq_print(r->s, "page %lx %u %lu %lx %c %u\n", r->va, r->level,
			  r->count, (unsigned long)r->first.v, r->kind,
			  r->mappers);
	r->count = 0;
}

static char view_kind_of(pte_t e)
{
	struct page *p;

	if (!pte_present(e))
		return 'n';
	if (!pfn_valid(pte_pfn(e)))
		return 'k';
	p = pfn_page(pte_pfn(e));
	if (pte_soft(e) & PTE_SPECIAL)
		return p == zero_page ? 'z' : 'k';
	if (p->kind == PAGE_ANON)
		return 'a';
	return p->flags & PG_SHMEM ? 't' : 'f';
}

/* True if this entry continues the run. */
static bool follows(const struct run *r, vaddr_t va, pte_t e)
{
	pfn_t step = pte_pfn(e) - pte_pfn(r->first);

	return r->count && !r->level && va == r->va + r->count * PAGE_SIZE &&
		step == r->count &&
		e.v - r->first.v == (pte_table((pfn_t)step).v ^
				     pte_table(0).v);
}

static void add_leaf(struct run *r, vaddr_t va, unsigned level, pte_t *slot)
{
	pte_t e = pte_read(slot);
	char kind = view_kind_of(e);
	unsigned mappers = kind == 'a' || kind == 'f' || kind == 't' ?
		show_mappers(slot, pfn_page(pte_pfn(e)), 0) : 0;

	if (level || kind != r->kind || mappers != r->mappers ||
	    !follows(r, va, e)) {
		end_run(r);
		r->va = va;
		r->level = level;
		r->first = e;
		r->kind = kind;
		r->mappers = mappers;
	}
	r->count++;
}

static void show_table(struct run *r, paddr_t frame, vaddr_t base,
		       unsigned level, pte_t entry);

/*
 * Show an entry.  An upper entry whose frame is a page table is no leaf, even
 * if its bits look like one: a hidden table (tableshare.c) lets no access
 * through, but exists.
 */
static void view_show_entry(struct run *r, vaddr_t va, unsigned level,
			    pte_t *slot)
{
	pte_t e = pte_read(slot);

	if (pte_none(e))
		return;
	if (level && pfn_valid(pte_pfn(e)) &&
	    pfn_page(pte_pfn(e))->kind == PAGE_TABLE)
		show_table(r, (paddr_t)pte_pfn(e) << PAGE_SHIFT, va, level - 1,
			   e);
	else
		add_leaf(r, va, level, slot);
}

/*
 * Show a table and what is below it.  The recursion depth is the number of
 * levels.  pt_lock keeps a leaf table in place while it is read; the space's
 * lock keeps the upper tables.
 */
static void show_table(struct run *r, paddr_t frame, vaddr_t base,
		       unsigned level, pte_t entry)
{
	pte_t *t = phys_to_virt(frame);
	unsigned n = level == PT_LEVELS - 1 ? PT_KERNEL_FIRST : PT_ENTRIES;

	end_run(r);
	seq_print(r->s, "table %u %lx %lx %lx %u\n", level, base,
		  (unsigned long)(frame >> PAGE_SHIFT), (unsigned long)entry.v,
		  level == PT_LEVELS - 1 ? 1 : show_trees(t));
	for (unsigned i = 0; i < n; i++) {
		if (level == 1)
			spin_lock(&r->space->pt_lock);
		view_show_entry(r, base + ((vaddr_t)i << PT_SHIFT(level)),
				level, &t[i]);
		if (level == 1)
			spin_unlock(&r->space->pt_lock);
	}
	end_run(r);
}

static int show_tables(struct seq *s, struct task *t __unused)
{
	struct vm_space *m = proc_use_space(s->arg);
	struct run r = { .s = s, .space = m };

	if (!m)
		return 0;
	rw_read_lock(&m->lock);
	show_table(&r, m->root, 0, PT_LEVELS - 1, (pte_t){ 0 });
	rw_read_unlock(&m->lock);
	vm_space_put(m);
	return 0;
}

PID_FILES(files) = {
	{ .name = "tables", .mode = 0400, .show = show_tables,
	  .of_space = true, .of_machine = true },
};
