/* SPDX-License-Identifier: MIT */
/*
 * drilled family PAGES STEP...: copy-on-write among relatives.
 *
 * PAGES pages of private memory belong to process A.  A step is Aw2 (A writes
 * to page 2), Ar2 (it reads), AfB (it forks, and B is the child) or Bx (B
 * exits).  This program tells each process what to do, by a pipe, and reads
 * from /proc what became of it:
 *
 *	step Aw2 faults 1
 *	state A 0x1f012:2 0:0		frame:mappings of each page
 */
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>
#include "drilled.h"

#define MOST	8
#define AT	((volatile char *)0x30000000)

struct order {
	char what, to;
	int page;
};

static int orders[MOST][2], answers[2];	/* pipes */
static pid_t pid[MOST];			/* 0: not there */
static int pages;

static void answer(long value)
{
	write_all(answers[1], &value, sizeof(value));
}

static long heard(void)
{
	long value;

	if (read_all(answers[0], &value, sizeof(value)) != sizeof(value))
		fail("a relative is silent");
	return value;
}

static void access_page(const struct order *o)
{
	static long before, after;	/* no stack between the two counts */

	before = after = faults_so_far();
	before = faults_so_far();
	if (o->what == 'w')
		AT[o->page * PG] = 1;
	else
		(void)AT[o->page * PG];
	after = faults_so_far();
	answer(after - before);
}

/* The life of a relative. */
static void live(int who)
{
	struct order o;

	for (;;) {
		if (read_all(orders[who][0], &o, sizeof(o)) != sizeof(o))
			_exit(1);
		if (o.what == 'x')
			_exit(0);
		if (o.what != 'f') {
			access_page(&o);
			continue;
		}
		if (!fork()) {
			who = o.to;
			answer(getpid());
		}
	}
}

static void print_state(void)
{
	int count = open("/proc/kpagecount", O_RDONLY);
	char name[16];

	for (int i = 0; i < MOST; i++) {
		if (!pid[i])
			continue;
		snprintf(name, sizeof(name), "%d", (int)pid[i]);
		printf("state %c", 'A' + i);
		for (int k = 0; k < pages; k++) {
			uint64_t w = pagemap_word(name, (unsigned long)
						  (AT + k * PG)), mapped = 0;

			w = w & PM_PRESENT ? w & PM_FRAME : 0;
			if (w && pread(count, &mapped, 8, (off_t)w * 8) != 8)
				fail("/proc/kpagecount");
			printf(" 0x%lx:%u", (unsigned long)w,
			       (unsigned)mapped);
		}
		printf("\n");
	}
	close(count);
}

/* A dead relative is reaped by itself, because SIGCHLD is ignored. */
static void await_end(pid_t p)
{
	while (!kill(p, 0))
		usleep(1000);
}

static void step(const char *word)
{
	int who = word[0] - 'A';
	struct order o = { .what = word[1] };
	long faults = 0;

	if (who < 0 || who >= MOST || !pid[who])
		fail(word);
	if (o.what == 'f')
		o.to = (char)(word[2] - 'A');
	else if (o.what != 'x')
		o.page = word[2] - '0';
	write_all(orders[who][1], &o, sizeof(o));
	if (o.what == 'f') {
		pid[(int)o.to] = (pid_t)heard();
	} else if (o.what == 'x') {
		await_end(pid[who]);
		pid[who] = 0;
	} else {
		faults = heard();
	}
	printf("step %s faults %ld\n", word, faults);
	print_state();
}

int drill_family(int n, char **words)
{
	signal(SIGCHLD, SIG_IGN);
	pages = (int)number(n ? words[0] : "", NULL);
	if (mmap((void *)AT, (size_t)pages * PG, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
	    (void *)AT || pipe(answers))
		fail("memory");
	for (int i = 0; i < MOST; i++)
		if (pipe(orders[i]))
			fail("pipe");
	pid[0] = fork();
	if (!pid[0])
		live(0);
	for (int i = 1; i < n; i++)
		step(words[i]);
	for (int i = 0; i < MOST; i++)
		if (pid[i])
			kill(pid[i], SIGKILL);
	return 0;
}
