/* SPDX-License-Identifier: MIT */
/*
 * mremap(2): the system call, separate from the mechanism, which tests on the
 * host link.
 */
#include <kernel/current.h>
#include <mm/untagged.h>
#include <mm/vm.h>
#include <syscalls.h>

long sys_mremap(uaddr_t addr, unsigned long oldlen, unsigned long newlen,
		unsigned long flags, uaddr_t newaddr)
{
	if (flags != (unsigned)flags)
		return -EINVAL;
	return vm_remap(current->space, vm_untagged(addr), oldlen,
			newlen, (unsigned)flags, newaddr);
}
