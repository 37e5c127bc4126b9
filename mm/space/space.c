/* SPDX-License-Identifier: MIT */
/*
 * Address spaces: creation, fork (rows D11, E4) and destruction.  Fork copies
 * all VMAs at once.  For a VMA with private pages it shares the leaf tables
 * (topics/sharedtables), or copies their entries, which become read-only and
 * are marked PTE_COW on both sides.  For other VMAs it does neither: the child
 * faults their pages in from the page cache.
 *
 * `users` counts tasks; the last one frees the mappings.  `refs` counts all
 * users together as one, plus one for every CPU that has the root loaded; when
 * the last reference is dropped, the root is freed.
 */
#include <lib/mem.h>
#include <lt/bug.h>
#include "fault.h"
#include <mm/frames/page.h>
#include <mm/frames/slab.h>
#include <mm/tables/soft_entry.h>
#include <mm/tables/superpage.h>
#include <mm/vm_internal.h>
#include <uapi/resource.h>

unsigned long vm_max_vmas = VM_MAX_VMAS;
static struct slab_cache *space_cache;
const struct superpage_ops *superpage;
const struct table_share_ops *table_share;
unsigned long vm_share_min = ~0ul;

void vm_init(void)
{
	vma_init();
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
	list_init(&s->kin);
	list_init(&s->vmas);
	list_init(&s->spare_tables);
	s->mmap_top = s->stack_top = STACK_TOP;
	s->top = USER_TOP;
	s->dumpable = DUMP_USER;
	s->limit_as = s->limit_stack = s->limit_data = RLIM_INFINITY;
	s->most_data = RLIM_INFINITY;
	return s;
}

/* No CPU has the root loaded any more, so tables are freed without a flush. */
void vm_space_free(struct vm_space *s)
{
	pt_root_destroy(s->root);
	slab_free(space_cache, s);
}

/* Unmap everything and free all VMAs, a run of VMAs without holes at a time. */
static void free_vmas(struct vm_space *s)
{
	uaddr_t floor = 0;
	struct vma *v, *tmp;

	while (!list_empty(&s->vmas)) {
		/* the last table may extend beyond the last page */
		uaddr_t start, end, ceiling = ALIGN_UP(USER_TOP, PT_LEAF_SPAN);

		v = list_first(&s->vmas, struct vma, link);
		start = end = v->start;
		list_for_each(v, &s->vmas, link) {
			if (v->start != end) {
				ceiling = v->start;
				break;
			}
			end = v->end;
		}
		/*
		 * remove them from the reverse maps before the tables are freed
		 */
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
	s->last = s->roomy = NULL;
	s->nr_vmas = 0;
}

void vm_space_put(struct vm_space *s)
{
	if (!ref_put(&s->users))
		return;
	vm_leave_kin(s);
	vm_space_unload_all(s);
	/* no CPU will load the space again, so nothing below flushes */
	free_vmas(s);
	if (s->exe)
		vm_object_put(s->exe);
	vm_space_drop(s);
}

/* ---- fork ---------------------------------------------------------------- */

/*
 * The hot loop of fork, and of the first store after a fork.  The stores need
 * no order: no CPU walks the new table yet, and an entry that only loses a
 * right reveals nothing new.
 */
void vm_copy_entries(pte_t *to, pte_t *from, unsigned n, struct copy_counts *c)
{
	for (pte_t *end = from + n; from < end; from++, to++) {
		pte_t e = pte_read(from), *at = from;
		struct page *p;

		/*
		 * The parent's entry becomes read-only as well, so that neither
		 * side sees the other's stores.  An entry that is already
		 * read-only has PTE_COW, or does not need it.
		 */
		if (likely(pte_writable(e))) {
			/* lab cow: begin */
			e = pte_set_soft(pte_wrprotect(e), PTE_COW);
			pte_write_relaxed(from, e);
			/* lab cow: end, else return; */
		} else if (pte_none(e)) {
			from = vm_skip_empty(from, end);
			to += from - at;
			continue;
		} else if (pte_soft(e) & PTE_SPECIAL) {
			/*
			 * special entries are never writable, and not counted
			 */
			if (!pte_present(e))
				soft_entry->copy(e);
			pte_write_relaxed(to, e);
			continue;
		}
		p = pfn_page(pte_pfn(e));
		page_get(p);
		if (c && unlikely(p->kind != PAGE_ANON)) {
			atomic_add(&p->mapcount, 1);
			if (READ_ONCE(p->flags) & PG_SHMEM)
				c->shmem++;
			else
				c->file++;
		}
		pte_write_relaxed(to, e);
	}
}

/*
 * Share the tables of v, or copy their entries.  dst needs no lock, as no other
 * task knows it yet.
 * Context: [src->lock] against faults and changes of VMAs, [src->pt_lock]
 * against truncation and write-back, which come through the reverse map.
 */
static int space_copy_pages(struct vm_space *dst, struct vm_space *src,
			    const struct vma *v, struct copy_counts *c)
{
	uaddr_t at = v->start;

	while (at < v->end) {
		struct pt_run from = pt_run_at(src->root, at, v->end);
		unsigned to_level = 0;
		int done = !from.slot;
		pte_t *to;

		if (from.slot && from.level && !pte_shared(pte_read(from.slot))) {
			/* a neighboring VMA may differ in its flags for fork */
			if (from.len < from.span) {
				superpage->split(src, from.slot, at);
				continue;
			}
			done = superpage->fork(dst, src, from.slot, at) ? 1 :
				-ENOMEM;
		} else if (from.slot && table_share) {
			done = table_share->fork(dst, src, v, at,
						 from.slot, from.level);
		}
		if (done < 0)
			return done;
		if (!done) {
			to = pt_walk(dst->root, at, &to_level, PT_MAKE);
			if (!to)
				return -ENOMEM;
			if (from.level)		/* src has its own table now */
				from = pt_run_at(src->root, at, v->end);
			vm_copy_entries(to, from.slot, from.len >> PAGE_SHIFT,
					c);
		}
		at += from.len;
	}
	return 0;
}

static void count_anon(void *arg, vaddr_t va, unsigned level, pte_t *slot)
{
	pte_t e = pte_read(slot);

	if (!(pte_soft(e) & PTE_SPECIAL) &&
	    pfn_page(pte_pfn(e))->kind == PAGE_ANON)
		*(int *)arg += 1 << (PT_SHIFT(level) - PAGE_SHIFT);
}

int vm_count_anon(struct vm_space *s, uaddr_t at, uaddr_t end)
{
	int n = 0;

	pt_each(s->root, at, end, count_anon, &n);
	return n;
}

/*
 * MADV_DONTFORK and MADV_WIPEONFORK (madvise(2)) act here: the child does not
 * get the VMA, or gets it without its pages.  map_lock is held across
 * consecutive VMAs of one file, but not during a hook, which may take locks.
 * Context: [src->lock] for writing.
 * Return: 0; -ENOMEM: vm_space_put(dst) undoes what was done.
 */
static int copy_vmas(struct vm_space *dst, struct vm_space *src)
{
	struct mapping *held = NULL;
	struct vma *v, *new;
	int err = 0;

	list_for_each(v, &src->vmas, link) {
		if (unlikely(v->flags & VM_DONTFORK)) {
			dst->total -= vma_pages(v);
			if (vma_is_data(v->prot, v->flags))
				dst->data -= vma_pages(v);
			continue;
		}
		if (held && (held != v->mapping || v->ops)) {
			mutex_unlock(&held->map_lock);
			held = NULL;
		}
		new = vma_dup(dst, v);
		if (!new) {
			err = -ENOMEM;
			break;
		}
		new->flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
		if (unlikely(v->flags & VM_WIPEONFORK))
			new->flags &= ~VM_ANONED;
		if (new->mapping != held) {
			held = new->mapping;
			mutex_lock(&held->map_lock);
		}
		vma_append(dst, new);
	}
	if (held)
		mutex_unlock(&held->map_lock);
	vma_make_tree(dst);
	return err;
}

/*
 * For a VMA that never held a private page no entry is copied: the child faults
 * in the pages it touches, which are few for most children.  The child gets all
 * of the parent's anonymous pages but those of VMAs that are not inherited.
 *
 * The space is flushed once, after all entries have changed and before the lock
 * is released.  Until then a thread of the parent may write to frames that the
 * child shares, as if the thread had written before the fork.
 */
static int copy_tables(struct vm_space *dst, struct vm_space *src)
{
	struct copy_counts c = { 0, 0 };
	int err = 0, left_out = 0;
	struct vma *v;

	spin_lock(&src->pt_lock);
	list_for_each(v, &src->vmas, link) {
		if (!(v->flags & VM_ANONED))
			continue;
		if (unlikely(v->flags & (VM_DONTFORK | VM_WIPEONFORK)))
			left_out += vm_count_anon(src, v->start, v->end);
		else if (!err)
			err = space_copy_pages(dst, src, v, &c);
	}
	atomic_set(&dst->rss_anon, atomic_read(&src->rss_anon) - left_out);
	atomic_add(&dst->rss_file, c.file);
	atomic_add(&dst->rss_shmem, c.shmem);
	/* after this no TLB has a writable entry of the parent */
	vm_flush_tables(src);
	spin_unlock(&src->pt_lock);
	/*
	 * VM_LOCKED is not inherited: VMAs that differed only in it are merged
	 */
	if (unlikely(src->locked))
		for (v = vm_find(dst, 0); v; v = vma_next(vma_merge(v)))
			;
	return err;
}

static void copy_layout(struct vm_space *dst, const struct vm_space *src)
{
	/* CPUs that must sync their fetches for src must do so for dst, too */
	dst->icache_stale = READ_ONCE(src->icache_stale);
	dst->no_huge = src->no_huge;
	dst->fewer_around = 3;
	dst->sealed = src->sealed;
	dst->dumpable = src->dumpable;
	dst->owner = src->owner;
	dst->total = src->total;
	dst->data = src->data;
	dst->brk_start = src->brk_start;
	dst->brk = src->brk;
	dst->mmap_top = src->mmap_top;
	dst->top = src->top;
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
	dst->most_data = src->most_data;
	dst->membarrier = src->membarrier;
}

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
	if (!err)
		err = copy_tables(dst, src);
	if (!err)
		vm_join_kin(dst, src);
	rw_write_unlock(&src->lock);
	if (err) {
		vm_space_put(dst);
		return NULL;
	}
	return dst;
}

/* ---- statistics ---------------------------------------------------------- */

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
	if (v->mapping && !v->object)
		return "/dev/zero (deleted)";
	if (v->object)
		return "";
	if (v->start < s->brk && v->end > s->brk_start)
		return "[heap]";
	if (v->start < s->stack_top && v->end >= s->stack_top)
		return "[stack]";
	return "";
}
