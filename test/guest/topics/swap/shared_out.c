/* SPDX-License-Identifier: MIT */
/*
 * Paging out what fork has shared (rows C2, D5, E4): one entry of a leaf table
 * stands for several processes, and its slot of swap, too.
 */
#include "swap.h"
#include "filled.h"

#ifndef MADV_PAGEOUT
#define MADV_PAGEOUT	21
#endif

static int page_out_shared(void)
{
	return madvise(p, SIZE, MADV_PAGEOUT);
}

static long swapped_shared(void)
{
	return text_number("/proc/self/status", "VmSwap:") / 4;
}

/* While a child has the pages they stay: it may need them. */
static void of_two(void)
{
	int go[2];
	pid_t pid;
	char c;

	pipe(go);
	pid = fork();
	if (pid == 0) {
		close(go[1]);
		read(go[0], &c, 1);
		_exit(!tables_hold(0, SIZE, 1));
	}
	close(go[0]);
	check_eq(page_out_shared(), 0, "MADV_PAGEOUT beside a child");
	check_eq(pages_in_memory(p, PAGES), PAGES, "takes nothing from both");
	close(go[1]);
	check(!wait_status(pid) && tables_hold(0, SIZE, 1),
	      "both have what they had");
	check_eq(page_out_shared(), 0, "MADV_PAGEOUT without the child");
	/* Linux 6.1 keeps what it has written until it wants the frames */
	check(on_other_kernel() || pages_in_memory(p, PAGES) < PAGES / 8,
	      "takes nearly all");
	check(swapped_shared() > (long)(PAGES - PAGES / 8),
	      "and VmSwap counts it");
}

/* fork with the pages in swap: each side brings back its own. */
static void brings_back(void)
{
	long used = text_number("/proc/meminfo", "SwapFree:");
	pid_t pid = fork();

	if (pid == 0) {
		int ok = swapped_shared() > (long)(PAGES - PAGES / 8) &&
			tables_hold(0, SIZE, 1) &&
			swap_is_back(swapped_shared());

		*word_of_page(3) = 0;
		_exit(!ok || *word_of_page(4) != 5);
	}
	check_eq(wait_status(pid), 0, "a child has the parent's pages in swap");
	check(swapped_shared() > (long)(PAGES - PAGES / 8),
	      "what it brought back is out for the parent still");
	pid = fork();
	if (pid == 0)
		_exit(0);
	check_eq(wait_status(pid), 0, "a child that ends with all in swap");
	check(text_number("/proc/meminfo", "SwapFree:") <= used,
	      "gives back none of the parent's slots");
	pid = fork();
	if (pid == 0)
		_exit(munmap(p, SIZE / 2 + 3 * PG) ||
		      !tables_hold(SIZE / 2 + 3 * PG, SIZE / 2 - 3 * PG, 1));
	check_eq(wait_status(pid), 0, "one that unmaps a part");
	check(tables_hold(0, SIZE, 1) && swap_is_back(swapped_shared()),
	      "the parent brings all back");
}

/* Forks of forks, each of which stores while its pages are out. */
static void fork_twice_out(void)
{
	pid_t pid;

	page_out_shared();
	pid = fork();
	if (pid == 0) {
		pid_t last = fork();

		if (last == 0) {
			fill_tables(3);
			_exit(!tables_hold(0, SIZE, 3));
		}
		fill_tables(2);
		_exit(wait_status(last) || !tables_hold(0, SIZE, 2));
	}
	check_eq(wait_status(pid), 0, "a child and its child store to all");
	check(tables_hold(0, SIZE, 1), "the parent has what it had");
}

int main(void)
{
	long free;

	if (access(DISK, R_OK))
		return tap_skip_all("there is no disk");
	write_header(good_header());
	check_ok(syscall(SYS_swapon, DISK, 0), "swapon");
	free = text_number("/proc/meminfo", "SwapFree:");
	map_filled();
	of_two();
	brings_back();
	fork_twice_out();
	munmap(p, SIZE);
	/* Linux keeps some slots for the next time */
	check(on_other_kernel() ||
	      text_number("/proc/meminfo", "SwapFree:") == free,
	      "no slot is left");
	check_ok(syscall(SYS_swapoff, DISK), "swapoff");
	return tap_done();
}
