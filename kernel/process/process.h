/* SPDX-License-Identifier: MIT */
/*
 * Making, ending and waiting for processes: what others need of it.
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
#define CLONE_NEW		0x7e020080ull	/* all kinds of name spaces */
#define CLONE_IO		0x80000000ull
#define CLONE_CLEAR_SIGHAND	0x100000000ull
#define BAD_TID	-1		/* clone_args.tid: no task can have it */

/* ---- task.c -------------------------------------------------------------- */

/*
 * A task with a stack and a name of TASK_COMM bytes, on no list.
 * Return: one reference, or NULL.
 */
struct task *task_alloc(const char *comm);

/* Undo task_alloc for a task that never ran. */
void task_discard(struct task *t);

/* A process with one reference, not yet in the tree, or NULL. */
struct process *process_alloc(void);
extern int pid_max;			/* sysctl kernel.pid_max */

/* Tasks there may be at most, by memory: sys/kernel/threads-max. */
extern unsigned max_tasks;

/* What that may be raised to: room for their stacks when the kernel began. */
extern unsigned tasks_room;
#define TASKS_MIN 32u

/* Context: [tree_lock] for all of these. */
/* A free number with one reference.  Return: -EAGAIN: none left, -ENOMEM. */
int pid_alloc(void);

/* This very number.  Return: 0, -EINVAL (range), -EEXIST (taken), -ENOMEM. */
int pid_take(int nr);
void pid_get(int nr);
void pid_put(int nr);

/* Enter t into the lists of all tasks and tids (task_find). */
void task_link(struct task *t);
void task_unlink(struct task *t);

/* ---- fork.c -------------------------------------------------------------- */

/*
 * One more task of the caller's, from now on: task_publish() makes it the
 * child, task_unreserve() gives it back.
 * Return: false: its user, or the machine, has too many.
 */
bool task_reserve(void);
void task_unreserve(void);

/*
 * Give child what it is to have of the caller, all but the address space.
 * Return: 0 or -errno; task_undo() takes it back in either case.
 */
int task_copy(struct task *child, const struct clone_args *a);
void task_undo(struct task *child);

/*
 * Number child and make it visible; sched_add() lets it run.  It fills the place
 * of task_reserve(), which stays the caller's on an error.  pgid: its process
 * group, 0: a new one, -1: the caller's.
 * Return: 0; -EAGAIN, -EPERM (no such group), -ERESTARTNOINTR.
 */
int task_publish(struct task *child, const struct clone_args *a, int pgid);

/* ---- exit.c, reap.c ------------------------------------------------------ */

/*
 * Take a zombie off the tree; the caller then drops its leader.  waited: the
 * parent asked for it, and gets its times.
 * Context: [tree_lock].
 */
void process_reap(struct process *p, bool waited);

/*
 * Take a dead thread that was kept for its tracer off the tree; the caller
 * drops t.  The process may end with it, and goes onto reaped.
 * Context: [tree_lock].
 */
void thread_reap(struct task *t, struct list *reaped);

/*
 * The zombie p lost its tracer.  reported: its parent knows of its end.
 * Context: [tree_lock].
 */
void zombie_untraced(struct process *p, bool reported, struct list *reaped);

/*
 * Drop the processes on such a list: the last reference frees, and closes what
 * is still open.
 * Context: no lock.
 */
void drop_reaped(struct list *reaped);

/*
 * Have every other thread leave at its next look at its ASTs.
 * Context: [tree_lock].
 */
void process_kill_others(struct process *p);

/* t sleeps: wait until its registers are saved.  Context: no lock. */
void task_wait_off(struct task *t);

/* ---- unshare.c ----------------------------------------------------------- */

/*
 * The file behind another task's descriptor, referenced; attach: to have it,
 * not only to compare.
 * Return: 0 with *f, -EPERM (the caller may not look), -ESRCH, -EBADF.
 */
int task_get_file(struct task *t, unsigned fd, bool attach, struct file **f);

#endif
