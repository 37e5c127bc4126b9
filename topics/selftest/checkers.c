/* SPDX-License-Identifier: MIT */
/*
 * Self-tests of the checkers that watch memory and arithmetic (row B7).  Each
 * kind of error is made once, and its report is expected.  `trip=NAME` makes an
 * error that is not expected (trip.c).
 */
#include "selftest.h"
#include <topics/inspection/trip.h>
#include <lib/mem.h>
#include <lt/arch.h>
#include <lt/check.h>
#include <mm/tables/kmap.h>
#include <mm/frames/page.h>
#include <mm/frames/slab.h>
#include <mm/uaccess.h>

/* Hide a value from the compiler's analysis. */
#define hidden(x) ({ \
	__typeof__(x) h_ = (x); __asm__ volatile("" : "+r"(h_)); h_; })

#ifdef CHECK_ADDRESS
#define FINDS(n, ...) do { \
	address_expect(true); \
	__VA_ARGS__; \
	SELFTEST_CHECK(address_expect(false) == (n)); \
} while (0)

static volatile char sink;

/*
 * The bytes that --check slab expects beyond a request and in a free object:
 * tests store these, so that it reports nothing.
 */
#define BEHIND	((char)0xbb)
#define FREED	((char)0x6b)

void trip_freed(void)
{
	char *p = kmalloc(40);

	kfree(p);
	sink = *hidden(p);
}

static void test_object(void)
{
	char *p = kmalloc(37);

	FINDS(0, p[hidden(36)] = 1);
	FINDS(1, p[hidden(37)] = BEHIND);
	FINDS(1, sink = p[hidden(-1)]);
	FINDS(1, sink = p[hidden(64)]);
	FINDS(1, memset(p, BEHIND, hidden(38ul)));
	FINDS(1, memcpy(p, p + 20, hidden(18ul)));
	p = krealloc(p, 45);
	FINDS(0, p[hidden(44)] = 1);
	FINDS(1, p[hidden(45)] = BEHIND);
	kfree(p);
}

static void test_freed(void)
{
	char *p = kmalloc(40);

	kfree(p);
	FINDS(1, sink = *hidden(p));
	FINDS(1, p[hidden(39)] = FREED);
	FINDS(1, sink = (char)memcmp(hidden(p), "", 1));
}

/* Free many more objects: a queue that is too short would release the first. */
static void test_kept(void)
{
	char *p = kmalloc(40);

	kfree(p);
	for (int i = 0; i < 500; i++)
		kfree(kmalloc(40));
	FINDS(1, sink = *hidden(p));
}

static void checkers_test_pages(void)
{
	struct page *p = page_alloc(1, PAGE_KERNEL);
	char *at = page_virt(p);

	FINDS(0, at[hidden(2 * PAGE_SIZE - 1)] = 1);
	page_put(p);
	FINDS(1, sink = at[hidden(PAGE_SIZE)]);
	at = kmalloc(3 * PAGE_SIZE - 100);
	FINDS(0, at[hidden(3 * PAGE_SIZE - 101)] = 1);
	FINDS(1, sink = at[hidden(3 * PAGE_SIZE - 100)]);
	kfree(at);
}

static __noinline char read_at(const char *p, long i)
{
	return p[i];
}

static void checkers_test_stack(void)
{
	char v[13];

	memset(v, 0, sizeof(v));
	FINDS(0, sink = read_at(v, 12));
	FINDS(1, sink = read_at(v, 13));
	FINDS(1, sink = read_at(v, -1));
}

static char table[21];

static void test_global(void)
{
	FINDS(0, sink = read_at(table, 20));
	FINDS(1, sink = read_at(table, 21));
}

static void test_user_copy(void)
{
	char *p = kmalloc(24);

	memset(p, 0, 24);
	FINDS(1, (void)copy_to_user(MMAP_MIN_ADDR, p, hidden(25ul)));
	FINDS(1, (void)copy_from_user(p, MMAP_MIN_ADDR, hidden(25ul)));
	kfree(p);
}

/*
 * When a stack is reused, its shadow must be clean, even if the last thread
 * left the stack in the middle of calls.
 */
static void test_stack_reuse(void)
{
	char *stack = kstack_alloc();

	for (unsigned long i = 0; i < KSTACK_SIZE; i += 8)
		FINDS(0, stack[hidden(i)] = 1);
	kstack_free(stack);
}
#endif

#ifdef CHECK_UNDEFINED
#define UNDEFINED(...) do { \
	undefined_expect(true); \
	__VA_ARGS__; \
	SELFTEST_CHECK(undefined_expect(false) == 1); \
} while (0)

static volatile long result;

enum small { SMALL_A, SMALL_B };

static void test_arithmetic(void)
{
	int big = hidden(0x7fffffff), small = hidden(-0x7fffffff - 1);

	UNDEFINED(result = big + 1);
	UNDEFINED(result = small - 1);
	UNDEFINED(result = big * 2);
	UNDEFINED(result = -small);
	UNDEFINED(result = 1 << hidden(32));
	UNDEFINED(result = 1 << hidden(-1));
}

static void test_places(void)
{
	static struct {
		int list[4], more[4];
	} v;
	static u8 truth = 2;

	UNDEFINED(result = v.list[hidden(4)]);
	UNDEFINED(result = *(int *)hidden((char *)v.list + 1));
	UNDEFINED(result = *(bool *)hidden(&truth));
}

void trip_overflow(void)
{
	result = hidden(0x7fffffff) + 1;
}
#endif

#ifdef CHECK_LEAK
/* The compiler must fill members with the pattern, and padding with zeros. */
static void test_leak_stack(void)
{
	struct {
		long set, unset;
	} v;

	v.set = 1;
	leak_expect(true);
	(void)copy_to_user(MMAP_MIN_ADDR, hidden(&v), sizeof(v));
	SELFTEST_CHECK(leak_expect(false) == 1);
}

static void test_leak_allocated(void)
{
	u32 *p = kmalloc(64);
	struct page *page = page_alloc(0, PAGE_KERNEL);

	memset(p, 0, 60);
	leak_expect(true);
	(void)copy_to_user(MMAP_MIN_ADDR, p, 60);
	SELFTEST_CHECK(leak_expect(true) == 0);
	(void)copy_to_user(MMAP_MIN_ADDR, p, 64);
	SELFTEST_CHECK(leak_expect(true) == 1);
	(void)copy_to_user(MMAP_MIN_ADDR, page_virt(page), 16);
	SELFTEST_CHECK(leak_expect(false) == 1);
	kfree(p);
	page_put(page);
}

void trip_leak(void)
{
	u32 *p = kmalloc(64);

	memset(p, 0, 60);
	(void)copy_to_user(MMAP_MIN_ADDR, p, 64);
	kfree(p);
}
#endif

static void test_none(void)
{
}

static const struct selftest_case cases[] = {
	{ "those that are not built in find nothing", test_none },
#ifdef CHECK_ADDRESS
	{ "accesses behind and before an object are found", test_object },
	{ "accesses to a freed object are found", test_freed },
	{ "freed objects are not reused at once", test_kept },
	{ "accesses to free pages and behind large objects are",
	  checkers_test_pages },
	{ "accesses beside a variable on the stack are found",
	  checkers_test_stack },
	{ "accesses behind a global variable are found", test_global },
	{ "copies for programs beyond an object are found", test_user_copy },
	{ "a stack is clean when it is reused", test_stack_reuse },
#endif
#ifdef CHECK_UNDEFINED
	{ "overflows and wide shifts are found", test_arithmetic },
	{ "bad indexes, addresses and values are found", test_places },
#endif
#ifdef CHECK_LEAK
	{ "what nobody wrote of a variable is found", test_leak_stack },
	{ "what nobody wrote of an allocation is found", test_leak_allocated },
#endif
};

SELFTEST_GROUP(checkers) = {
	"checkers", cases, ARRAY_SIZE(cases)
};
