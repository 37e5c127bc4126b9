/* SPDX-License-Identifier: MIT */
/* Lab 4, hidden checks: the stack, and what the copies cost. */
#include "check.h"

#define PAGES	128

static void spoil(void *arg)
{
	volatile int *words = arg;

	for (int i = 0; i < 1000; i++)
		words[i] = -i;
	lab_equal(words[999], -999, "a word of the child's stack");
}

/* The stack is shared like all other memory. */
static void stack(void)
{
	volatile int words[1000];

	for (int i = 0; i < 1000; i++)
		words[i] = i;
	lab_join(lab_fork(spoil, (void *)words));
	for (int i = 0; i < 1000; i++)
		lab_equal(words[i], i, "a word of the parent's stack");
}

static int go[2];

static void wait_for_end(void *arg)
{
	char byte;

	(void)arg;
	close(go[1]);
	lab_equal(read(go[0], &byte, 1), 0, "bytes at the end of the pipe");
}

/* A copy costs about a copy: PAGES stores while the child has the frames. */
static void copies(void)
{
	volatile unsigned char *at = mmap(NULL, PAGES * LAB_PAGE,
					  PROT_READ | PROT_WRITE,
					  MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	unsigned long long begin, took;
	pid_t pid;

	lab_check(at != MAP_FAILED, "mmap failed: %s", strerror(errno));
	for (int i = 0; i < PAGES; i++)
		at[i * LAB_PAGE] = 1;
	lab_must(pipe(go), "pipe");
	pid = lab_fork(wait_for_end, NULL);
	begin = lab_clock();
	for (int i = 0; i < PAGES; i++)
		at[i * LAB_PAGE] = 2;
	took = lab_clock() - begin;
	close(go[0]);
	close(go[1]);
	lab_join(pid);
	munmap((void *)at, PAGES * LAB_PAGE);
	lab_within_budget(took);
}

static const struct lab_case cases[] = {
	{ "stack", stack },
	{ "copies", copies },
};

LAB_MAIN(cases)
