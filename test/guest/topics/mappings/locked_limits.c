/* SPDX-License-Identifier: MIT */
/*
 * Locked memory (rows D5, E1): mremap(2) obeys RLIMIT_MEMLOCK, and mlock(2)
 * brings nothing in behind the first page that it cannot have.
 */
#include <sys/resource.h>
#include "tap.h"

#define LIMIT	16			/* pages */

/* => the place of the child's first step that failed, or 0 */
static void grow_locked(void *arg)
{
	const struct rlimit r = { LIMIT * PG, LIMIT * PG };
	char *p = anon_pages(4 * LIMIT, PROT_READ | PROT_WRITE);

	(void)arg;
	munmap(p + 2 * LIMIT * PG, 2 * LIMIT * PG);
	munmap(p + 10 * PG, 2 * LIMIT * PG - 10 * PG);
	if (setrlimit(RLIMIT_MEMLOCK, &r) || setgid(1000) || setuid(1000))
		_exit(1);
	if (syscall(SYS_mlock, p, 10 * PG))
		_exit(2);
	if (mremap(p, 10 * PG, (LIMIT + 1) * PG, MREMAP_MAYMOVE) !=
	    MAP_FAILED || errno != EAGAIN)
		_exit(3);
	if (mremap(p, 10 * PG, LIMIT * PG, 0) != p)
		_exit(4);
	if (mremap(p, LIMIT * PG, (LIMIT + 1) * PG, 0) != MAP_FAILED ||
	    errno != EAGAIN)
		_exit(5);
	syscall(SYS_munlock, p, LIMIT * PG);
	_exit(mremap(p, LIMIT * PG, (LIMIT + 1) * PG, 0) == p ? 0 : 6);
}

static void lock_to_first_error(void)
{
	char *p = anon_pages(3, PROT_READ | PROT_WRITE);
	unsigned char there[3];

	mprotect(p + PG, PG, PROT_NONE);
	check_err(ENOMEM, syscall(SYS_mlock, p, 3 * PG), "a page without rights");
	mincore(p, 3 * PG, there);
	check_eq(there[0] & 1, 1, "what is before it comes in");
	check_eq(there[2] & 1, 0, "what is behind it does not");
	munmap(p, 3 * PG);
}

int main(void)
{
	check_eq(in_child(grow_locked, NULL), 0, "growing has a limit");
	lock_to_first_error();
	return tap_done();
}
