/* SPDX-License-Identifier: MIT */
/* The scheduler, for those it runs (row B14). */
#ifndef KERNEL_SCHED_SCHED_H
#define KERNEL_SCHED_SCHED_H

#include <kernel/current.h>
#include <kernel/ops/sched_ops.h>

void sched_init(void);
void sched_add(struct task *t);		/* make a new task runnable */
/* Make t runnable if it sleeps in one of states (mask of 1 << TASK_...). */
bool task_wake(struct task *t, unsigned states);
#define WAKE_NORMAL	(1 << TASK_INTERRUPTIBLE | \
			 1 << TASK_UNINTERRUPTIBLE | 1 << TASK_KILLABLE | \
			 1 << TASK_PARKED)
#define WAKE_SIGNAL	(1 << TASK_INTERRUPTIBLE)
/* Give up the CPU; the caller has set its state.  Context: IPL_NONE. */
void schedule(void);
void sched_yield_current(void);
/* Timer: the slice is used up; user: it interrupted user mode. */
void sched_tick(bool user);
/* The calling CPU becomes its idle task.  Never returns. */
void sched_idle(void) __noreturn;
/* Runnable tasks, for /proc. */
unsigned sched_nr_running(void);
/* How a task is scheduled. */
struct sched_how {
	int policy;			/* SCHED_ of <uapi/sched.h> */
	int nice;			/* -20 to 19 */
	int priority;			/* 1 to 99 for FIFO and RR, else 0 */
	u32 slice;			/* ns, of those that share fairly */
	bool reset_on_fork;
};
void sched_get_how(struct task *t, struct sched_how *how);
/* An ordinary task; child: as current, or what that leaves to its children */
void sched_init_task(struct task *t);
void sched_inherit(struct task *child);
/* Where t's program runs, for it to see: asmp has a trap served elsewhere. */
static inline unsigned sched_user_cpu(const struct task *t)
{
	return READ_ONCE(t->ast) & AST_MASTER ? asmp_ops->trap_came_from(t) :
		READ_ONCE(t->cpu)->id;
}
/* User and system time so far, ns. */
void task_times(struct task *t, u64 *utime, u64 *stime);
/* Off (preempt=none): the kernel is left only where it says so. */
extern bool sched_preemptive;		/* const after init */
/*
 * What real-time tasks may have of a CPU while others wait for it, us; a
 * runtime of -1: all.  /proc/sys/kernel/sched_rt_{period,runtime}_us
 */
extern unsigned sched_rt_period;	/* a word, no lock */
extern int sched_rt_runtime;		/* a word, no lock */
/* Long kernel loops call it: runs others if one is due.  Context: may sleep. */
void cond_resched(void);

/*
 * mm/tables/asid.c, from above this layer.  switch: load s on this CPU; NULL: whatever
 * space is loaded will do.  lend: its task and what interrupts it will touch no
 * user memory, nor will the task move, until it switches to what lend returns;
 * flushes need not interrupt it then.
 */
void vm_space_switch(struct vm_space *s);
struct vm_space *vm_space_lend(void);

#endif
