/* SPDX-License-Identifier: MIT */
/*
 * Superpages where others have a say about the same page tables: pages in swap,
 * user code that answers faults, memory that another process commits, and the
 * marks of what was used (row C5).
 */
#include <remote_vm.h>
#include "../swap/swap.h"
#include "../userfaultfd/uffd.h"
#include "superpage.h"

#define HUGE(p, n)	super_kb(p, (n) * super, "AnonHugePages:")
#define KB		((long)(super / 1024))
#define PAGE_OUT	21

static char *whole(void)
{
	char *p = super_anon(1);

	super_fill(p, super, 1);
	if (HUGE(p, 1) != KB)
		printf("# no superpage\n");
	return p;
}

/* Let the thread that scans go round some times, and take what it can. */
static void scan_hard(void)
{
	char most[32];
	long scans;

	snprintf(most, sizeof(most), "%lu", super / PG - 1);
	store(SCAN "max_ptes_none", most);
	store(SCAN "scan_sleep_millisecs", "5");
	store(SCAN "pages_to_scan", "100000");
	slurp(SCAN "full_scans");
	scans = atol(text);
	check(eventually(slurp(SCAN "full_scans") > 0 &&
			 atol(text) >= scans + 3), "some scans");
	store(SCAN "scan_sleep_millisecs", "10000");
	store(SCAN "pages_to_scan", "4096");
}

/* ---- swap ---------------------------------------------------------------- */

static long swapped(void)
{
	return field("/proc/self/status", "VmSwap:");
}

/* Linux collapses nothing of which no page may be written. */
static void write_one(volatile char *p)
{
	*p = *p;
}

static void none_in_swap(long before, const char *what)
{
	if (sizeof(long) == 4 && on_other_kernel())
		tap_skip(what, "Linux 6.1 still counts what a collapse read");
	else
		check_eq(swapped() - before, 0, what);
}

static void pages_out(void)
{
	long before = swapped();
	char *p = whole();

	check_ok(madvise(p, super, PAGE_OUT), "a superpage is paged out");
	/* a page that somebody else looks at meanwhile stays */
	check(eventually(swapped() - before == KB ||
			 (madvise(p, super, PAGE_OUT), 0)), "all of it");
	check_eq(HUGE(p, 1), 0, "in pieces");
	scan_hard();
	check(!HUGE(p, 1) && swapped() - before > KB / 2,
	      "a scan does not bring it back");
	check(super_holds(p, super / 2, 1), "a half is read");
	write_one(p);
	check_ok(madvise(p, super, ADV_COLLAPSE),
		 "MADV_COLLAPSE, a half being out");
	check_eq(HUGE(p, 1), KB, "one superpage");
	none_in_swap(before, "none of it is in swap");
	check(super_holds(p, super, 1), "what was there is there");
	check_ok(madvise(p, super, PAGE_OUT), "out again");
	check_ok(madvise(p + super / 2, PG, MADV_DONTNEED), "a page is lost");
	write_one(p);
	check_ok(madvise(p, super, ADV_COLLAPSE), "MADV_COLLAPSE of the rest");
	check(HUGE(p, 1) == KB && !p[super / 2] &&
	      super_holds(p, super / 2, 1), "zeros for the page");
	super_leave(p, 1);
	none_in_swap(before, "no slot is left");
}

static void page_out_its(void *arg)
{
	char *p = arg;

	madvise(p, super, PAGE_OUT);
	*(unsigned long *)(p + 3 * PG) = 4;
	madvise(p, super, PAGE_OUT);
	madvise(p, super, ADV_COLLAPSE);
	_exit(super_holds(p, super, 1) ? 42 : 1);
}

static void pages_of_both(void)
{
	char *p = whole();

	check_eq(in_child(page_out_its, p), 42 << 8,
		 "a child pages out what it shares");
	check(super_holds(p, super, 1), "the parent does not see that");
	madvise(p, super, PAGE_OUT);
	check_eq(in_child(page_out_its, p), 42 << 8, "what both have in swap");
	check(super_holds(p, super, 1), "the same");
	super_leave(p, 1);
}

static void swap(void)
{
	if (!syscall(SYS_swapon, DISK, 0)) {
		pages_out();
		pages_of_both();
		check_ok(syscall(SYS_swapoff, DISK), "swapoff");
	} else {
		tap_skip("swap", "no disk");
	}
}

/* ---- user code that answers ---------------------------------------------- */

/* A page that is missing asks for itself, and nothing comes beside it. */
static void ask_for(int fd, char *at, int value)
{
	static __attribute__((aligned(4096))) char page[PG];
	struct toucher t;
	struct msg m;

	start_touch(&t, at, value);
	m = next_msg(fd);
	check_eq(m.address, (unsigned long)at, "a missing page asks");
	uffd_copy(fd, at, page, PG, 0);
	thread_join(&t.thread);
	check_eq(t.value, value, "and is there");
}

static void missing(void)
{
	int fd = uffd_new(0, 0);
	char *p = super_anon(2);

	check_ok(uffd_register(fd, p, 2 * super, MISSING), "registered");
	ask_for(fd, p + 5 * PG, 6);
	ask_for(fd, p + 6 * PG, 7);
	check_eq(super_kb(p, 2 * super, "Rss:"), 2 * PG / 1024, "two pages");
	check(madvise(p, super, ADV_COLLAPSE) < 0,
	      "MADV_COLLAPSE fills no missing page");
	scan_hard();
	check_eq(HUGE(p, 2), 0, "nor does a scan");
	ask_for(fd, p + 7 * PG, 8);
	ask_for(fd, p + super, 9);
	check_ok(on_range(fd, UNREGISTER, p, 2 * super), "unregistered");
	check_ok(madvise(p, super, ADV_COLLAPSE), "now it may");
	check(HUGE(p, 1) == KB && p[5 * PG] == 6 && p[7 * PG] == 8 && !p[0],
	      "a superpage");
	madvise(p, super, MADV_DONTNEED);
	check_ok(uffd_register(fd, p, super, MISSING), "empty and registered");
	ask_for(fd, p, 3);
	close(fd);
	super_leave(p, 2);
}

static void protected_page(void)
{
	int fd = uffd_new(0, FEATURE_WP);
	struct toucher t;
	struct msg m;
	char *p = whole();

	check_ok(uffd_register(fd, p, super, WP), "a superpage is registered");
	check_ok(uffd_protect(fd, p + 9 * PG, PG, 1), "a page is protected");
	scan_hard();
	madvise(p, super, ADV_COLLAPSE);
	super_fill(p, 9 * PG, 1);
	*(unsigned long *)(p + super - PG) = super / PG;
	check(super_holds(p, super, 1), "others can be stored to");
	start_touch(&t, p + 9 * PG, 77);
	m = next_msg(fd);
	check(m.address == (unsigned long)p + 9 * PG && m.flags == 3,
	      "a store to that one asks");
	uffd_protect(fd, p + 9 * PG, PG, 0);
	thread_join(&t.thread);
	check_eq(p[9 * PG], 77, "and goes on");
	close(fd);
	check_ok(madvise(p, super, ADV_COLLAPSE), "nobody asks any more");
	check_eq(HUGE(p, 1), KB, "a superpage");
	super_leave(p, 1);
}

static void user_faults(void)
{
	int fd = uffd_new(0, FEATURE_WP);

	if (fd < 0) {
		tap_skip("userfaultfd", "no such call");
		return;
	}
	close(fd);
	missing();
	protected_page();
}

/* ---- memory of another process ------------------------------------------- */

/* Rights begin where they were committed, also where a superpage would fit. */
static void committed(void)
{
	int self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	char *p = super_place(2);

	munmap(p, 2 * super);
	if (vm_reserve(self, p, 2 * super) != p) {
		tap_skip("reserved memory", "no such call");
		close(self);
		return;
	}
	check_err(EINVAL, madvise(p, super, ADV_COLLAPSE), "reserved only");
	check_ok(vm_commit(self, p + PG, 2 * super - PG, RW), "committed");
	p[super] = p[PG] = 1;
	check_eq(store_fault(p), SIGSEGV, "the page below is not");
	check(p[super] == 1 && p[PG] == 1 && !p[super - 1], "the others are");
	check_ok(vm_decommit(self, p + super + PG, PG), "given back");
	check_eq(store_fault(p + super + PG), SIGSEGV, "a page of the middle");
	check(p[super] == 1 && !p[super + 2 * PG], "those beside stay");
	vm_release(self, p, 2 * super);
	munmap(p - PG, PG);
	munmap(p + 2 * super, PG);
	close(self);
}

/* ---- what was used, and where it is -------------------------------------- */

static void nothing(void *arg)
{
	(void)arg;
}

/* After fork no TLB has entries: Linux leaves them there. */
static void forget(void)
{
	check_eq(store("/proc/self/clear_refs", "1"), 1, "clear_refs");
	in_child(nothing, NULL);
}

static void used(void)
{
	char *p = whole();

	check_eq(super_kb(p, super, "Referenced:"), KB, "all was used");
	forget();
	check_eq(HUGE(p, 1), KB, "it is one superpage still");
	check_eq(super_kb(p, super, "Referenced:"), 0, "that nobody used");
	check_eq(*(volatile char *)(p + 3 * PG), 4, "a page is read");
	check_eq(super_kb(p, super, "Referenced:"), KB, "one mark for all");
	check(super_holds(p, super, 1), "what was there is there");
	super_leave(p, 1);
}

static void frames(void)
{
	char *p = whole();
	uint64_t first = super_frame(p);

	check_eq(first % (super / PG), 0, "frames are aligned,");
	check_eq(super_frame(p + super - PG) - first, super / PG - 1,
		 "and follow each other");
	check(super_word_of("/proc/kpageflags", first) & 1ull << 22 &&
	      super_word_of("/proc/kpageflags", first + 7) & 1ull << 22,
	      "kpageflags: of a superpage");
	check_eq(super_word_of("/proc/kpagecount", first + 7), 1, "kpagecount");
	mprotect(p, PG, PROT_READ);
	check(super_frame(p) == first && super_frame(p + 7 * PG) == first + 7,
	      "in pieces they stay where they are");
	madvise(p, super, ADV_COLLAPSE);
	super_leave(p, 1);
}

int main(void)
{
	if (!super_start())
		return tap_skip_all("the machine has no superpages");
	if (write_header(good_header()) != PG)
		printf("# no empty disk\n");
	store(THP "enabled", "always");
	used();
	frames();
	user_faults();
	committed();
	swap();
	return tap_done();
}
