/* SPDX-License-Identifier: MIT */
/*
 * /proc/PID/space: facts about a VMA that Linux's maps and smaps do not show
 * (row C2).  Each line of maps is followed by a line of pairs:
 *
 *  ref N      if the VMA has anonymous pages: the number of mappings of the
 *             page that has most; else the mappings of the file by all
 *             processes
 *  shadow N   mappings of the file that contain private copies of pages
 *  flags ...  the VM_ flags, by name
 *
 * ./lectern show and procstat use it.
 */
#include <topics/proc/proc.h>
#include "show.h"
#include <lt/seq.h>
#include <mm/frames/page.h>
#include <mm/vma.h>

static void note_sharers(void *arg, vaddr_t va __unused, unsigned level __unused,
			 pte_t *slot)
{
	unsigned *most = arg;
	pte_t e = pte_read(slot);
	struct page *head;

	if (pte_soft(e) & PTE_SPECIAL || !pfn_valid(pte_pfn(e)))
		return;
	head = pfn_page(pte_pfn(e));
	if (head->kind == PAGE_ANON)
		*most = max(*most, show_mappers(slot, head, 0));
}

/*
 * Return: the largest number of mappings of one of v's anonymous pages.
 * pt_lock is taken for each table separately, so that it is not held for long.
 */
static unsigned most_sharers(const struct vma *v)
{
	uaddr_t at = v->start, next;
	unsigned most = 0;

	for (; at < v->end; at = next) {
		next = min(v->end, ALIGN_DOWN(at, PT_LEAF_SPAN) + PT_LEAF_SPAN);
		spin_lock(&v->space->pt_lock);
		pt_each(v->space->root, at, next, note_sharers, &most);
		spin_unlock(&v->space->pt_lock);
	}
	return most;
}

/* Count the mappings of v's file.  The counts may be out of date at once. */
static void count_mappings(const struct vma *v, unsigned *ref, unsigned *shadow)
{
	struct mapping *m = v->mapping;
	struct vma *other;

	mutex_lock(&m->map_lock);
	list_for_each(other, &m->vmas, map_link) {
		++*ref;
		*shadow += HINT(other->flags) & VM_ANONED && vma_private(other);
	}
	mutex_unlock(&m->map_lock);
}

static void view_show_flags(struct seq *s, unsigned flags)
{
	static const struct {
		unsigned flag;
		const char *name;
	} names[] = {
		{ VM_SHARED, "shared" }, { VM_GROWSDOWN, "growsdown" },
		{ VM_DONTFORK, "dontfork" }, { VM_WIPEONFORK, "wipeonfork" },
		{ VM_DONTDUMP, "dontdump" }, { VM_LOCKED, "locked" },
		{ VM_SPECIAL, "special" }, { VM_HUGE, "huge" },
		{ VM_NOHUGE, "nohuge" }, { VM_RANDOM, "random" },
		{ VM_NORESERVE, "noreserve" }, { VM_ANONED, "anon" },
	};

	seq_print(s, " flags");
	for (unsigned i = 0; i < ARRAY_SIZE(names); i++)
		if (flags & names[i].flag)
			seq_print(s, " %s", names[i].name);
	seq_print(s, "\n");
}

static void view_show_area(struct seq *s, struct vma *v, char *buf)
{
	unsigned ref = 0, shadow = 0, own = most_sharers(v);

	proc_show_vma(s, v, buf);
	if (own || !v->mapping)
		ref = max(own, 1u);
	else
		count_mappings(v, &ref, &shadow);
	seq_print(s, "ref %u shadow %u", ref, shadow);
	view_show_flags(s, v->flags);
}

static int show_space(struct seq *s, struct task *t __unused)
{
	return proc_each_vma(s, view_show_area);
}

PID_FILES(files) = {
	{ .name = "space", .mode = 0444, .show = show_space, .of_space = true },
};
