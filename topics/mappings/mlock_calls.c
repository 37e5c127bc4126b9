/* SPDX-License-Identifier: MIT */
/* The system calls of mlock(2) and mlockall(2), and those that unlock. */
#include <kernel/cred/cred.h>
#include <kernel/task/task.h>
#include <mm/untagged.h>
#include <mm/vm.h>
#include <syscalls.h>
#include <uapi/mman.h>
#include <uapi/resource.h>

#define MLOCK_ONFAULT	1
#define MCL_CURRENT	1
#define MCL_FUTURE	2
#define MCL_ONFAULT	4

long sys_mlock(uaddr_t addr, unsigned long len)
{
	return vm_lock(current->space, vm_untagged(addr), len, true, 0);
}

long sys_mlock2(uaddr_t addr, unsigned long len, int flags)
{
	if (flags & ~MLOCK_ONFAULT)
		return -EINVAL;
	return vm_lock(current->space, vm_untagged(addr), len, true,
		       flags & MLOCK_ONFAULT ? VM_LOCKONFAULT : 0);
}

long sys_munlock(uaddr_t addr, unsigned long len)
{
	return vm_lock(current->space, vm_untagged(addr), len, false, 0);
}

long sys_mlockall(int flags)
{
	struct vm_space *s = current->space;
	unsigned long limit = HINT(current->process->limits[RLIMIT_MEMLOCK].cur);
	unsigned vm_flags = VM_LOCKED;

	if (!flags || flags & ~(MCL_CURRENT | MCL_FUTURE | MCL_ONFAULT) ||
	    flags == MCL_ONFAULT)
		return -EINVAL;
	if (!capable(CAP_IPC_LOCK)) {
		if (!limit)
			return -EPERM;
		if (flags & MCL_CURRENT && s->total > limit >> PAGE_SHIFT)
			return -ENOMEM;
	}
	if (flags & MCL_ONFAULT)
		vm_flags |= VM_LOCKONFAULT;
	rw_write_lock(&s->lock);
	s->lock_future = flags & MCL_FUTURE ? vm_flags : 0;
	rw_write_unlock(&s->lock);
	if (flags & MCL_CURRENT)
		vm_lock_all(s, true, vm_flags & VM_LOCKONFAULT);
	return 0;
}

long sys_munlockall(void)
{
	struct vm_space *s = current->space;

	rw_write_lock(&s->lock);
	s->lock_future = 0;
	rw_write_unlock(&s->lock);
	vm_lock_all(s, false, 0);
	return 0;
}
