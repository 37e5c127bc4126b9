/* SPDX-License-Identifier: MIT */
/*
 * Creating, ending and waiting for processes: the interface.
 */
#ifndef KERNEL_PROCESS_PROCESS_H
#define KERNEL_PROCESS_PROCESS_H

#include <kernel/task/task.h>

struct file;

/* Numbers are below pid_max, which can be raised to PID_LIMIT. */
#define PID_LIMIT	(sizeof(long) > 4 ? 131072 : 32768)
#define PID_MAX_LEAST	301
#define CLONE_VM		0x00000100ull
#define CLONE_FS		0x00000200ull
#define CLONE_FILES		0x00000400ull
#define CLONE_SIGHAND		0x00000800ull
#define CLONE_PIDFD		0x00001000ull
#define CLONE_PTRACE		0x00002000ull
#define CLONE_VFORK		0x00004000ull
#define CLONE_PARENT		0x00008000ull
#define CLONE_THREAD		0x00010000ull
#define CLONE_NEWNS		0x00020000ull
#define CLONE_SYSVSEM		0x00040000ull
#define CLONE_SETTLS		0x00080000ull
#define CLONE_PARENT_SETTID	0x00100000ull
#define CLONE_CHILD_CLEARTID	0x00200000ull
#define CLONE_DETACHED		0x00400000ull
#define CLONE_UNTRACED		0x00800000ull
#define CLONE_CHILD_SETTID	0x01000000ull
#define CLONE_NEWCGROUP		0x02000000ull
#define CLONE_NEWUTS		0x04000000ull
#define CLONE_NEWIPC		0x08000000ull
#define CLONE_NEWUSER		0x10000000ull
#define CLONE_NEWPID		0x20000000ull
#define CLONE_NEWNET		0x40000000ull
#define CLONE_NEW		0x7e020080ull	/* all namespaces */
#define CLONE_IO		0x80000000ull
#define CLONE_CLEAR_SIGHAND	0x100000000ull
#define BAD_TID	-1		/* clone_args.tid: a number that no task can
				   have */

/* ---- task.c -------------------------------------------------------------- */

/*
 * Allocate a task with a stack and a name of TASK_COMM bytes, on no list.
 * Return: the task with one reference, or NULL.
 */
struct task *task_alloc(const char *comm);

/* Undo task_alloc() for a task that never ran. */
void task_discard(struct task *t);

/*
 * Allocate a process that is not yet in the tree.
 * Return: the process with one reference, or NULL.
 */
struct process *process_alloc(void);
extern int pid_max;			/* sysctl kernel.pid_max */

/*
 * The maximum number of tasks, set at boot from the size of memory, and changed
 * by sys/kernel/threads-max.
 */
extern unsigned max_tasks;

/*
 * Upper bound of max_tasks: the number of stacks that fitted into memory at
 * boot.
 */
extern unsigned tasks_room;
#define TASKS_MIN 32u

/* Context of all functions of this group: [tree_lock]. */
/*
 * Allocate a number, with one reference.
 * Return: the number; -EAGAIN: no number is free; -ENOMEM.
 */
int pid_alloc(void);

/*
 * Allocate the number nr.
 * Return: 0, -EINVAL (out of range), -EEXIST (in use), -ENOMEM.
 */
int pid_take(int nr);
void pid_get(int nr);
void pid_put(int nr);
/* Return: the group with that number, or NULL: the number is not in use. */
struct group *group_at(int pgid);

/* Insert t into the list of all tasks and the table of tids (task_find()). */
void task_link(struct task *t);
void task_unlink(struct task *t);

/* ---- fork.c -------------------------------------------------------------- */

/*
 * Count one more task for the caller's user.  task_publish() uses the count for
 * the child; task_unreserve() undoes it.
 * Return: false: the user, or the machine, has too many tasks.
 */
bool task_reserve(void);
void task_unreserve(void);

/*
 * Share with child, or copy to it, everything that the caller has except the
 * address space.
 * Return: 0 or -errno; task_undo() undoes the work in either case.
 */
int task_copy(struct task *child, const struct clone_args *a);
void task_undo(struct task *child);

/*
 * Number child and make it visible; sched_add() then lets it run.  On success
 * this uses up the caller's task_reserve().  pgid: the child's process group;
 * 0: a new one; -1: the caller's.
 * Return: 0; -EAGAIN, -EPERM (no such group), -ERESTARTNOINTR.
 */
int task_publish(struct task *child, const struct clone_args *a, int pgid);

/* ---- exit.c, reap.c ------------------------------------------------------ */

/*
 * Remove a zombie from the tree; the caller then drops its leader.  waited: the
 * parent waited for it, so add its times to the parent's.
 * Context: [tree_lock].
 */
void process_reap(struct process *p, bool waited);

/*
 * Remove a dead thread that was kept for its tracer from the tree; the caller
 * drops t.  If t was the last thread, p becomes a zombie; if no parent waits
 * for p, append p to reaped.
 * Context: [tree_lock].
 */
void thread_reap(struct task *t, struct list *reaped);

/*
 * Zombie p has lost its tracer.  Report the end of p to the parent, unless this
 * was done before (reported).  If it was, and the parent ignores the signal,
 * reap p.
 * Context: [tree_lock].
 */
void zombie_untraced(struct process *p, bool reported, struct list *reaped);

/*
 * Drop the processes on a list of reaped ones.  The last reference frees a
 * process and closes what it still has open.
 * Context: no lock.
 */
void drop_reaped(struct list *reaped);

/*
 * Make every other thread of p exit when it next handles its ASTs.
 * Context: [tree_lock].
 */
void process_kill_others(struct process *p);

/*
 * Wait until t, which sleeps, is off its CPU and has saved its registers.
 * Context: no lock.
 */
void task_wait_off(struct task *t);

/* ---- unshare.c ----------------------------------------------------------- */

/*
 * Get the file behind another task's descriptor, with a reference.  attach: the
 * caller wants to use the file, not only to compare it.
 * Return: 0: *f is the file; -EPERM (the caller has no access to t), -ESRCH,
 * -EBADF.
 */
int task_get_file(struct task *t, unsigned fd, bool attach, struct file **f);

#endif
