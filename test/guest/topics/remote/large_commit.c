/* SPDX-License-Identifier: MIT */
/*
 * Memory that is committed in superpages (rows C5, D4): all at once, whatever
 * the switches say, and cut between two of them only.
 */
#include <remote_vm.h>
#include "superpage.h"

#define HUGE(p, n)	super_kb(p, (n) * super, "AnonHugePages:")
#define KB		((long)(super / 1024))

static int self;

/* n superpages that are reserved. */
static char *reserve_super(unsigned n)
{
	char *p = super_place(n);

	munmap(p - PG, n * super + 2 * PG);
	if (vm_reserve(self, p, n * super) != p)
		tap_bail("vm_reserve");
	return p;
}

static void refuse_large_commits(void)
{
	char *p = reserve_super(2);

	check_err(EINVAL, vm_commit(self, p + PG, super, RW | VM_LARGE),
		  "not aligned");
	check_err(EINVAL, vm_commit(self, p, PG, RW | VM_LARGE), "a page");
	check_err(EINVAL, vm_commit(self, p, super, VM_LARGE), "no rights");
	check_err(EINVAL, vm_commit(self, p, super, RW | 0x200), "unknown");
	check_err(EFAULT, vm_commit(self, p, 3 * super, RW | VM_LARGE),
		  "not all reserved");
	check_ok(vm_commit(self, p + PG, PG, RW), "a page is committed");
	p[PG] = 1;
	check_err(EFAULT, vm_commit(self, p, super, RW | VM_LARGE), "already");
	check_eq(p[PG], 1, "nothing has changed");
	check_eq(store_fault(p), SIGSEGV, "beside it");
	check_ok(vm_decommit(self, p + PG, PG), "it is given back");
	check_ok(vm_commit(self, p, super, RW | VM_LARGE), "now it may");
	check_eq(HUGE(p, 1), KB, "a superpage");
	vm_release(self, p, 2 * super);
}

static void compare_with_memory(void)
{
	long locked = text_number("/proc/self/status", "VmLck:");
	char *p = reserve_super(3);

	write_text_file(THP "enabled", "never");
	check_ok(vm_commit(self, p, 3 * super, RW | VM_LARGE), "three");
	write_text_file(THP "enabled", "always");
	check_eq(HUGE(p, 3), 3 * KB, "are there before they are used");
	check_eq(super_kb(p, super, "KernelPageSize:"), KB, "their size");
	check_eq(super_kb(p, super, "MMUPageSize:"), KB, "the machine's");
	check_eq(super_kb((char *)&self, 1, "KernelPageSize:"),
		 (long)(PG / 1024), "not that of others");
	check_eq(text_number("/proc/self/status", "VmLck:") - locked, 3 * KB,
		 "they are locked");
	check(!p[0] && !p[3 * super - 1], "zeros");
	super_fill(p, 3 * super, 1);
	check(super_holds(p, 3 * super, 1), "what is stored");
	check_err(EINVAL, vm_protect(self, p + PG, super, PROT_READ),
		  "no rights for a part");
	check_err(EINVAL, vm_decommit(self, p + super, PG), "none goes");
	check_err(EINVAL, vm_release(self, p + super, super - PG), "nor this");
	check_err(EPERM, munmap(p + super, super), "nor by munmap");
	check(super_holds(p, 3 * super, 1), "nothing has changed");
	check_ok(vm_protect(self, p + super, super, PROT_READ), "one of them");
	check_eq(store_fault(p + super), SIGSEGV, "is read-only");
	check_ok(vm_decommit(self, p + super, super), "it goes");
	check_eq(load_fault(p + super), SIGSEGV, "reserved again");
	check(super_holds(p, super, 1) && HUGE(p, 3) == 2 * KB, "others stay");
	check_eq(text_number("/proc/self/status", "VmLck:") - locked, 2 * KB,
		 "two are locked");
	check_ok(vm_release(self, p, 3 * super), "all are free");
}

static void expect_no_memory(void *arg)
{
	_exit(load_fault(arg) == SIGSEGV &&
	      tap_fault_info.si_code == SEGV_MAPERR ? 42 : 1);
}

static void commit_as_nobody(void *arg)
{
	if (setuid(1234))
		_exit(1);
	_exit(vm_commit((int)syscall(SYS_pidfd_open, getpid(), 0), arg, super,
			RW | VM_LARGE) < 0 && errno == EPERM ? 42 : 2);
}

static void commit_in_others(void)
{
	char *p = reserve_super(2);

	check_ok(vm_commit(self, p, super, RW | VM_LARGE), "committed");
	check_eq(in_child(expect_no_memory, p), 42 << 8, "a child has it not");
	check_eq(in_child(commit_as_nobody, p + super), 42 << 8,
		 "nor may a user");
	vm_release(self, p, 2 * super);
}

/* More than there is: what was made goes again. */
static void too_much(void)
{
	long total = text_number("/proc/meminfo", "MemTotal:") / KB;
	char *p = reserve_super((unsigned)total - 1);

	check_err(ENOMEM, vm_commit(self, p, (unsigned long)(total - 1) * super,
				    RW | VM_LARGE), "nearly all memory");
	check_eq(load_fault(p), SIGSEGV, "it is reserved as before");
	check_eq(super_kb(p, super, "Rss:"), 0, "and empty");
	vm_release(self, p, (unsigned long)(total - 1) * super);
}

int main(void)
{
	self = (int)syscall(SYS_pidfd_open, getpid(), 0);
	if (!super_start())
		return tap_skip_all("the machine has no superpages");
	if (vm_reserve(self, NULL, PG) == (void *)-1)
		return tap_skip_all("a call of Lectern's own");
	refuse_large_commits();
	compare_with_memory();
	commit_in_others();
	too_much();
	return tap_done();
}
