/* SPDX-License-Identifier: MIT */
/*
 * That fork shares leaf tables, and how they are counted (rows D11, E4): of a
 * child as of its parent.
 */
#include "filled.h"
#include "texts.h"

static void count_child_pages(void)
{
	unsigned long shared =
		text_number("/proc/lectern/vm", "tables_shared ");
	int status = -1;
	long rss = resident_pages();
	pid_t pid = fork();

	if (pid == 0) {
		long mine = resident_pages();

		_exit(mine < rss - 300 || mine > rss + 300);
	}
	waitpid(pid, &status, 0);
	if (rss < 0)
		tap_skip("resident pages of a child", "no /proc");
	else
		check_eq(status, 0, "a child has as many pages as its parent");
	if (shared == ~0UL)
		return;
	shared = text_number("/proc/lectern/vm", "tables_shared ") - shared;
	check(text_behind("/proc/cmdline", "fork=eager") ? !shared
							 : shared >= 2,
	      "fork has shared tables, unless it is not to");
}

/* A table goes from one space, and stays in the other. */
static void unmap_table(void)
{
	int status = -1;
	pid_t pid = fork();

	if (pid == 0) {
		long all = resident_pages();

		munmap(p, SIZE);
		/* the program's own pages come meanwhile */
		_exit(all - resident_pages() < (long)PAGES - 64);
	}
	waitpid(pid, &status, 0);
	check_eq(status, 0, "a child that unmaps them has so many less");
}

int main(void)
{
	map_filled();
	count_child_pages();
	if (resident_pages() >= 0)
		unmap_table();
	check(tables_hold(0, SIZE, 1), "all is as it was");
	return tap_done();
}
