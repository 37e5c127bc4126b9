/* SPDX-License-Identifier: MIT */
/*
 * lib/cpio.c: archives one after the other, with padding and hard links, are
 * read right; every truncation and every damaged byte of one is refused or
 * read without touching a byte outside (the sanitizers watch a copy of exact
 * size).
 */
#include <stdio.h>
#include "cpio_reader.h"
#include "damage.h"
#include "unit.h"
#include <lib/chars.h>

static char image[8192];
static size_t size;

static void pad4(size_t start)
{
	while ((size - start) & 3)
		image[size++] = 0;
}

/* One entry; data may be NULL. */
static void add_entry(size_t start, const char *name, unsigned mode,
		      unsigned ino, unsigned nlink, const char *data, size_t n)
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
	add_entry(0, "dir", 040755, 1, 2, NULL, 0);
	add_entry(0, "dir/file", 0100644, 2, 1, "hello", 5);
	add_entry(0, "a", 0100600, 3, 2, NULL, 0);
	add_entry(0, "b", 0100600, 3, 2, "linked", 6);
	add_entry(0, "TRAILER!!!", 0, 0, 1, NULL, 0);
	memset(image + size, 0, 512);
	size += 509;		/* so that the next one is at an odd place */
	second = size;
	add_entry(second, "link", 0120777, 1, 1, "to", 2);
	add_entry(second, "TRAILER!!!", 0, 0, 1, NULL, 0);
	memset(image + size, 0, 100);
	size += 100;
}

static void expect_entry(struct cpio_reader *r, const char *name,
			 unsigned mode, const char *data)
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

static void test_reads_archives(void **state)
{
	struct cpio_reader r;
	struct cpio_entry e;

	two_archives();
	cpio_open(&r, image, size);
	expect_entry(&r, "dir", 040755, "");
	expect_entry(&r, "dir/file", 0100644, "hello");
	expect_entry(&r, "a", 0100600, "");
	expect_entry(&r, "b", 0100600, "linked");
	assert_int_equal(cpio_next(&r, &e), CPIO_TRAILER);
	expect_entry(&r, "link", 0120777, "to");
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
	add_entry(0, "x", 0100644, 1, 1, "data", 4);
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

static void test_truncated_archive(void **state)
{
	two_archives();
	read_cut(image, size, read_archives);
}

static void test_damaged_archive(void **state)
{
	static const uint8_t values[] = { 0, 'f', 'F', '0', 0xff, '/' };

	two_archives();
	for (size_t k = 0; k < size; k++)
		read_damaged(image, size, k, values, sizeof(values),
			     read_archives);
}

/* Each refusal by its reason. */
static void refuse_archive(const char *what)
{
	struct cpio_reader r;
	struct cpio_entry e;

	cpio_open(&r, image, size);
	assert_int_equal(cpio_next(&r, &e), CPIO_BAD);
	assert_string_equal(r.error, what);
	assert_int_equal(cpio_next(&r, &e), CPIO_BAD);
}

static void test_refuses_archives(void **state)
{
	size = 0;
	add_entry(0, "x", 0100644, 1, 1, "data", 4);
	size -= 1;
	refuse_archive("data past the end");
	size = 60;
	refuse_archive("header cut short");
	size = 112;
	memcpy(image, "070707", 6);
	refuse_archive("no newc header here");
	memcpy(image, "070701", 6);
	image[20] = 'g';
	refuse_archive("header field is not hexadecimal");
	image[20] = '0';
	memcpy(image + 94, "00000000", 8);
	refuse_archive("name too long or empty");
	memcpy(image + 94, "00001001", 8);
	refuse_archive("name too long or empty");
	memcpy(image + 94, "00000009", 8);
	refuse_archive("name past the end");
	image[111] = 'y';
	memcpy(image + 94, "00000002", 8);
	refuse_archive("name without its end");
	image[110] = image[111] = 0;
	refuse_archive("name is empty");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_reads_archives),
		cmocka_unit_test(test_digits),
		cmocka_unit_test(test_moved),
		cmocka_unit_test(test_empty),
		cmocka_unit_test(test_truncated_archive),
		cmocka_unit_test(test_damaged_archive),
		cmocka_unit_test(test_refuses_archives),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
