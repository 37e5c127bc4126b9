/* SPDX-License-Identifier: MIT */
/*
 * malloc of our C library (row C10): sizes, alignments, errors, what happens
 * to memory that is freed, threads with arenas of their own, blocks that one
 * thread takes and another frees, fork amid all that.
 */
#include <limits.h>
#include <malloc.h>
#include <thread.h>
#include "tap.h"

#define KIB	1024UL
#define MIB	(1024 * KIB)
#define THREADS	8

/* A block is filled with what tells it from others. */
static void fill_block(char *p, size_t n, unsigned int seed)
{
	for (size_t i = 0; i < n; i++)
		p[i] = (char)(seed * 31 + i);
}

static int filled(const char *p, size_t n, unsigned int seed)
{
	for (size_t i = 0; i < n; i++)
		if (p[i] != (char)(seed * 31 + i))
			return 0;
	return 1;
}

static unsigned int next_random(unsigned int *state)
{
	*state = *state * 1103515245 + 12345;
	return *state >> 8;
}

/* Small ones mostly, and up to a mapping now and then. */
static size_t random_size(unsigned int *state)
{
	unsigned int r = next_random(state);

	return r % 64 == 0 ? r / 64 % (300 * KIB) :
	       r % 8 == 0 ? r / 8 % (20 * KIB) : r / 8 % 500;
}

static void every_size(void)
{
	int aligned = 1, enough = 1, kept = 1, tight = 1;

	for (size_t n = 0; n < 200 * KIB; n += n < 600 ? 1 : n / 37) {
		char *p = malloc(n), *q = malloc(n);
		size_t have = malloc_usable_size(p);

		aligned &= !((uintptr_t)p % 16) && !((uintptr_t)q % 16);
		enough &= have >= n;
		tight &= have <= n + n / 4 + PG || n > 100 * KIB;
		fill_block(p, have, 1);
		fill_block(q, malloc_usable_size(q), 2);
		kept &= filled(p, have, 1) && p != q;
		free(p);
		free(q);
	}
	check(aligned, "blocks are aligned to 16");
	check(enough, "blocks have the bytes that were asked for");
	check(tight, "and not many more");
	check(kept, "no block is part of another");
	check_eq(malloc_usable_size(NULL), 0, "no block has no bytes");
}

static void alignments(void)
{
	int right = 1, kept = 1;
	char *p[100];
	void *q = BAD;
	int n = 0;

	for (size_t align = 8; align <= 4 * MIB; align *= 2)
		for (size_t size = 1; size < 100 * KIB; size *= 40) {
			if (posix_memalign(&q, align, size))
				tap_bail("posix_memalign");
			right &= !((uintptr_t)q % align);
			p[n] = q;
			fill_block(q, size, (unsigned int)n++);
		}
	n = 0;
	for (size_t align = 8; align <= 4 * MIB; align *= 2)
		for (size_t size = 1; size < 100 * KIB; size *= 40) {
			kept &= filled(p[n], size, (unsigned int)n);
			free(p[n++]);
		}
	check(right && kept, "posix_memalign: 8 bytes to 4 MiB");
	q = BAD;
	check(posix_memalign(&q, 24, 1) == EINVAL && q == BAD,
	      "posix_memalign of what is no power of two");
	check_eq(posix_memalign(&q, 2, 1), EINVAL, "of less than a pointer");
	check_eq(posix_memalign(&q, 64, SIZE_MAX - 100), ENOMEM, "of too much");
	q = memalign(100, 10);
	check(q && !((uintptr_t)q % 128), "memalign takes the next power");
	free(q);
	q = aligned_alloc(256, 512);
	check(q && !((uintptr_t)q % 256), "aligned_alloc");
	free(q);
}

static volatile size_t huge = SIZE_MAX;

static void fail_to_allocate(void)
{
	void *p = malloc(10);

	errno = 0;
	check(!malloc(huge) && errno == ENOMEM, "malloc of too much");
	errno = 0;
	check(!malloc(huge / 2 + 1) && errno == ENOMEM, "malloc of half of it");
	errno = 0;
	check(!calloc(huge / 2, 3) && errno == ENOMEM, "calloc that overflows");
	errno = 0;
	check(!realloc(p, huge - 10) && errno == ENOMEM, "realloc of too much");
	fill_block(p, 10, 3);
	check(filled(p, 10, 3), "which leaves the block");
	errno = 77;
	free(p);
	free(malloc(MIB));
	check_eq(errno, 77, "free keeps errno");
	p = malloc(0);
	check(p && p != malloc(0), "blocks without bytes differ");
	free(p);
}

static void changes_of_size(void)
{
	unsigned int state = 5;
	size_t had = 0, size;
	char *p = NULL;
	int kept = 1;

	for (int i = 0; i < 500; i++) {
		size = random_size(&state) + 1;
		p = realloc(p, size);
		kept &= filled(p, had < size ? had : size,
			       (unsigned int)i - 1);
		fill_block(p, size, (unsigned int)i);
		had = size;
	}
	check(kept, "realloc keeps what was there");
	check(realloc(p, 0) == NULL, "realloc to nothing frees");
	p = malloc(2 * MIB);
	fill_block(p, 2 * MIB, 1);
	p = realloc(p, 9 * MIB);
	check(filled(p, 2 * MIB, 1), "a mapping grows");
	p = realloc(p, MIB);
	check(filled(p, MIB, 1) && malloc_usable_size(p) < MIB + 2 * PG,
	      "and shrinks");
	free(p);
}

static void cleared(void)
{
	static const size_t sizes[] = { 24, 3000, 40 * KIB, MIB };
	int clear = 1;

	for (int i = 0; i < COUNT(sizes); i++) {
		char *p = malloc(sizes[i]);

		memset(p, 0xaa, sizes[i]);
		free(p);
		p = calloc(sizes[i] / 8, 8);
		for (size_t k = 0; k < sizes[i]; k++)
			clear &= !p[k];
		free(p);
	}
	check(clear, "calloc clears what had been used");
}

static void double_free(void *arg)
{
	void *p = malloc((size_t)arg), *between = malloc((size_t)arg);

	dup2(1, 2);
	free(p);
	free(between);
	free(p);
}

static void free_inside(void *arg)
{
	char *p = malloc((size_t)arg);

	dup2(1, 2);
	free(p + 16);
}

static void caught(void (*f)(void *), size_t size, const char *words)
{
	char text[200] = "";

	check_eq(output_of(f, (void *)size, text, sizeof(text)), -SIGABRT,
		 "%zu bytes: %s ends the program", size, words);
	check(strstr(text, words) != NULL, "and that is said");
	if (!strstr(text, words))
		printf("# %s\n", text);
}

static void misuse(void)
{
	caught(double_free, 24, "double free detected");
	caught(double_free, 3000, "double free detected");
	caught(double_free, 40 * KIB, "double free detected");
	caught(free_inside, 40, "invalid pointer");
	caught(free_inside, 40 * KIB, "invalid pointer");
	caught(free_inside, MIB, "invalid pointer");
}

static void goes_back(void)
{
	static char *p[400];
	struct mallinfo2 before = mallinfo2(), full, after;
	char *large;

	for (int i = 0; i < COUNT(p); i++)
		p[i] = malloc(20 * KIB);
	full = mallinfo2();
	for (int i = 0; i < COUNT(p); i++)
		free(p[i]);
	after = mallinfo2();
	/* some were in the cache before */
	check(full.uordblks >= before.uordblks + COUNT(p) * 19 * KIB,
	      "blocks count as used");
	check(full.arena >= full.uordblks, "which is part of what is mapped");
	check(after.arena <= before.arena + 2 * MIB, "empty heaps go back");
	check(malloc_trim(0) && mallinfo2().arena <= after.arena,
	      "malloc_trim gives back");
	before = mallinfo2();
	large = malloc(5 * MIB);
	full = mallinfo2();
	check(full.hblks == before.hblks + 1 &&
	      full.hblkhd >= before.hblkhd + 5 * MIB,
	      "a large block is a mapping");
	free(large);
	after = mallinfo2();
	check(after.hblks == before.hblks && after.hblkhd == before.hblkhd,
	      "that goes back at once");
	check(!load_fault(p) && load_fault(large) == SIGSEGV,
	      "so that nobody can read it");
}

static void thresholds(void)
{
	struct mallinfo2 before;
	char *p;

	check(mallopt(M_MMAP_THRESHOLD, 64 * KIB), "a threshold is set");
	before = mallinfo2();
	p = malloc(64 * KIB);
	check_eq(mallinfo2().hblks, before.hblks + 1, "and obeyed");
	free(p);
	check(!mallopt(M_MMAP_THRESHOLD, 64 << 20) && !mallopt(99, 1),
	      "what is not supported is refused");
	p = malloc(400 * KIB);
	free(p);
	before = mallinfo2();
	p = malloc(390 * KIB);
	check_eq(mallinfo2().hblks, before.hblks,
		 "what is freed often is a mapping no more");
	free(p);
}

static void print_stats(void *arg)
{
	(void)arg;
	dup2(1, 2);
	malloc_stats();
}

static void statistics(void)
{
	char text[2000] = "";

	output_of(print_stats, NULL, text, sizeof(text));
	check(strstr(text, "Arena 0:\nsystem bytes     = ") &&
	      strstr(text, "Total (incl. mmap):\n") &&
	      strstr(text, "max mmap regions = "), "malloc_stats");
}

/* What threads take each other's blocks from. */
static struct slot {
	char *p;
	size_t size;
} slots[64];
static struct mutex slots_lock = MUTEX_INIT;
static volatile int stop;

/* Puts a block there and frees the one that it finds. */
static void *exchange_blocks(void *arg)
{
	unsigned int state = 1 + (unsigned int)(uintptr_t)arg;
	long wrong = 0;

	for (int i = 0; i < 4000; i++) {
		unsigned int at = next_random(&state) % COUNT(slots);
		struct slot mine = { .size = random_size(&state) % 9000 };
		struct slot old;

		mine.p = malloc(mine.size);
		fill_block(mine.p, mine.size, at);
		mutex_lock(&slots_lock);
		old = slots[at];
		slots[at] = mine;
		mutex_unlock(&slots_lock);
		if (!old.p)
			continue;
		wrong += !filled(old.p, old.size, at);
		free(old.p);
	}
	return (void *)wrong;
}

static void *allocate_until_stop(void *arg)
{
	unsigned int state = 9;

	while (!stop)
		free(malloc(random_size(&state)));
	return arg;
}

static void *allocate_one(void *where)
{
	*(void **)where = malloc(100);
	return NULL;
}

static void allocate_in_threads(void)
{
	struct thread t[THREADS];
	struct mallinfo2 before = mallinfo2(), after;
	long wrong = 0;
	void *theirs[2];

	for (int i = 0; i < THREADS; i++)
		if (thread_create(&t[i], exchange_blocks, (void *)(long)i))
			tap_bail("thread_create");
	for (int i = 0; i < THREADS; i++)
		wrong += (long)thread_join(&t[i]);
	check_eq(wrong, 0, "threads free each other's blocks");
	for (int i = 0; i < COUNT(slots); i++)
		free(slots[i].p);
	after = mallinfo2();
	check(after.uordblks < before.uordblks + MIB,
	      "threads that ended keep nothing");
	thread_create(&t[0], allocate_one, &theirs[0]);
	thread_create(&t[1], allocate_one, &theirs[1]);
	thread_join(&t[0]);
	thread_join(&t[1]);
	check(theirs[0] && theirs[1], "both have memory");
	free(theirs[0]);
	free(theirs[1]);
}

static void child_uses(void *arg)
{
	static char *p[1000];

	(void)arg;
	alarm(20);
	for (int i = 0; i < COUNT(p); i++)
		p[i] = malloc((size_t)i * 7);
	for (int i = 0; i < COUNT(p); i++)
		free(p[i]);
}

static void fork_while_allocating(void)
{
	struct thread t[3];
	int failed = 0;

	for (int i = 0; i < COUNT(t); i++)
		thread_create(&t[i], allocate_until_stop, NULL);
	for (int i = 0; i < 40; i++)
		failed += in_child(child_uses, NULL) != 0;
	stop = 1;
	for (int i = 0; i < COUNT(t); i++)
		thread_join(&t[i]);
	check_eq(failed, 0, "children have a whole heap, whoever was at it");
}

int main(void)
{
	every_size();
	alignments();
	fail_to_allocate();
	changes_of_size();
	cleared();
	misuse();
	goes_back();
	statistics();
	allocate_in_threads();
	fork_while_allocating();
	thresholds();
	return tap_done();
}
