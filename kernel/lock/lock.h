/* SPDX-License-Identifier: MIT */
/*
 * Locks (rows B12, B13).  A spin lock declares the interrupt level it blocks;
 * taking it raises the task's software level (task->ipl) and costs no CSR or
 * chip access: an interrupt that arrives above its level is noted and served
 * when the level falls.  A task above IPL_NONE is not switched away from
 * (kernel/sched/preempt.h) and must not sleep.  Locks are released in reverse order.
 *
 * A CPU that finds a lock taken spins with interrupts as they were, at the
 * raised level, and answers the calls of other CPUs (kernel/smp/smp.h) meanwhile:
 * so a holder may flush other CPUs' TLBs.  Waiters try, and are not queued at
 * first: in a virtual machine the next in line may be a CPU that the host does
 * not run just now, and all behind it would wait for it (docs/scaling.md has
 * figures).  But who sees the lock change hands spin_patience times draws a
 * ticket, and from then on the lock is handed over in the order of tickets:
 * so the wait has a bound.
 *
 * The whole lock order, outermost first (a debug kernel with `locks=edges`
 * prints what it sees, and panics when this order is broken):
 *	sleeping: mounting -> file systems -> bind of a socket's name
 *		  -> epoll -> rename -> file position -> inode, pipe, text of proc
 *		  -> vm_space -> file mapping -> ext2 putting
 *		  -> ext2 commit -> ext2 map -> ext2 alloc; of inodes the
 *		  parent first; inode -> devpts; vm_space -> shared
 *		  memory; text of proc -> swap areas -> inode; room of a
 *		  memory group; page reclaim
 *		  -> vm_space -> file mapping -> replacement, swap area;
 *		  inode -> swap area; semaphores,
 *		  messages stand alone
 *	spinning: terminal, sockets, notify -> process tree -> futex pi
 *		  -> descriptors, users, signal state, name space counts
 *		  -> dcache, proc, devices,
 *		  inode numbers
 *		  -> page table -> acl, reclaim -> page-cache tree, table lists,
 *		  ext2 meta, disk counts -> writeback, fetch, swap -> slab
 *		  -> memory groups -> zone
 *		  -> epoll queues -> wait queue -> run queue, timer
 * Innermost, and no struct spinlock: that of a CPU's magazine (mm/frames/magazine.h).
 * A lock that is taken while another is held blocks at least the handlers
 * that take that other one; two of one class are taken by rising address.
 */
#ifndef KERNEL_LOCK_LOCK_H
#define KERNEL_LOCK_LOCK_H

#include "lock_debug.h"
#include "spin.h"
#include <kernel/wait/wait.h>
#include <lt/types.h>

/* Sleeping mutual exclusion.  Context: a task, at IPL_NONE. */
struct mutex {
	struct task *owner;	/* [wait.lock] NULL: free */
	struct wait_queue wait;
	const char *name;
};

void mutex_init(struct mutex *m, const char *name);
void mutex_lock(struct mutex *m);
/* While one of m's class is held that is always taken first: the parent. */
void mutex_lock_below(struct mutex *m);
bool mutex_trylock(struct mutex *m);
/*
 * Where the owner may sleep as long as it likes: a signal ends the wait.
 * Return: 0, -ERESTARTSYS.
 */
int mutex_lock_interruptible(struct mutex *m);
void mutex_unlock(struct mutex *m);
bool mutex_held(const struct mutex *m);	/* by the current task */
/* It has it: looked at in a kernel with --check lock. */
static inline void mutex_must_hold(const struct mutex *m)
{
	lock_debug_owns(m);
}

/* Many readers or one writer, sleeping; writers are not starved. */
struct rwlock {
	int readers;		/* [wait.lock] */
	int writers_waiting;	/* [wait.lock] */
	struct task *writer;	/* [wait.lock] */
	struct wait_queue wait;
	const char *name;
};

void rw_init(struct rwlock *l, const char *name);
void rw_read_lock(struct rwlock *l);
void rw_read_unlock(struct rwlock *l);
void rw_write_lock(struct rwlock *l);
void rw_write_unlock(struct rwlock *l);
bool rw_write_held(const struct rwlock *l);	/* by the current task */

#endif
