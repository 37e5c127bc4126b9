/* SPDX-License-Identifier: MIT */
/*
 * Address spaces: their creation, fork (rows D11, E4) and end.  Fork copies all
 * VMAs at once, and the page-table entries of those with private pages, which
 * become read-only and are marked PTE_COW on both sides.  For other VMAs no
 * entries are copied: the child faults their pages in from the page cache.
 *
 * users counts tasks; the last one frees the mappings.  refs counts all users
 * as one, and every CPU that has the root loaded; the last one frees the root.
 */
#include <lib/mem.h>
#include <lt/bug.h>
#include <mm/page.h>
#include <mm/slab.h>
#include <mm/superpage.h>
#include <mm/vm_internal.h>
#include <uapi/resource.h>

unsigned long vm_max_vmas = VM_MAX_VMAS;
static struct slab_cache *space_cache;
const struct superpage_ops *superpage;

void vm_init(void)
{
	vma_cache = slab_create("vma", sizeof(struct vma));
	space_cache = slab_create("vm_space", sizeof(struct vm_space));
	fault_init();
	asid_init();
}

struct vm_space *vm_space_create(void)
{
	struct vm_space *s = slab_zalloc(space_cache);

	if (!s)
		return NULL;
	s->root = pt_root_create();
	if (!s->root) {
		slab_free(space_cache, s);
		return NULL;
	}
	pt_root_count(s->root, &s->pt_pages);
	ref_init(&s->users);
	ref_init(&s->refs);
	rw_init(&s->lock, "vm_space");
	spin_init(&s->pt_lock, "page table", IPL_SOFT);
	list_init(&s->vmas);
	list_init(&s->spare_tables);
	s->mmap_top = s->stack_top = STACK_TOP;
	s->dumpable = DUMP_USER;
	s->limit_as = s->limit_stack = s->limit_data = RLIM_INFINITY;
	return s;
}

/* No CPU has the root loaded any more: tables can be freed without a flush. */
void vm_space_free(struct vm_space *s)
{
	pt_root_destroy(s->root);
	slab_free(space_cache, s);
}

/* Unmap everything and free all VMAs: those without a hole between together. */
static void free_vmas(struct vm_space *s)
{
	uaddr_t floor = 0;
	struct vma *v, *tmp;

	while (!list_empty(&s->vmas)) {
		uaddr_t start, end, ceiling = USER_TOP;

		v = list_first(&s->vmas, struct vma, link);
		start = end = v->start;
		list_for_each(v, &s->vmas, link) {
			if (v->start != end) {
				ceiling = v->start;
				break;
			}
			end = v->end;
		}
		/* out of the reverse maps before the tables are freed */
		list_for_each_safe(v, tmp, &s->vmas, link) {
			if (v->start >= end)
				break;
			if (v->mapping) {
				mutex_lock(&v->mapping->map_lock);
				list_remove(&v->map_link);
				mutex_unlock(&v->mapping->map_lock);
			}
		}
		/* no other VMA uses the tables from floor to ceiling */
		vm_zap_free(s, start, end, floor, ceiling, true);
		list_for_each_safe(v, tmp, &s->vmas, link) {
			if (v->start >= end)
				break;
			list_remove(&v->link);
			vma_free(v);
		}
	}
	s->tree.root = NULL;
	s->last = NULL;
	s->nr_vmas = 0;
}

void vm_space_put(struct vm_space *s)
{
	if (!ref_put(&s->users))
		return;
	vm_space_leave(s);
	/* no CPU will load it again: nothing below flushes */
	free_vmas(s);
	if (s->exe)
		vm_object_put(s->exe);
	vm_space_drop(s);
}

/* ---- fork ---------------------------------------------------------------- */

struct copy_counts {
	int anon, file, shmem;
};

/* Copy n entries of one leaf table.  This is the hot loop of fork. */
static __inlined void copy_slots(pte_t *to, pte_t *from, unsigned n,
				 struct copy_counts *c)
{
	int anon = 0;

	for (; n; n--, from++, to++) {
		pte_t e = pte_read(from);
		struct page *p;

		if (pte_none(e))
			continue;
		/* not counted; has PTE_COW already if a write may come */
		if (unlikely(pte_soft(e) & PTE_SPECIAL)) {
			pte_write(to, e);
			continue;
		}
		p = pfn_page(pte_pfn(e));
		page_get(p);
		if (likely(p->kind == PAGE_ANON)) {
			anon++;
		} else {
			atomic_add(&p->mapcount, 1);
			if (READ_ONCE(p->flags) & PG_SHMEM)
				c->shmem++;
			else
				c->file++;
		}
		/*
		 * The parent's entry becomes read-only as well: neither may see
		 * what the other stores.  Entries that are read-only already
		 * have PTE_COW, or need none.
		 */
		if (pte_writable(e)) {
			e = pte_mksoft(pte_wrprotect(e), PTE_COW);
			pte_write(from, e);
		}
		pte_write(to, e);
	}
	c->anon += anon;
}

/*
 * Copy the entries of v, table by table.  src->lock keeps faults and changes of
 * VMAs away, pt_lock those who come by the reverse map (truncation,
 * write-back).  dst needs no lock, as nobody else knows it yet.
 */
static int copy_pages(struct vm_space *dst, struct vm_space *src,
		      const struct vma *v)
{
	struct copy_counts c = { 0, 0, 0 };
	uaddr_t at = v->start;
	int err = 0;

	spin_lock(&src->pt_lock);
	while (at < v->end) {
		struct pt_run from = pt_run_at(src->root, at, v->end);
		unsigned to_level = 0;
		pte_t *to;

		if (from.slot && from.level) {
			if (!superpage->fork(dst, src, from.slot, at)) {
				err = -ENOMEM;
				break;
			}
		} else if (from.slot) {
			to = pt_walk(dst->root, at, &to_level, true);
			if (!to) {
				err = -ENOMEM;
				break;
			}
			copy_slots(to, from.slot, from.len >> PAGE_SHIFT, &c);
		}
		at += from.len;
	}
	spin_unlock(&src->pt_lock);
	atomic_add(&dst->rss_anon, c.anon);
	atomic_add(&dst->rss_file, c.file);
	atomic_add(&dst->rss_shmem, c.shmem);
	return err;
}

/*
 * MADV_DONTFORK and MADV_WIPEONFORK (madvise(2)) act here: the child does not
 * have the VMA, or has it without its pages.  For a VMA that never held a
 * private page no entry is copied: the child faults in what it touches, and
 * most children touch little.
 * Context: [src->lock] for writing.
 * Return: 0; -ENOMEM: vm_space_put(dst) undoes what was done.
 */
static int copy_vmas(struct vm_space *dst, struct vm_space *src)
{
	struct vma *v, *new, *prev = NULL;
	unsigned locked = 0;
	int err;

	list_for_each(v, &src->vmas, link) {
		if (v->flags & VM_DONTFORK) {
			dst->total -= vma_pages(v);
			if (vma_is_data(v->prot, v->flags))
				dst->data -= vma_pages(v);
			continue;
		}
		new = vma_dup(dst, v);
		if (!new)
			return -ENOMEM;
		new->flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
		if (v->flags & VM_WIPEONFORK)
			new->flags &= ~VM_ANONED;
		vma_link(dst, new, prev);
		if (new->flags & VM_ANONED) {
			err = copy_pages(dst, src, v);
			if (err)
				return err;
		}
		/* VM_LOCKED is not inherited: VMAs it kept apart may merge */
		locked |= v->flags & VM_LOCKED;
		prev = unlikely(locked) ? vma_merge(new) : new;
	}
	return 0;
}

static void copy_layout(struct vm_space *dst, const struct vm_space *src)
{
	/* CPUs that must sync for the parent must do so for the child, too */
	dst->icache_stale = READ_ONCE(src->icache_stale);
	dst->no_huge = src->no_huge;
	dst->dumpable = src->dumpable;
	dst->total = src->total;
	dst->data = src->data;
	dst->brk_start = src->brk_start;
	dst->brk = src->brk;
	dst->mmap_top = src->mmap_top;
	dst->stack_top = src->stack_top;
	dst->code_start = src->code_start;
	dst->code_end = src->code_end;
	dst->data_start = src->data_start;
	dst->data_end = src->data_end;
	dst->arg_start = src->arg_start;
	dst->arg_end = src->arg_end;
	dst->env_start = src->env_start;
	dst->env_end = src->env_end;
	dst->vdso = src->vdso;
	dst->auxv_words = src->auxv_words;
	memcpy(dst->auxv, src->auxv, src->auxv_words * sizeof(dst->auxv[0]));
	dst->limit_as = src->limit_as;
	dst->limit_stack = src->limit_stack;
	dst->limit_data = src->limit_data;
	dst->membarrier = src->membarrier;
}

/*
 * One flush of the space, after all entries have changed and before the lock is
 * released.  Until then a thread of the parent may write to frames that are the
 * child's too, which is as if it had written before the fork.
 */
struct vm_space *vm_space_fork(struct vm_space *src)
{
	struct vm_space *dst = vm_space_create();
	int err;

	if (!dst)
		return NULL;
	rw_write_lock(&src->lock);
	copy_layout(dst, src);
	tlbcheck_fork(dst->root, src->root);
	dst->exe = src->exe;
	if (dst->exe)
		vm_object_get(dst->exe);
	err = copy_vmas(dst, src);
	/* no TLB has a writable entry of the parent's after this */
	vm_flush_space(src);
	rw_write_unlock(&src->lock);
	if (err) {
		vm_space_put(dst);
		return NULL;
	}
	return dst;
}

/* ---- figures ------------------------------------------------------------- */

unsigned long vm_rss(const struct vm_space *s)
{
	return atomic_read(&s->rss_anon) + atomic_read(&s->rss_file) +
		atomic_read(&s->rss_shmem);
}

unsigned long vm_hiwater(const struct vm_space *s)
{
	unsigned long rss = vm_rss(s);

	return max(rss, HINT(s->hiwater));
}

const char *vma_name(struct vma *v)
{
	struct vm_space *s = v->space;

	if (v->ops && v->ops->name)
		return v->ops->name(v);
	if (v->label)
		return v->label;
	if (v->object || v->mapping)
		return "";
	if (v->start < s->brk && v->end > s->brk_start)
		return "[heap]";
	if (v->start < s->stack_top && v->end >= s->stack_top)
		return "[stack]";
	return "";
}
