/* SPDX-License-Identifier: MIT */
/*
 * Calls with several bad arguments: which of them is told says in what order
 * they are looked at, which programs see that probe for a kernel's abilities.
 */
#ifndef TEST_ARGUMENTS_H
#define TEST_ARGUMENTS_H

#include "tap.h"

#define NOWHERE		((void *)-4096L)	/* no user's address */
#define NO_FD		999
#define MANY_FLAGS	0x7ffffff0


/* By one name on both machines: the calls with times of 64 bits. */
#ifdef SYS_clock_gettime64
#define SYS_gettime_of		SYS_clock_gettime64
#define SYS_settime_of		SYS_clock_settime64
#define SYS_getres_of		SYS_clock_getres_time64
#define SYS_sleep_of		SYS_clock_nanosleep_time64
#define SYS_adjtime_of		SYS_clock_adjtime64
#define SYS_timer_set		SYS_timer_settime64
#define SYS_timer_get		SYS_timer_gettime64
#define SYS_utimens_at		SYS_utimensat_time64
#define SYS_semop_timed		SYS_semtimedop_time64
#define SYS_newfstat_at		SYS_fstatat64
#define SYS_fcntl_of		SYS_fcntl64
#define SYS_futex_of		SYS_futex_time64
#define SYS_sigtimedwait_of	SYS_rt_sigtimedwait_time64
#else
#define SYS_gettime_of		SYS_clock_gettime
#define SYS_settime_of		SYS_clock_settime
#define SYS_getres_of		SYS_clock_getres
#define SYS_sleep_of		SYS_clock_nanosleep
#define SYS_adjtime_of		SYS_clock_adjtime
#define SYS_timer_set		SYS_timer_settime
#define SYS_timer_get		SYS_timer_gettime
#define SYS_utimens_at		SYS_utimensat
#define SYS_semop_timed		SYS_semtimedop
#define SYS_newfstat_at		SYS_newfstatat
#define SYS_fcntl_of		SYS_fcntl
#define SYS_futex_of		SYS_futex
#define SYS_sigtimedwait_of	SYS_rt_sigtimedwait
#endif

/* Two bad ones, and the errno of the one that counts. */
#define bad(err, call, ...) \
	check_err(err, syscall(SYS_ ## call, __VA_ARGS__), \
		  "%s(%s): %s", #call, #__VA_ARGS__, #err)

/* ---- rows of calls ------------------------------------------------------- */

#define ROW_ARGS	6
#define BAD_AT		8L		/* bad address, of whatever is read */
#define TOP		(-(long)PG)	/* above all that is a program's */
#define NO_FLAG		0x40000000L	/* a flag that nobody has */
#define NO_PROCESS	0x7ffffff0L

/* Stand for places that ask_rows() makes; what is added to them stays. */
#define PAGES_AT	0x11111000L	/* two pages, then nothing */
#define GONE_AT		0x13333000L	/* unmapped */

struct call_row {
	const char *what;
	long nr;
	long arg[ROW_ARGS];
	int err;			/* 0: it succeeds */
};

static long row_pages, row_gone;

UNUSED static long row_place(long arg)
{
	switch (arg & -(long)PG) {
	case PAGES_AT: return row_pages + (arg & (PG - 1));
	case GONE_AT: return row_gone + (arg & (PG - 1));
	}
	return arg;
}

UNUSED static void ask_row(const struct call_row *r)
{
	long a[ROW_ARGS], got;

	for (int i = 0; i < ROW_ARGS; i++)
		a[i] = row_place(r->arg[i]);
	memset((void *)row_pages, 0, 2 * PG);
	errno = 0;
	got = syscall(r->nr, a[0], a[1], a[2], a[3], a[4], a[5]);
	if (r->err ? got != -1 || errno != r->err : got == -1)
		printf("# %ld, %s\n", got, strerror(errno));
	check(r->err ? got == -1 && errno == r->err : got != -1, "%s",
	      r->what);
}

UNUSED static void ask_rows(const struct call_row *rows, int n)
{
	row_pages = (long)anon_pages(8, PROT_READ | PROT_WRITE);
	row_gone = row_pages + 4 * (long)PG;
	munmap((void *)(row_pages + 2 * (long)PG), 6 * PG);
	for (int i = 0; i < n; i++)
		ask_row(&rows[i]);
	munmap((void *)row_pages, 2 * PG);
}

/* ---- structures that grow ------------------------------------------------ */

/*
 * What is behind the fields that a kernel knows is looked at first, up to the
 * first byte that is not zero.
 */
UNUSED static void try_growing(const char *name,
			       long (*ask)(void *, unsigned long))
{
	char *m = anon_pages(3, PROT_READ | PROT_WRITE);
	char *end = m + 2 * PG;

	munmap(end, PG);
	check_eq(ask(end - PG, PG + 1), -E2BIG, "%s: over a page", name);
	check_eq(ask(end - 1000, 1001), -EFAULT, "%s: what is there", name);
	end[-1] = 1;
	check_eq(ask(end - PG, PG), -E2BIG, "%s: the last byte", name);
	check_eq(ask(end - 1000, 1001), -E2BIG,
		 "%s: a byte, before what is not there", name);
	end[-1] = 0;
	end[-PG + 200] = 1;
	mprotect(m, PG, PROT_NONE);
	check_eq(ask(end - PG - 8, PG), -E2BIG,
		 "%s: the rest, before the fields", name);
	munmap(m, 2 * PG);
}

#endif
