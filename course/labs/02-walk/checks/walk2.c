/* SPDX-License-Identifier: MIT */
/* Lab 2, what only the grader runs: large pages, shared tables, no memory. */
#include "walk.h"

/* A superpage ends the walk: its pages have frames one after the other. */
static void large(void)
{
	bytes_t at = map_spans(2);
	uint64_t first;

	lab_must(madvise((void *)at, SPAN, MADV_HUGEPAGE), "madvise");
	at[5 * LAB_PAGE] = 5;
	first = frame_of(at);
	lab_check(first, "the first page of a superpage has no frame");
	for (unsigned i = 1; i < ENTRIES; i += 37)
		lab_equal(frame_of(at + i * LAB_PAGE) - first, i,
			  "how far the frame of a page lies behind the first");
	lab_equal(at[5 * LAB_PAGE], 5, "a byte of the superpage");
	/* this splits it */
	munmap((void *)(at + 8 * LAB_PAGE), LAB_PAGE);
	lab_equal(at[5 * LAB_PAGE], 5, "the byte after the split");
	lab_equal(frame_of(at + 7 * LAB_PAGE) - first, 7, "a frame after the "
		  "split");
	lab_equal(frame_of(at + 8 * LAB_PAGE), 0, "the frame of the hole");
	munmap((void *)at, SPAN);
}

static uint64_t frames[ENTRIES];	/* of the parent's pages */

static void look_and_store(void *arg)
{
	bytes_t at = arg;

	for (unsigned i = 0; i < ENTRIES; i++)
		lab_equal(frame_of(at + i * LAB_PAGE), frames[i],
			  "the frame of a page that fork shares");
	for (unsigned i = 0; i < ENTRIES; i += 5)
		at[i * LAB_PAGE] = 99;
	for (unsigned i = 0; i < ENTRIES; i++)
		lab_equal(at[i * LAB_PAGE], i % 5 ? (unsigned char)i : 99,
			  "a byte in the child");
}

/* Tables that fork shares: a reader enters them, a writer does not. */
static void shared(void)
{
	bytes_t at = map_spans(1);

	lab_must(madvise((void *)at, SPAN, MADV_NOHUGEPAGE), "madvise");
	for (unsigned i = 0; i < ENTRIES; i++)
		at[i * LAB_PAGE] = (unsigned char)i;
	for (unsigned i = 0; i < ENTRIES; i++)
		frames[i] = frame_of(at + i * LAB_PAGE);
	lab_join(lab_fork(look_and_store, (void *)at));
	for (unsigned i = 0; i < ENTRIES; i++)
		lab_equal(at[i * LAB_PAGE], (unsigned char)i,
			  "a byte in the parent after the child's stores");
	munmap((void *)at, SPAN);
}

static int inject_fd;

/* Let the n-th allocation of the kernel fail from now on; 0: none. */
static void fail_nth(unsigned n)
{
	char text[16];
	int size = snprintf(text, sizeof(text), "%u\n", n);

	for (int i = 0; i < 4; i++)
		if (pwrite(inject_fd, text, (size_t)size, 0) == size)
			return;
}

/*
 * Without memory for a table a call fails, and the next one works.  A write to
 * /proc/self/mem reports the failure; a store would be repeated.
 */
static void scarce(void)
{
	unsigned long far = sizeof(long) == 8 ? 1UL << 30 : SPAN;
	unsigned failed = 0;
	int mem = open("/proc/self/mem", O_RDWR);

	lab_must(mem, "open /proc/self/mem");
	inject_fd = open("/proc/lectern/fault_inject", O_RDWR);
	lab_must(inject_fd, "open /proc/lectern/fault_inject");
	for (unsigned n = 1; n <= 12; n++) {
		bytes_t at = map_at((1UL << 30) + n * far, LAB_PAGE);
		long before = tables(), got;

		fail_nth(n);
		got = pwrite(mem, "pagewalk", 8, (off_t)(uintptr_t)at);
		fail_nth(0);
		failed += got < 0;
		lab_equal(pwrite(mem, "pagewalk", 8, (off_t)(uintptr_t)at), 8,
			  "bytes written once there is memory again");
		lab_check(!memcmp((void *)at, "pagewalk", 8),
			  "the bytes written are not there");
		lab_check(tables() > before, "no table was counted");
		munmap((void *)at, LAB_PAGE);
		lab_equal(tables(), before, "tables after munmap");
	}
	close(mem);
	close(inject_fd);
	lab_note("%u calls failed", failed);
	lab_check(failed >= 1, "no call failed without memory for its table");
}

static const struct lab_case cases[] = {
	{ "large", large },
	{ "shared", shared },
	{ "scarce", scarce },
};

LAB_MAIN(cases)
