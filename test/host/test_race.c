/* SPDX-License-Identifier: MIT */
/*
 * What another CPU does between a look and the lock (rows E3, E4): the locks
 * of the host tests call back, and the other one's fault, advice or truncation
 * happens just there.  Each case fails without the second look.
 */
#include "machine.h"
#include "unit.h"
#include "vma_check.h"
#include <mm/frames/page.h>
#include <mm/vma.h>
#include <uapi/mman.h>

#define RW	(PROT_READ | PROT_WRITE)
#define AT	0x10000000ul
#define PG	PAGE_SIZE
#define PAGES	8

static struct vm_space *s, *child;
static struct file *file;

static void map_at_start(struct file *f, unsigned flags)
{
	uaddr_t at;

	assert_int_equal(vm_map(s, AT, PAGES * PG, RW, flags | MAP_FIXED,
				file_object(f), 0, &at), 0);
}

/* ---- the other CPU ------------------------------------------------------- */

static void (*other)(void);
static unsigned wait_for;	/* how often the lock is taken before */
static bool acted;

/* Once, before pt_lock is taken for the wait_for'th time. */
static void before_lock(const char *name)
{
	if (acted || strcmp(name, "page table") || wait_for--)
		return;
	acted = true;
	other();
}

static void race(void (*what)(void), unsigned after)
{
	other = what;
	wait_for = after;
	acted = false;
	stub_before_lock = before_lock;
}

static void over(void)
{
	stub_before_lock = NULL;
	assert_true(acted);
}

static void other_store(void)
{
	assert_int_equal(poke(AT, 'o'), 0);
}

static void other_drop(void)
{
	assert_int_equal(vm_advise(s, AT, PG, MADV_DONTNEED), 0);
}

static void other_truncate(void)
{
	file->inode->size = 0;
	mapping_truncate(&file->inode->mapping, 0);
}

/* ---- cases --------------------------------------------------------------- */

/* Two threads store to one page: both are seen, in what is so many pages. */
static void both_store(int pages)
{
	race(other_store, 0);
	assert_int_equal(poke(AT + 1, 'm'), 0);
	over();
	assert_int_equal(peek(AT), 'o');
	assert_int_equal(peek(AT + 1), 'm');
	assert_int_equal(atomic_read(&s->rss_anon), pages);
}

/* Nobody had the page. */
static void first_stores(void **state)
{
	map_at_start(NULL, MAP_PRIVATE | MAP_ANONYMOUS);
	/* the tables are there */
	poke(AT + PG, 1);
	both_store(2);
}

/* The shared zeros were mapped. */
static void stores_over_zeros(void **state)
{
	map_at_start(NULL, MAP_PRIVATE | MAP_ANONYMOUS);
	assert_int_equal(peek(AT), 0);
	both_store(1);
}

/* Both copy a page that is shared with a child: one copy counts. */
static void two_copies(void **state)
{
	map_at_start(NULL, MAP_PRIVATE | MAP_ANONYMOUS);
	assert_int_equal(poke(AT, 'a'), 0);
	child = vm_space_fork(s);
	for (unsigned when = 0; when < 3; when++) {
		race(other_store, when);
		assert_int_equal(poke(AT + 1, 'm'), 0);
		stub_before_lock = NULL;
		assert_int_equal(peek(AT), acted ? 'o' : peek(AT));
		assert_int_equal(peek(AT + 1), 'm');
		assert_int_equal(atomic_read(&s->rss_anon), 1);
		/* anew */
		vm_space_put(child);
		assert_int_equal(poke(AT, 'a'), 0);
		child = vm_space_fork(s);
	}
}

/* The page goes while we are about to store to it as its only user. */
static void reuse_and_drop(void **state)
{
	map_at_start(NULL, MAP_PRIVATE | MAP_ANONYMOUS);
	assert_int_equal(poke(AT, 'a'), 0);
	/* read-only, and its only user again */
	vm_space_put(vm_space_fork(s));
	race(other_drop, 0);
	assert_int_equal(poke(AT + 1, 'm'), 0);
	over();
	assert_int_equal(peek(AT), 0);
	assert_int_equal(peek(AT + 1), 'm');
	assert_int_equal(atomic_read(&s->rss_anon), 1);
}

static void is_cut(void)
{
	over();
	assert_false(host_mapped(AT));
	assert_int_equal(peek(AT), -VM_FAULT_BUS);
	assert_int_equal(vm_rss(s), 0);
}

/*
 * A page that is cut off its file is not entered after that: one of the cache,
 * and one that the fault itself brings in.
 */
static void cut_while_read(void **state)
{
	map_at_start(file, MAP_SHARED);
	for (unsigned when = 0; when < 2; when++) {
		struct page *p;

		file->inode->size = PAGES * PG;
		if (when == 0) {
			assert_int_equal(mapping_get(&file->inode->mapping, 0,
						     &p), 0);
			page_put(p);
		}
		race(other_truncate, when);
		peek(AT);
		is_cut();
	}
}

static void cut_while_written(void **state)
{
	map_at_start(file, MAP_SHARED);
	race(other_truncate, 0);
	poke(AT, 'm');
	is_cut();
}

/* Nor a copy of it. */
static void cut_while_copied(void **state)
{
	map_at_start(file, MAP_PRIVATE);
	race(other_truncate, 0);
	poke(AT, 'm');
	over();
	assert_false(host_mapped(AT));
	assert_int_equal(vm_rss(s), 0);
}

/* What goes by truncation is no longer counted as mapped. */
static void counts(void **state)
{
	struct mapping *m = &file->inode->mapping;
	struct page *p[PAGES];

	map_at_start(file, MAP_SHARED);
	for (int i = 0; i < PAGES; i++) {
		assert_int_equal(poke(AT + i * PG, 'm'), 0);
		p[i] = mapping_find(m, i);
		assert_int_equal(atomic_read(&p[i]->mapcount), 1);
	}
	child = vm_space_fork(s);
	file->inode->size = 3 * PG;
	mapping_truncate(m, 3 * PG);
	assert_int_equal(vm_rss(s), 3);
	for (int i = 0; i < PAGES; i++) {
		assert_int_equal(atomic_read(&p[i]->mapcount), i < 3);
		assert_int_equal(ref_read(&p[i]->refs), i < 3 ? 3 : 1);
		page_put(p[i]);
	}
}

/* ---- write-back ---------------------------------------------------------- */

/* Between the look for the page and the store to it: its disk has it now. */
static void other_write_back(const char *name)
{
	struct page *p = mapping_find(&file->inode->mapping, 0);

	if (!acted && !strcmp(name, "vm_space")) {
		acted = true;
		page_clear_flags(p, PG_DIRTY);
	}
	page_put(p);
}

/* A debugger's store is newer than the disk. */
static void debugger_stores(void **state)
{
	struct page *p;

	map_at_start(file, MAP_SHARED);
	assert_int_equal(poke(AT, 'm'), 0);
	acted = false;
	stub_after_unlock = other_write_back;
	assert_int_equal(vm_copy_to(s, AT, "d", 1), 1);
	stub_after_unlock = NULL;
	assert_true(acted);
	assert_int_equal(peek(AT), 'd');
	p = mapping_find(&file->inode->mapping, 0);
	assert_true(p->flags & PG_DIRTY);
	page_put(p);
}

/* ---- what another process asks ----------------------------------------- */

static void note_unlock(const char *name)
{
	acted |= !strcmp(name, "vm_space");
}

/* It looks for the mapping under the lock: a thread may unmap meanwhile. */
static void asks_locked(void **state)
{
	map_at_start(file, MAP_SHARED);
	acted = false;
	stub_after_unlock = note_unlock;
	assert_true(vm_may_access(s, AT, MAP_R));
	stub_after_unlock = NULL;
	assert_true(acted);
}

/* ---- the reverse map ----------------------------------------------------- */

static unsigned holes, looks;

/* Whenever its lock is free all pages must be found by it. */
static void after_unlock(const char *name)
{
	unsigned long pages = 0;
	struct vma *v;

	if (strcmp(name, "file mapping"))
		return;
	list_for_each(v, &file->inode->mapping.vmas, map_link)
		pages += vma_pages(v);
	looks++;
	holes += pages < PAGES;
}

static void always_found(void **state)
{
	map_at_start(file, MAP_SHARED);
	for (int i = 0; i < PAGES; i++)
		assert_int_equal(poke(AT + i * PG, 'm'), 0);
	looks = holes = 0;
	stub_after_unlock = after_unlock;
	assert_int_equal(vm_protect(s, AT + 2 * PG, 3 * PG, PROT_READ), 0);
	assert_int_equal(vm_protect(s, AT + 5 * PG, PG, PROT_READ), 0);
	assert_int_equal(vm_protect(s, AT, PAGES * PG, RW), 0);
	assert_int_equal(vm_remap(s, AT + 2 * PG, 3 * PG, 3 * PG,
				  MREMAP_MAYMOVE | MREMAP_FIXED,
				  AT + 20 * PG), AT + 20 * PG);
	assert_int_equal(vm_remap(s, AT + 20 * PG, 3 * PG, 3 * PG,
				  MREMAP_MAYMOVE | MREMAP_FIXED,
				  AT + 2 * PG), AT + 2 * PG);
	stub_after_unlock = NULL;
	assert_true(looks > 5);
	assert_int_equal(holes, 0);
}

/* ---- the frame ----------------------------------------------------------- */

static int open_space_and_file(void **state)
{
	child = NULL;
	s = begin_with_space(AT + 1000 * PG);
	file = stub_file(PAGES * PG, FMODE_READ | FMODE_WRITE, NULL);
	return 0;
}

static int close_space_and_file(void **state)
{
	vma_check(s);
	if (child)
		vm_space_put(child);
	vm_space_put(s);
	file_put(file);
	check_no_leak();
	return 0;
}

#define CASE(fn) \
	cmocka_unit_test_setup_teardown(fn, open_space_and_file, \
					close_space_and_file)

int main(void)
{
	const struct CMUnitTest tests[] = {
		CASE(first_stores), CASE(stores_over_zeros), CASE(two_copies),
		CASE(reuse_and_drop), CASE(cut_while_read),
		CASE(cut_while_written), CASE(cut_while_copied), CASE(counts),
		CASE(debugger_stores), CASE(asks_locked), CASE(always_found),
	};

	return cmocka_run_group_tests(tests, start_spaces, NULL);
}
