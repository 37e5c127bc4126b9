/* SPDX-License-Identifier: MIT */
/* Lectern's own calls: the memory of a process. */
#include <remote_vm.h>
#include <sys/syscall.h>

void *vm_reserve(int pidfd, void *at, size_t len)
{
	return (void *)syscall(SYS_lt_vm_reserve, pidfd, at, len, 0);
}

int vm_commit(int pidfd, void *at, size_t len, int prot)
{
	return (int)syscall(SYS_lt_vm_commit, pidfd, at, len, prot);
}

int vm_decommit(int pidfd, void *at, size_t len)
{
	return (int)syscall(SYS_lt_vm_decommit, pidfd, at, len);
}

int vm_release(int pidfd, void *at, size_t len)
{
	return (int)syscall(SYS_lt_vm_release, pidfd, at, len);
}

int vm_protect(int pidfd, void *at, size_t len, int prot)
{
	return (int)syscall(SYS_lt_vm_protect, pidfd, at, len, prot);
}

int vm_query(int pidfd, const void *at, struct vm_region *region)
{
	return (int)syscall(SYS_lt_vm_query, pidfd, at, region,
			    sizeof(*region));
}
