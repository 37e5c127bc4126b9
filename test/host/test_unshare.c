/* SPDX-License-Identifier: MIT */
/*
 * Two leaf tables full of pages, which fork has shared, or two superpages:
 * whatever needs one of its own has each of its allocations fail in turn (rows
 * C5, D11, E4).  Then it says so, both spaces have what they had, and nothing
 * is left over.
 */
#include "machine.h"
#include "unit.h"
#include "vma_check.h"
#include <topics/superpages/hugepage.h>
#include <topics/sharedtables/tableshare.h>
#include <mm/frames/page.h>
#include <mm/vma.h>
#include <stdio.h>
#include <uapi/mman.h>

#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)
#define RW	(PROT_READ | PROT_WRITE)
#define PG	PAGE_SIZE
#define PAGES	(2u * PT_ENTRIES)
#define BASE	(4 * PT_LEAF_SPAN)
#define FIRST	100u			/* what the operations are about */
#define LAST	(PAGES - 100u)
#define PART	(BASE + FIRST * PG)
#define LEN	((LAST - FIRST) * PG)
#define AWAY	(BASE + 4 * PT_LEAF_SPAN + 7 * PG)
#define MISSING	(FIRST / 2)		/* a page that is not there */
#define NONE	(~0u)

static struct vm_space *s, *other;

static u32 *word_at(uaddr_t at, enum fault_access how)
{
	return (u32 *)host_access(at, how);
}

static u32 value_at(uaddr_t at)
{
	u32 *w = word_at(at, FAULT_READ);

	return w ? *w : NONE;
}

static uaddr_t page_at(unsigned i)
{
	return BASE + i * PG;
}

static bool in_part(unsigned i)
{
	return i >= FIRST && i < LAST;
}

/* ---- what pages hold afterwards ------------------------------------------ */

static u32 whole(unsigned i)
{
	return i == MISSING ? 0 : i + 1;
}

static u32 part_gone(unsigned i)
{
	return in_part(i) ? NONE : whole(i);
}

static u32 part_zero(unsigned i)
{
	return in_part(i) ? 0 : whole(i);
}

static u32 one_stored(unsigned i)
{
	return i == FIRST ? 77 : whole(i);
}

static u32 missing_stored(unsigned i)
{
	return i == MISSING ? 78 : whole(i);
}

static u32 two_written(unsigned i)
{
	return i == PT_ENTRIES - 1u || i == PT_ENTRIES ? 79 : whole(i);
}

static void holds(struct vm_space *who, u32 (*what)(unsigned))
{
	use_space(who);
	for (unsigned i = 0; i < PAGES; i++)
		assert_int_equal(value_at(page_at(i)), what(i));
	vma_check(who);
}

/* Reads what is there, which makes no table its own. */
static void look_at(struct vm_space *who)
{
	use_space(who);
	for (unsigned i = 0; i < PAGES; i++)
		if (i != MISSING)
			assert_int_equal(value_at(page_at(i)), whole(i));
}

/* ---- operations ---------------------------------------------------------- */

static int unmap_part(void)
{
	return vm_unmap(s, PART, LEN);
}

static int map_over(void)
{
	uaddr_t at;

	return vm_map(s, PART, LEN, RW, ANON | MAP_FIXED, NULL, 0, &at);
}

static int protect_part(void)
{
	return vm_protect(s, PART, LEN, PROT_READ);
}

static int drop_part(void)
{
	return vm_advise(s, PART, LEN, MADV_DONTNEED);
}

static int move_part(void)
{
	long at = vm_remap(s, PART, LEN, LEN, MREMAP_MAYMOVE | MREMAP_FIXED,
			   AWAY);

	return at < 0 ? (int)at : 0;
}

static int grow_part(void)
{
	long at = vm_remap(s, PART, LEN, LEN + PG, MREMAP_MAYMOVE, 0);

	return (unsigned long)at > -4096ul ? (int)at : 0;
}

static int move_over(void)
{
	long at = vm_remap(s, page_at(PAGES + 3), PG, PG, MREMAP_MAYMOVE |
			   MREMAP_FIXED, PART);

	return at < 0 ? (int)at : 0;
}

/* Some pages on both sides of the border: each is copied. */
static int lock_some(void)
{
	return vm_lock(s, page_at(PT_ENTRIES - 3), 6 * PG, true, 0);
}

/* As process_vm_writev(2): a word each, in both tables. */
static int write_both(void)
{
	u32 w = 79;

	for (unsigned i = PT_ENTRIES - 1u; i <= PT_ENTRIES; i++)
		if (vm_copy_to(s, page_at(i), &w, sizeof(w)) != sizeof(w))
			return -EFAULT;
	return 0;
}

static int store_word(uaddr_t at, u32 v)
{
	u32 *w;

	use_space(s);
	w = word_at(at, FAULT_WRITE);
	if (!w)
		return host_fault_result == VM_FAULT_OOM ? -ENOMEM : -EFAULT;
	*w = v;
	return 0;
}

static int store_first(void)
{
	return store_word(page_at(FIRST), 77);
}

static int store_missing(void)
{
	return store_word(page_at(MISSING), 78);
}

static int load_missing(void)
{
	use_space(s);
	return word_at(page_at(MISSING), FAULT_READ) ? 0 :
		host_fault_result == VM_FAULT_OOM ? -ENOMEM : -EFAULT;
}

/* A child, looked at without anything failing. */
static int fork_it(u32 (*what)(unsigned))
{
	struct vm_space *child = vm_space_fork(s);
	unsigned long left = fault_inject_left;

	if (!child)
		return -ENOMEM;
	fault_inject_set(0);
	holds(child, what);
	use_space(s);
	vm_space_put(child);
	fault_inject_set(left);
	return 0;
}

static int fork_again(void)
{
	return fork_it(whole);
}

/* The rights come back, but not to store to what the other one sees, too. */
static int protect_all(void)
{
	int err = vm_protect(s, BASE, PAGES * PG, PROT_READ);

	err = err ? err : vm_protect(s, BASE, PAGES * PG, RW);
	return err ? err : store_first();
}

/* The other one has split its superpages: their frames count singly. */
static int fork_broken(void)
{
	int err = vm_protect(other, PART, LEN, PROT_READ);

	return err ? err : fork_it(whole);
}

/* A table of which a child may not have all is not shared, but copied. */
static int fork_most(void)
{
	int err = vm_advise(s, PART, LEN, MADV_DONTFORK);

	return err ? err : fork_it(part_gone);
}

static int collapse(void)
{
	huge_enabled = true;
	return huge_collapse_range(s, BASE, BASE + 2 * PT_LEAF_SPAN);
}

/* All of it, as superpages where there is memory for them. */
static int store_all(void)
{
	int err = 0;

	for (unsigned i = 0; !err && i < PAGES; i++)
		err = store_word(page_at(i), whole(i));
	return err;
}

static const struct op {
	const char *name;
	int (*act)(void);
	int error, other;		/* what it may say; 0: it cannot fail */
	u32 (*what)(unsigned);		/* the pages, when it is done */
	bool changes;			/* something, though it fails */
	bool yields;			/* what fails, it may do without */
} unsharing[] = {
	{ "munmap", unmap_part, -ENOMEM, 0, part_gone, false, false },
	{ "mmap over it", map_over, -ENOMEM, 0, part_zero, false, false },
	{ "mprotect", protect_part, -ENOMEM, 0, whole, false, false },
	{ "MADV_DONTNEED", drop_part, -ENOMEM, 0, part_zero, false, false },
	{ "mremap", move_part, -ENOMEM, 0, part_gone, false, false },
	{ "mremap and grow", grow_part, -ENOMEM, 0, part_gone, false, false },
	{ "mremap onto it", move_over, -ENOMEM, 0, NULL, false, false },
	/* its flag comes first, and stays (mlock(2): EAGAIN) */
	{ "mlock", lock_some, -ENOMEM, -EAGAIN, whole, true, false },
	{ "process_vm_writev", write_both, -EFAULT, 0, two_written, true, false },
	{ "a store", store_first, -ENOMEM, 0, one_stored, false, false },
	{ "a store to what is not there", store_missing, -ENOMEM, 0,
	  missing_stored, false, false },
	{ "a load of what is not there", load_missing, -ENOMEM, 0, whole,
	  false, false },
	{ "fork of a fork", fork_again, -ENOMEM, 0, whole, false, false },
}, superpage_ops[] = {
	{ "munmap", unmap_part, -ENOMEM, 0, part_gone, false, true },
	{ "mprotect", protect_part, -ENOMEM, 0, whole, false, true },
	{ "MADV_DONTNEED", drop_part, 0, 0, part_zero, false, false },
	{ "mremap", move_part, -ENOMEM, 0, part_gone, false, true },
	{ "mlock", lock_some, -ENOMEM, -EAGAIN, whole, true, true },
	{ "a store", store_first, -ENOMEM, 0, one_stored, false, true },
	{ "mprotect of all, a store", protect_all, -ENOMEM, 0, one_stored,
	  false, true },
	{ "fork of a fork", fork_again, -ENOMEM, 0, whole, false, true },
	{ "fork beside one in pieces", fork_broken, -ENOMEM, 0, whole, false,
	  true },
}, collapsing = { "MADV_COLLAPSE", collapse, -ENOMEM, 0, whole, false, false },
	forking = { "fork of a part", fork_most, -ENOMEM, -EAGAIN, whole, true,
		    false },
	first = { "the first store", store_all, 0, 0, whole, false, false };

/* ---- walking ------------------------------------------------------------- */

enum { EMPTY, SMALL, HUGE };

static void make_space(int kind)
{
	uaddr_t at;

	huge_enabled = kind != SMALL;
	s = new_space(BASE + 16 * PT_LEAF_SPAN);
	assert_int_equal(vm_map(s, BASE, PAGES * PG, RW, ANON | MAP_FIXED, NULL,
				0, &at), 0);
	assert_int_equal(vm_map(s, page_at(PAGES + 3), PG, RW, ANON | MAP_FIXED,
				NULL, 0, &at), 0);
	use_space(s);
	for (unsigned i = 0; kind != EMPTY && i < PAGES; i++)
		if (kind == HUGE || i != MISSING)
			*word_at(page_at(i), FAULT_WRITE) = whole(i);
}

static void drop_space(struct vm_space **who)
{
	if (*who)
		vm_space_put(*who);
	*who = NULL;
}

/* All that VMAs say, but for what merges and is cut within the part. */
static unsigned long sums(void)
{
	return s->nr_vmas + 16 * s->total + s->data + s->locked;
}

/* => it came to pass, whether n failed or not */
static bool try_once(const struct op *op, unsigned n, unsigned *failed)
{
	unsigned long before = sums();
	bool pending;
	int err;

	shrink_caches();
	fault_inject_set(n);
	err = op->act();
	pending = fault_inject_left != 0;
	fault_inject_set(0);
	if (err && err != op->error && err != op->other)
		fail_msg("%s, allocation %u: %d", op->name, n, err);
	*failed += err != 0;
	if (err && !op->changes) {
		assert_int_equal(sums(), before);
		holds(s, whole);
	} else if (!err && op->what) {
		holds(s, op->what);
	}
	if (other)
		holds(other, whole);
	use_space(s);
	/* it can be done all the same, now that there is memory */
	if (err && op->act())
		fail_msg("%s after allocation %u failed", op->name, n);
	if (op->what)
		holds(s, op->what);
	for (unsigned i = FIRST; op->act == move_part && i < LAST; i++)
		assert_int_equal(value_at(AWAY + (i - FIRST) * PG), whole(i));
	if (other)
		holds(other, whole);
	return pending;
}

/* shown: the other one has read its pages, so its tables are not hidden. */
static void fail_each(const struct op *op, int kind, bool forked, bool shown)
{
	unsigned failed = 0, n = 1;
	bool through = false;

	for (; !through; n++) {
		assert_true(n < 200);
		use_space(NULL);
		note_memory();
		make_space(kind);
		if (forked) {
			other = vm_space_fork(s);
			assert_non_null(other);
		}
		if (shown)
			look_at(other);
		use_space(s);
		through = try_once(op, n, &failed);
		use_space(NULL);
		drop_space(&s);
		drop_space(&other);
		check_no_leak();
	}
	if (getenv("VERBOSE"))
		fprintf(stderr, "%s: %u of %u failed\n", op->name, failed,
			n - 2);
	if (op->error ? !failed || (!op->yields && failed != n - 2) : failed)
		fail_msg("%s: %u allocations, %u failures", op->name, n - 2,
			 failed);
}

static void tables_unshare(void **state)
{
	for (unsigned i = 0; i < ARRAY_SIZE(unsharing); i++)
		for (int shown = 0; shown < 2; shown++)
			fail_each(&unsharing[i], SMALL, true, shown);
	fail_each(&forking, SMALL, true, false);
}

static void superpages_unshare(void **state)
{
	for (unsigned i = 0; i < ARRAY_SIZE(superpage_ops); i++)
		fail_each(&superpage_ops[i], HUGE, true, false);
	fail_each(&first, EMPTY, false, false);
	fail_each(&collapsing, SMALL, false, false);
	fail_each(&collapsing, SMALL, true, false);
}

static int start_sharing(void **state)
{
	start_spaces(state);
	share_init();
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(tables_unshare),
		cmocka_unit_test(superpages_unshare),
	};

	return cmocka_run_group_tests(tests, start_sharing, NULL);
}
