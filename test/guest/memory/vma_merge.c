/* SPDX-License-Identifier: MIT */
/*
 * Areas of the address space as /proc/self/maps shows them: the overlap
 * cases of the lecture truncate, extend, split and merge exactly as drawn
 * (rows E2, E1).
 */
#include "texts.h"

#define RW	(PROT_READ | PROT_WRITE)
#define ANON	(MAP_PRIVATE | MAP_ANONYMOUS)

static char maps[1 << 16];

/* Areas inside [p, p + n pages): "first-last:perm" in pages from p. */
static const char *draw_areas(char *p, unsigned long n)
{
	static char out[512];
	unsigned long base = (unsigned long)p;
	char *line, *save, *at = out;

	*out = '\0';
	text_read("/proc/self/maps", maps, sizeof(maps));
	for (line = strtok_r(maps, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		char *end;
		unsigned long a = strtoul(line, &end, 16);
		unsigned long b = strtoul(end + 1, &end, 16);

		if (b <= base || a >= base + n * PG)
			continue;
		a = a < base ? base : a;
		b = b > base + n * PG ? base + n * PG : b;
		at += snprintf(at, (size_t)(out + sizeof(out) - at),
			       "%s%lu-%lu:%.2s", at > out ? " " : "",
			       (a - base) / PG, (b - base) / PG, end + 1);
	}
	return out;
}

static void drawn(char *p, const char *want, const char *what)
{
	const char *got = draw_areas(p, 5);

	if (strcmp(got, want))
		printf("# areas %s\n# want  %s\n", got, want);
	check(!strcmp(got, want), "%s", what);
}

/* Five pages with unmapped ones around, so that nothing else merges. */
static char *five_pages(int prot)
{
	char *p = anon_pages(7, PROT_NONE);

	munmap(p, 7 * PG);
	p = mmap(p + PG, 5 * PG, prot, ANON | MAP_FIXED, -1, 0);
	if (p == MAP_FAILED)
		tap_bail("mmap");
	return p;
}

static void map_pages_over(char *p, unsigned long page, unsigned long n,
			   int prot)
{
	if (mmap(p + page * PG, n * PG, prot, ANON | MAP_FIXED, -1, 0) ==
	    MAP_FAILED)
		tap_bail("mmap over");
}

static void overlap_cases(void)
{
	char *p = five_pages(RW);

	drawn(p, "0-5:rw", "one area of five pages");
	map_pages_over(p, 4, 1, RW);
	drawn(p, "0-5:rw", "last page, same permission: one area still");
	map_pages_over(p, 0, 1, RW);
	drawn(p, "0-5:rw", "first page, same permission");
	map_pages_over(p, 2, 1, RW);
	drawn(p, "0-5:rw", "middle page, same permission");
	map_pages_over(p, 4, 1, PROT_READ);
	drawn(p, "0-4:rw 4-5:r-", "last page, different: truncated");
	map_pages_over(p, 0, 1, PROT_READ);
	drawn(p, "0-1:r- 1-4:rw 4-5:r-", "first page, different");
	map_pages_over(p, 2, 1, PROT_READ);
	drawn(p, "0-1:r- 1-2:rw 2-3:r- 3-4:rw 4-5:r-",
	      "middle page, different: split");
	map_pages_over(p, 1, 1, PROT_READ);
	drawn(p, "0-3:r- 3-4:rw 4-5:r-", "a gap closed: merged");
	map_pages_over(p, 0, 5, RW);
	drawn(p, "0-5:rw", "all replaced by one");
	munmap(p, 5 * PG);
	drawn(p, "", "nothing left");
}

static void protection_cases(void)
{
	char *p = five_pages(RW);

	mprotect(p + 2 * PG, PG, PROT_READ);
	drawn(p, "0-2:rw 2-3:r- 3-5:rw", "mprotect splits in three");
	mprotect(p + PG, 2 * PG, PROT_READ);
	drawn(p, "0-1:rw 1-3:r- 3-5:rw", "a border moves down");
	mprotect(p + 2 * PG, PG, RW);
	drawn(p, "0-1:rw 1-2:r- 2-5:rw", "and up");
	mprotect(p + PG, PG, RW);
	drawn(p, "0-5:rw", "three merge into one");
	mprotect(p, 5 * PG, RW);
	drawn(p, "0-5:rw", "no change, no split");
	munmap(p, 5 * PG);
}

static void unmap_and_draw(void)
{
	char *p = five_pages(RW);

	munmap(p + 2 * PG, PG);
	drawn(p, "0-2:rw 3-5:rw", "munmap in the middle");
	munmap(p + PG, 3 * PG);
	drawn(p, "0-1:rw 4-5:rw", "across two areas and the hole");
	map_pages_over(p, 1, 3, RW);
	drawn(p, "0-5:rw", "filling the hole merges both sides");
	munmap(p, PG);
	drawn(p, "1-5:rw", "munmap at the start");
	munmap(p + 4 * PG, PG);
	drawn(p, "1-4:rw", "and at the end");
	munmap(p, 5 * PG);
}

static void files_do_not_merge(void)
{
	int fd = open("f", O_RDWR | O_CREAT, 0600);
	char *p = five_pages(PROT_READ);

	ftruncate(fd, 5 * (off_t)PG);
	mmap(p, PG, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0);
	mmap(p + PG, PG, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, (off_t)PG);
	drawn(p, "0-2:r- 2-5:r-", "following offsets of a file merge");
	mmap(p + 2 * PG, PG, PROT_READ, MAP_PRIVATE | MAP_FIXED, fd, 0);
	drawn(p, "0-2:r- 2-3:r- 3-5:r-", "others do not");
	mmap(p, PG, PROT_READ, MAP_SHARED | MAP_FIXED, fd, 0);
	drawn(p, "0-1:r- 1-2:r- 2-3:r- 3-5:r-", "nor shared with private");
	munmap(p, 5 * PG);
	close(fd);
	unlink("f");
}

static void count_maps_lines(void)
{
	int named = 0, stack = 0, sorted = 1;
	unsigned long last = 0;
	char *line, *save;

	text_read("/proc/self/maps", maps, sizeof(maps));
	for (line = strtok_r(maps, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save)) {
		unsigned long a = strtoul(line, NULL, 16);

		sorted &= a >= last;
		last = a;
		named += strstr(line, tap_self) != NULL;
		stack += strstr(line, "[stack]") != NULL;
	}
	check(sorted, "the list is sorted");
	check(named >= 2, "text and data of the program are named");
	check_eq(stack, 1, "there is one stack");
}

int main(int argc, char **argv)
{
	if (text_read("/proc/self/maps", maps, sizeof(maps)) <= 0)
		return tap_skip_all("no /proc/self/maps");
	tap_find_self(argv[0]);
	tap_scratch("vma_merge");
	overlap_cases();
	protection_cases();
	unmap_and_draw();
	files_do_not_merge();
	count_maps_lines();
	tap_scratch_end();
	return tap_done();
}
