/* SPDX-License-Identifier: MIT */
/*
 * Each allocation on the way out and in fails in its turn (rows D11, D13):
 * swapon(2), swapoff(2), MADV_PAGEOUT, a fault on what is out, fork(2) and
 * mremap(2) of it.  The call says ENOMEM or is done, nothing that a program
 * stored is lost, and no slot or frame is left behind.
 */
#include "../../scarcity/fail_allocs.h"
#include "swap.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif
#define PAGES	48
#define SLACK	63			/* pages that caches keep */
#define PASSED	4			/* times that nothing failed: done */

static char *at;

static void fill_swapped(void)
{
	for (int i = 0; i < PAGES; i++)
		at[i * PG] = at[i * PG + 4000] = (char)(i + 1);
}

static int swapped_intact(void)
{
	for (int i = 0; i < PAGES; i++)
		if (at[i * PG] != (char)(i + 1) ||
		    at[i * PG + 4000] != (char)(i + 1))
			return 0;
	return 1;
}

static int page_all_out(void)
{
	return madvise(at, PAGES * PG, MADV_PAGEOUT);
}

/* fn() => it did what it may do, whatever failed; undo() without that */
static void fail_each_in_swap(const char *what, int (*fn)(void),
			      int (*undo)(void), int out)
{
	int bad = 0, failed = 0, passed = 0;

	for (int n = 1; n < MOST && passed < PASSED; n++) {
		int ok;

		if (out)
			page_all_out();
		inject_nth(n);
		ok = fn();
		passed = inject_pending() ? passed + 1 : 0;
		inject_nth(0);
		failed += !passed;
		ok &= !undo || undo();
		if (!ok || !swapped_intact()) {
			printf("# allocation %d: errno %d\n", n, errno);
			bad++;
		}
	}
	check_eq(bad, 0, "%s: whatever fails, nothing is lost", what);
	check(failed && passed == PASSED, "%s: %d allocations failed", what,
	      failed);
}

static int done_or_enomem(long r)
{
	return !r || errno == ENOMEM;
}

static int turned;			/* the last call was done */

/* A header that there is no memory to read cannot be read. */
static int turn_on(void)
{
	turned = !syscall(SYS_swapon, DISK, 0);
	return turned || errno == ENOMEM || errno == EIO;
}

static int off_again(void)
{
	return !turned || !syscall(SYS_swapoff, DISK);
}

static int turn_off(void)
{
	turned = !syscall(SYS_swapoff, DISK);
	return done_or_enomem(turned - 1);
}

static int on_again(void)
{
	return !turned || !syscall(SYS_swapon, DISK, 0);
}

static int go_out(void)
{
	return done_or_enomem(page_all_out());
}

static int come_in(void)
{
	return swapped_intact();
}

static int fork_swapped_out(void)
{
	int st = 0;
	pid_t pid = fork();

	if (!pid)
		_exit(!swapped_intact());
	if (pid < 0)
		return errno == ENOMEM;
	waitpid(pid, &st, 0);
	return st == 0;
}

/* Both have the pages, and store to them. */
static int store_on_both_sides(void)
{
	int st = 0;
	pid_t pid = fork();

	if (!pid) {
		fill_swapped();
		_exit(!swapped_intact());
	}
	if (pid < 0)
		return errno == ENOMEM;
	fill_swapped();
	waitpid(pid, &st, 0);
	return st == 0;
}

static int move_swapped(void)
{
	char *to = mremap(at, PAGES * PG, PAGES * PG,
			  MREMAP_MAYMOVE | MREMAP_FIXED,
			  at + (2l << 20) * (((long)at >> 21) & 1 ? -1 : 1));

	if (to == MAP_FAILED)
		return errno == ENOMEM;
	at = to;
	return 1;
}

static void with_area(void)
{
	long free;

	check_eq(syscall(SYS_swapon, DISK, 0), 0, "swapon");
	free = text_number("/proc/meminfo", "SwapFree:");
	fill_swapped();
	fail_each_in_swap("MADV_PAGEOUT", go_out, NULL, 0);
	fail_each_in_swap("a fault", come_in, NULL, 1);
	fail_each_in_swap("fork", fork_swapped_out, NULL, 1);
	fail_each_in_swap("a copy after fork", store_on_both_sides, NULL, 1);
	fail_each_in_swap("mremap", move_swapped, NULL, 1);
	fail_each_in_swap("swapoff", turn_off, on_again, 1);
	check(swapped_intact(), "all is there");
	check_eq(text_number("/proc/meminfo", "SwapFree:"), free,
		 "no slot is left");
	check_eq(text_number("/proc/meminfo", "SwapCached:"), 0, "nor a page");
	check_eq(syscall(SYS_swapoff, DISK), 0, "swapoff");
}

int main(void)
{
	if (access(DISK, R_OK))
		return tap_skip_all("there is no disk");
	if (inject_open())
		return tap_skip_all("nothing can be made to fail here");
	write_header(good_header());
	if (turn_on())			/* fills caches */
		off_again();
	at = mmap(NULL, 4l << 20, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		  0);
	mmap(at, PAGES * PG, PROT_READ | PROT_WRITE,
	     MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	madvise(at, PAGES * PG, MADV_NOHUGEPAGE);
	fill_swapped();
	with_area();			/* fills caches, too */
	audit_take();
	fail_each_in_swap("swapon", turn_on, off_again, 0);
	with_area();
	check(audit_same(SLACK), "the audit balances");
	return tap_done();
}
