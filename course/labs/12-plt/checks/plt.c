/* SPDX-License-Identifier: MIT */
/* Lab 12: symbols are found, and functions are called the first time. */
#include "start.h"

/* The program and the C library find each other. */
static void start(void)
{
	must_run_with("/lab/plt_hello", NULL, BOUND);
}

static void hash(void)
{
	must_run_with("/lab/plt_many", NULL, BOUND);
}

static void sysv(void)
{
	must_run_with("/lab/plt_sysv", NULL, BOUND);
}

static void absent(void)
{
	must_run_with("/lab/plt_absent", NULL, BOUND);
	must_run_with("/lab/plt_absentsysv", NULL, BOUND);
}

static unsigned long *bloom_word(const uint32_t *table, uint32_t h)
{
	unsigned long *words = (unsigned long *)&table[4];

	return &words[h / (8 * sizeof(long)) % table[2]];
}

static uint32_t hash_of(const char *name)
{
	uint32_t n = 5381;

	while (*name)
		n += (n << 5) + (unsigned char)*name++;
	return n;
}

static void clear_bit(uint32_t *table, const char *name, int second)
{
	uint32_t h = hash_of(name), bit = second ? h >> table[3] : h;

	*bloom_word(table, h) &= ~(1UL << bit % (8 * sizeof(long)));
}

/* What the filter excludes is not searched. */
static void bloom(void)
{
	uint32_t *table;

	image_read("/lab/plain/libplt_bloomed.so");
	table = image_at(image_dynamic(DT_GNU_HASH));
	clear_bit(table, "plt_Ez", 0);
	clear_bit(table, "plt_ab", 1);
	image_write("/tmp/libplt_bloomed.so");
	must_run_with("/lab/plt_bloomed", NULL, BOUND);
}

static void order(void)
{
	must_run_with("/lab/plt_order", NULL, BOUND);
}

static void lazy(void)
{
	must_run_with("/lab/plt_lazy", NULL, LAZY);
}

static void args(void)
{
	must_run_with("/lab/plt_args", NULL, LAZY);
}

static void library(void)
{
	must_run_with("/lab/plt_deep", NULL, LAZY);
}

static void pointers(void)
{
	must_run_with("/lab/plt_target", NULL, LAZY);
	must_run_with("/lab/plt_target", NULL, BOUND);
}

static void kinds(void)
{
	must_run_with("/lab/plt_kinds", NULL, LAZY);
}

static void missing(void)
{
	struct end e = run("/lab/plt_deep", "call", LAZY);

	lab_check(e.status == 127 && strstr(e.text, "plt_nowhere"),
		  "a call of plt_nowhere(), which nobody has: expected status "
		  "127 and an error, found status %d: %s", e.status, e.text);
}

static const struct lab_case cases[] = {
	{ "start", start }, { "hash", hash }, { "sysv", sysv },
	{ "absent", absent }, { "bloom", bloom }, { "order", order },
	{ "lazy", lazy }, { "args", args }, { "library", library },
	{ "pointers", pointers }, { "kinds", kinds }, { "missing", missing },
};

LAB_MAIN(cases)
