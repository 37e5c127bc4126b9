/* SPDX-License-Identifier: MIT */
/* Superpages as Linux tells of them, and memory that they fit. */
#ifndef TEST_SUPERPAGE_H
#define TEST_SUPERPAGE_H

#include "audit.h"
#include "numbers.h"

#define RW		(PROT_READ | PROT_WRITE)
#define THP		"/sys/kernel/mm/transparent_hugepage/"
#define SCAN		THP "khugepaged/"
#define ADV_HUGE	14
#define ADV_NOHUGE	15
#define ADV_COLLAPSE	25

static unsigned long super;	/* bytes of a superpage */

/* => false: the kernel has none */
static int super_start(void)
{
	if (slurp(THP "hpage_pmd_size") > 0)
		super = strtoul(text, NULL, 10);
	return super >= PG;
}

/* An aligned place for n superpages, a page without rights on both sides. */
static char *super_place(unsigned n)
{
	unsigned long len = (n + 2) * super;
	char *at, *p = mmap(NULL, len, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1,
		       0);

	if (p == MAP_FAILED)
		tap_bail("room for superpages");
	at = (char *)(((unsigned long)p + 2 * super - 1) & ~(super - 1));
	munmap(p, (unsigned long)(at - PG - p));
	munmap(at + n * super + PG,
	       len - n * super - PG - (unsigned long)(at - p));
	return at;
}

UNUSED static void super_leave(char *p, unsigned n)
{
	munmap(p - PG, n * super + 2 * PG);
}

UNUSED static char *super_map(unsigned n, int flags, int fd)
{
	char *p = super_place(n);

	if (mmap(p, n * super, RW, flags | MAP_FIXED, fd, 0) != p)
		tap_bail("mmap");
	return p;
}

#define super_anon(n) super_map(n, MAP_PRIVATE | MAP_ANONYMOUS, -1)

/* kB that smaps has in that line of all that overlaps [p, p + len). */
UNUSED static long super_kb(const char *p, unsigned long len, const char *line)
{
	static char all[1 << 18];
	int inside = 0;
	long sum = 0;
	char *at, *end, *rest;

	text_read("/proc/self/smaps", all, sizeof(all));
	for (at = all; *at; at = end + 1) {
		unsigned long from = strtoul(at, &rest, 16);

		end = strchr(at, '\n');
		if (!end)
			break;
		if (*rest == '-')
			inside = from < (unsigned long)p + len &&
				strtoul(rest + 1, NULL, 16) > (unsigned long)p;
		else if (inside && !strncmp(at, line, strlen(line)))
			sum += atol(at + strlen(line));
	}
	return sum;
}

/* Every page has a number of its own. */
UNUSED static void super_fill(char *p, unsigned long len, int seed)
{
	for (unsigned long at = 0; at < len; at += PG)
		*(unsigned long *)(p + at) = at / PG + (unsigned)seed;
}

UNUSED static int super_holds(const char *p, unsigned long len, int seed)
{
	for (unsigned long at = 0; at < len; at += PG)
		if (*(const unsigned long *)(p + at) !=
		    at / PG + (unsigned)seed)
			return 0;
	return 1;
}

/* A superpage in which every page has its number. */
UNUSED static char *super_whole(void)
{
	char *p = super_anon(1);

	super_fill(p, super, 1);
	if (super_kb(p, super, "AnonHugePages:") != (long)(super >> 10))
		printf("# no superpage\n");
	return p;
}

/* A child that has used superpages gives all of them back. */
UNUSED static void super_nothing_left(void (*use)(void *))
{
	if (audit_take())
		return;
	for (int k = 0; k < 3; k++)
		in_child(use, NULL);
	check(audit_same(2), "nothing is left");
}

/* A line "name number" of a file. */
UNUSED static long super_count(const char *path, const char *name)
{
	size_t n = strlen(name);
	char *at;

	if (slurp(path) < 0)
		return -1;
	for (at = text; at; at = strchr(at, '\n')) {
		at += *at == '\n';
		if (!strncmp(at, name, n) && (at[n] == ' ' || at[n] == ':'))
			return atol(at + n + 1);
	}
	return -1;
}

/* Which of the words is in brackets. */
UNUSED static const char *super_word(const char *path)
{
	char *at, *end;

	if (slurp(path) < 0 || !(at = strchr(text, '[')) ||
	    !(end = strchr(at, ']')))
		return "";
	*end = '\0';
	return at + 1;
}

/* Word n of a file of 64-bit words. */
UNUSED static uint64_t super_word_of(const char *file, uint64_t n)
{
	int fd = open(file, O_RDONLY);
	uint64_t w = 0;

	if (pread(fd, &w, 8, (off_t)(n * 8)) != 8)
		w = ~0ull;
	close(fd);
	return w;
}

/* The number of the frame at p. */
UNUSED static uint64_t super_frame(const char *p)
{
	return super_word_of("/proc/self/pagemap", (unsigned long)p / PG) &
		((1ull << 55) - 1);
}

#endif
