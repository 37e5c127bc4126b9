/* SPDX-License-Identifier: MIT */
/* membarrier(2): execute a memory barrier on all CPUs with one system call. */
#include <kernel/smp/smp.h>
#include <mm/vm.h>
#include <syscalls.h>

#define MB_GLOBAL		0x01
#define MB_GLOBAL_EXPEDITED	0x02
#define MB_REGISTER_GLOBAL	0x04
#define MB_PRIVATE_EXPEDITED	0x08
#define MB_REGISTER_PRIVATE	0x10
#define MB_GET_REGISTRATIONS	0x200
#define MB_ALL	(MB_GLOBAL | MB_GLOBAL_EXPEDITED | MB_REGISTER_GLOBAL | \
		 MB_PRIVATE_EXPEDITED | MB_REGISTER_PRIVATE | \
		 MB_GET_REGISTRATIONS)

static void barrier_here(void *arg __unused)
{
	arch_mb();
}

/*
 * Interrupt every CPU: it is not worth searching for those that run the same
 * space or a registered one.  On the caller's own CPU, the barriers before and
 * after the cross-CPU call do the work.
 */
static long barrier_everywhere(void)
{
	arch_mb();
	smp_call(smp_mask(), barrier_here, NULL);
	arch_mb();
	return 0;
}

long sys_membarrier(int cmd, unsigned flags, int cpu)
{
	struct vm_space *s = current->space;

	(void)cpu;
	if (flags)
		return -EINVAL;
	switch (cmd) {
	case 0:
		return MB_ALL;
	case MB_PRIVATE_EXPEDITED:
		if (!(s->membarrier & MB_REGISTER_PRIVATE))
			return -EPERM;
		fallthrough;
	case MB_GLOBAL:
	case MB_GLOBAL_EXPEDITED:
		return barrier_everywhere();
	case MB_REGISTER_GLOBAL:
	case MB_REGISTER_PRIVATE:
		__atomic_fetch_or(&s->membarrier, cmd, __ATOMIC_RELAXED);
		return 0;
	case MB_GET_REGISTRATIONS:
		return s->membarrier;
	}
	return -EINVAL;
}
