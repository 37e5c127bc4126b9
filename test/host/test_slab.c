/* SPDX-License-Identifier: MIT */
/* Slabs and kmalloc: contents survive, nothing overlaps, everything returns. */
#include "machine.h"
#include "unit.h"
#include <mm/frames/page.h>
#include <mm/frames/slab.h>

#define OBJECTS 700

static struct {
	u8 *p;
	size_t size;
	u8 fill;
} objs[OBJECTS];

static void check_fill(int i)
{
	for (size_t k = 0; k < objs[i].size; k++)
		assert_int_equal(objs[i].p[k], objs[i].fill);
}

static void give_object(int i)
{
	check_fill(i);
	kfree(objs[i].p);
	objs[i].p = NULL;
}

static void take_object(int i)
{
	static const size_t top[] = { 40, 200, 3000, 20000 };

	objs[i].size = 1 + rand() % top[rand() % 4];
	objs[i].p = kmalloc(objs[i].size);
	if (!objs[i].p)
		return;
	assert_true(IS_ALIGNED((uintptr_t)objs[i].p, 16));
	objs[i].fill = rand();
	memset(objs[i].p, objs[i].fill, objs[i].size);
}

static void resize(int i)
{
	size_t size = 1 + rand() % 5000, keep;
	u8 *p = krealloc(objs[i].p, size);

	if (!p)
		return;
	keep = size < objs[i].size ? size : objs[i].size;
	for (size_t k = 0; k < keep; k++)
		assert_int_equal(p[k], objs[i].fill);
	objs[i].p = p;
	objs[i].size = size;
	memset(p, objs[i].fill, size);
}

static void random_sizes(void **state)
{
	unsigned long objects = slab_objects(), pages;

	slab_shrink();
	pages = page_free_count();
	for (unsigned seed = 1; seed <= 4; seed++) {
		srand(seed);
		for (int op = 0; op < 20000; op++) {
			int i = rand() % OBJECTS;

			if (!objs[i].p)
				take_object(i);
			else if (rand() % 4 == 0)
				resize(i);
			else
				give_object(i);
		}
		for (int i = 0; i < OBJECTS; i++)
			if (objs[i].p)
				give_object(i);
		assert_int_equal(slab_objects(), objects);
		slab_shrink();
		assert_int_equal(page_free_count(), pages);
	}
}

static void own_cache(void **state)
{
	struct slab_cache *c = slab_create("test", 152);
	unsigned long live = slab_objects();
	void *p[300];

	for (int i = 0; i < 300; i++) {
		p[i] = slab_zalloc(c);
		assert_non_null(p[i]);
		for (int k = 0; k < 152; k++)
			assert_int_equal(((u8 *)p[i])[k], 0);
		memset(p[i], 0xff, 152);
	}
	assert_int_equal(slab_objects(), live + 300);
	for (int i = 0; i < 300; i++)
		slab_free(c, p[i]);
	assert_int_equal(slab_objects(), live);
}

static void out_of_memory(void **state)
{
	void *list = NULL, **p;
	unsigned long n = 0;

	while ((p = kmalloc(2048))) {
		*p = list;
		list = p;
		n++;
	}
	assert_true(n > 1000);
	assert_null(kmalloc(2048));
	while (list) {
		p = list;
		list = *p;
		kfree(p);
	}
	fault_inject_set(1);
	assert_null(kmalloc(10));
	p = kmalloc(10);
	assert_non_null(p);
	kfree(p);
	kfree(NULL);
	assert_null(kmalloc(64ul << 20));
}

/* Half of the memory is free, but no two frames that lie together. */
static void memory_in_pieces(void **state)
{
	struct slab_cache *c = slab_create("pieces", 500);
	unsigned long pages, n = 0, kept = 0;
	void *list = NULL, **obj;
	struct page *p, *odd = NULL;

	slab_shrink();
	pages = page_free_count();
	while ((p = page_alloc(0, PAGE_KERNEL))) {
		p->slab = (void *)odd;
		odd = p;
		n++;
	}
	for (p = odd, odd = NULL; p;) {
		struct page *next = (void *)p->slab;

		if (page_pfn(p) & 1) {
			p->slab = (void *)odd;
			odd = p;
			kept++;
		} else {
			page_put(p);
		}
		p = next;
	}
	assert_true(kept > n / 3 && n - kept > n / 3);
	assert_null(page_alloc(1, PAGE_KERNEL));
	assert_null(kmalloc(5000));
	for (unsigned i = 0; i < 7 * 100; i++) {
		obj = slab_alloc(c);
		assert_non_null(obj);
		memset(obj, 0xff, 500);
		*obj = list;
		list = obj;
	}
	while ((p = odd)) {
		odd = (void *)p->slab;
		page_put(p);
	}
	while ((obj = list)) {
		list = *obj;
		slab_free(c, obj);
	}
	slab_shrink();
	assert_int_equal(page_free_count(), pages);
}

static void strings(void **state)
{
	char *s = kstrdup("lectern");

	assert_string_equal(s, "lectern");
	kfree(s);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(random_sizes),
		cmocka_unit_test(own_cache),
		cmocka_unit_test(out_of_memory),
		cmocka_unit_test(memory_in_pieces),
		cmocka_unit_test(strings),
	};

	return cmocka_run_group_tests(tests, start_slabs, NULL);
}
