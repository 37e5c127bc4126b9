/* SPDX-License-Identifier: MIT */
/*
 * Thread groups, and tasks by number (rows B14, B16, D1, D2).  A task is what
 * the scheduler runs (<kernel/current.h>); the tasks of one process share a
 * struct process (Linux's thread group: pid, signal state, children, limits,
 * times).
 */
#ifndef KERNEL_TASK_TASK_H
#define KERNEL_TASK_TASK_H

#include <kernel/current.h>
#include <kernel/lock/lock.h>
#include "pids.h"
#include <kernel/sched/sched.h>
#include <kernel/signal/signal.h>
#include <kernel/time/time.h>
#include <kernel/wait/wait.h>
#include <lib/iocount.h>
#include <lt/arch.h>
#include <lt/atomic.h>
#include <lt/list.h>
#include <mm/stats.h>
#include <uapi/resource.h>

/* What processes see of their controlling terminal. */
struct terminal {
	unsigned rdev;			/* const */
	int sid, pgid;			/* [tree] 0: nobody's */
};

/* A thread group.  [tree] = tasklist lock (process tree). */
struct process {
	ref_t refs;
	int pid;			/* tid of the first thread; const */
	int vpid;			/* const: as its own space has it */
	struct pid_space *space;	/* const: of numbers; NULL: the first */
	bool nested;			/* word: numbers or ids are others' */
	bool unkillable;		/* [sighand->lock] init of its space */
	struct task *leader;		/* [tree] */
	/* task->thread_link; changes under both [tree] and [sighand->lock] */
	struct list threads;
	int nr_threads;			/* [tree] that have not left the tree */
	int nr_live;			/* [tree] that have not begun to exit */
	int nr_leaving;			/* [tree] of those: traced, at the end */
	struct task *exec_task;		/* [tree] waits to be alone, or NULL */
	struct process *parent;		/* [tree] */
	int ppid;			/* [tree]; a word to read without it */
	struct list children;		/* [tree] process->sibling: alive */
	struct list dead_children;	/* [tree] zombies, first dead first */
	struct list sibling;		/* [tree] */
	struct list all_link;		/* [tree] every process */
	int pgid;			/* [tree] */
	int sid;			/* [tree] */
	struct terminal *tty;		/* [tree] controlling one */
	int hung_up_pgid;		/* [tree] leader: of the tty it lost */
	bool has_execed;		/* [tree] setpgid refuses then */
	bool is_subreaper;		/* [tree] */
	unsigned exec_setid;		/* [tree] such execs under way */
	struct core *core;		/* [tree] of a core file, or NULL */
	int ptracer;			/* PR_SET_PTRACER: pid, -1 any, 0 */
	int nr_tracees;			/* [tree] of all its threads */
	int nr_zombies;			/* [tree] threads kept for tracers */
	struct wait_queue wait_child;	/* wait4 sleeps here */
	struct wait_queue wait_exit;	/* pollers of pidfds */

	bool killed;			/* by a SIGKILL that was sent: marked */
	bool exiting;			/* [sighand->lock] it ends, with: */
	int exit_code;			/* [sighand->lock] wait status */
	bool zombie;			/* [tree] all threads gone, unwaited */
	bool reaped;			/* [tree] nobody can name it now */
	int creator_tid;		/* [tree] whose of parent's threads */
	unsigned execs;			/* [tree] how often it did */
	unsigned parent_execs;		/* const: the parent's at its birth */
	struct sigpending pending;	/* [sighand->lock] shared signals */
	bool stopped;			/* [sighand->lock] job control */
	int stop_signal;		/* [sighand->lock] of the last stop */
	int stop_code;			/* [sighand->lock] 0: reported */
	int nr_stopping;		/* [sighand->lock] threads, still */
	bool continued;			/* [sighand->lock] unreported SIGCONT */
	u8 tell;			/* [sighand->lock] parent: CLD_ or 0 */
	bool stop_dequeued;		/* [sighand->lock] no SIGCONT since */

	struct rlimit limits[RLIM_NLIMITS];	/* [tree]; cur: a word */
	u64 utime, stime;		/* of dead threads, ns [tree] */
	u64 cutime, cstime;		/* of waited-for children, ns [tree] */
	u64 minflt, majflt, nvcsw, nivcsw;	/* of dead threads [tree] */
	u64 cminflt, cmajflt, cnvcsw, cnivcsw;	/* children [tree] */
	struct io_counts moved;		/* of both [tree] */
	unsigned long maxrss, cmaxrss;	/* pages; of children [tree] */
	ktime_t started;		/* const */
};

/* The whole task list and process tree; taken before any sighand lock. */
extern struct spinlock tree_lock;
extern struct list all_tasks;		/* [tree_lock] */
extern struct list all_processes;	/* [tree_lock] */
extern struct process *init_process;	/* const once set */
extern unsigned long total_forks;	/* [tree_lock] since boot; /proc/stat */
/* [tree_lock] of users; zombies and forks on their way too */
extern unsigned nr_tasks;
/* n more tasks, t's, for all and for its user.  Context: [tree_lock]. */
void task_count(struct task *t, int n);

/* Free what is kept for the next process number.  Context: no lock. */
void pid_shrink(void);
/* Context: [tree_lock].  Return: the object, without a reference; or NULL. */
struct task *task_at(int tid);
struct process *process_at(int pid);
/* The linked task with the lowest number >= tid. */
struct task *task_next(int tid);
void task_put(struct task *t);
static inline void task_get(struct task *t)
{
	ref_get(&t->refs);
}
static inline void process_get(struct process *p)
{
	ref_get(&p->refs);
}
/* User and system time so far, ns, of all threads.  Context: [tree_lock]. */
/*
 * s keeps a copy of the limits that it enforces.
 * Context: [tree_lock].
 */
void limits_to_space(const struct process *p, struct vm_space *s);
void process_times(struct process *p, u64 *utime, u64 *stime);
void process_put(struct process *p);

void tasks_init(void);

/* ---- kernel/task/: creation and end ------------------------------------ */

struct clone_args {
	u64 flags;			/* CLONE_ bits without the signal */
	int exit_signal;
	int tid;			/* wanted number, 0: any */
	uaddr_t stack;			/* of the child; 0: the same */
	uaddr_t tls;
	uaddr_t parent_tid, child_tid, pidfd;
	const int *tids;		/* how many, and those in each space */
};

/*
 * Make a task as clone(2) does.
 * Return: the child's number; or -errno, with everything undone.
 */
long task_clone(const struct clone_args *args);
/* End the calling thread / process.  code: wait status (exit << 8 | sig). */
void task_exit(int code) __noreturn;
void process_exit(int code) __noreturn;
/*
 * A kernel thread, created stopped (row D12): task_start() lets it run.
 * Return: the task with one reference, or NULL: no memory.
 */
struct task *kthread_create(void (*fn)(void *), void *arg, const char *name);
void task_start(struct task *t);
/* The first user program: becomes process 1 in the calling kernel thread. */
void task_become_init(void);
/* exec: the parent of a vfork goes on; the robust list is gone. */
void task_release_space(struct task *t);
/* exec's de_thread: the caller becomes the only thread and the leader. */
int task_kill_other_threads(void);

/* RLIMIT_NOFILE at most, of everybody: /proc/sys/fs/nr_open. */
extern unsigned long nr_open;	/* word */

#endif
