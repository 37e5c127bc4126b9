/* SPDX-License-Identifier: MIT */
/*
 * Each allocation of userfaultfd(2) and its calls fails in its turn (row D11):
 * the call says so, and registrations and pages are as before.
 */
#include "../../scarcity/fail_walk.h"
#include "uffd.h"

#define PAGES	12
#define TABLE	0x400000UL	/* as many bytes as the largest table maps */

static int fd;
static char *p;
static char page[PG] __attribute__((aligned(4096)));

static void memory(void)
{
	p = anon_pages(PAGES, RW);
	madvise(p, PAGES * PG, 15 /* MADV_NOHUGEPAGE */);
	for (int i = 8; i < PAGES; i++)
		p[i * PG] = (char)i;
}

static void registered(void)
{
	memory();
	if (uffd_register(fd, p, PAGES * PG, MISSING | WP))
		tap_bail("UFFDIO_REGISTER");
}

/* Without a page, nor a table for one. */
static void alone(void)
{
	char *q = anon_pages(2 * TABLE / PG, PROT_NONE);

	munmap(q, 2 * TABLE);
	p = (char *)(((unsigned long)q + TABLE - 1) & ~(TABLE - 1));
	if (mmap(p, PAGES * PG, RW, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED,
		 -1, 0) != p ||
	    uffd_register(fd, p, PAGES * PG, MISSING | WP))
		tap_bail("a table of its own");
}

static void leave(int err)
{
	(void)err;
	munmap(p, PAGES * PG);
}

static int opened;

static int open_it(void)
{
	opened = uffd_new(0, 0);
	return opened < 0 ? errno : 0;
}

static void close_it(int err)
{
	if (!err)
		close(opened);
}

static int register_part(void)
{
	return errno_of(uffd_register(fd, p + 2 * PG, 8 * PG, MISSING | WP));
}

static int unregister_part(void)
{
	return errno_of(on_range(fd, UNREGISTER, p + 2 * PG, 8 * PG));
}

static int copy(void)
{
	return errno_of(uffd_copy(fd, p + 3 * PG, page, PG, 0));
}

static int zero(void)
{
	return errno_of(uffd_zero(fd, p + 3 * PG, PG, 0));
}

static int old_pages(int err)
{
	(void)err;
	for (int i = 8; i < PAGES; i++)
		if (p[i * PG] != (char)i)
			return 0;
	return 1;
}

/* What failed has left the page missing, so it can be answered now. */
static int came(int err)
{
	return (!err || !copy()) && p[3 * PG] == 'u';
}

static int zero_came(int err)
{
	return (!err || !zero()) && !p[3 * PG];
}

static const struct operation operations[] = {
	{ "userfaultfd", NULL, open_it, ENOMEM, 0, NULL, close_it, 0 },
	{ "register", memory, register_part, ENOMEM, 0, old_pages, leave, 1 },
	{ "unregister", registered, unregister_part, ENOMEM, 0, old_pages,
	  leave, 1 },
	{ "copy", alone, copy, ENOMEM, 0, came, leave, 1 },
	{ "zeros", alone, zero, ENOMEM, 0, zero_came, leave, 1 },
};

int main(void)
{
	if (inject_open())
		return tap_skip_all("no " INJECT);
	fd = uffd_new(0, FEATURE_WP);
	if (fd < 0)
		return tap_skip_all("no userfaultfd");
	memset(page, 'u', PG);
	for (int i = 0; i < COUNT(operations); i++)
		operation_walk(&operations[i], 0);
	close(fd);
	return tap_done();
}
