/* SPDX-License-Identifier: MIT */
/* The scheduler's interface for tasks (row B14). */
#ifndef KERNEL_SCHED_SCHED_H
#define KERNEL_SCHED_SCHED_H

#include <kernel/current.h>
#include <kernel/ops/sched_ops.h>

void sched_init(void);
void sched_add(struct task *t);		/* make a new task runnable */
/*
 * Make t runnable if it sleeps in one of states (mask of 1 << TASK_...).
 * Return: true if t was woken.
 */
bool task_wake(struct task *t, unsigned states);
#define WAKE_NORMAL	(1 << TASK_INTERRUPTIBLE | \
			 1 << TASK_UNINTERRUPTIBLE | 1 << TASK_KILLABLE | \
			 1 << TASK_PARKED)
#define WAKE_SIGNAL	(1 << TASK_INTERRUPTIBLE)
/* Give up the CPU.  The caller has set current's state.  Context: IPL_NONE. */
void schedule(void);
void sched_yield_current(void);
/*
 * Handle the end of the slice, at an interrupt of the timer.  user: the timer
 * has interrupted user mode.
 */
void sched_tick(bool user);
/* Run the idle loop of the calling CPU in its idle task.  Never returns. */
void sched_idle(void) __noreturn;
/* Return: the number of runnable tasks, for /proc. */
unsigned sched_nr_running(void);
/* How a task is scheduled. */
struct sched_how {
	int policy;			/* SCHED_ of <uapi/sched.h> */
	int nice;			/* -20 to 19 */
	int priority;			/* 1 to 99 for FIFO and RR, else 0 */
	u32 slice;			/* ns, for policies with fair shares */
	bool reset_on_fork;
};
void sched_get_how(struct task *t, struct sched_how *how);
/* Make t, a new task, an ordinary one. */
void sched_init_task(struct task *t);
/*
 * Let child inherit how current is scheduled, as far as reset_on_fork allows.
 */
void sched_inherit(struct task *child);
/*
 * Return: the CPU on which t runs in user mode; with asmp, its traps run on
 * another CPU.
 */
static inline unsigned sched_user_cpu(const struct task *t)
{
	return READ_ONCE(t->ast) & AST_MASTER ? asmp_ops->trap_came_from(t) :
		READ_ONCE(t->cpu)->id;
}
/* Get the user and system time of t so far, ns. */
void task_times(struct task *t, u64 *utime, u64 *stime);
/* False (preempt=none): the kernel is never preempted. */
extern bool sched_preemptive;		/* const after init */
/*
 * The quota of real-time tasks on a CPU while ordinary tasks wait, in us:
 * sched_rt_runtime in each sched_rt_period; -1: no limit.
 * /proc/sys/kernel/sched_rt_{period,runtime}_us
 */
extern unsigned sched_rt_period;	/* one word, read and written without a
					   lock */
extern int sched_rt_runtime;		/* one word, read and written without a
					   lock */
/*
 * Reschedule if a reschedule was requested; for long loops of the kernel.
 * Context: may sleep.
 */
void cond_resched(void);

/*
 * Defined in mm/tables/asid.c, a higher layer.  vm_space_switch() loads s on
 * this CPU; NULL: any loaded space will do.  vm_space_lend() unloads current's
 * space, so that TLB flushes need not interrupt this CPU.  Until current passes
 * the returned space to vm_space_switch(), neither current nor an interrupt may
 * touch user memory, and current must not move.
 */
void vm_space_switch(struct vm_space *s);
struct vm_space *vm_space_lend(void);

#endif
