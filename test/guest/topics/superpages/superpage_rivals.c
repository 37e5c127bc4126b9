/* SPDX-License-Identifier: MIT */
/*
 * Superpages where others have a say about the same page tables: pages in swap,
 * memory that another process commits, and the marks of what was used (row C5).
 */
#include <remote_vm.h>
#include "../swap/swap.h"
#include "superpage.h"

#define HUGE(p, n)	super_kb(p, (n) * super, "AnonHugePages:")
#define KB		((long)(super / 1024))
#define PAGE_OUT	21

/* Let the thread that scans go round some times, and take what it can. */
static void scan_hard(void)
{
	char most[32];
	long scans;

	snprintf(most, sizeof(most), "%lu", super / PG - 1);
	write_text_file(SCAN "max_ptes_none", most);
	write_text_file(SCAN "scan_sleep_millisecs", "5");
	write_text_file(SCAN "pages_to_scan", "100000");
	slurp(SCAN "full_scans");
	scans = atol(text);
	check(eventually(slurp(SCAN "full_scans") > 0 &&
			 atol(text) >= scans + 3), "some scans");
	write_text_file(SCAN "scan_sleep_millisecs", "10000");
	write_text_file(SCAN "pages_to_scan", "4096");
}

/* ---- swap ---------------------------------------------------------------- */

static long swapped_kib(void)
{
	return text_number("/proc/self/status", "VmSwap:");
}

/* Linux collapses nothing of which no page may be written. */
static void write_one(volatile char *p)
{
	*p = *p;
}

static void none_in_swap(long before, const char *what)
{
	if (on_older_linux(6, 2))
		tap_skip(what, "Linux 6.1 still counts what a collapse read");
	else
		check_eq(swapped_kib() - before, 0, what);
}

static void pages_out(void)
{
	long before = swapped_kib();
	char *p = super_whole();

	check_ok(madvise(p, super, PAGE_OUT), "a superpage is paged out");
	/* a page that somebody else looks at meanwhile stays */
	check(eventually(swapped_kib() - before == KB ||
			 (madvise(p, super, PAGE_OUT), 0)), "all of it");
	check_eq(HUGE(p, 1), 0, "in pieces");
	scan_hard();
	check(!HUGE(p, 1) && swapped_kib() - before > KB / 2,
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
	char *p = super_whole();

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

/* ---- memory of another process ------------------------------------------- */

/* Rights begin where they were committed, also where a superpage would fit. */
static void commit_part_of_super(void)
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

/* After fork no TLB has entries: Linux leaves them there. */
static void clear_references(void)
{
	check_eq(write_text_file("/proc/self/clear_refs", "1"), 1,
		 "clear_refs");
	in_child(do_nothing, NULL);
}

static void show_referenced(void)
{
	char *p = super_whole();

	check_eq(super_kb(p, super, "Referenced:"), KB, "all was used");
	clear_references();
	check_eq(HUGE(p, 1), KB, "it is one superpage still");
	check_eq(super_kb(p, super, "Referenced:"), 0, "that nobody used");
	check_eq(*(volatile char *)(p + 3 * PG), 4, "a page is read");
	check_eq(super_kb(p, super, "Referenced:"), KB, "one mark for all");
	check(super_holds(p, super, 1), "what was there is there");
	super_leave(p, 1);
}

static void align_frames(void)
{
	char *p = super_whole();
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
	write_text_file(THP "enabled", "always");
	show_referenced();
	align_frames();
	commit_part_of_super();
	swap();
	return tap_done();
}
