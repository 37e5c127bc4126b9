/* SPDX-License-Identifier: MIT */
/*
 * Property test of address spaces (rows D5, D13, E1-E4): random system calls,
 * accesses, forks, file truncations, and pages that go out to swap, against a
 * model that knows nothing but one record a page, and nothing of swap.  After
 * every call the VMAs, the contents through the MMU with its TLB, and the
 * resident counts must be the model's; with failures injected, a call that
 * reports one must have changed nothing.
 *
 * SEED=n and OPS=n in the environment choose another run; HUGE=1 leaves
 * superpages on (then only contents are compared, not counts).
 */
#include "machine.h"
#include "unit.h"
#include "swap_stub.h"
#include "vma_check.h"
#include <kernel/task/task.h>
#include <topics/superpages/hugepage.h>
#include <topics/sharedtables/tableshare.h>
#include <mm/frames/page.h>
#include <mm/uaccess.h>
#include <mm/vma.h>
#include <stdio.h>
#include <uapi/mman.h>

#include "vma_model.h"

static unsigned pages_out;		/* went to swap in this run */

/* ---- comparison ---------------------------------------------------------- */

static void check_vmas(struct model_space *m)
{
	struct vma *v = list_empty(&m->s->vmas) ? NULL :
		list_first(&m->s->vmas, struct vma, link);
	unsigned long total = 0, data = 0, locked = 0;
	unsigned i = 0;

	vma_check(m->s);
	while (i < arena) {
		const struct model_page *p = &m->page[i];
		unsigned end = i + 1;

		if (!p->kind) {
			i++;
			continue;
		}
		while (end < arena && same_vma(&m->page[end - 1],
					       &m->page[end]))
			end++;
		assert_non_null(v);
		assert_int_equal(v->start, va_of(i));
		assert_int_equal(v->end, va_of(end));
		assert_int_equal(v->prot, p->prot);
		assert_int_equal(v->flags & p->flags, p->flags);
		if (p->kind != ANON)
			assert_int_equal(v->pgoff, p->pgoff);
		total += end - i;
		if (p->prot & MAP_W && (p->kind == ANON ||
					p->kind == PRIVATE_FILE))
			data += end - i;
		if (p->flags & VM_LOCKED)
			locked += end - i;
		v = vma_next(v);
		i = end;
	}
	assert_null(v);
	assert_int_equal(m->s->total, total);
	assert_int_equal(m->s->data, data);
	assert_int_equal(m->s->locked, locked);
}

static void count_files(void *arg, vaddr_t va, unsigned level, pte_t *slot)
{
	pte_t e = pte_read(slot);

	if (!(pte_soft(e) & PTE_SPECIAL) &&
	    pfn_page(pte_pfn(e))->kind != PAGE_ANON)
		++*(int *)arg;
}

/*
 * E3: as many anonymous pages are resident, or out, as were written; and as
 * many of files as entries say.
 */
static void check_resident(struct model_space *m)
{
	int own = 0, files = 0;

	if (huge_enabled)
		return;
	pt_each(m->s->root, base, va_of(arena), count_files, &files);
	assert_int_equal(atomic_read(&m->s->rss_file) +
			 atomic_read(&m->s->rss_shmem), files);
	for (unsigned i = 0; i < arena; i++)
		own += m->page[i].own;
	assert_int_equal(atomic_read(&m->s->rss_anon) +
			 swap_stub_entries(m->s, base, va_of(arena)), own);
}

static void compare_page(struct model_space *m, unsigned i)
{
	int expect = model_read(&m->page[i]);

	use_space(m->s);
	assert_int_equal(peek(va_of(i) + 123), expect);
}

static void check_contents(struct model_space *m)
{
	for (unsigned i = 0; i < arena; i++)
		compare_page(m, i);
}

/* An entry is a user of its slot, and nothing else is between two calls. */
static void check_slots(void)
{
	unsigned entries = 0;

	if (huge_enabled)
		return;
	for (int i = 0; i < SPACES; i++)
		if (spaces[i].s)
			entries += swap_stub_parts(spaces[i].s, base,
						   va_of(arena));
	assert_int_equal(swap_stub_users() * SWAP_STUB_WHOLE, entries);
}

static void check_model(struct model_space *m)
{
	check_vmas(m);
	check_slots();
	check_resident(m);
}

/* ---- operations ---------------------------------------------------------- */

static void arm(void)
{
	injected = below(12) == 0;
	if (injected)
		fault_inject_set(1 + below(6));
}

/* => the operation failed because it was made to */
static bool disarm(int err)
{
	fault_inject_set(0);
	if (err == -ENOMEM && injected)
		return true;
	return false;
}

static unsigned anonymous;	/* so many mappings of a hundred */
static bool program;		/* files[0] is in execution, and the others of it */

static void op_mmap(struct model_space *m)
{
	unsigned n = 1 + below(below(4) ? 12 : 60), i = below(arena - n), place;
	bool usual = below(100) < anonymous;
	bool of_program = program && usual && below(2);
	enum kind kind = of_program ? PRIVATE_FILE : usual ? ANON :
		1 + below(4);
	unsigned prot = below(8), how = below(3), flags, pgoff = 0;
	struct file *f = NULL;
	short object = -1;
	uaddr_t at = 0;
	int err;

	if (kind == ANON && below(2) && huge_enabled) {
		n = min(arena / 2, HUGE_PAGES + (unsigned)below(HUGE_PAGES));
		i = below(arena - n);
	}
	flags = kind == ANON || kind == PRIVATE_FILE ? MAP_PRIVATE :
		MAP_SHARED;
	if (kind >= PRIVATE_FILE) {
		object = of_program ? 0 : below(FILES);
		f = files[object];
		pgoff = below(FILE_PAGES);
	} else {
		flags |= MAP_ANONYMOUS;
	}
	place = how ? model_gap(m, n) : i;
	if (how == 0)
		flags |= MAP_FIXED;
	else if (how == 1 && model_free(m, i, n))
		place = i;
	arm();
	err = vm_map(m->s, how == 2 ? 0 : va_of(i), (unsigned long)n <<
		     PAGE_SHIFT, prot, flags, file_object(f), pgoff, &at);
	if (disarm(err))
		return;
	assert_int_equal(err, 0);
	if (place == arena) {
		/* no room: it went elsewhere */
		assert_true(at >= va_of(arena) || at < base);
		assert_int_equal(vm_unmap(m->s, at, (unsigned long)n <<
					  PAGE_SHIFT), 0);
		return;
	}
	assert_int_equal(at, va_of(place));
	if (kind == SHARED_ANON)
		new_object(&object)->limit = n;
	for (unsigned k = 0; k < n; k++)
		m->page[place + k] = (struct model_page) {
			.kind = kind, .prot = prot, .object = object,
			.pgoff = pgoff + k,
		};
}

static void op_munmap(struct model_space *m)
{
	unsigned n = 1 + below(below(6) ? 10 : 100), i = below(arena - 1);
	int err;

	n = min(n, arena - i);
	arm();
	err = vm_unmap(m->s, va_of(i), (unsigned long)n << PAGE_SHIFT);
	if (disarm(err))
		return;
	assert_int_equal(err, 0);
	memset(&m->page[i], 0, n * sizeof(m->page[0]));
}

static void op_mprotect(struct model_space *m)
{
	unsigned n = 1 + below(8), i = below(arena - 8), prot = below(8);
	unsigned done = 0;
	int err;

	/* it goes on up to the first hole */
	while (done < n && m->page[i + done].kind)
		done++;
	arm();
	err = vm_protect(m->s, va_of(i), (unsigned long)n << PAGE_SHIFT, prot);
	if (disarm(err)) {
		/* for want of memory nothing is done; a hole looks the same */
		for (unsigned k = i; k < i + done; k++)
			if (vm_find(m->s, va_of(k))->prot != prot)
				return;
	} else {
		assert_int_equal(err, done < n ? -ENOMEM : 0);
	}
	for (unsigned k = i; k < i + done; k++)
		m->page[k].prot = prot;
}

static void op_dontneed(struct model_space *m)
{
	unsigned n = 1 + below(8), i = below(arena - 8);
	int expect = 0, err;

	/* stops at the first locked VMA, holes are reported at the end */
	for (unsigned k = i; k < i + n; k++)
		if (!m->page[k].kind)
			expect = -ENOMEM;
	for (unsigned k = i; k < i + n; k++)
		if (m->page[k].flags & VM_LOCKED) {
			expect = -EINVAL;
			n = k - i;
		}
	err = vm_advise(m->s, va_of(i), (unsigned long)
			(expect == -EINVAL ? 8 : n) << PAGE_SHIFT,
			MADV_DONTNEED);
	if (expect == -EINVAL) {
		/* the range was made longer, to reach the locked one */
		assert_int_equal(err, -EINVAL);
	} else {
		assert_int_equal(err, expect);
	}
	for (unsigned k = i; k < i + n; k++)
		m->page[k].own = 0;
}

static void op_flags(struct model_space *m)
{
	static const struct {
		int advice;
		unsigned set, clear;
	} list[] = {
		{ MADV_DONTFORK, VM_DONTFORK, 0 },
		{ MADV_DOFORK, 0, VM_DONTFORK },
		{ MADV_RANDOM, VM_RANDOM, 0 },
		{ MADV_NORMAL, 0, VM_RANDOM },
		{ MADV_WIPEONFORK, VM_WIPEONFORK, 0 },
		{ MADV_KEEPONFORK, 0, VM_WIPEONFORK },
	};
	unsigned n = 1 + below(8), i = below(arena - 8), c = below(6), upto = n;
	int expect = 0, err;

	for (unsigned k = i; k < i + n; k++)
		if (!m->page[k].kind)
			expect = -ENOMEM;
	for (unsigned k = i; k < i + upto; k++)
		if (list[c].advice == MADV_WIPEONFORK &&
		    m->page[k].kind > ANON) {
			expect = -EINVAL;
			upto = k - i;
		}
	arm();
	err = vm_advise(m->s, va_of(i), (unsigned long)n << PAGE_SHIFT,
			list[c].advice);
	fault_inject_set(0);
	if (err == -EAGAIN && injected)
		return;
	assert_int_equal(err, expect);
	for (unsigned k = i; k < i + upto; k++)
		if (m->page[k].kind)
			m->page[k].flags = (m->page[k].flags | list[c].set) &
				~list[c].clear;
}

static void op_mlock(struct model_space *m)
{
	unsigned n = 1 + below(8), i = below(arena - 8), done = 0;
	bool on = below(3) == 0;
	int err;

	while (done < n && m->page[i + done].kind)
		done++;
	arm();
	err = vm_lock(m->s, va_of(i), (unsigned long)n << PAGE_SHIFT, on,
		      VM_LOCKONFAULT);
	if (disarm(err)) {
		/* as in op_mprotect() */
		for (unsigned k = i; k < i + done; k++)
			if (on != !!(vm_find(m->s, va_of(k))->flags &
				     VM_LOCKED))
				return;
	} else {
		assert_int_equal(err, done < n ? -ENOMEM : 0);
	}
	for (unsigned k = i; k < i + done; k++) {
		if (on)
			m->page[k].flags |= VM_LOCKED | VM_LOCKONFAULT;
		else
			m->page[k].flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
	}
}

/* Length of the VMA that holds page i, from i on. */
static unsigned rest_of_vma(const struct model_space *m, unsigned i)
{
	unsigned n = 1;

	while (i + n < arena && same_vma(&m->page[i + n - 1], &m->page[i + n]))
		n++;
	return n;
}

static void move_pages(struct model_space *m, unsigned from, unsigned old,
		       unsigned to, unsigned new)
{
	struct model_page tmp[64], first = m->page[from];

	memcpy(tmp, &m->page[from], old * sizeof(tmp[0]));
	memset(&m->page[from], 0, old * sizeof(tmp[0]));
	for (unsigned k = 0; k < new; k++) {
		m->page[to + k] = first;
		m->page[to + k].own = 0;
		m->page[to + k].pgoff = first.pgoff + k;
		if (k < old)
			m->page[to + k] = tmp[k];
	}
}

/* stay: what is left is as it was before the first store */
static void move_fixed(struct model_space *m, unsigned from, unsigned old,
		       unsigned to, unsigned new, bool stay)
{
	struct model_page left[64];

	memcpy(left, &m->page[from], old * sizeof(left[0]));
	move_pages(m, from, min(old, new), to, new);
	memset(&m->page[from], 0, old * sizeof(left[0]));
	for (unsigned k = 0; stay && k < old; k++) {
		m->page[from + k] = left[k];
		m->page[from + k].own = 0;
		m->page[from + k].flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
	}
}

static void op_mremap(struct model_space *m)
{
	unsigned old = 1 + below(20), new = 1 + below(30);
	unsigned i = below(arena - 64);
	unsigned to = below(arena - 64), flags = below(2) ? MREMAP_MAYMOVE : 0;
	bool fixed = flags && below(3) == 0, stay = fixed && below(3) == 0;
	bool in_place, cleared = false;
	long at, expect = 0;
	unsigned rest;

	if (stay)
		new = old;
	/* beside the old place */
	if (fixed && below(4) == 0)
		to = below(2) || i < new ? i + old : i - new;
	if (!m->page[i].kind)
		expect = -EFAULT;
	rest = rest_of_vma(m, i);
	if (fixed && i < to + new && to < i + old) {
		expect = expect ? expect : -EINVAL;
	} else if (fixed && !expect && min(old, new) > rest) {
		expect = -EFAULT;
		cleared = true;		/* before that was found out */
	} else if (!fixed && new > old && !expect && old > rest) {
		expect = -EFAULT;
	}
	if (fixed)
		flags |= MREMAP_FIXED;
	if (stay)
		flags |= MREMAP_DONTUNMAP;
	arm();
	at = vm_remap(m->s, va_of(i), (unsigned long)old << PAGE_SHIFT,
		      (unsigned long)new << PAGE_SHIFT, flags, va_of(to));
	if (disarm(at)) {
		/* the target of a fixed move may have been cleared already */
		if (!fixed)
			return;
		if (!vm_find(m->s, va_of(to)) ||
		    vm_find(m->s, va_of(to))->start >= va_of(to + new))
			memset(&m->page[to], 0, new * sizeof(m->page[0]));
		return;
	}
	if (expect) {
		assert_int_equal(at, expect);
		if (cleared)
			memset(&m->page[to], 0, new * sizeof(m->page[0]));
		if (cleared && old > new)
			memset(&m->page[i + new], 0,
			       (old - new) * sizeof(m->page[0]));
		return;
	}
	if (fixed) {
		assert_int_equal(at, va_of(to));
		memset(&m->page[to], 0, new * sizeof(m->page[0]));
		move_fixed(m, i, old, to, new, stay);
		return;
	}
	if (new <= old) {
		assert_int_equal(at, va_of(i));
		memset(&m->page[i + new], 0,
		       (old - new) * sizeof(m->page[0]));
		return;
	}
	in_place = old == rest && model_free(m, i + old, new - old);
	if (in_place) {
		assert_int_equal(at, va_of(i));
		move_pages(m, i, old, i, new);
		return;
	}
	if (!flags) {
		assert_int_equal(at, -ENOMEM);
		return;
	}
	to = model_gap(m, new);
	if (to == arena) {
		/* went above the arena: gone from the model */
		assert_true(at >= (long)va_of(arena) || at < (long)base);
		vm_unmap(m->s, at, (unsigned long)new << PAGE_SHIFT);
		memset(&m->page[i], 0, old * sizeof(m->page[0]));
		return;
	}
	assert_int_equal(at, va_of(to));
	move_pages(m, i, old, to, new);
}

static void op_store(struct model_space *m)
{
	unsigned i = below(arena);
	struct model_page before = m->page[i];
	u8 value = 1 + below(255), *p;
	int expect;

	use_space(m->s);
	arm();
	p = host_access(va_of(i) + 123, FAULT_WRITE);
	fault_inject_set(0);
	if (!p && injected && host_fault_result == VM_FAULT_OOM)
		return;
	expect = model_write(&m->page[i], value);
	if (!p) {
		assert_int_equal(-host_fault_result, expect);
		m->page[i] = before;
		return;
	}
	assert_int_equal(expect, 0);
	*p = value;
}

static void op_load(struct model_space *m)
{
	compare_page(m, below(arena));
}

/* A debugger reads or writes, whatever the protection. */
static void op_peek(struct model_space *m)
{
	unsigned i = below(arena);
	struct model_page *p = &m->page[i];
	u8 value = 1 + below(255), got = 0;
	bool write = below(2), shared = p->kind == SHARED_ANON ||
		p->kind == SHARED_FILE;
	bool bus = p->kind && !p->own && p->kind != ANON &&
		p->pgoff >= limit_of(p);
	unsigned long n;
	u8 prot = p->prot;

	if (!p->kind || bus || (write && shared && !(prot & MAP_W))) {
		n = write ? vm_copy_to(m->s, va_of(i) + 123, &value, 1) :
			vm_copy_from(m->s, &got, va_of(i) + 123, 1);
		assert_int_equal(n, 0);
		return;
	}
	if (write) {
		assert_int_equal(vm_copy_to(m->s, va_of(i) + 123, &value, 1),
				 1);
		p->prot = MAP_R | MAP_W;
		model_write(p, value);
	} else {
		assert_int_equal(vm_copy_from(m->s, &got, va_of(i) + 123, 1),
				 1);
		p->prot = MAP_R;
		assert_int_equal(got, model_read(p));
	}
	p->prot = prot;
}

static void op_swap_out(struct model_space *m)
{
	unsigned n = 1 + below(below(8) ? 12 : 60), i = below(arena - n);

	pages_out += swap_stub_out(m->s, va_of(i), va_of(i + n));
}

static void op_fork(struct model_space *m)
{
	struct model_space *child = NULL;

	for (int i = 0; i < SPACES; i++)
		if (!spaces[i].s)
			child = &spaces[i];
	if (!child)
		return;
	arm();
	child->s = vm_space_fork(m->s);
	fault_inject_set(0);
	if (!child->s) {
		assert_true(injected);
		check_contents(m);
		return;
	}
	memcpy(child->page, m->page, sizeof(m->page));
	for (unsigned i = 0; i < arena; i++) {
		struct model_page *p = &child->page[i];

		p->flags &= ~(VM_LOCKED | VM_LOCKONFAULT);
		if (p->flags & VM_DONTFORK)
			memset(p, 0, sizeof(*p));
		else if (p->flags & VM_WIPEONFORK)
			p->own = 0;
	}
	check_model(child);
}

static void op_exit(struct model_space *m)
{
	struct model_space *other = NULL;

	for (int i = 0; i < SPACES; i++)
		if (&spaces[i] != m && spaces[i].s)
			other = &spaces[i];
	if (!other)
		return;
	vm_space_put(m->s);
	m->s = NULL;
}

/* As reclaim does with a page that it is about to take from the cache. */
static void op_unmap_page(void)
{
	struct mapping *m = &files[below(FILES)]->inode->mapping;
	unsigned page = below(FILE_PAGES);

	mutex_lock(&m->map_lock);
	vm_unmap_mapping(m, page, page, false);
	mutex_unlock(&m->map_lock);
}

/* Nobody may write to a program while it runs (ETXTBSY). */
static void op_truncate(void)
{
	unsigned f = below(FILES), size = below(FILE_PAGES + 20), old;

	if (program && f == 0)
		return;
	old = file_pages[f];
	file_pages[f] = size;
	files[f]->inode->size = (loff_t)size << PAGE_SHIFT;
	mapping_truncate(&files[f]->inode->mapping, (loff_t)size << PAGE_SHIFT);
	if (size >= old)
		return;
	memset(&objects[f].data[size], 0, MAX_ARENA - size);
	for (int s = 0; s < SPACES; s++)
		for (unsigned i = 0; spaces[s].s && i < arena; i++) {
			struct model_page *p = &spaces[s].page[i];

			if (p->kind >= PRIVATE_FILE && p->object == (int)f &&
			    p->pgoff >= size)
				p->own = 0;
		}
}

static void one_op(void)
{
	static void (*const ops[])(struct model_space *) = {
		op_mmap, op_mmap, op_mmap, op_munmap, op_munmap, op_mprotect,
		op_mprotect, op_dontneed, op_flags, op_mlock, op_mremap,
		op_store, op_store, op_store, op_store, op_load, op_load,
		op_load, op_peek, op_swap_out, op_swap_out,
	};
	struct model_space *m;
	unsigned r = below(1000);

	do
		m = &spaces[below(SPACES)];
	while (!m->s);
	if (r < 4)
		op_fork(m);
	else if (r < 8)
		op_exit(m);
	else if (r < 20)
		op_truncate();
	else if (r < 30)
		op_unmap_page();
	else
		ops[below(ARRAY_SIZE(ops))](m);
	if (m->s)
		check_model(m);
	if (below(400) == 0)
		for (int i = 0; i < SPACES; i++)
			if (spaces[i].s)
				check_contents(&spaces[i]);
}

static void run_model(unsigned seed, unsigned ops)
{
	note_memory();
	srand(seed);
	memset(objects, 0, sizeof(objects));
	for (int f = 0; f < FILES; f++) {
		files[f] = stub_file(FILE_PAGES * PAGE_SIZE,
				     FMODE_READ | FMODE_WRITE, NULL);
		file_pages[f] = FILE_PAGES;
	}
	memset(spaces, 0, sizeof(spaces));
	spaces[0].s = new_space(va_of(arena));
	spaces[0].s->stack_top = va_of(arena);
	if (program) {
		spaces[0].s->exe = file_object(files[0]);
		vm_object_get(spaces[0].s->exe);
		spaces[0].s->code_start = base;
		spaces[0].s->code_end = va_of(arena);
	}
	pages_out = 0;
	for (unsigned op = 0; op < ops; op++)
		one_op();
	assert_true(pages_out > ops / 1000);
	for (int i = 0; i < SPACES; i++)
		if (spaces[i].s) {
			check_contents(&spaces[i]);
			vm_space_put(spaces[i].s);
		}
	for (int f = 0; f < FILES; f++)
		file_put(files[f]);
	check_no_leak();
	assert_int_equal(swap_stub_used(), 0);
	assert_int_equal(stub_files, 0);
	assert_int_equal(pagecache_pages(), 0);
}

static unsigned option(const char *name, unsigned def)
{
	const char *v = getenv(name);

	return v ? strtoul(v, NULL, 0) : def;
}

static void single_pages(void **state)
{
	unsigned seed = option("SEED", 1), ops = option("OPS", 100000);

	arena = 200;
	base = MMAP_MIN_ADDR;
	huge_enabled = false;
	for (unsigned k = 0; k < 3; k++)
		run_model(seed + k, ops);
}

/* A border of leaf tables in the middle of the arena. */
static void across_tables(void **state)
{
	arena = 200;
	base = 4 * PT_LEAF_SPAN - 100 * PAGE_SIZE;
	huge_enabled = false;
	run_model(option("SEED", 11), option("OPS", 30000));
}

static void run_with_superpages(void **state)
{
	arena = min(4u * HUGE_PAGES, (unsigned)MAX_ARENA);
	base = PT_LEAF_SPAN;
	huge_enabled = true;
	run_model(option("SEED", 21), option("OPS", 20000));
}

/* Three runs in which leaf tables are shared, most mappings anonymous. */
static void run_shared(unsigned seed, unsigned of_hundred)
{
	struct vm_stats before = vm_stats_sum(), now;

	arena = 100;
	base = 4 * PT_LEAF_SPAN - 45 * PAGE_SIZE;
	huge_enabled = false;
	anonymous = of_hundred;
	for (unsigned k = 0; k < 3; k++)
		run_model(option("SEED", seed) + k, option("OPS", 20000));
	anonymous = 0;
	now = vm_stats_sum();
	assert_true(now.tables_shared > before.tables_shared + 40);
	assert_true(now.tables_copied > before.tables_copied + 20);
}

/* Tables are shared however few entries they have. */
static void run_with_shared_tables(void **state)
{
	unsigned long min = vm_share_min;

	vm_share_min = 1;
	run_shared(41, 98);
	vm_share_min = min;
}

/* Tables with pages of the program's file, as it may not change meanwhile. */
static void shared_program(void **state)
{
	program = true;
	run_shared(51, 92);
	program = false;
}

static void few_asids(void **state)
{
	unsigned long rollovers = cpus[0].vm.asid_rollovers;

	setenv("asidbits", "1", 1);
	asid_init();
	arch_tlb_all();
	arena = 100;
	base = MMAP_MIN_ADDR;
	huge_enabled = false;
	run_model(31, 20000);
	assert_true(cpus[0].vm.asid_rollovers > rollovers);
	setenv("asidbits", "0", 1);
	asid_init();
	arch_tlb_all();
	run_model(32, 20000);
	unsetenv("asidbits");
	asid_init();
	arch_tlb_all();
}

/* Row C6: nothing but the port knows who fills the TLB. */
static void soft_tlb(void **state)
{
	arch_tlb_all();
	host_soft_tlb = true;
	host_refills = 0;
	arena = 200;
	base = MMAP_MIN_ADDR;
	huge_enabled = false;
	run_model(41, 20000);
	assert_true(host_refills > 5000);
	arena = min(4u * HUGE_PAGES, (unsigned)MAX_ARENA);
	base = PT_LEAF_SPAN;
	huge_enabled = true;
	run_model(42, 5000);
	arch_tlb_all();
	host_soft_tlb = false;
}

static int start_swapping(void **state)
{
	start_spaces(state);
	swap_stub_init();
	share_init();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(single_pages),
		cmocka_unit_test(across_tables),
		cmocka_unit_test(run_with_superpages),
		cmocka_unit_test(run_with_shared_tables),
		cmocka_unit_test(shared_program),
		cmocka_unit_test(few_asids),
		cmocka_unit_test(soft_tlb),
	};

	return cmocka_run_group_tests(tests, start_swapping, NULL);
}
