/* SPDX-License-Identifier: MIT */
/*
 * More memory in use than the machine has: several processes fill their share,
 * and find it again in several rounds, by pages of their own and by pages that
 * they have from their parent.  Nobody dies, and no slot is left (rows D5,
 * D13).  For a machine with little memory and an area to swap to.
 */
#include <sys/wait.h>
#include "swap.h"

#define HOGS	3
#define ROUNDS	2

static unsigned pages;			/* of each hog */
static unsigned long *shared;		/* the parent's: half as much */
static int full[2];			/* a byte from each hog that is full */
static int gate[2];			/* no more writers: all hogs are */

static unsigned long mark_of_task(unsigned who, unsigned page)
{
	return who * 1000003ul + page * 2654435761ul;
}

/* A page is its mark, at both ends. */
static void mark_page(unsigned long *at, unsigned page, unsigned long v)
{
	unsigned long *p = at + page * (PG / sizeof(long));

	p[0] = p[PG / sizeof(long) - 1] = v;
}

static int holds_mark(const unsigned long *at, unsigned page, unsigned long v)
{
	const unsigned long *p = at + page * (PG / sizeof(long));

	return p[0] == v && p[PG / sizeof(long) - 1] == v;
}

static unsigned long *map_noreserve(unsigned n)
{
	return mmap(NULL, n * PG, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
}

/*
 * Wait until every hog has stored all of its pages, so that they are certainly
 * more than the memory: on several CPUs one could have ended before.
 */
static void await_all(void)
{
	char c = 0;

	close(gate[1]);
	if (write(full[1], &c, 1) != 1)
		_exit(3);
	close(full[1]);
	if (read(gate[0], &c, 1) != 0)
		_exit(4);
}

/* Open the gate when all are full, or dead. */
static void let_all_go(void)
{
	char c;

	close(full[1]);
	for (int i = 0; i < HOGS && read(full[0], &c, 1) == 1; i++)
		;
	close(gate[1]);
}

static void hog_marked(void *arg)
{
	unsigned who = (unsigned)(long)arg, i, round;
	unsigned long *mine = map_noreserve(pages);

	for (i = 0; i < pages; i++)
		mark_page(mine, i, mark_of_task(who, i));
	await_all();
	for (round = 0; round < ROUNDS; round++) {
		for (i = 0; i < pages; i++) {
			if (!holds_mark(mine, i, mark_of_task(who, i) + round))
				_exit(1);
			mark_page(mine, i, mark_of_task(who, i) + round + 1);
		}
		for (i = 0; i < pages / 2; i++)
			if (!holds_mark(shared, i, mark_of_task(9, i)))
				_exit(2);
		/* and some of the parent's become its own */
		for (i = who; i < pages / 2; i += 2 * HOGS)
			mark_page(shared, i, mark_of_task(9, i));
	}
	_exit(0);
}

/* The word behind `key` in a file, or the other one. */
static const char *word_behind(const char *file, const char *key,
			       const char *other)
{
	static char words[2][1024];
	static int turn;
	char *text = words[turn++ % 2], *at;

	text_read(file, text, sizeof(words[0]));
	at = strstr(text, key);
	if (!at)
		return other;
	at += strlen(key);
	at[strcspn(at, " \n")] = '\0';
	return at;
}

static void policy(void)
{
	const char *want = word_behind("/proc/cmdline", "replacement=",
				       "clock");

	check(!strcmp(word_behind("/proc/lectern/replacement", "machine ", ""),
		      want),
	      "pages go by %s", want);
}

int main(void)
{
	long total = text_number("/proc/meminfo", "MemTotal:"), free, out, in;
	long others;
	pid_t pid[HOGS];

	if (access(DISK, R_OK) || total > 256 * 1024)
		return tap_skip_all("it takes a disk and little memory");
	write_header(good_header());
	if ((long)disk_pages * 4 < 2 * total)
		return tap_skip_all("the disk is small");
	check_eq(syscall(SYS_swapon, DISK, 0), 0, "swapon");
	if (!on_other_kernel())
		policy();
	free = text_number("/proc/meminfo", "SwapFree:");
	/* other programs may be out, and the root's files */
	others = 1024 + text_number("/proc/meminfo", "Shmem:");
	pages = (unsigned)(total / 4 / 2);
	shared = map_noreserve(pages / 2);
	for (unsigned i = 0; i < pages / 2; i++)
		mark_page(shared, i, mark_of_task(9, i));
	check(!pipe(full) && !pipe(gate), "pipes");
	for (long k = 0; k < HOGS; k++) {
		pid[k] = fork();
		if (!pid[k])
			hog_marked((void *)k);
	}
	let_all_go();
	for (unsigned k = 0; k < HOGS; k++) {
		int status = -1;

		waitpid(pid[k], &status, 0);
		check_eq(status, 0, "hog %u found all it had stored", k);
	}
	out = text_number("/proc/vmstat", "pswpout ");
	in = text_number("/proc/vmstat", "pswpin ");
	printf("# of %u pages each: %ld went out, %ld came in\n", pages, out,
	       in);
	check(out > (long)pages / 2, "much went out");
	check(in > (long)pages / 2, "and came in");
	munmap(shared, pages / 2 * PG);
	/* the pager may have been at work in a hog that ended */
	for (int i = 0; i < 100 &&
	     free - text_number("/proc/meminfo", "SwapFree:") >= others; i++)
		usleep(20000);
	check(free - text_number("/proc/meminfo", "SwapFree:") < others,
	      "the hogs' slots are free");
	check_eq(syscall(SYS_swapoff, DISK), 0, "swapoff");
	return tap_done();
}
