/* SPDX-License-Identifier: MIT */
/*
 * What the checks of slab.c find in a debug build (row A5): each misuse of an
 * object ends the process that does it, and proper use none.
 */
#define CHECK_SLAB
#include "../../mm/frames/slab.c"
#include "../../topics/checkers/objects.c"
#include "machine.h"

#include "unit.h"

/* Their headers and the kernel's name the same things. */
int fork(void);
int waitpid(int pid, int *status, int options);
void _exit(int status) __attribute__((noreturn));
#define ABORTED 6		/* a wait status: SIGABRT */

const char *ksym_lookup(uintptr_t pc, uintptr_t *offset)
{
	return NULL;
}

/* => does it panic? */
static bool panics(void (*fn)(void))
{
	int status;
	int pid = fork();

	if (pid == 0) {
		fn();
		_exit(0);
	}
	waitpid(pid, &status, 0);
	return (status & 0x7f) == ABORTED;
}

static void proper(void)
{
	char *p = kmalloc(20), *q = kzalloc(100);

	memset(p, 1, 20);
	p = krealloc(p, 30);		/* in place */
	memset(p, 1, 30);
	p = krealloc(p, 1000);
	memset(p, 1, 1000);
	p = krealloc(p, 9000);		/* whole pages */
	memset(p, 1, 9000);
	kfree(q);
	kfree(p);
	for (int i = 0; i < 5000; i++) {
		p = kmalloc(1 + i % 2048);
		memset(p, i, 1 + i % 2048);
		if (i % 3)
			kfree(p);
	}
}

static void twice(void)
{
	char *p = kmalloc(40);

	kfree(p);
	kfree(p);
}

static void too_far(void)
{
	char *p = kmalloc(40);

	p[40] = 0;			/* its class has 48 */
	kfree(p);
}

static void much_too_far(void)
{
	char *p = kmalloc(48);

	p[48] = 0;
	kfree(p);
}

static void far_after_growing(void)
{
	char *p = krealloc(kmalloc(33), 40);

	p[41] = 0;
	kfree(p);
}

static void afterwards(void)
{
	char *p = kmalloc(40);

	kfree(p);
	p[30] = 0;
	for (int i = 0; i < 200; i++)
		kmalloc(40);
}

static void inside(void)
{
	kfree((char *)kmalloc(200) + 16);
}

static void of_another(void)
{
	slab_free(&kmalloc_caches[0], kmalloc(200));
}

static void freed_pages(void)
{
	char *p = kmalloc(9000);

	kfree(p);
	kfree(p);
}

static void misuses(void **state)
{
	assert_false(panics(proper));
	assert_true(panics(twice));
	assert_true(panics(too_far));
	assert_true(panics(much_too_far));
	assert_true(panics(far_after_growing));
	assert_true(panics(afterwards));
	assert_true(panics(inside));
	assert_true(panics(of_another));
	assert_true(panics(freed_pages));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(misuses),
	};

	return cmocka_run_group_tests(tests, start_slabs, NULL);
}
