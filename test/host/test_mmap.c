/* SPDX-License-Identifier: MIT */
/*
 * Address spaces by case (rows E1-E6): what the property test does not reach,
 * limits, the stack, the break, files that must be read and written back, and
 * each allocation of the larger operations failing in turn.
 */
#include "machine.h"
#include "unit.h"
#include "vma_check.h"
#include <topics/disk/dirty.h>
#include <topics/superpages/hugepage.h>
#include <kernel/sched/sched.h>
#include <mm/frames/page.h>
#include <mm/tables/tlb.h>
#include <mm/vma.h>
#include <stdio.h>
#include <uapi/mman.h>

#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)
#define RW	(PROT_READ | PROT_WRITE)
#define AT	0x10000000ul
#define PG	PAGE_SIZE

static struct vm_space *s;

static int map(uaddr_t at, unsigned pages, unsigned prot, unsigned flags)
{
	uaddr_t got;
	int err = vm_map(s, at, pages * PG, prot, flags, NULL, 0, &got);

	if (!err && flags & MAP_FIXED)
		assert_int_equal(got, at);
	return err;
}

/* "start-end prot" of each VMA, in pages from AT. */
static const char *picture(void)
{
	static char text[256];
	size_t n = 0;
	struct vma *v;

	text[0] = 0;
	list_for_each(v, &s->vmas, link)
		n += snprintf(text + n, sizeof(text) - n, "%s%ld-%ld%s%s%s",
			      n ? " " : "", (long)((v->start - AT) / PG),
			      (long)((v->end - AT) / PG),
			      v->prot & MAP_R ? "r" : "",
			      v->prot & MAP_W ? "w" : "",
			      v->prot & MAP_X ? "x" : "");
	return text;
}

static int open_space(void **state)
{
	vm_max_vmas = VM_MAX_VMAS;
	s = begin_with_space(AT + 1000 * PG);
	return 0;
}

static int close_space(void **state)
{
	fault_inject_set(0);
	vma_check(s);
	vm_space_put(s);
	check_no_leak();
	return 0;
}

/* ---- the deck's pictures (E2) -------------------------------------------- */

static void overlaps(void **state)
{
	static const struct {
		unsigned at;
		unsigned prot;
		const char *picture;
	} cases[] = {
		{ 4, PROT_READ, "0-4rw 4-5r" },
		{ 0, PROT_READ, "0-1r 1-5rw" },
		{ 2, PROT_READ, "0-2rw 2-3r 3-5rw" },
		{ 2, RW, "0-5rw" },
		{ 5, RW, "0-6rw" },
		{ 5, PROT_READ, "0-5rw 5-6r" },
	};

	for (unsigned i = 0; i < ARRAY_SIZE(cases); i++) {
		assert_int_equal(map(AT, 5, RW, ANON | MAP_FIXED), 0);
		for (int k = 0; k < 5; k++)
			assert_int_equal(poke(AT + k * PG, k + 1), 0);
		assert_int_equal(map(AT + cases[i].at * PG, 1, cases[i].prot,
				     ANON | MAP_FIXED), 0);
		assert_string_equal(picture(), cases[i].picture);
		for (unsigned k = 0; k < 5; k++)
			assert_int_equal(peek(AT + k * PG),
					 k == cases[i].at ? 0 : k + 1);
		assert_int_equal(vm_unmap(s, AT, 8 * PG), 0);
		assert_string_equal(picture(), "");
	}
}

static void fill_a_hole(void **state)
{
	map(AT, 2, RW, ANON | MAP_FIXED);
	map(AT + 3 * PG, 2, RW, ANON | MAP_FIXED);
	assert_string_equal(picture(), "0-2rw 3-5rw");
	map(AT + 2 * PG, 1, RW, ANON | MAP_FIXED);
	assert_string_equal(picture(), "0-5rw");
	assert_int_equal(s->nr_vmas, 1);
}

static void errors(void **state)
{
	struct file *ro = stub_file(PG, FMODE_READ, NULL);
	struct file *wo = stub_file(PG, FMODE_WRITE, NULL);
	uaddr_t got;

	assert_int_equal(map(AT, 0, RW, ANON), -EINVAL);
	assert_int_equal(vm_map(s, 0, ~0ul, RW, ANON, NULL, 0, &got), -ENOMEM);
	assert_int_equal(map(AT, 1, RW, MAP_ANONYMOUS), -EINVAL);
	assert_int_equal(map(AT + 1, 1, RW, ANON | MAP_FIXED), -EINVAL);
	assert_int_equal(map(USER_TOP, 1, RW, ANON | MAP_FIXED), -ENOMEM);
	assert_int_equal(vm_map(s, 0, PG, RW, MAP_SHARED, file_object(ro), 0,
				&got),
			 -EACCES);
	assert_int_equal(vm_map(s, 0, PG, PROT_READ, MAP_PRIVATE,
				file_object(wo), 0, &got),
			 -EACCES);
	assert_int_equal(vm_map(s, 0, PG, PROT_READ, MAP_PRIVATE,
				file_object(ro), ~0ul,
				&got), -EOVERFLOW);
	assert_int_equal(map(AT, 1, RW, ANON | MAP_FIXED), 0);
	assert_int_equal(map(AT, 1, RW, ANON | MAP_FIXED_NOREPLACE), -EEXIST);
	stub_set_privileged(false);
	assert_int_equal(map(0, 1, RW, ANON | MAP_FIXED), -EPERM);
	assert_int_equal(vm_unmap(s, AT, 0), -EINVAL);
	assert_int_equal(vm_unmap(s, AT + 1, PG), -EINVAL);
	assert_int_equal(vm_unmap(s, USER_TOP, PG), -EINVAL);
	assert_int_equal(vm_protect(s, AT, PG, 0x10), -EINVAL);
	assert_int_equal(vm_protect(s, AT, ~0ul, RW), -ENOMEM);
	assert_int_equal(vm_advise(s, AT, PG, 77), -EINVAL);
	assert_int_equal(vm_advise(s, AT + 1, PG, MADV_DONTNEED), -EINVAL);
	file_put(ro);
	file_put(wo);
}

/* ---- limits -------------------------------------------------------------- */

static void limits(void **state)
{
	s->limit_as = 10 * PG;
	assert_int_equal(map(AT, 11, RW, ANON | MAP_FIXED), -ENOMEM);
	assert_int_equal(map(AT, 10, RW, ANON | MAP_FIXED), 0);
	assert_int_equal(map(AT + 10 * PG, 1, RW, ANON | MAP_FIXED), -ENOMEM);
	/* replacing needs no more */
	assert_int_equal(map(AT, 10, PROT_READ, ANON | MAP_FIXED), 0);
	s->limit_as = ~0ul;
	s->limit_data = 5 * PG;
	assert_int_equal(vm_protect(s, AT, 6 * PG, RW), -ENOMEM);
	assert_int_equal(vm_protect(s, AT, 5 * PG, RW), 0);
	assert_int_equal(map(AT + 20 * PG, 1, RW, ANON | MAP_FIXED), -ENOMEM);
	assert_int_equal(map(AT + 20 * PG, 1, RW, MAP_SHARED | MAP_ANONYMOUS |
			     MAP_FIXED), 0);
	s->limit_data = ~0ul;
}

static void too_many(void **state)
{
	vm_max_vmas = 3;
	map(AT, 9, RW, ANON | MAP_FIXED);
	assert_int_equal(vm_protect(s, AT + PG, PG, PROT_READ), 0);
	assert_int_equal(s->nr_vmas, 3);
	assert_int_equal(vm_protect(s, AT + 4 * PG, PG, PROT_READ), -ENOMEM);
	assert_int_equal(vm_unmap(s, AT + 4 * PG, PG), -ENOMEM);
	assert_string_equal(picture(), "0-1rw 1-2r 2-9rw");
	assert_int_equal(vm_unmap(s, AT + 8 * PG, PG), 0);
	assert_int_equal(map(AT + 50 * PG, 1, RW, ANON | MAP_FIXED), -ENOMEM);
}

static void overcommit(void **state)
{
	unsigned long huge = (page_total() + 1) * PG;
	uaddr_t at;

	s->mmap_top = ALIGN_DOWN(STACK_TOP / 2, PG);
	assert_int_equal(vm_map(s, 0, huge, RW, ANON, NULL, 0, &at), -ENOMEM);
	assert_int_equal(vm_map(s, 0, huge, RW, ANON | MAP_NORESERVE, NULL, 0,
				&at), 0);
	assert_int_equal(atomic_read(&s->pt_pages), 0);
	assert_int_equal(poke(at + huge / 2, 1), 0);
	assert_int_equal(vm_rss(s), 1);
	assert_int_equal(atomic_read(&s->pt_pages), PT_LEVELS - 1);
	assert_int_equal(vm_unmap(s, at, huge), 0);
	assert_int_equal(atomic_read(&s->pt_pages), 0);
}

/* ---- the stack (E5) ------------------------------------------------------ */

static void stack(void **state)
{
	uaddr_t top = AT + 2000 * PG, at;

	s->limit_stack = 600 * PG;
	assert_int_equal(vm_map_stack(s, top, 2 * PG, false), 0);
	assert_int_equal(poke(top - 1, 1), 0);
	assert_int_equal(poke(top - 300 * PG, 2), 0);
	assert_int_equal(vm_find(s, top - 1)->start, top - 300 * PG);
	/* its room is not given away */
	assert_int_equal(vm_map(s, top - 590 * PG, PG, RW, ANON, NULL, 0, &at),
			 0);
	assert_true(at < top - 600 * PG);
	assert_int_equal(vm_unmap(s, at, PG), 0);
	assert_int_equal(poke(top - 600 * PG, 3), 0);
	assert_int_equal(poke(top - 601 * PG, 3), -VM_FAULT_SEGV_MAPERR);
	/* a fixed mapping near it stops it 256 pages away */
	assert_int_equal(vm_unmap(s, top - 600 * PG, 400 * PG), 0);
	assert_int_equal(map(top - 500 * PG, 1, RW, ANON | MAP_FIXED), 0);
	assert_int_equal(poke(top - 243 * PG, 3), 0);
	assert_int_equal(poke(top - 244 * PG, 3), -VM_FAULT_SEGV_MAPERR);
	assert_int_equal(vm_unmap(s, top - 500 * PG, PG), 0);
	assert_int_equal(poke(top - 244 * PG, 3), 0);
}

/* The lowest address can be had by all that place memory, and none below. */
static void lowest(void **state)
{
	uaddr_t least = MMAP_MIN_ADDR;

	assert_int_equal(map(least + 2 * PG, 1, RW, ANON | MAP_FIXED |
			     MAP_GROWSDOWN), 0);
	assert_int_equal(poke(least, 1), 0);
	assert_int_equal(poke(least - 1, 1), -VM_FAULT_SEGV_MAPERR);
	assert_int_equal(vm_unmap(s, least, 3 * PG), 0);
	assert_int_equal(map(AT, 1, RW, ANON | MAP_FIXED), 0);
	assert_int_equal(vm_remap(s, AT, PG, PG, MREMAP_MAYMOVE |
				  MREMAP_DONTUNMAP, least), least);
}

static void grows_down_flag(void **state)
{
	uaddr_t at = AT + 500 * PG, hint = at - 10 * PG, got;

	assert_int_equal(map(at, 1, RW, ANON | MAP_FIXED | MAP_GROWSDOWN), 0);
	assert_int_equal(poke(at - 3 * PG, 1), 0);
	/* the gap below is kept free of mappings that may lie elsewhere */
	assert_int_equal(vm_map(s, hint, PG, RW, ANON, NULL, 0, &got), 0);
	assert_true(got != hint);
	s->mmap_top = at;
	assert_int_equal(vm_map(s, 0, PG, RW, ANON, NULL, 0, &got), 0);
	assert_int_equal(got, at - 3 * PG - 256 * PG - PG);
}

/* ---- the break (E6) ------------------------------------------------------ */

static void program_break(void **state)
{
	uaddr_t b = AT + 100;

	s->brk_start = s->brk = b;
	assert_int_equal(vm_brk(s, 0), b);
	assert_int_equal(vm_brk(s, b + 10), b + 10);
	assert_int_equal(vm_brk(s, b + 3 * PG), b + 3 * PG);
	assert_string_equal(picture(), "1-4rw");
	assert_string_equal(vma_name(vm_find(s, AT + PG)), "[heap]");
	assert_int_equal(poke(AT + 2 * PG, 5), 0);
	assert_int_equal(vm_brk(s, b + PG / 2), b + PG / 2);
	assert_int_equal(vm_brk(s, b + 2 * PG), b + 2 * PG);
	assert_int_equal(peek(AT + 2 * PG), 0);
	/* one page stays free below the next mapping */
	map(AT + 10 * PG, 1, PROT_READ, ANON | MAP_FIXED);
	assert_int_equal(vm_brk(s, AT + 9 * PG), AT + 9 * PG);
	assert_int_equal(vm_brk(s, AT + 9 * PG + 1), AT + 9 * PG);
	s->limit_data = 20 * PG;
	assert_int_equal(vm_brk(s, b - 1), AT + 9 * PG);
}

/* ---- files --------------------------------------------------------------- */

static int reads, fail_reads;

/* A disk: page i holds 'a' + i. */
static int read_pages(struct mapping *m, unsigned long first, unsigned n)
{
	for (unsigned long i = first; i < first + n; i++) {
		struct page *p = page_alloc(0, PAGE_CACHE);

		memset(page_virt(p), 'a' + (int)i, PG);
		if (fail_reads)
			page_set_flags(p, PG_ERROR);
		if (!mapping_add(m, p, i))
			reads++;
		page_put(p);
	}
	return 0;
}

static void dirtied(struct mapping *m)
{
	assert_int_equal(m->nr_dirty, 1);
}

static const struct mapping_ops disk_ops = {
	.read_pages = read_pages, .dirtied = dirtied,
};

/* Pages 1 and 2 are dirty: taken once, in order, and stores fault again. */
static void written_back(struct mapping *m, uaddr_t at)
{
	struct page *got[4], *p;
	unsigned long index = 0;

	assert_int_equal(m->nr_dirty, 2);
	assert_int_equal(pagecache_dirty(), 2);
	assert_int_equal(mapping_take_dirty(m, &index, ~0ul, got, 4), 2);
	assert_int_equal(got[0]->index, 1);
	assert_int_equal(got[1]->index, 2);
	assert_int_equal(m->nr_dirty, 0);
	mapping_wrprotect(m, 0, ~0ul);
	assert_int_equal(poke(at + PG, 'z'), 0);
	assert_int_equal(m->nr_dirty, 1);
	index = 0;		/* one under way is not taken a second time */
	assert_int_equal(mapping_take_dirty(m, &index, ~0ul, &p, 1), 0);
	for (int k = 0; k < 2; k++) {
		page_clear_flags(got[k], PG_WRITEBACK);
		page_put(got[k]);
	}
	index = 0;
	assert_int_equal(mapping_take_dirty(m, &index, ~0ul, &p, 1), 1);
	page_clear_flags(p, PG_WRITEBACK);
	page_put(p);
	assert_int_equal(pagecache_dirty(), 0);
}

/* Nothing of a file that is cut off is counted any more. */
static void cut_dirty(struct file *f, uaddr_t at)
{
	struct mapping *m = &f->inode->mapping;

	assert_int_equal(pagecache_of_disks(), 4);
	mapping_wrprotect(m, 0, ~0ul);
	assert_int_equal(poke(at + PG, 'd'), 0);
	assert_int_equal(m->nr_dirty, 1);
	f->inode->size = 0;
	mapping_truncate(m, 0);
	assert_int_equal(m->nr_dirty, 0);
	assert_int_equal(pagecache_dirty(), 0);
	assert_int_equal(pagecache_of_disks(), 0);
}

static void disk_file(void **state)
{
	struct file *f = stub_file(4 * PG, FMODE_READ | FMODE_WRITE,
				   &disk_ops);
	struct mapping *m = &f->inode->mapping;
	struct page *p;
	uaddr_t at;

	reads = 0;
	assert_int_equal(vm_map(s, 0, 6 * PG, RW, MAP_SHARED,
				file_object(f), 0, &at), 0);
	fail_reads = 1;
	assert_int_equal(peek(at), -VM_FAULT_BUS);
	fail_reads = 0;
	assert_int_equal(peek(at), 'a');
	assert_int_equal(peek(at + PG), 'b');
	assert_int_equal(peek(at + 4 * PG), -VM_FAULT_BUS);
	/* a window; refused, each page is asked for once more */
	assert_int_equal(reads, 4 + 2);
	/* a page is dirty from the first store on, not before */
	p = mapping_find(m, 1);
	assert_false(p->flags & PG_DIRTY);
	assert_int_equal(poke(at + PG, 'x'), 0);
	assert_true(p->flags & PG_DIRTY);
	assert_int_equal(*(u8 *)page_virt(p), 'x');
	page_put(p);
	/* mprotect must not open a way round that */
	assert_int_equal(peek(at + 2 * PG), 'c');
	assert_int_equal(vm_protect(s, at, 3 * PG, PROT_READ), 0);
	assert_int_equal(vm_protect(s, at, 3 * PG, RW), 0);
	p = mapping_find(m, 2);
	assert_int_equal(poke(at + 2 * PG, 'y'), 0);
	assert_true(p->flags & PG_DIRTY);
	page_put(p);
	written_back(m, at);
	cut_dirty(f, at);
	file_put(f);
}

/* Who comes second has the page of the first, and a reference of his own. */
static void made_twice(void **state)
{
	struct file *f = stub_file(PG, FMODE_READ | FMODE_WRITE, NULL);
	struct page *first, *second;

	assert_int_equal(mapping_make(&f->inode->mapping, 0, &first), 0);
	assert_int_equal(mapping_make(&f->inode->mapping, 0, &second), 0);
	assert_ptr_equal(second, first);
	assert_int_equal(ref_read(&first->refs), 3);
	page_put(first);
	page_put(second);
	file_put(f);
}

static void fault_around(void **state)
{
	struct file *f = stub_file(40 * PG, FMODE_READ, NULL);
	uaddr_t at = AT + 16 * PG * 3;
	struct page *p;

	for (int i = 0; i < 40; i++) {
		assert_int_equal(mapping_get(&f->inode->mapping, i, &p), 0);
		page_put(p);
	}
	assert_int_equal(vm_map(s, at, 40 * PG, PROT_READ, MAP_PRIVATE |
				MAP_FIXED, file_object(f), 0, &at), 0);
	assert_int_equal(peek(at + 5 * PG), 0);
	assert_int_equal(vm_rss(s), 16);
	assert_true(host_mapped(at) && host_mapped(at + 15 * PG));
	assert_false(host_mapped(at + 16 * PG));
	assert_int_equal(peek(at + 39 * PG), 0);
	assert_int_equal(vm_rss(s), 24);
	assert_int_equal(atomic_read(&s->rss_shmem), 24);
	file_put(f);
}

static void shared_anonymous(void **state)
{
	struct vm_space *child;
	long moved;

	assert_int_equal(map(AT, 3, RW, MAP_SHARED | MAP_ANONYMOUS |
			     MAP_FIXED), 0);
	assert_int_equal(poke(AT, 1), 0);
	child = vm_space_fork(s);
	use_space(child);
	assert_int_equal(peek(AT), 1);
	assert_int_equal(poke(AT + PG, 2), 0);
	use_space(s);
	vm_space_put(child);
	assert_int_equal(peek(AT + PG), 2);
	/* it does not grow with its mapping */
	moved = vm_remap(s, AT, 3 * PG, 5 * PG, MREMAP_MAYMOVE, 0);
	assert_true(moved > 0);
	assert_int_equal(peek(moved + PG), 2);
	assert_int_equal(peek(moved + 3 * PG), -VM_FAULT_BUS);
	/* a hole punched is zeros for all */
	assert_int_equal(vm_advise(s, moved, PG, MADV_REMOVE), 0);
	assert_int_equal(peek(moved), 0);
}

/* The tree that fork makes at once, of every number of VMAs. */
static void fork_tree(void **state)
{
	for (unsigned n = 0; n <= 70; n++) {
		struct vm_space *child = vm_space_fork(s);

		assert_int_equal(child->nr_vmas, n);
		vma_check(child);
		for (unsigned i = 0; i < n; i++)
			assert_int_equal(vm_find(child, AT + 2 * i * PG)->start,
					 AT + 2 * i * PG);
		vm_unmap(child, AT, n * PG);
		vma_check(child);
		vm_space_put(child);
		assert_int_equal(map(AT + 2 * n * PG, 1, RW, ANON | MAP_FIXED),
				 0);
	}
}

static void dont_unmap(void **state)
{
	uaddr_t to = AT + 100 * PG;

	map(AT, 4, RW, ANON | MAP_FIXED);
	poke(AT + PG, 7);
	assert_int_equal(vm_remap(s, AT, 4 * PG, 4 * PG, MREMAP_MAYMOVE |
				  MREMAP_FIXED | MREMAP_DONTUNMAP, to), to);
	assert_int_equal(peek(to + PG), 7);
	assert_int_equal(peek(AT + PG), 0);
	assert_int_equal(vm_rss(s), 1);
	/* length 0 duplicates, but only what is shared */
	assert_int_equal(vm_remap(s, AT, 0, PG, MREMAP_MAYMOVE, 0), -EINVAL);
}

static void special(void **state)
{
	struct page *image = page_alloc(1, PAGE_KERNEL);
	struct vm_space *child;
	u8 byte = 1;

	memset(page_virt(image), 0x5a, 2 * PG);
	assert_int_equal(vm_map_special(s, AT, page_virt(image), PG + 1), 0);
	/* a debugger reads it, and makes no entry */
	assert_int_equal(vm_copy_to(s, AT, &byte, 1), 0);
	assert_int_equal(vm_copy_from(s, &byte, AT + PG, 1), 1);
	assert_int_equal(byte, 0x5a);
	assert_int_equal(atomic_read(&s->pt_pages), 0);
	/* it is not cut */
	assert_int_equal(vm_unmap(s, AT, PG), -EINVAL);
	assert_int_equal(vm_unmap(s, AT + PG, 2 * PG), -EINVAL);
	assert_int_equal(vm_unmap(s, AT - 4 * PG, 5 * PG), -EINVAL);
	assert_int_equal(vm_protect(s, AT, PG, MAP_R), -EINVAL);
	assert_int_equal(vm_protect(s, AT + PG, PG, MAP_R), -EINVAL);
	assert_int_equal(vm_remap(s, AT, PG, PG, MREMAP_MAYMOVE | MREMAP_FIXED,
				  AT + 10 * PG), -EINVAL);
	assert_string_equal(picture(), "0-2rx");
	/* but it may move */
	s->vdso = AT;
	assert_int_equal(vm_remap(s, AT, 2 * PG, 2 * PG, MREMAP_MAYMOVE |
				  MREMAP_FIXED, AT + 10 * PG), AT + 10 * PG);
	assert_int_equal(s->vdso, AT + 10 * PG);
	assert_int_equal(vm_remap(s, AT + 10 * PG, 2 * PG, 2 * PG,
				  MREMAP_MAYMOVE | MREMAP_FIXED, AT), AT);
	assert_int_equal(peek(AT), 0x5a);
	assert_int_equal(poke(AT, 1), -VM_FAULT_SEGV_ACCERR);
	assert_int_equal(vm_rss(s), 0);
	assert_int_equal(vm_protect(s, AT, PG, RW), -EACCES);
	assert_string_equal(vma_name(vm_find(s, AT)), "[vdso]");
	child = vm_space_fork(s);
	use_space(child);
	assert_int_equal(peek(AT), 0x5a);
	use_space(s);
	vm_space_put(child);
	assert_int_equal(vm_unmap(s, AT, 2 * PG), 0);
	page_put(image);
}

static void locked(void **state)
{
	map(AT, 4, RW, ANON | MAP_FIXED);
	assert_int_equal(vm_lock(s, AT, 2 * PG, true, 0), 0);
	assert_int_equal(vm_rss(s), 2);
	assert_int_equal(s->locked, 2);
	assert_int_equal(vm_advise(s, AT, PG, MADV_DONTNEED), -EINVAL);
	assert_int_equal(vm_advise(s, AT, PG, MADV_DONTNEED_LOCKED), 0);
	assert_int_equal(vm_lock(s, AT, 5 * PG, true, 0), -ENOMEM);
	assert_int_equal(s->locked, 4);		/* up to the hole */
	assert_int_equal(vm_lock(s, AT, PG, false, 0), 0);
	assert_int_equal(s->locked, 3);
	assert_int_equal(vm_unmap(s, AT, 4 * PG), 0);
	assert_int_equal(s->locked, 0);
}

static void peak(void **state)
{
	map(AT, 10, RW, ANON | MAP_FIXED | MAP_POPULATE);
	assert_int_equal(vm_rss(s), 10);
	assert_int_equal(vm_unmap(s, AT, 8 * PG), 0);
	assert_int_equal(vm_rss(s), 2);
	assert_int_equal(vm_hiwater(s), 10);
}

/* ---- superpages ---------------------------------------------------------- */

static void superpages(void **state)
{
	uaddr_t at = 4 * HUGE_SIZE;
	struct vm_space *child;

	huge_enabled = true;
	map(at, 2 * HUGE_PAGES, RW, ANON | MAP_FIXED);
	assert_int_equal(poke(at + 5, 1), 0);
	assert_int_equal(vm_rss(s), HUGE_PAGES);
	assert_int_equal(vm_advise(s, at + HUGE_SIZE, HUGE_SIZE,
				   MADV_NOHUGEPAGE), 0);
	assert_int_equal(poke(at + HUGE_SIZE, 2), 0);
	assert_int_equal(vm_rss(s), HUGE_PAGES + 1);
	child = vm_space_fork(s);
	/* one store of the child copies one page, in both sizes */
	use_space(child);
	assert_int_equal(poke(at + 5, 3), 0);
	assert_int_equal(vm_rss(child), HUGE_PAGES + 1);
	use_space(s);
	vm_space_put(child);
	/* alone again: the superpage is whole and one fault makes it writable */
	assert_int_equal(peek(at + 5), 1);
	assert_int_equal(poke(at + 5, 4), 0);
	assert_int_equal(poke(at + HUGE_SIZE - 1, 5), 0);
	assert_int_equal(vm_rss(s), HUGE_PAGES + 1);
	assert_int_equal(vm_unmap(s, at + PG, PG), 0);
	assert_int_equal(vm_rss(s), HUGE_PAGES);
	assert_int_equal(peek(at + 5), 4);
}

/* ---- rights that are wider than the TLB remembers ------------------------ */

/* A page that only we have, read-only until a store finds it so. */
static void alone_again(uaddr_t at)
{
	struct vm_space *child;

	assert_int_equal(poke(at, 1), 0);
	child = vm_space_fork(s);
	assert_non_null(child);
	vm_space_put(child);
	assert_int_equal(peek(at), 1);
	assert_int_equal(host_faults, 0);
}

/*
 * One fault makes it writable here, with nothing copied; another CPU faults
 * once more, in vain.
 */
static void widens(uaddr_t at)
{
	const u8 *frame;

	alone_again(at);
	host_other_tlb();
	frame = host_access(at, FAULT_READ);
	assert_int_equal(*frame, 1);
	host_other_tlb();
	assert_int_equal(poke(at, 2), 0);
	assert_int_equal(host_faults, 1);
	assert_int_equal(*frame, 2);
	host_other_tlb();
	assert_int_equal(poke(at, 3), 0);
	assert_int_equal(host_faults, 1);
	host_other_tlb();
}

static void store_widens(void **state)
{
	map(AT, 1, RW, ANON | MAP_FIXED);
	widens(AT);
}

static void store_widens_superpage(void **state)
{
	uaddr_t at = 4 * HUGE_SIZE;

	huge_enabled = true;
	map(at, HUGE_PAGES, RW, ANON | MAP_FIXED);
	widens(at + 5 * PG);
	assert_int_equal(vm_rss(s), HUGE_PAGES);
}

/* Many pages change while another space is loaded, and it comes back. */
static void changed_from_outside(void **state)
{
	struct vm_space *other = vm_space_create();

	assert_non_null(other);
	map(AT, 40, RW, ANON | MAP_FIXED);
	for (int k = 0; k < 40; k++)
		assert_int_equal(poke(AT + k * PG, k + 1), 0);
	vm_space_switch(other);
	assert_int_equal(vm_protect(s, AT, 40 * PG, PROT_READ), 0);
	vm_space_switch(s);
	for (int k = 0; k < 40; k++) {
		assert_int_equal(peek(AT + k * PG), k + 1);
		assert_int_equal(poke(AT + k * PG, 0), -VM_FAULT_SEGV_ACCERR);
	}
	vm_space_put(other);
}

/* Nobody is called for a space that this CPU has left. */
static void leaves(void **state)
{
	struct vm_space *other = vm_space_create();

	assert_non_null(other);
	assert_int_equal(s->cpus & ~(1u << CPU_SEEN),
			 1u << CPU_LOADED | 1u << CPU_ACTIVE);
	vm_space_switch(other);		/* slowly, as it is new */
	assert_int_equal(s->cpus, 1u << CPU_SEEN);
	vm_space_switch(s);
	assert_int_equal(other->cpus, 1u << CPU_SEEN);
	vm_space_put(other);
}

/* ---- every allocation fails once ----------------------------------------- */

static int do_map(void)
{
	return map(AT + 2 * PG, 3, PROT_READ, ANON | MAP_FIXED);
}

static int do_unmap(void)
{
	return vm_unmap(s, AT + PG, PG);
}

static int do_protect(void)
{
	return vm_protect(s, AT + PG, 2 * PG, PROT_READ);
}

static int do_remap(void)
{
	long r = vm_remap(s, AT + 2 * PG, 4 * PG, 6 * PG, MREMAP_MAYMOVE, 0);

	return r < 0 ? (int)r : 0;
}

static int do_advise(void)
{
	return vm_advise(s, AT + 3 * PG, PG, MADV_DONTFORK);
}

static int do_fork(void)
{
	struct vm_space *child = vm_space_fork(s);

	if (!child)
		return -ENOMEM;
	vm_space_put(child);
	return 0;
}

static void injected(void **state)
{
	static int (*const ops[])(void) = {
		do_map, do_unmap, do_protect, do_remap, do_advise, do_fork,
	};

	for (unsigned i = 0; i < ARRAY_SIZE(ops); i++) {
		int err = -ENOMEM;

		vm_unmap(s, AT, 1000 * PG);
		map(AT, 8, RW, ANON | MAP_FIXED);
		for (int k = 0; k < 8; k++)
			poke(AT + k * PG, 10 + k);
		for (int n = 1; err; n++) {
			shrink_caches();
			fault_inject_set(n);
			err = ops[i]();
			fault_inject_set(0);
			vma_check(s);
			assert_true(n < 200);
			if (!err)
				break;
			assert_int_equal(err, ops[i] == do_advise ? -EAGAIN :
					 -ENOMEM);
			assert_string_equal(picture(), "0-8rw");
			for (int k = 0; k < 8; k++)
				assert_int_equal(peek(AT + k * PG), 10 + k);
		}
	}
}

#define CASE(fn) \
	cmocka_unit_test_setup_teardown(fn, open_space, close_space)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(overlaps), CASE(fill_a_hole), CASE(errors), CASE(limits),
		CASE(too_many), CASE(overcommit), CASE(stack),
		CASE(grows_down_flag), CASE(lowest), CASE(program_break),
		CASE(disk_file), CASE(made_twice), CASE(fault_around),
		CASE(shared_anonymous), CASE(fork_tree),
		CASE(dont_unmap), CASE(special), CASE(locked), CASE(peak),
		CASE(superpages),
		CASE(store_widens), CASE(store_widens_superpage),
		CASE(changed_from_outside), CASE(leaves),
		CASE(injected),
	};

	return cmocka_run_group_tests(tests, start_spaces, NULL);
}
