/* SPDX-License-Identifier: MIT */
/*
 * lib/cpio.c: archives one after the other, with padding and hard links, are
 * read right; every truncation and every damaged byte of one is refused or
 * read without touching a byte outside (the sanitizers watch a copy of exact
 * size).
 */
#include <stdio.h>
#include "unit.h"

#include <lib/cpio.h>
#include <lib/chars.h>

static char image[8192];
static size_t size;

static void pad4(size_t start)
{
	while ((size - start) & 3)
		image[size++] = 0;
}

/* One entry; data may be NULL. */
static void entry(size_t start, const char *name, unsigned mode, unsigned ino,
		  unsigned nlink, const char *data, size_t n)
{
	size += (size_t)sprintf(image + size, "070701%08x%08x%08x%08x%08x%08x"
		"%08x%08x%08x%08x%08x%08x%08x", ino, mode, 7u, 8u, nlink, 9u,
		(unsigned)n, 1u, 2u, 3u, 4u, (unsigned)strlen(name) + 1, 0u);
	strcpy(image + size, name);
	size += strlen(name) + 1;
	pad4(start);
	if (n)
		memcpy(image + size, data, n);
	size += n;
	pad4(start);
}

static void two_archives(void)
{
	size_t second;

	size = 0;
	entry(0, "dir", 040755, 1, 2, NULL, 0);
	entry(0, "dir/file", 0100644, 2, 1, "hello", 5);
	entry(0, "a", 0100600, 3, 2, NULL, 0);
	entry(0, "b", 0100600, 3, 2, "linked", 6);
	entry(0, "TRAILER!!!", 0, 0, 1, NULL, 0);
	memset(image + size, 0, 512);
	size += 509;		/* so that the next one is at an odd place */
	second = size;
	entry(second, "link", 0120777, 1, 1, "to", 2);
	entry(second, "TRAILER!!!", 0, 0, 1, NULL, 0);
	memset(image + size, 0, 100);
	size += 100;
}

static void expect(struct cpio_reader *r, const char *name, unsigned mode,
		   const char *data)
{
	struct cpio_entry e;

	assert_int_equal(cpio_next(r, &e), CPIO_ENTRY);
	assert_string_equal(e.name, name);
	assert_int_equal(e.mode, mode);
	assert_int_equal(e.data_size, strlen(data));
	assert_memory_equal(e.data, data, strlen(data));
	assert_int_equal(e.uid, 7);
	assert_int_equal(e.gid, 8);
	assert_int_equal(e.mtime, 9);
	assert_int_equal(e.rdev_major, 3);
	assert_int_equal(e.rdev_minor, 4);
}

static void test_reads(void **state)
{
	struct cpio_reader r;
	struct cpio_entry e;

	two_archives();
	cpio_open(&r, image, size);
	expect(&r, "dir", 040755, "");
	expect(&r, "dir/file", 0100644, "hello");
	expect(&r, "a", 0100600, "");
	expect(&r, "b", 0100600, "linked");
	assert_int_equal(cpio_next(&r, &e), CPIO_TRAILER);
	expect(&r, "link", 0120777, "to");
	assert_int_equal(cpio_next(&r, &e), CPIO_TRAILER);
	assert_int_equal(cpio_next(&r, &e), CPIO_END);
	assert_int_equal(cpio_next(&r, &e), CPIO_END);
}

/* Every byte in every place of a field: a digit, or the archive is bad. */
static void test_digits(void **state)
{
	enum { MTIME = 6 + 8 * 5 };	/* "00000009" */
	struct cpio_reader r;
	struct cpio_entry e;

	two_archives();
	for (unsigned k = 0; k < 8; k++) {
		unsigned shift = 4 * (7 - k);
		char was = image[MTIME + k];

		for (unsigned c = 0; c < 256; c++) {
			unsigned digit = digit_value((char)c);

			image[MTIME + k] = (char)c;
			cpio_open(&r, image, size);
			if (digit > 15) {
				assert_int_equal(cpio_next(&r, &e), CPIO_BAD);
				continue;
			}
			assert_int_equal(cpio_next(&r, &e), CPIO_ENTRY);
			assert_int_equal(e.mtime, (9 & ~(15u << shift)) |
					 digit << shift);
		}
		image[MTIME + k] = was;
	}
}

/* Zeros behind a name move the data. */
static void test_moved(void **state)
{
	struct cpio_reader r;
	struct cpio_entry e;

	size = 0;
	entry(0, "x", 0100644, 1, 1, "data", 4);
	memmove(image + 120, image + 112, 4);
	memset(image + 112, 0, 8);
	memcpy(image + 94, "0000000A", 8);
	size = 124;
	cpio_open(&r, image, size);
	assert_int_equal(cpio_next(&r, &e), CPIO_ENTRY);
	assert_string_equal(e.name, "x");
	assert_memory_equal(e.data, "data", 4);
	assert_int_equal(cpio_next(&r, &e), CPIO_END);
}

static void test_empty(void **state)
{
	static const char zeros[64];
	struct cpio_reader r;
	struct cpio_entry e;

	cpio_open(&r, zeros, 0);
	assert_int_equal(cpio_next(&r, &e), CPIO_END);
	cpio_open(&r, zeros, sizeof(zeros));
	assert_int_equal(cpio_next(&r, &e), CPIO_END);
}

/* Read it all and every byte of it.  => how it ended */
static enum cpio_result consume(const char *at, size_t n, unsigned *entries)
{
	struct cpio_reader r;
	struct cpio_entry e;
	enum cpio_result got;
	volatile unsigned sum = 0;

	*entries = 0;
	cpio_open(&r, at, n);
	while ((got = cpio_next(&r, &e)) != CPIO_END && got != CPIO_BAD) {
		sum += (unsigned)strlen(e.name);
		for (unsigned k = 0; k < e.data_size; k++)
			sum += (unsigned char)e.data[k];
		++*entries;
		assert_true(*entries <= n);
	}
	if (got == CPIO_BAD)
		assert_non_null(r.error);
	return got;
}

static void test_truncated(void **state)
{
	unsigned entries;

	two_archives();
	for (size_t n = 0; n < size; n++) {
		char *copy = malloc(n ? n : 1);

		memcpy(copy, image, n);
		consume(copy, n, &entries);
		free(copy);
	}
}

static void test_damaged(void **state)
{
	static const unsigned char values[] = { 0, 'f', 'F', '0', 0xff, '/' };
	unsigned entries;
	char *copy;

	two_archives();
	copy = malloc(size);
	for (size_t k = 0; k < size; k++) {
		for (size_t v = 0; v < sizeof(values); v++) {
			memcpy(copy, image, size);
			copy[k] = (char)values[v];
			consume(copy, size, &entries);
		}
	}
	free(copy);
}

/* Each refusal by its reason. */
static void refuse(const char *what)
{
	struct cpio_reader r;
	struct cpio_entry e;

	cpio_open(&r, image, size);
	assert_int_equal(cpio_next(&r, &e), CPIO_BAD);
	assert_string_equal(r.error, what);
	assert_int_equal(cpio_next(&r, &e), CPIO_BAD);
}

static void test_refuses(void **state)
{
	size = 0;
	entry(0, "x", 0100644, 1, 1, "data", 4);
	size -= 1;
	refuse("data past the end");
	size = 60;
	refuse("header cut short");
	size = 112;
	memcpy(image, "070707", 6);
	refuse("no newc header here");
	memcpy(image, "070701", 6);
	image[20] = 'g';
	refuse("header field is not hexadecimal");
	image[20] = '0';
	memcpy(image + 94, "00000000", 8);
	refuse("name too long or empty");
	memcpy(image + 94, "00001001", 8);
	refuse("name too long or empty");
	memcpy(image + 94, "00000009", 8);
	refuse("name past the end");
	image[111] = 'y';
	memcpy(image + 94, "00000002", 8);
	refuse("name without its end");
	image[110] = image[111] = 0;
	refuse("name is empty");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads),
		cmocka_unit_test(test_digits),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_truncated),
		cmocka_unit_test(test_damaged),
		cmocka_unit_test(test_refuses),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
