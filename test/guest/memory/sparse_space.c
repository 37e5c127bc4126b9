/* SPDX-License-Identifier: MIT */
/*
 * A space costs as its contents are complex, not as they are large (row E1): a
 * huge reservation is one area, and takes memory only for what is touched.
 */
#include "texts.h"

/* 64 GiB, or what an address space of 4 GiB has room for */
#define SIZE	(sizeof(long) == 8 ? 64UL << 30 : 1UL << 30)

/* KiB that a line of meminfo or status tells */
static unsigned long kib_in_file(const char *path, const char *key)
{
	const char *at = text_behind(path, key);

	return at ? strtoul(at, NULL, 10) : 0;
}

static unsigned long status_kib(const char *key)
{
	return kib_in_file("/proc/self/status", key);
}

/* Areas that overlap [from, to), and how many bytes of it they cover. */
static int count_areas(unsigned long from, unsigned long to,
		       unsigned long *bytes)
{
	static char maps[32768];
	char *row, *save, *at;
	int n = 0;

	*bytes = 0;
	text_read("/proc/self/maps", maps, sizeof(maps));
	for (row = strtok_r(maps, "\n", &save); row;
	     row = strtok_r(NULL, "\n", &save)) {
		unsigned long start = strtoul(row, &at, 16);
		unsigned long end = strtoul(at + 1, NULL, 16);

		if (start >= to || end <= from)
			continue;
		n++;
		*bytes += (end < to ? end : to) - (start > from ? start : from);
	}
	return n;
}

static char *map_reserved(void)
{
	return mmap(NULL, SIZE, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		    MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

/* /proc/slabinfo: bytes of an object of this cache; 0: there is none */
static unsigned long object_size(const char *cache)
{
	const char *at = text_behind("/proc/slabinfo", cache);
	char *end;

	if (!at)
		return 0;
	strtoul(at, &end, 10);
	strtoul(end, &end, 10);
	return strtoul(end, NULL, 10);
}

static void test_reservation(void)
{
	unsigned long tables = status_kib("VmPTE:"),
		size = status_kib("VmSize:");
	unsigned long before, after, bytes, least = -1ul;
	char *p;

	/* others may take a page meanwhile: the least of some tries counts */
	for (int i = 0; i < 20; i++) {
		before = kib_in_file("/proc/meminfo", "MemFree:");
		p = map_reserved();
		after = kib_in_file("/proc/meminfo", "MemFree:");
		if (!check(p != MAP_FAILED, "a huge range is reserved"))
			return;
		if (before <= after)
			least = 0;
		else if (before - after < least)
			least = before - after;
		if (least < 4 || i == 19)
			break;
		munmap(p, SIZE);
	}
	check(least < 4, "it takes less than 4 KiB of memory: %lu KiB", least);
	check_eq(count_areas((unsigned long)p, (unsigned long)p + SIZE, &bytes),
		 1,
		 "it is one area");
	check_eq(bytes == SIZE, 1, "of all its bytes");
	check_eq(status_kib("VmPTE:"), tables, "no page table is made for it");
	check(status_kib("VmSize:") - size >= SIZE >> 10, "VmSize counts it");
	p[0] = p[SIZE / 2] = p[SIZE - 1] = 1;
	check(status_kib("VmPTE:") - tables <= 3 * 3 * PG / 1024,
	      "three pages touched take the tables on their paths: %lu KiB",
	      status_kib("VmPTE:") - tables);
	check_eq(munmap(p, SIZE), 0, "it goes as a whole");
	/* Linux may keep one of each level below the top, for neighbours */
	check(status_kib("VmPTE:") <=
	      tables + (on_other_kernel() ? 3 : 1) * PG / 1024,
	      "and its tables with it: %lu KiB, %lu before",
	      status_kib("VmPTE:"),
	      tables);
}

/* VMAs of Lectern; Linux's have other sizes, and slabinfo is root's. */
static void test_sizes(void)
{
	unsigned long anon = object_size("\nvma ");
	unsigned long file = object_size("\nvma_file ");

	if (on_other_kernel()) {
		tap_skip("sizes of areas", "not Lectern");
		return;
	}
	check(anon <= 128, "an anonymous area takes %lu bytes of 128", anon);
	check(file && file <= 192, "one of a file takes %lu of 192", file);
}

int main(void)
{
	test_reservation();
	test_sizes();
	return tap_done();
}
