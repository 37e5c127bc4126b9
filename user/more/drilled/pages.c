/* SPDX-License-Identifier: MIT */
/*
 * drilled pages AREA... -- ACCESS...: a translation at each address.
 *
 * AREA is ADDRESS:PAGES:PERMISSIONS:PAGE,PAGE,...: memory in which these pages
 * are written to, before it gets its permissions; r1 is page 1, only read.
 * ACCESS is r or w with an address.  SIGURG marks the moment before the first
 * access, when ./lectern reads the page tables.  Then each access is made, and
 * a line says what the machine did:
 *
 *	access r0x20001234 faults 1 signal 0 frame 0x1f012
 */
#include <setjmp.h>
#include <signal.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include "drilled.h"

static jmp_buf back;

static void caught(int sig)
{
	longjmp(back, sig);
}

static int prot_of(char **at)
{
	int prot = 0;

	for (; **at && **at != ':'; ++*at)
		prot |= **at == 'r' ? PROT_READ : **at == 'w' ? PROT_WRITE :
			**at == 'x' ? PROT_EXEC : 0;
	return prot;
}

static void touch(unsigned long start, char *list)
{
	while (*list) {
		int reads = *list == 'r';
		unsigned long page = number(list + reads, &list);
		volatile char *at = (volatile char *)(start + page * PG);

		if (reads)
			(void)*at;
		else
			*at = 1;
		list += *list == ',';
	}
}

static void map_area(char *word)
{
	char *at;
	unsigned long start = number(word, &at);
	unsigned long size = number(at + 1, &at) * PG;
	int prot;

	at++;
	prot = prot_of(&at);
	if (mmap((void *)start, size, PROT_READ | PROT_WRITE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0) !=
	    (void *)start)
		fail(word);
	touch(start, at + 1);
	if (mprotect((void *)start, size, prot))
		fail(word);
}

static void access_it(const char *word)
{
	volatile char *at = (volatile char *)number(word + 1, NULL);
	/* between the two counts is nothing else that could fault */
	static long before, after;
	uint64_t frame;
	int sig = setjmp(back);

	before = after = faults_so_far();
	if (!sig) {
		before = faults_so_far();
		if (word[0] == 'r')
			(void)*at;
		else
			*at = 2;
		after = faults_so_far();
	}
	frame = pagemap_word("self", (unsigned long)at);
	dprintf(2, "access %s faults %ld signal %d frame 0x%llx\n", word,
		after - before, sig, (unsigned long long)
		(frame & PM_PRESENT ? frame & PM_FRAME : 0));
}

int drill_pages(int n, char **words)
{
	struct sigaction act = { .sa_handler = caught,
				 .sa_flags = SA_NODEFER };

	for (; n && strcmp(*words, "-"); n--, words++)
		map_area(*words);
	sigaction(SIGSEGV, &act, NULL);
	sigaction(SIGBUS, &act, NULL);
	raise(SIGURG);
	for (n--, words++; n > 0; n--, words++)
		access_it(*words);
	return 0;
}
