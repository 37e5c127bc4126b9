/* SPDX-License-Identifier: MIT */
/*
 * Locks (rows B12, B13).  A spin lock declares the interrupt level it blocks.
 * Taking the lock raises the task's software level (task->ipl), which needs no
 * access to a CSR or a chip.  An interrupt of a blocked level is deferred until
 * the level falls.  A task above IPL_NONE is not preempted
 * (kernel/sched/preempt.h) and must not sleep.  Locks are released in reverse
 * order.
 *
 * A CPU that waits for a lock spins at the raised level without disabling
 * interrupts.  Meanwhile the CPU answers the calls of other CPUs
 * (kernel/smp/smp.h), so the holder may flush other CPUs' TLBs.  At first
 * waiters compete without a queue.  In a virtual machine the first CPU in a
 * queue may be one that the host does not run at the moment, and all others
 * would wait for it (figures are in docs/scaling.md).  A waiter that has seen
 * other CPUs get the lock spin_patience times draws a ticket.  From then on the
 * lock is handed over in the order of tickets, so the wait is bounded.
 *
 * The whole lock order, outermost first.  A -> B means that B may be taken
 * while A is held.  Locks separated by a comma have the same place in the
 * order.  A semicolon begins another chain.  A debug kernel with `locks=edges`
 * prints the order it sees, and panics when a task breaks the order.
 *	sleeping: mounting -> file systems -> bind of a socket's name
 *		  -> epoll -> rename -> file position
 *		  -> inode, pipe, text of proc -> mount tree
 *		  -> vm_space -> file mapping -> ext2 putting
 *		  -> ext2 commit -> ext2 map -> ext2 alloc; of inodes the
 *		  parent first; inode -> devpts; vm_space -> shared
 *		  memory; text of proc -> swap areas -> inode; room of a
 *		  memory group; page reclaim
 *		  -> vm_space -> file mapping -> replacement, swap area;
 *		  inode -> swap area; semaphores,
 *		  messages stand alone
 *	spinning: terminal, sockets, notify -> process tree -> futex pi
 *		  -> descriptors, users, signal state, namespace counts
 *		  -> dcache, proc, devices,
 *		  inode numbers
 *		  -> page table -> acl, reclaim -> page-cache tree, table lists,
 *		  ext2 meta, disk counts -> writeback, fetch, swap -> slab
 *		  -> memory groups -> zone
 *		  -> epoll queues -> wait queue -> run queue, timer;
 *		  kin stands alone
 * The innermost lock is that of a CPU's magazine (mm/frames/magazine.h), which
 * is no struct spinlock.  If lock B is taken while A is held, B's level blocks
 * at least the handlers that take A.  Two locks of one class are taken in the
 * order of their addresses, the lower one first.
 */
#ifndef KERNEL_LOCK_LOCK_H
#define KERNEL_LOCK_LOCK_H

#include "lock_debug.h"
#include "spin.h"
#include <kernel/wait/wait.h>
#include <lt/types.h>

/* A sleeping mutex.  Context: a task, at IPL_NONE. */
struct mutex {
	struct task *owner;	/* [wait.lock] NULL: free */
	struct wait_queue wait;
	const char *name;
};

void mutex_init(struct mutex *m, const char *name);
void mutex_lock(struct mutex *m);
/*
 * Lock m, while the caller holds a lock of the same class that comes before m,
 * such as the parent's.
 */
void mutex_lock_below(struct mutex *m);
bool mutex_trylock(struct mutex *m);
/*
 * Lock m, but let a signal end the wait; for mutexes whose owner may sleep for
 * any length of time.
 * Return: 0 or -ERESTARTSYS.
 */
int mutex_lock_interruptible(struct mutex *m);
void mutex_unlock(struct mutex *m);
bool mutex_held(const struct mutex *m);	/* true if the current task holds m */
/* Check (with --check lock) that the caller holds m. */
static inline void mutex_must_hold(const struct mutex *m)
{
	lock_debug_owns(m);
}

/* A sleeping lock held by many readers or one writer; writers do not starve. */
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
bool rw_write_held(const struct rwlock *l);	/* true if the current task
						   holds l for writing */

#endif
