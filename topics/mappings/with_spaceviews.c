/* SPDX-License-Identifier: MIT */
/*
 * /proc/kpageflags: pages locked by mlock(2).  Locking is a flag of VMAs, so
 * all locked VMAs are scanned.
 */
#include <lt/init.h>
#include <topics/spaceviews/kpage.h>
#include <kernel/task/task.h>
#include <mm/vma.h>

#define BITS (KPF(KPF_MLOCKED) | KPF(KPF_UNEVICTABLE))

/*
 * Return the address space of the next process after *pid that has locked
 * memory, and update *pid; NULL: there is none.
 */
static struct vm_space *mapping_next_space(int *pid)
{
	struct task *t, *best = NULL;
	struct vm_space *s = NULL;

	spin_lock(&tree_lock);
	list_for_each(t, &all_tasks, all_link)
		if (t->process && t->process->pid > *pid && t->space &&
		    HINT(t->space->locked) &&
		    (!best || t->process->pid < best->process->pid))
			best = t;
	if (best) {
		*pid = best->process->pid;
		if (vm_space_get_live(best->space))
			s = best->space;
	}
	spin_unlock(&tree_lock);
	return s;
}

static void mark_leaf(void *arg, vaddr_t va __unused, unsigned level,
		      pte_t *slot)
{
	pte_t e = pte_read(slot);

	if (!(pte_soft(e) & PTE_SPECIAL))
		kpage_mark(arg, pte_pfn(e),
			   1ul << (PT_SHIFT(level) - PAGE_SHIFT), BITS);
}

/* Mark the locked pages of v.  Hold the lock for one page table at a time. */
static void mark_vma(const struct vma *v, const struct kpage_words *w)
{
	struct vm_space *s = v->space;
	uaddr_t at = v->start, next;

	for (; at < v->end; at = next) {
		next = min(v->end, ALIGN_DOWN(at, PT_LEAF_SPAN) + PT_LEAF_SPAN);
		spin_lock(&s->pt_lock);
		pt_each(s->root, at, next, mark_leaf, (void *)w);
		spin_unlock(&s->pt_lock);
	}
}

static void mapping_spaceviews_mark(const struct kpage_words *w)
{
	struct vm_space *s;
	struct vma *v;
	int pid = 0;

	while ((s = mapping_next_space(&pid))) {
		rw_read_lock(&s->lock);
		list_for_each(v, &s->vmas, link)
			if (v->flags & VM_LOCKED)
				mark_vma(v, w);
		rw_read_unlock(&s->lock);
		vm_space_put(s);
	}
}

static struct kpage_source source = { .mark = mapping_spaceviews_mark };

static void mapping_spaceviews_source_init(void)
{
	kpage_add_source(&source);
}
INIT(fs, mapping_spaceviews_source_init);
