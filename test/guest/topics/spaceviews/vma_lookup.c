/* SPDX-License-Identifier: MIT */
/*
 * /proc/lectern/vma: one string of references, looked up by list, by tree and
 * by tree with the last hit (row D5).  What hits can be counted here as well.
 */
#include "texts.h"

#define TABLE	"/proc/lectern/vma"
#define AREAS	1000
#define STRIDE	(2 * PG)	/* each area has a hole below it */
#define REFS	4096
#define BATCH	256		/* addresses in one write */

static unsigned long refs[REFS];
static char *room;

struct line {
	unsigned long lookups, hits, ns;
	int there;
};

static struct line lookup_line(const char *name)
{
	struct line l = { 0, 0, 0, 0 };
	const char *at;
	char key[16];

	snprintf(key, sizeof(key), "\n%-6s ", name);
	at = text_behind(TABLE, key);
	if (!at)
		return l;
	l.there = 1;
	l.lookups = strtoul(strstr(at, "lookups") + 8, NULL, 10);
	l.hits = strtoul(strstr(at, "hits") + 5, NULL, 10);
	l.ns = strtoul(strstr(at, "ns_each") + 8, NULL, 10);
	return l;
}

static void make_areas(void)
{
	room = mmap(NULL, AREAS * STRIDE, PROT_NONE, MAP_PRIVATE |
		    MAP_ANONYMOUS, -1, 0);
	if (room == MAP_FAILED)
		tap_bail("mmap");
	for (long i = 0; i < AREAS; i++)
		if (munmap(room + i * (long)STRIDE, PG))
			tap_bail("munmap");
}

/*
 * A program's references: nine of ten are to the area of the one before, the
 * others to anywhere.  => how many are to the area of the one before, from the
 * second of a write on
 */
static unsigned long make_refs(void)
{
	unsigned long seed = 1, area = 0, repeats = 0;

	for (unsigned long i = 0; i < REFS; i++) {
		unsigned long old = area;

		seed = (seed * 1103515245 + 12345) & 0x7fffffff;
		if ((seed >> 16 & 1023) < 102)
			area = (seed >> 8) % AREAS;
		if (i % BATCH && area == old)
			repeats++;
		refs[i] = (unsigned long)room + area * STRIDE + PG +
			8 * (i % 500);
	}
	return repeats;
}

static int write_refs(void)
{
	int fd = open(TABLE, O_WRONLY), bad = 0;
	char text[BATCH * 18 + 1];

	for (int i = 0; i < REFS; i += BATCH) {
		int n = 0;

		for (int k = i; k < i + BATCH; k++)
			n += snprintf(text + n, sizeof(text) - (size_t)n,
				      "%lx ", refs[k]);
		if (write(fd, text, (size_t)n) != n)
			bad++;
	}
	close(fd);
	return bad;
}

/* by_cost: the clock counts instructions, and no host's other work */
static void test_table(int by_cost)
{
	unsigned long repeats = make_refs();
	struct line list, tree, cache;

	check_eq(text_set(TABLE, "-"), 0, "the table is emptied");
	check_eq(lookup_line("list").lookups, 0,
		 "no look-up is counted any more");
	check_eq(write_refs(), 0, "references are taken");
	list = lookup_line("list");
	tree = lookup_line("tree");
	cache = lookup_line("cache");
	printf("# areas %d, references %d, to the area before %lu; ns each: "
	       "list %lu, tree %lu, cache %lu\n", AREAS, REFS, repeats,
	       list.ns, tree.ns, cache.ns);
	check(list.there && tree.there && cache.there, "three ways have a row");
	check_eq(list.lookups, REFS, "the list was asked for each");
	check_eq(tree.lookups, REFS, "the tree was asked for each");
	check_eq(cache.lookups, REFS, "the cache was asked for each");
	check_eq(list.hits + tree.hits, 0, "list and tree have no hits");
	check_eq(cache.hits, repeats, "the cache hits where the area repeats");
	if (by_cost)
		check(list.ns > 2 * tree.ns && cache.ns < tree.ns,
		      "the list costs most, the tree with a cache least");
}

static void test_bad_text(void)
{
	unsigned long before = lookup_line("tree").lookups;

	check_eq(text_set(TABLE, "xyz\n"), EINVAL,
		 "a word that is no number: EINVAL");
	check_eq(text_set(TABLE, "1000,2000\n"), EINVAL, "a comma: EINVAL");
	check_eq(lookup_line("tree").lookups, before,
		 "and nothing is looked up");
	check_eq(text_set(TABLE, "0 ffffffff\n"), 0,
		 "addresses of nothing are looked up");
	check_eq(lookup_line("tree").lookups, before + 2, "and counted");
}

/* What the kernel itself uses finds all areas, whatever was chosen. */
static void test_chosen(void)
{
	const char *way = text_behind(TABLE, "kernel ");
	int bad = 0;

	check(way && (!strncmp(way, "list ", 5) || !strncmp(way, "tree ", 5) ||
		      !strncmp(way, "cache ", 6)),
	      "the kernel's own way is told: %.5s", way ? way : "");
	for (long i = 0; i < AREAS; i++) {
		char *area = room + i * (long)STRIDE + PG;

		if (mprotect(area, PG, PROT_READ | PROT_WRITE)) {
			bad++;
			continue;
		}
		*area = 1;
		if (mprotect(area - PG, PG, PROT_READ) != -1 || errno != ENOMEM)
			bad++;
	}
	check_eq(bad, 0, "areas and holes are found");
}

int main(int argc, char **argv)
{
	if (access(TABLE, F_OK))
		return tap_skip_all("not Lectern");
	make_areas();
	test_table(argc > 1 && !strcmp(argv[1], "cost"));
	test_bad_text();
	test_chosen();
	return tap_done();
}
