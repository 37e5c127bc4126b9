/* SPDX-License-Identifier: MIT */
/*
 * Pages that go out and come back: what the program sees of it is nothing but
 * the figures (rows C2, D5, E4).
 */
#include <stdint.h>
#include "swap.h"

#ifndef MADV_COLD
#define MADV_COLD	20
#define MADV_PAGEOUT	21
#endif
#define PAGES	64

static char *at;

static void fill_paged(void)
{
	for (unsigned i = 0; i < PAGES; i++)
		for (unsigned k = 0; k < PG; k += 64)
			at[i * PG + k] = (char)(i + k / 64 + 1);
}

static int paged_intact(unsigned from, unsigned to)
{
	for (unsigned i = from; i < to; i++)
		for (unsigned k = 0; k < PG; k += 64)
			if (at[i * PG + k] != (char)(i + k / 64 + 1))
				return 0;
	return 1;
}

static long swapped_pages(void)
{
	return text_number("/proc/self/status", "VmSwap:") / 4;
}

static void fresh_paged(void)
{
	at = mmap(NULL, PAGES * PG, PROT_READ | PROT_WRITE,
		  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	madvise(at, PAGES * PG, MADV_NOHUGEPAGE);
	fill_paged();
}

/* Linux keeps pages that it has written until it wants their frames. */
static void check_all_out(const char *what)
{
	if (on_other_kernel())
		tap_skip(what, "they may stay in the swap cache");
	else
		check_eq(pages_in_memory(at, PAGES), 0, "%s", what);
}

static int page_out_paged(void)
{
	return madvise(at, PAGES * PG, MADV_PAGEOUT);
}

static void page_out_and_in(void)
{
	long before = swapped_pages();

	fresh_paged();
	check_eq(pages_in_memory(at, PAGES), PAGES, "all in memory");
	check_eq(page_out_paged(), 0, "MADV_PAGEOUT");
	check_all_out("none in memory");
	check_eq(swapped_pages() - before, PAGES, "VmSwap counts them");
	check(text_number("/proc/meminfo", "SwapFree:") <=
	      text_number("/proc/meminfo", "SwapTotal:") - PAGES * 4,
	      "SwapFree");
	check(text_number("/proc/vmstat", "pswpout ") >= PAGES, "pswpout");
	check(paged_intact(0, PAGES), "all come back as they were");
	check(swap_is_back(swapped_pages() - before), "and no slot is left");
	if (!on_other_kernel())
		check(text_number("/proc/vmstat", "pswpin ") >= PAGES,
		      "pswpin");
	munmap(at, PAGES * PG);
}

/* ---- what the files of /proc say of pages that are out ------------------- */

#define PRESENT		(1ull << 63)
#define SWAPPED		(1ull << 62)
#define OF_FILE		(1ull << 61)
#define AREA(e)		((e) & 31)
#define SLOT(e)		((e) << 9 >> 14)

static void entries(uint64_t *e)
{
	int fd = open("/proc/self/pagemap", O_RDONLY);

	memset(e, 0, PAGES * 8);
	pread(fd, e, PAGES * 8, (off_t)((uintptr_t)at / PG * 8));
	close(fd);
}

/* kB that smaps has in that line of the mapping. */
static long smaps(const char *line)
{
	static char text[1 << 16];
	char *area, *rest;

	text_read("/proc/self/smaps", text, sizeof(text));
	for (area = text; area; area = strchr(area, '\n')) {
		area += *area == '\n';
		if (strtoul(area, &rest, 16) == (uintptr_t)at && *rest == '-')
			break;
	}
	area = area ? strstr(area, line) : NULL;
	return area ? atol(area + strlen(line)) : -1;
}

/* Where things lie only root may know. */
static void without_rights(void *arg)
{
	uint64_t e[PAGES];

	(void)arg;
	if (setgid(1000) || setuid(1000))
		_exit(2);
	syscall(SYS_prctl, 4, 1, 0, 0, 0);	/* PR_SET_DUMPABLE */
	entries(e);
	_exit(!(e[7] & SWAPPED) || e[7] << 9);
}

static int all_slots_differ(const uint64_t *e)
{
	for (int i = 0; i < PAGES; i++)
		for (int k = 0; k < i; k++)
			if (SLOT(e[i]) == SLOT(e[k]))
				return 0;
	return 1;
}

static void show_swapped(void)
{
	uint64_t e[PAGES];
	int good = 1, out = 0;
	pid_t pid;

	fresh_paged();
	check_eq(smaps("\nSwap:"), 0, "smaps: none is in swap");
	entries(e);
	check_eq(e[7] & (PRESENT | SWAPPED), PRESENT, "pagemap: there");
	page_out_paged();
	check_eq(smaps("\nSwap:"), PAGES * 4, "smaps: all are in swap");
	check_eq(smaps("\nSwapPss:"), PAGES * 4, "nobody else's");
	check_eq(smaps("\nLazyFree:"), 0, "none is given up");
	pid = fork();
	if (!pid)
		for (;;)
			pause();
	check_eq(smaps("\nSwapPss:"), PAGES * 2, "half are a child's");
	kill(pid, SIGKILL);
	waitpid(pid, NULL, 0);
	check_eq(smaps("\nSwapPss:"), PAGES * 4, "until it ends");
	check_eq(smaps("\nRss:"), 0, "and none in memory");
	entries(e);
	for (int i = 0; i < PAGES; i++)
		good &= (e[i] & (PRESENT | SWAPPED | OF_FILE)) == SWAPPED &&
			!AREA(e[i]) && SLOT(e[i]) >= 1 &&
			SLOT(e[i]) < disk_pages;
	check(good, "pagemap: swapped, to a slot of the first area");
	check(all_slots_differ(e), "each to its own");
	check_eq(in_child(without_rights, NULL), 0,
		 "a user learns that, and no slot");
	check(paged_intact(9, 10), "one comes back");
	entries(e);
	for (int i = 0; i < PAGES; i++)
		out += (e[i] & (PRESENT | SWAPPED)) == SWAPPED;
	check_eq(e[9] & (PRESENT | SWAPPED), PRESENT, "and is there again");
	check_eq(out, PAGES - 1, "alone");
	check_eq(smaps("\nSwap:"), (PAGES - 1) * 4, "so says smaps");
	check_eq(smaps("\nRss:"), 4, "of both kinds");
	munmap(at, PAGES * PG);
}

/* ---- pages that come uncalled -------------------------------------------- */

static void cluster(int n)
{
	int fd = open("/proc/sys/vm/page-cluster", O_WRONLY);
	char text[8];

	snprintf(text, sizeof(text), "%d", n);
	if (write(fd, text, strlen(text)) < 0)
		tap_bail("page-cluster");
	close(fd);
}

static long pages_swapped_in(void)
{
	return text_number("/proc/vmstat", "pswpin ");
}

/* The one page wanted, and up to 2^n in all. */
static void around(int n)
{
	long before, cached, most = 1 << n;

	cluster(n);
	fresh_paged();
	page_out_paged();
	if (on_other_kernel() && pages_in_memory(at, PAGES)) {
		tap_skip("reading around", "all are in the swap cache");
		munmap(at, PAGES * PG);
		return;
	}
	before = pages_swapped_in();
	cached = text_number("/proc/meminfo", "SwapCached:");
	check(paged_intact(PAGES / 2, PAGES / 2 + 1), "page-cluster %d", n);
	if (!on_other_kernel())
		check_eq(text_number("/proc/meminfo", "SwapCached:") - cached,
			 (most - 1) * 4, "as many others are asked for");
	check(eventually(pages_swapped_in() - before > most / 2),
	      "%ld or more came",
	      most / 2 + 1);
	check(eventually((long)pages_in_memory(at, PAGES) ==
			 pages_swapped_in() - before),
	      "and are there");
	check(pages_swapped_in() - before <= most, "%ld at most", most);
	check_eq(PAGES - swapped_pages(), 1, "one of them is mapped");
	check(paged_intact(0, PAGES), "all are as they were");
	munmap(at, PAGES * PG);
}

static void neighbours(void)
{
	long before = text_number("/proc/sys/vm/page-cluster", "");

	around(3);
	around(0);
	around(1);
	cluster((int)before);
}

/* -------------------------------------------------------------------------- */

static void change_paged(void)
{
	long before = swapped_pages();
	char *to;

	fresh_paged();
	page_out_paged();
	at[5 * PG] = 99;
	check_eq(at[5 * PG], 99, "a store brings a page back");
	at[5 * PG] = 6;
	page_out_paged();
	check_eq(mprotect(at, PAGES * PG, PROT_READ), 0, "mprotect of them");
	check(paged_intact(0, PAGES), "read-only they come back");
	page_out_paged();
	check_eq(mprotect(at, PAGES * PG, PROT_READ | PROT_EXEC), 0,
		 "mprotect to text");
	check(paged_intact(0, PAGES), "as text, too");
	mprotect(at, PAGES * PG, PROT_READ | PROT_WRITE);
	at[0] = 1;
	page_out_paged();
	madvise(at, 8 * PG, MADV_DONTNEED);
	check_eq(at[0] | at[7 * PG], 0, "MADV_DONTNEED: zeros");
	check(paged_intact(8, PAGES), "the others stay");
	page_out_paged();
	to = mremap(at, PAGES * PG, 2 * PAGES * PG, MREMAP_MAYMOVE);
	check(to != MAP_FAILED, "mremap");
	at = to;
	check(paged_intact(8, PAGES), "they move");
	page_out_paged();
	munmap(at, 2 * PAGES * PG);
	check(swap_is_back(swapped_pages() - before), "munmap leaves no slot");
}

static void check_swapped_child(void *arg)
{
	(void)arg;
	if (!paged_intact(0, PAGES))
		_exit(1);
	at[3 * PG] = 77;
	_exit(0);
}

static void pager(void *arg)
{
	(void)arg;
	page_out_paged();
	if (!paged_intact(0, PAGES))
		_exit(1);
	_exit(0);
}

static void fork_swapped(void)
{
	long free;

	fresh_paged();
	page_out_paged();
	free = text_number("/proc/meminfo", "SwapFree:");
	check_eq(in_child(check_swapped_child, NULL), 0,
		 "fork: the child finds them");
	check(paged_intact(0, PAGES), "and does not change the parent's");
	page_out_paged();
	check_eq(in_child(pager, NULL), 0, "a child pages out its own");
	check(paged_intact(0, PAGES), "the parent's stay");
	munmap(at, PAGES * PG);
	check(text_number("/proc/meminfo", "SwapFree:") >= free + PAGES * 4,
	      "with the last of them the slots are free");
}

static void lock_paged(void)
{
	fresh_paged();
	check_eq(syscall(SYS_mlock, at, PAGES * PG), 0, "mlock");
	check_err(EINVAL, page_out_paged(), "MADV_PAGEOUT: EINVAL");
	check_err(EINVAL, madvise(at, PG, MADV_COLD), "MADV_COLD: EINVAL");
	check_eq(pages_in_memory(at, PAGES), PAGES, "all stay");
	syscall(SYS_munlock, at, PAGES * PG);
	check_eq(madvise(at, PAGES * PG, MADV_COLD), 0, "MADV_COLD");
	check_eq(pages_in_memory(at, PAGES), PAGES, "moves nothing by itself");
	check(paged_intact(0, PAGES), "and changes nothing");
	check_eq(page_out_paged(), 0, "out");
	check_eq(syscall(SYS_mlock, at, PAGES * PG), 0, "mlock of what is out");
	check(swap_is_back(swapped_pages()), "brings it back to the page table");
	munmap(at, PAGES * PG);
}

static void off_brings_back(void)
{
	fresh_paged();
	page_out_paged();
	check_all_out("all are out");
	check_eq(syscall(SYS_swapoff, DISK), 0, "swapoff");
	check_eq(pages_in_memory(at, PAGES), PAGES, "brings all back");
	check(paged_intact(0, PAGES), "as they were");
	check_eq(page_out_paged(), 0, "without swap MADV_PAGEOUT is a hint");
	check_eq(pages_in_memory(at, PAGES), PAGES, "that nobody takes");
	munmap(at, PAGES * PG);
}

int main(void)
{
	if (access(DISK, R_OK))
		return tap_skip_all("there is no disk");
	write_header(good_header());
	check_eq(syscall(SYS_swapon, DISK, 0), 0, "swapon");
	page_out_and_in();
	show_swapped();
	neighbours();
	change_paged();
	fork_swapped();
	lock_paged();
	off_brings_back();
	return tap_done();
}
