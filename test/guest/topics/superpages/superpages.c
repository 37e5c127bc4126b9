/* SPDX-License-Identifier: MIT */
/*
 * Superpages of anonymous memory (row C5): they come at the first fault, when
 * they are asked for, and by a scan in the background; they go in pieces where
 * a part changes; and what is in memory stays.
 */
#include <thread.h>
#include "audit.h"
#include "superpage.h"

#define HUGE(p, n)	super_kb(p, (n) * super, "AnonHugePages:")
#define KB		((long)(super / 1024))
#define THREADS		2
#define PR_SET_THP	41

/* Pages, each touched by itself: the advice comes after. */
static char *map_in_pages(unsigned n)
{
	char *p = super_anon(n);

	madvise(p, n * super, ADV_NOHUGE);
	super_fill(p, n * super, 1);
	return p;
}

/* ---- at the first fault -------------------------------------------------- */

static void at_fault(void)
{
	long before = super_count("/proc/vmstat", "thp_fault_alloc");
	char *p = super_anon(2);

	p[5 * PG] = 1;
	check_eq(HUGE(p, 2), KB, "a store: one superpage");
	check_eq(super_kb(p, super, "Rss:"), KB, "all of it is resident");
	check_eq(super_kb(p, super, "THPeligible:"), 1, "eligible");
	check(super_count("/proc/vmstat", "thp_fault_alloc") > before,
	      "thp_fault_alloc counts it");
	check(super_count("/proc/meminfo", "AnonHugePages") >= KB,
	      "so does AnonHugePages");
	check(p[0] == 0 && p[super - 1] == 0 && p[5 * PG] == 1, "zeros");
	super_leave(p, 2);
}

/* ---- asked for ----------------------------------------------------------- */

/* A copy of text: instruction fetch is told of it, which a checker looks for. */
static void collapse_text(void)
{
	char *p = map_in_pages(1);

	check_ok(mprotect(p, super, RW | PROT_EXEC), "text");
	madvise(p, super, ADV_HUGE);
	check_ok(madvise(p, super, ADV_COLLAPSE), "MADV_COLLAPSE of text");
	check_eq(HUGE(p, 1), KB, "one superpage of text");
	check(super_holds(p, super, 1), "it is what it was");
	super_leave(p, 1);
}

static void collapse_when_asked(void)
{
	char *p = map_in_pages(2);

	check_eq(HUGE(p, 2), 0, "single pages");
	check_err(EINVAL, madvise(p, super, ADV_COLLAPSE),
		  "MADV_COLLAPSE where superpages are not wanted");
	madvise(p, 2 * super, ADV_HUGE);
	check_err(EINVAL, madvise(p + PG, PG, ADV_COLLAPSE), "a page");
	check_ok(madvise(p + PG, super, ADV_COLLAPSE), "parts of two");
	check_eq(HUGE(p, 2), 0, "nothing");
	check_ok(madvise(p, super, ADV_COLLAPSE), "MADV_COLLAPSE");
	check_eq(HUGE(p, 2), KB, "one superpage");
	check_ok(madvise(p, super, ADV_COLLAPSE), "again");
	check_ok(madvise(p + PG, 2 * super - PG, ADV_COLLAPSE), "the rest");
	check_eq(HUGE(p, 2), 2 * KB, "two");
	check(super_holds(p, 2 * super, 1), "what was there is there");
	super_leave(p, 2);
	p = super_anon(1);
	check_err(EINVAL, madvise(p, super, ADV_COLLAPSE), "never touched");
	check_err(EINVAL, madvise(p + 1, super, ADV_COLLAPSE), "unaligned");
	madvise(p, super, ADV_NOHUGE);
	p[0] = 1;
	madvise(p, super, ADV_HUGE);
	syscall(SYS_prctl, PR_SET_THP, 1, 0, 0, 0);
	check_err(EINVAL, madvise(p, super, ADV_COLLAPSE),
		  "PR_SET_THP_DISABLE");
	syscall(SYS_prctl, PR_SET_THP, 0, 0, 0, 0);
	check_ok(madvise(p, super, ADV_COLLAPSE), "one page of all");
	check_eq(super_kb(p, super, "Rss:"), KB, "is all of them");
	check(p[0] == 1 && !p[PG] && !p[super - 1], "zeros");
	super_leave(p, 1);
}

/* process_madvise(2), which a debugger or a manager of memory would use. */
static void asked_from_outside(void)
{
	char *p = map_in_pages(1);
	struct {
		void *base;
		unsigned long len;
	} v = { p, super };
	int fd = (int)syscall(SYS_pidfd_open, getpid(), 0);

	madvise(p, super, ADV_HUGE);
	check_eq(syscall(SYS_process_madvise, fd, &v, 1, ADV_COLLAPSE, 0),
		 super, "MADV_COLLAPSE by process_madvise");
	check_eq(HUGE(p, 1), KB, "likewise");
	check(super_holds(p, super, 1), "and nothing is lost");
	close(fd);
	super_leave(p, 1);
}

static void collapse_read_only(void)
{
	char *p = map_in_pages(1);

	madvise(p, super, ADV_HUGE);
	mprotect(p, super, PROT_READ);
	check_err(EINVAL, madvise(p, super, ADV_COLLAPSE),
		  "nothing that can be written");
	mprotect(p, super, RW);
	super_fill(p, super, 2);
	check_ok(madvise(p, super, ADV_COLLAPSE), "writable again");
	check(super_holds(p, super, 2), "what was stored");
	super_leave(p, 1);
}

/* ---- in the background --------------------------------------------------- */

static volatile int stop;
static char *area;
static unsigned long rounds[THREADS];

/* Counts up in a word of its own in every page. */
static void *count_in_pages(void *arg)
{
	unsigned long who = (unsigned long)arg, n = 0;

	do {
		n++;
		for (unsigned long at = 0; at < super; at += PG)
			((volatile unsigned long *)(area + at))[1 + who] = n;
	} while (!stop);
	rounds[who] = n;
	return NULL;
}

static int all_counted_to(void)
{
	for (unsigned long at = 0; at < super; at += PG)
		for (unsigned who = 0; who < THREADS; who++)
			if (((unsigned long *)(area + at))[1 + who] !=
			    rounds[who])
				return 0;
	return 1;
}

static void collapse_written_pages(void)
{
	struct thread t[THREADS];

	stop = 0;
	area = map_in_pages(1);
	for (unsigned long k = 0; k < THREADS; k++)
		if (thread_create(&t[k], count_in_pages, (void *)k))
			tap_bail("thread");
	madvise(area, super, ADV_HUGE);
	check(eventually(HUGE(area, 1) == KB), "the scan found the pages");
	for (int k = 0; k < 20; k++) {
		area[0] = 0;
		mprotect(area + PG, PG, RW | PROT_EXEC);
		mprotect(area + PG, PG, RW);
		madvise(area, super, ADV_COLLAPSE);
	}
	*(unsigned long *)area = 1;
	stop = 1;
	for (int k = 0; k < THREADS; k++)
		thread_join(&t[k]);
	check(all_counted_to(), "no store of %d threads was lost", THREADS);
	check(super_holds(area, super, 1), "nor what was there before");
	super_leave(area, 1);
}

/* A page is missing: only a scan that may fill it does. */
static void missing(void)
{
	char *p = map_in_pages(1), most[32];
	long scans;

	madvise(p + 3 * PG, PG, MADV_DONTNEED);
	write_text_file(SCAN "max_ptes_none", "0");
	madvise(p, super, ADV_HUGE);
	slurp(SCAN "full_scans");
	scans = atol(text);
	check(eventually(slurp(SCAN "full_scans") > 0 &&
			 atol(text) >= scans + 3), "some scans");
	check_eq(HUGE(p, 1), 0, "a page is missing");
	snprintf(most, sizeof(most), "%lu", super / PG - 1);
	write_text_file(SCAN "max_ptes_none", most);
	check(eventually(HUGE(p, 1) == KB), "now it may be");
	check(!p[3 * PG] && *(unsigned long *)(p + 4 * PG) == 5, "zeros");
	super_leave(p, 1);
}

static void in_background(void)
{
	long before = super_count("/proc/vmstat", "thp_collapse_alloc");

	write_text_file(SCAN "scan_sleep_millisecs", "5");
	write_text_file(SCAN "pages_to_scan", "100000");
	collapse_written_pages();
	missing();
	check(super_count("/proc/vmstat", "thp_collapse_alloc") > before,
	      "thp_collapse_alloc counts");
	write_text_file(SCAN "scan_sleep_millisecs", "10000");
	write_text_file(SCAN "pages_to_scan", "4096");
}

/* ---- a part changes ------------------------------------------------------ */

static void end_part_of_memory(char *p, const char *what)
{
	unsigned long half = super / 2;

	check_eq(HUGE(p, 1), 0, "%s: no superpage", what);
	check(super_holds(p, half, 1), "%s: the rest is as it was", what);
	super_leave(p, 1);
}

static void split_memory(void)
{
	unsigned long half = super / 2;
	long splits = super_count("/proc/vmstat", "thp_split_pmd");
	char *p = super_whole(), *q, most[16];

	/* the background's last pass may not be over: it is to leave holes */
	write_text_file(SCAN "max_ptes_none", "0");
	mprotect(p + half, PG, PROT_READ);
	end_part_of_memory(p, "mprotect");
	p = super_whole();
	munmap(p + half, PG);
	end_part_of_memory(p, "munmap");
	p = super_whole();
	madvise(p + half, PG, MADV_DONTNEED);
	check_eq(p[half], 0, "zeros");
	end_part_of_memory(p, "MADV_DONTNEED");
	p = super_whole();
	q = super_anon(1);
	check(mremap(p + half, half, half, MREMAP_MAYMOVE | MREMAP_FIXED,
		     q + half) == q + half, "mremap of a half");
	check_eq(*(unsigned long *)(q + half), half / PG + 1, "moved");
	super_leave(q, 1);
	end_part_of_memory(p, "mremap");
	snprintf(most, sizeof(most), "%lu", super / PG - 1);
	write_text_file(SCAN "max_ptes_none", most);
	check(super_count("/proc/vmstat", "thp_split_pmd") >= splits + 4,
	      "thp_split_pmd counts");
}

/* All of it: it stays one. */
static void change_all_of_it(void)
{
	char *p = super_whole(), *q = super_place(1);

	mprotect(p, super, PROT_READ);
	check_eq(HUGE(p, 1), KB, "mprotect of all");
	mprotect(p, super, RW);
	p[0] = 1;
	check_eq(HUGE(p, 1), KB, "and back, with a store");
	check(mremap(p, super, super, MREMAP_MAYMOVE | MREMAP_FIXED, q) == q,
	      "mremap of all");
	check_eq(HUGE(q, 1), KB, "as one");
	check(super_holds(q, super, 1), "what was there");
	madvise(q, super, MADV_DONTNEED);
	check_eq(HUGE(q, 1), 0, "MADV_DONTNEED of all");
	check_eq(q[super - 1], 0, "zeros");
	super_leave(q, 1);
	super_leave(p, 1);
}

static void copy_one_page(void *arg)
{
	char *p = arg;

	if (HUGE(p, 1) != KB)
		_exit(1);
	*(unsigned long *)(p + 7 * PG) = 0;
	if (HUGE(p, 1))
		_exit(2);
	*(unsigned long *)(p + 7 * PG) = 8;
	_exit(super_holds(p, super, 1) ? 42 : 3);
}

static void copy_in_child(void)
{
	char *p = super_whole();

	check_eq(in_child(copy_one_page, p), 42 << 8,
		 "a child has it, and copies a page of it");
	check(super_holds(p, super, 1), "the parent does not see that");
	p[0] = 1;
	check(super_holds(p, super, 1), "nor anything of its own store");
	super_leave(p, 1);
}

static void collapse_in_child(void *arg)
{
	char *p = arg;

	if (madvise(p, super, ADV_COLLAPSE) || HUGE(p, 1) != KB)
		_exit(1);
	if (!super_holds(p, super, 1))
		_exit(2);
	memset(p, 9, super);
	_exit(42);
}

/* Pages, and the table of them, that a child shares with its parent. */
static void collapse_copies(void)
{
	char *p = map_in_pages(1);

	madvise(p, super, ADV_HUGE);
	if (on_other_kernel())
		tap_skip("shared pages", "some Linux refuses read-only ones");
	else
		check_eq(in_child(collapse_in_child, p), 42 << 8,
			 "a child makes its own superpage of what it shares");
	check(!HUGE(p, 1) && super_holds(p, super, 1),
	      "the parent has its pages");
	check_ok(madvise(p, super, ADV_COLLAPSE), "and makes one of them");
	check(HUGE(p, 1) == KB && super_holds(p, super, 1), "it is whole");
	super_leave(p, 1);
}

/* ---- switches ------------------------------------------------------------ */

static void choose_each_word(const char *path, const char *const *list)
{
	char before[32];

	snprintf(before, sizeof(before), "%s", super_word(path));
	for (; *list; list++) {
		write_text_file(path, *list);
		check(!strcmp(super_word(path), *list), "%s: %s", path, *list);
	}
	check_err(EINVAL, write_text_file(path, "sometimes"), "%s: sometimes",
		  path);
	check_err(EINVAL, write_text_file(path, "alway"), "%s: alway", path);
	write_text_file(path, before);
}

static void set_scan_number(const char *name, const char *good, const char *bad)
{
	char path[128], before[32];

	snprintf(path, sizeof(path), SCAN "%s", name);
	slurp(path);
	snprintf(before, sizeof(before), "%s", text);
	check(write_text_file(path, good) > 0, "%s: %s", name, good);
	slurp(path);
	check_eq(atol(text), atol(good), "%s: told", name);
	check_err(EINVAL, write_text_file(path, bad), "%s: %s", name, bad);
	check_err(EINVAL, write_text_file(path, "many"), "%s: many", name);
	write_text_file(path, before);
}

static void read_as_nobody(void *arg)
{
	(void)arg;
	if (setuid(1234))
		_exit(1);
	_exit(open(THP "enabled", O_WRONLY) < 0 && errno == EACCES &&
	      open(THP "enabled", O_RDONLY) >= 0 ? 42 : 2);
}

static void switch_each_word(void)
{
	static const char *const enabled[] = { "always", "madvise", "never",
					       NULL };
	static const char *const defrag[] = { "always", "defer",
		"defer+madvise", "madvise", "never", NULL };
	static const char *const shmem[] = { "always", "within_size", "advise",
					     "never", "deny", "force", NULL };
	char most[32];

	choose_each_word(THP "enabled", enabled);
	choose_each_word(THP "defrag", defrag);
	choose_each_word(THP "shmem_enabled", shmem);
	set_scan_number("pages_to_scan", "5", "0");
	set_scan_number("scan_sleep_millisecs", "20", "-1");
	set_scan_number("alloc_sleep_millisecs", "20", "5000000000");
	set_scan_number("defrag", "0", "2");
	snprintf(most, sizeof(most), "%lu", super / PG);
	set_scan_number("max_ptes_none", "7", most);
	check_eq(in_child(read_as_nobody, NULL), 42 << 8,
		 "not a user's to set");
}

static void set_modes_of_thp(void)
{
	char *p;

	write_text_file(THP "enabled", "madvise");
	p = super_anon(2);
	madvise(p + super, super, ADV_HUGE);
	p[0] = p[super] = 1;
	check_eq(HUGE(p, 1), 0, "madvise: none unasked");
	check_eq(HUGE(p + super, 1), KB, "madvise: one where asked");
	super_leave(p, 2);
	write_text_file(THP "enabled", "never");
	p = super_anon(1);
	madvise(p, super, ADV_HUGE);
	p[0] = 1;
	check_eq(HUGE(p, 1), 0, "never");
	check_eq(super_kb(p, super, "THPeligible:"), 0, "not eligible");
	super_leave(p, 1);
	write_text_file(THP "enabled", "always");
}

/* ---- what is left -------------------------------------------------------- */

/* Whole ones, one in parts, one shared with a child: it ends with them. */
static void use_all_ways(void *arg)
{
	char *p = map_in_pages(3);

	(void)arg;
	madvise(p, 3 * super, ADV_HUGE);
	madvise(p, 3 * super, ADV_COLLAPSE);
	madvise(p + super, PG, MADV_DONTNEED);
	super_whole();
	in_child(copy_one_page, super_whole());
}

int main(void)
{
	if (!super_start())
		return tap_skip_all("the machine has no superpages");
	write_text_file(THP "enabled", "always");
	at_fault();
	collapse_when_asked();
	collapse_text();
	asked_from_outside();
	collapse_read_only();
	in_background();
	split_memory();
	change_all_of_it();
	copy_in_child();
	collapse_copies();
	switch_each_word();
	set_modes_of_thp();
	super_nothing_left(use_all_ways);
	return tap_done();
}
