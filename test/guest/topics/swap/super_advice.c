/* SPDX-License-Identifier: MIT */
/*
 * MADV_COLD and MADV_PAGEOUT of superpages (rows C5, D13): one that is covered
 * whole is made cold as it is, and goes in pieces; one that is covered in part
 * is split first; one that fork has shared is left alone.
 */
#include <sys/wait.h>
#include "superpage.h"
#include "swap.h"

#ifndef MADV_COLD
#define MADV_COLD	20
#define MADV_PAGEOUT	21
#endif
#define KB		((long)(super / 1024))

static char *p;

static long huge(void)
{
	return super_kb(p, super, "AnonHugePages:");
}

static long referenced_kb(void)
{
	return super_kb(p, super, "Referenced:");
}

/* => pages that are not in memory */
static unsigned long pages_out_of_super(void)
{
	unsigned long in = pages_in_memory(p, super / PG);

	if (in > super / PG)
		tap_bail("mincore");
	return super / PG - in;
}

/* A process has had a superpage at least once if it gets several chances. */
static int make_superpage(void)
{
	for (int i = 0; i < 20; i++) {
		p = super_anon(1);
		madvise(p, super, ADV_HUGE);
		super_fill(p, super, 7);
		if (huge() == KB)
			return 1;
		super_leave(p, 1);
	}
	tap_skip("superpage", "there is no memory for one");
	return 0;
}

static void cold_whole(void)
{
	if (!make_superpage())
		return;
	check_eq(referenced_kb(), KB, "a superpage that was used");
	check_eq(madvise(p, super, MADV_COLD), 0, "MADV_COLD of all of it");
	check_eq(referenced_kb(), 0, "it counts as not used");
	check_eq(huge(), KB, "and is one");
	check(super_holds(p, super, 7), "with what it had");
	check_eq(referenced_kb(), KB, "used again");
	super_leave(p, 1);
}

/* What is split is in each piece as it was as a whole. */
static void cold_then_split(void)
{
	if (!make_superpage())
		return;
	madvise(p, super, MADV_COLD);
	check_eq(mprotect(p + PG, PG, PROT_READ), 0, "a part of a cold one");
	check_eq(huge(), 0, "it goes in pieces");
	check(referenced_kb() <= KB / 16, "which were not used either");
	mprotect(p + PG, PG, RW);
	check(super_holds(p, super, 7), "and have what they had");
	super_leave(p, 1);
}

static void cold_part(void)
{
	unsigned long part = super / 2 - 3 * PG;

	if (!make_superpage())
		return;
	check_eq(madvise(p + PG, part, MADV_COLD), 0, "MADV_COLD of a part");
	check_eq(huge(), 0, "it is split");
	check_eq(referenced_kb(), KB - (long)(part / 1024),
		 "that part is not used");
	check(super_holds(p, super, 7), "what it had is there");
	super_leave(p, 1);
}

static void advise_unshared(void)
{
	pid_t pid;
	int go[2], status = -1;
	char c;

	if (!make_superpage())
		return;
	if (pipe(go) || (pid = fork()) < 0)
		tap_bail("fork");
	if (pid == 0) {
		close(go[1]);
		read(go[0], &c, 1);
		_exit(!super_holds(p, super, 7));
	}
	close(go[0]);
	check_eq(madvise(p, super / 2, MADV_COLD), 0, "beside a child: a part");
	check_eq(madvise(p, super, MADV_PAGEOUT), 0, "and MADV_PAGEOUT");
	check_eq(huge(), KB, "of what is not its alone: nothing");
	check_eq(pages_out_of_super(), 0, "all is in memory");
	close(go[1]);
	waitpid(pid, &status, 0);
	check_eq(status, 0, "the child has what it had");
	super_leave(p, 1);
}

/* Linux keeps what it has written until it wants the frames. */
static void check_gone(unsigned long n, const char *what)
{
	if (on_other_kernel())
		tap_skip(what, "they may stay in the swap cache");
	else
		check_eq(pages_out_of_super(), n, "%s", what);
}

static void page_out_parts(void)
{
	unsigned long quarter = super / 4;

	if (!make_superpage())
		return;
	check_eq(madvise(p, quarter, MADV_PAGEOUT), 0, "MADV_PAGEOUT, a part");
	check_gone(quarter / PG, "that part is out");
	check_eq(huge(), 0, "the rest is in pieces");
	check(super_holds(p, super, 7), "what it had is there");
	super_leave(p, 1);
	if (!make_superpage())
		return;
	check_eq(madvise(p, super, MADV_PAGEOUT), 0, "MADV_PAGEOUT of all");
	check_gone(super / PG, "all is out");
	check(super_holds(p, super, 7), "what it had is there");
	super_leave(p, 1);
}

int main(void)
{
	if (access(DISK, R_OK))
		return tap_skip_all("there is no disk");
	if (!super_start())
		return tap_skip_all("there are no superpages");
	cold_whole();
	cold_then_split();
	cold_part();
	write_header(good_header());
	check_eq(syscall(SYS_swapon, DISK, 0), 0, "swapon");
	advise_unshared();
	page_out_parts();
	check_eq(syscall(SYS_swapoff, DISK), 0, "swapoff");
	return tap_done();
}
