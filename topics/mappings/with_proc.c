/* SPDX-License-Identifier: MIT */
/* /proc/PID/numa_maps: policies, and the number of pages on each node. */
#include "mempolicy.h"
#include <topics/proc/proc.h>
#include <lt/seq.h>
#include <mm/frames/page.h>
#include <mm/tables/pt.h>
#include <mm/frames/slab.h>
#include <mm/vm.h>

/* ---- a policy as text ---------------------------------------------------- */

static void show_policy(struct seq *s, unsigned policy)
{
	static const char *const modes[8] = {
		"default", "prefer", "bind", "interleave", "local",
		"prefer (many)", "weighted interleave",
	};
	static const struct {
		unsigned flag;
		const char *name;
	} flags[] = {
		{ MPOL_F_STATIC_NODES, "static" },
		{ MPOL_F_RELATIVE_NODES, "relative" },
		{ MPOL_F_NUMA_BALANCING, "balancing" },
	};
	const char *mark = "=";

	seq_print(s, "%s", modes[policy_mode(policy)]);
	for (unsigned i = 0; i < ARRAY_SIZE(flags); i++) {
		if (!(policy_flags(policy) & flags[i].flag))
			continue;
		seq_print(s, "%s%s", mark, flags[i].name);
		mark = "|";
	}
	/* the node that pages come from, not the nodes asked for */
	if (policy_nodes(policy))
		seq_print(s, ":0");
}

/* ---- pages --------------------------------------------------------------- */

struct counted {
	unsigned long pages, anon, dirty;
	/* largest number of mappings of one page */
	unsigned most;
};

static void mapping_proc_count_leaf(void *arg, vaddr_t va __unused,
				    unsigned level, pte_t *slot)
{
	unsigned long n = 1ul << (PT_SHIFT(level) - PAGE_SHIFT);
	struct counted *c = arg;
	pte_t e = pte_read(slot);
	struct page *p;
	int more = 0;

	if (pte_soft(e) & PTE_SPECIAL || !pfn_valid(pte_pfn(e)))
		return;
	p = pfn_page(pte_pfn(e));
	c->pages += n;
	if (p->kind == PAGE_ANON)
		c->anon += n;
	if (p->kind == PAGE_ANON || pte_dirty(e) || p->flags & PG_DIRTY)
		c->dirty += n;
	/* an entry of a table shared since fork counts once for each sharer */
	if (!level)
		more = ref_read(&virt_page(slot)->refs) - 1;
	for (unsigned long i = 0; i < n; i++)
		c->most = max(c->most, (unsigned)(page_mappers(p, i) + more));
}

static void show_pages(struct seq *s, const struct vma *v,
		       const struct counted *c)
{
	unsigned long size = v->ops && v->ops->pagesize ?
		v->ops->pagesize(v) : PAGE_SIZE;

	if (!c->pages)
		return;
	if (c->anon)
		seq_print(s, " anon=%lu", c->anon);
	if (c->dirty)
		seq_print(s, " dirty=%lu", c->dirty);
	if (c->pages != c->anon && c->pages != c->dirty)
		seq_print(s, " mapped=%lu", c->pages);
	if (c->most > 1)
		seq_print(s, " mapmax=%u", c->most);
	seq_print(s, " N0=%lu kernelpagesize_kB=%lu", c->pages,
		  size / 1024);
}

/* ---- the file ------------------------------------------------------------ */

static void show_name(struct seq *s, struct vma *v, char *buf)
{
	struct file *f = object_file(v->object);
	const char *name = NULL;
	int err;

	if (f) {
		if (f->path.dentry)
			name = path_name(&f->path, buf, PATH_MAX, &err);
		seq_print(s, " file=");
		seq_escape(s, name ? name : "", " \n\t=\\");
		return;
	}
	name = vma_name(v);
	if (!strcmp(name, "[heap]"))
		seq_print(s, " heap");
	else if (!strcmp(name, "[stack]"))
		seq_print(s, " stack");
}

/* Show the line of v.  own: the task's policy, for a VMA without one. */
static void mapping_proc_show_area(struct seq *s, struct vma *v, char *buf,
				   unsigned own)
{
	unsigned policy = policy_of_vma(v, v->start);
	struct counted c = { 0 };

	seq_print(s, "%08lx ", v->start);
	show_policy(s, policy ? policy : own);
	show_name(s, v, buf);
	spin_lock(&v->space->pt_lock);
	pt_each(v->space->root, v->start, v->end, mapping_proc_count_leaf, &c);
	spin_unlock(&v->space->pt_lock);
	show_pages(s, v, &c);
	seq_print(s, "\n");
}

static int show_numa_maps(struct seq *s, struct task *t)
{
	struct vm_space *m = proc_use_space(s->arg);
	char *buf = kmalloc(PATH_MAX);
	struct vma *v;

	if (m && buf) {
		rw_read_lock(&m->lock);
		list_for_each(v, &m->vmas, link)
			mapping_proc_show_area(s, v, buf, policy_of_task(t));
		rw_read_unlock(&m->lock);
	}
	kfree(buf);
	if (m)
		vm_space_put(m);
	return buf ? 0 : -ENOMEM;
}

PID_FILES(files) = {
	{ .name = "numa_maps", .mode = 0444, .show = show_numa_maps,
	  .of_space = true },
};
