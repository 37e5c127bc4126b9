/* SPDX-License-Identifier: MIT */
/*
 * The data segment: brk and sbrk grow and shrink it, new bytes are zero,
 * it never meets another mapping or the limit (row E6).
 */
#include <sys/resource.h>
#include "tap.h"
#include "texts.h"

static unsigned long kbrk(unsigned long end)
{
	return (unsigned long)raw_syscall(SYS_brk, end);
}

static void grow_and_shrink(unsigned long base)
{
	char *p = (char *)base;

	check_eq(kbrk(base + 3 * PG), base + 3 * PG, "grow by three pages");
	check(p[0] == 0 && p[3 * PG - 1] == 0, "they are zero");
	memset(p, 'x', 3 * PG);
	check_eq(kbrk(base + PG), base + PG, "shrink by two");
	check_eq(load_fault(p + PG), SIGSEGV, "those are gone");
	check_eq(p[PG - 1], 'x', "the first is not");
	check_eq(kbrk(base + 2 * PG), base + 2 * PG, "grow again");
	check_eq(p[PG], 0, "zero again");
	check_eq(kbrk(base + 1), base + 1, "an odd end");
	check_eq(load_fault(p + PG - 1), 0, "its page is there");
	check_eq(p[0], 'x', "with its data");
	check_eq(kbrk(base), base, "back to the start");
	check_eq(load_fault(p), SIGSEGV, "nothing left");
}

static void refuse_brk(unsigned long base)
{
	struct rlimit old, r;
	char *wall;

	check_eq(kbrk(0), base, "brk(0) only asks");
	check_eq(kbrk(base - 64 * PG), base, "below the start: refused");
	check_eq(kbrk(1), base, "far below: refused");
	check_eq(kbrk(-PG), base, "into the kernel's half: refused");
	check_eq(kbrk(~0UL), base, "wrapping: refused");
	wall = mmap((void *)(base + 16 * PG), PG, PROT_READ,
		    MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	check_eq(kbrk(base + 15 * PG), base + 15 * PG, "up to a mapping");
	check_eq(kbrk(base + 17 * PG), base + 15 * PG,
		 "into a mapping: refused, unchanged");
	munmap(wall, PG);
	check_eq(kbrk(base + 17 * PG), base + 17 * PG, "now it may");
	kbrk(base);
	getrlimit(RLIMIT_DATA, &old);
	r = (struct rlimit){ 1 << 20, old.rlim_max };
	setrlimit(RLIMIT_DATA, &r);
	check_eq(kbrk(base + (8 << 20)), base, "RLIMIT_DATA: refused");
	setrlimit(RLIMIT_DATA, &old);
}

/* A soft limit of 0 is for brk alone; others' is the hard one then. */
static void only_brk(void *arg)
{
	struct rlimit r = { 0, 64 << 20 };
	unsigned long base = (unsigned long)arg;
	char *p;

	if (setrlimit(RLIMIT_DATA, &r))
		_exit(1);
	if (kbrk(base + PG) != base)
		_exit(2);
	p = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		 -1, 0);
	if (p == MAP_FAILED)
		_exit(3);
	if (mprotect(p, PG, PROT_READ) ||
	    mprotect(p, PG, PROT_READ | PROT_WRITE))
		_exit(4);
	if (mmap(NULL, 65 << 20, PROT_READ | PROT_WRITE, MAP_PRIVATE |
		 MAP_ANONYMOUS, -1, 0) != MAP_FAILED || errno != ENOMEM)
		_exit(5);
	p = mmap(NULL, 65 << 20, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	if (p == MAP_FAILED || !mprotect(p, 65 << 20, PROT_READ | PROT_WRITE) ||
	    errno != ENOMEM)
		_exit(6);
	r.rlim_cur = PG;		/* and 1 is a limit as any */
	if (setrlimit(RLIMIT_DATA, &r))
		_exit(7);
	p = mmap(NULL, PG, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS,
		 -1, 0);
	_exit(p == MAP_FAILED ? 0 : 8);
}

/* => the name that /proc/self/maps gives the mapping at `at`; NULL: none */
static const char *name_at(unsigned long at)
{
	static char text[16384];

	text_read("/proc/self/maps", text, sizeof(text));
	for (char *line = text, *end; (end = strchr(line, '\n')) != NULL;
	     line = end + 1) {
		*end = '\0';
		if (strtoul(line, NULL, 16) == at)
			return strchr(line, '[') ? strchr(line, '[') : "";
	}
	return NULL;
}

/* What lies within the segment bears its name. */
static void name_break(unsigned long base)
{
	const char *name;
	char *p;

	kbrk(base + PG);
	*(char *)base = 1;
	name = name_at(base);
	check(name && !strcmp(name, "[heap]"), "the heap has a name");
	p = mmap((void *)(base + 2 * PG), PG, PROT_READ,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	name = name_at((unsigned long)p);
	check(name && !*name, "not what lies behind it");
	munmap(p, PG);
	p = mmap((void *)(base + PG), PG, PROT_NONE,
		 MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
	name = name_at((unsigned long)p);
	if (on_other_kernel())		/* Linux did until 6.5 */
		tap_skip("nor what begins at its end", "not on another kernel");
	else
		check(name && !*name, "nor what begins at its end");
	munmap(p, PG);
	kbrk(base);
}

static void forms(void)
{
	struct rlimit lim, r;
	char *old = sbrk(0), *now;

	now = sbrk(5000);
	check(now == old, "sbrk(n) returns the old end");
	check(sbrk(0) == old + 5000, "and moves it");
	check(sbrk(-5000) == old + 5000, "sbrk(-n) shrinks");
	check(sbrk(0) == old, "back");
	getrlimit(RLIMIT_DATA, &lim);
	r = (struct rlimit){ 1 << 20, lim.rlim_max };
	setrlimit(RLIMIT_DATA, &r);
	check_err(ENOMEM, sbrk(8 << 20), "sbrk of too much");
	check(sbrk(0) == old, "unchanged");
	setrlimit(RLIMIT_DATA, &lim);
}

static void inherit_break(unsigned long base)
{
	volatile char *p = (char *)base;
	pid_t pid;
	int st;

	kbrk(base + PG);
	p[0] = 'p';
	pid = fork();
	if (pid == 0) {
		if (kbrk(0) != base + PG || p[0] != 'p')
			_exit(1);
		p[0] = 'c';
		_exit(kbrk(base + 9 * PG) != base + 9 * PG);
	}
	waitpid(pid, &st, 0);
	check_eq(st, 0, "a child inherits the segment");
	check(p[0] == 'p' && kbrk(0) == base + PG,
	      "and changes only its own");
	kbrk(base);
}

int main(void)
{
	unsigned long base = (kbrk(0) + PG - 1) & ~(PG - 1);

	kbrk(base);
	check(base > (unsigned long)&main, "it lies above the program");
	grow_and_shrink(base);
	refuse_brk(base);
	name_break(base);
	check_eq(in_child(only_brk, (void *)base), 0,
		 "RLIMIT_DATA of 0: brk alone has no room");
	forms();
	inherit_break(base);
	return tap_done();
}
