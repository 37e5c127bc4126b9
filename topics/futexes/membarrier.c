/* SPDX-License-Identifier: MIT */
/*
 * membarrier(2): execute a memory barrier on all CPUs with one system call; or
 * make them fetch anew what the caller has stored as code (SYNC_CORE), or abort
 * the restartable sequences that the program's threads are in (RSEQ).
 */
#include <kernel/current.h>
#include <kernel/smp/smp.h>
#include <mm/vm.h>
#include <syscalls.h>

#define MB_GLOBAL		0x01
#define MB_GLOBAL_EXPEDITED	0x02
#define MB_REGISTER_GLOBAL	0x04
#define MB_PRIVATE_EXPEDITED	0x08
#define MB_REGISTER_PRIVATE	0x10
#define MB_SYNC_CORE		0x20
#define MB_REGISTER_SYNC_CORE	0x40
#define MB_RSEQ			0x80
#define MB_REGISTER_RSEQ	0x100
#define MB_GET_REGISTRATIONS	0x200
#define MB_ALL	(MB_GLOBAL | MB_GLOBAL_EXPEDITED | MB_REGISTER_GLOBAL | \
		 MB_PRIVATE_EXPEDITED | MB_REGISTER_PRIVATE | \
		 MB_SYNC_CORE | MB_REGISTER_SYNC_CORE | \
		 MB_RSEQ | MB_REGISTER_RSEQ | MB_GET_REGISTRATIONS)

#define MB_FLAG_CPU		1u	/* of MB_RSEQ: this CPU only */

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

/* Each CPU fetches anew before it next runs a thread of s in user mode. */
static long barrier_sync_core(struct vm_space *s)
{
	barrier_everywhere();
	vm_icache_sync(s);
	return 0;
}

/* Have the sequence aborted that current is in, as if it had been preempted. */
static void barrier_restart(void *space)
{
	arch_mb();
	if (current->space == space)
		rseq_moved(current);
}

static long barrier_rseq(struct vm_space *s, unsigned flags, int cpu)
{
	unsigned long where = smp_mask();

	if (flags & MB_FLAG_CPU && cpu >= 0)
		where = (unsigned)cpu < nr_cpus ? BIT(cpu) : 0;
	arch_mb();
	smp_call(where, barrier_restart, s);
	arch_mb();
	return 0;
}

/*
 * Each private command has a registration of its own, the next bit.  A
 * registration of any of them shows as MB_REGISTER_PRIVATE, too, as on Linux.
 */
static long barrier_registrations(const struct vm_space *s)
{
	long set = READ_ONCE(s->membarrier);

	return set & (MB_REGISTER_SYNC_CORE | MB_REGISTER_RSEQ) ?
		set | MB_REGISTER_PRIVATE : set;
}

static long barrier_private(struct vm_space *s, unsigned cmd, unsigned flags,
			    int cpu)
{
	if (!(READ_ONCE(s->membarrier) & cmd << 1))
		return -EPERM;
	if (cmd == MB_SYNC_CORE)
		return barrier_sync_core(s);
	if (cmd == MB_RSEQ)
		return barrier_rseq(s, flags, cpu);
	return barrier_everywhere();
}

long sys_membarrier(int cmd, unsigned flags, int cpu)
{
	struct vm_space *s = current->space;

	if (flags && (cmd != MB_RSEQ || flags != MB_FLAG_CPU))
		return -EINVAL;
	switch (cmd) {
	case 0:
		return MB_ALL;
	case MB_GLOBAL:
	case MB_GLOBAL_EXPEDITED:
		return barrier_everywhere();
	case MB_PRIVATE_EXPEDITED:
	case MB_SYNC_CORE:
	case MB_RSEQ:
		return barrier_private(s, (unsigned)cmd, flags, cpu);
	case MB_REGISTER_GLOBAL:
	case MB_REGISTER_PRIVATE:
	case MB_REGISTER_SYNC_CORE:
	case MB_REGISTER_RSEQ:
		__atomic_fetch_or(&s->membarrier, cmd, __ATOMIC_RELAXED);
		return 0;
	case MB_GET_REGISTRATIONS:
		return barrier_registrations(s);
	}
	return -EINVAL;
}
