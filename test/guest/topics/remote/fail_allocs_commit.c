/* SPDX-License-Identifier: MIT */
/*
 * Each allocation of vm_reserve() and its like fails in its turn (rows D11,
 * E7): if a call fails for one page it has changed none, and what is committed
 * in superpages has them all.
 */
#include <remote_vm.h>
#include "../../scarcity/fail_walk.h"
#include "superpage.h"

#define PAGES	12
#define LEN	(PAGES * PG)

static int self;
static char *p;

static void reserve_nothing(void)
{
	p = NULL;
}

static void reserved(void)
{
	p = vm_reserve(self, NULL, LEN);
	if (p == MAP_FAILED)
		tap_bail("vm_reserve");
}

/* In the middle. */
static void commit_in_middle(void)
{
	reserved();
	if (vm_commit(self, p + 2 * PG, 8 * PG, RW))
		tap_bail("vm_commit");
	memset(p + 2 * PG, 'c', 8 * PG);
}

static void release_reserved(int err)
{
	(void)err;
	if (p)
		vm_release(self, p, LEN);
}

static int reserve_or_errno(void)
{
	char *at = vm_reserve(self, NULL, LEN);

	if (at == MAP_FAILED)
		return errno;
	p = at;
	return 0;
}

static int commit(void)
{
	return errno_of(vm_commit(self, p + 3 * PG, 4 * PG, RW));
}

static int commit_more(void)
{
	return errno_of(vm_commit(self, p + PG, 4 * PG, PROT_READ));
}

static int protect_committed(void)
{
	return errno_of(vm_protect(self, p + 3 * PG, 4 * PG, PROT_READ));
}

static int decommit(void)
{
	return errno_of(vm_decommit(self, p + 3 * PG, 4 * PG));
}

static int release(void)
{
	return errno_of(vm_release(self, p + 3 * PG, 4 * PG));
}

static int is_zero(int err)
{
	return err || (!p[3 * PG] && !p[6 * PG]);
}

static int committed_holds(int from, int to)
{
	for (int i = from; i < to; i++)
		if (p[i * PG] != 'c')
			return 0;
	return 1;
}

static int is_whole(int err)
{
	(void)err;
	return committed_holds(2, 10);
}

static int commit_is_cut(int err)
{
	return err ? committed_holds(2, 10) : committed_holds(2, 3) &&
	       committed_holds(7, 10);
}

static void fill_again(int err)
{
	release_reserved(err);
	/* the hole, if any, was released by itself */
	vm_release(self, p, 3 * PG);
	vm_release(self, p + 7 * PG, LEN - 7 * PG);
}

/* ---- superpages ---------------------------------------------------------- */

static void large_reserved(void)
{
	p = super_place(2);
	super_leave(p, 2);
	if (vm_reserve(self, p, 2 * super) != p)
		tap_bail("vm_reserve");
}

static int commit_large(void)
{
	return errno_of(vm_commit(self, p, 2 * super, RW | VM_LARGE));
}

static int is_large(int err)
{
	long kb = super_kb(p, 2 * super, "AnonHugePages:");

	return err ? !kb : kb == (long)(2 * super / 1024) && !p[0] &&
		!p[2 * super - 1];
}

static void large_leave(int err)
{
	(void)err;
	vm_release(self, p, 2 * super);
}

static const struct operation operations[] = {
	{ "reserve", reserve_nothing, reserve_or_errno, ENOMEM, 0, NULL,
	 release_reserved, 1 },
	{ "commit", reserved, commit, ENOMEM, 0, is_zero, release_reserved, 1 },
	{ "commit again", commit_in_middle, commit_more, ENOMEM, 0, is_whole,
	 release_reserved,
	  1 },
	{ "protect", commit_in_middle, protect_committed, ENOMEM, 0, is_whole,
	 release_reserved, 1 },
	{ "decommit", commit_in_middle, decommit, ENOMEM, 0, commit_is_cut,
	 release_reserved, 1 },
	{ "release", commit_in_middle, release, ENOMEM, 0, commit_is_cut,
	 fill_again, 1 },
}, large = {
	"commit in superpages", large_reserved, commit_large, ENOMEM, 0,
	is_large, large_leave, 1
};

int main(void)
{
	if (inject_open())
		return tap_skip_all("no " INJECT);
	self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	for (int i = 0; i < COUNT(operations); i++)
		operation_walk(&operations[i], 0);
	if (super_start())
		operation_walk(&large, 0);
	else
		tap_skip("superpages", "there are none");
	close(self);
	return tap_done();
}
