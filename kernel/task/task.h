/* SPDX-License-Identifier: MIT */
/*
 * Processes, and look-up of tasks by number (rows B14, B16, D1, D2).  A task is
 * what the scheduler runs (<kernel/current.h>).  The tasks of one process share
 * a struct process (Linux's thread group), with the pid, signal state,
 * children, limits and times.
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

/* A controlling terminal, as processes see it. */
struct terminal {
	unsigned rdev;			/* const */
	int sid, pgid;			/* [tree] 0: none */
};

/* A process (thread group).  [tree] stands for tree_lock. */
struct process {
	ref_t refs;
	int pid;			/* tid of the first thread; const */
	int vpid;			/* const: pid in its own PID
					   namespace */
	struct pid_space *space;	/* const: PID namespace; NULL:
					   initial */
	bool nested;			/* one word: in a nested PID or user
					   namespace */
	bool unkillable;		/* [sighand->lock] init of its PID
					   namespace */
	struct task *leader;		/* [tree] */
	/*
	 * Threads, by task->thread_link.  The list changes only under both
	 * [tree] and [sighand->lock].
	 */
	struct list threads;
	int nr_threads;			/* [tree] threads in the tree */
	int nr_live;			/* [tree] threads not yet exiting */
	int nr_leaving;			/* [tree] live threads in exit stops */
	struct task *exec_task;		/* [tree] the thread in exec that ends
					   the others */
	struct process *parent;		/* [tree] */
	int ppid;			/* [tree]; one word, read without the
					   lock */
	struct list children;		/* [tree] living, by process->sibling */
	struct list dead_children;	/* [tree] zombies in order of death */
	struct list sibling;		/* [tree] */
	struct list all_link;		/* [tree] every process */
	u64 serial;			/* const: rises along all_processes */
	int pgid;			/* [tree] */
	struct list group_link;		/* [tree] members of the group */
	bool led;			/* [tree] its parent keeps the group
					   from being orphaned */
	int sid;			/* [tree] */
	struct terminal *tty;		/* [tree] controlling terminal */
	int hung_up_pgid;		/* [tree] of a session leader:
					   foreground pgid of the terminal that
					   it lost; 0: none */
	bool has_execed;		/* [tree] if set, setpgid() fails with
					   EACCES */
	bool unborn;			/* [tree] made by spawn; does not run
					   its program yet */
	bool is_subreaper;		/* [tree] */
	unsigned exec_setid;		/* [tree] set-id execs in progress */
	struct core *core;		/* [tree] core dump or NULL */
	int ptracer;			/* [tree] PR_SET_PTRACER: the pid of a
					   process, -1: any, 0: none */
	int nr_tracees;			/* [tree] tracees of all its threads */
	int nr_zombies;			/* [tree] dead, kept for tracers */
	struct wait_queue wait_child;	/* wait4(2) sleeps here */
	struct wait_queue wait_exit;	/* pollers of pidfds sleep here */

	bool killed;			/* a SIGKILL was sent */
	bool exiting;			/* [sighand->lock] the process ends,
					   with exit_code */
	int exit_code;			/* [sighand->lock] wait status */
	bool zombie;			/* [tree] all threads gone, not waited
					   for */
	bool reaped;			/* [tree] look-ups by pid fail */
	int creator_tid;		/* [tree] tid of the parent's creating
					   thread */
	unsigned execs;			/* [tree] number of execs */
	unsigned parent_execs;		/* const: the parent's execs at the
					   fork */
	struct sigpending pending;	/* [sighand->lock] shared signals */
	bool stopped;			/* [sighand->lock] job control */
	int stop_signal;		/* [sighand->lock] of the last stop */
	int stop_code;			/* [sighand->lock] status; 0:
					   reported */
	int nr_stopping;		/* [sighand->lock] threads yet to
					   stop */
	bool continued;			/* [sighand->lock] SIGCONT to be
					   reported */
	u8 tell;			/* [sighand->lock] CLD_ code to
					   report */
	bool stop_dequeued;		/* [sighand->lock] a stop signal was
					   dequeued, and no SIGCONT was sent
					   since */

	struct rlimit limits[RLIM_NLIMITS];	/* [tree]; rlim_cur: read as one
						   word */
	u64 utime, stime;		/* [tree] of dead threads, ns */
	u64 cutime, cstime;		/* [tree] of waited-for children, ns */
	u64 minflt, majflt, nvcsw, nivcsw;	/* [tree] of dead threads */
	u64 cminflt, cmajflt, cnvcsw, cnivcsw;	/* [tree] of children */
	struct io_counts moved;		/* [tree] of ended threads and
					   children */
	unsigned long maxrss, cmaxrss;	/* [tree] pages; c: of children */
	ktime_t started;		/* const */
};

/* Protects the task list and the process tree; taken before sighand->lock. */
extern struct spinlock tree_lock;
extern struct list all_tasks;		/* [tree_lock] */
extern struct list all_processes;	/* [tree_lock] in order of birth */
/*
 * Enter p into all_processes, and into the group and session that it names.
 * Context: [tree_lock].
 */
void process_enter(struct process *p);
extern struct process *init_process;	/* const once set */
extern unsigned long total_forks;	/* [tree_lock] since boot; /proc/stat */
/* [tree_lock] Number of user tasks, including zombies and forks in progress. */
extern unsigned nr_tasks;
/*
 * Add n to the number of all tasks and to that of t's user.  Context:
 * [tree_lock].
 */
void task_count(struct task *t, int n);

/* ---- groups.c ------------------------------------------------------------ */

/* Context of all functions of this group: [tree_lock]. */
/* A process group, which is there as long as its number is in use. */
struct group {
	struct list members;		/* [tree] in the order of
					   all_processes */
	unsigned nr_led;		/* [tree] of them are `led` */
};

/* Return: the processes of a group, by group_link; empty: no such group. */
struct list *group_members(int pgid);

/* Move p, which is in no group, to group pgid, whose number is in use. */
void group_enter(struct process *p, int pgid);
void group_leave(struct process *p);
/* True if session sid has a process group pgid. */
bool group_in_session(int pgid, int sid);

/*
 * Say again whether p's parent leads the group of p, because p's group, session
 * or parent has changed, or its last thread ends.
 * Return: true if nobody leads the group any more because of that.
 */
bool group_settle(struct process *p);
/* The same for p, whose group or session has changed, and its children. */
void group_settle_family(struct process *p);

/*
 * True if no member of the group has a parent in another group of its session
 * (job control).
 */
bool group_orphaned(int pgid);

/* ---- task.c -------------------------------------------------------------- */

/* Free the spare memory of the PID table.  Context: no lock. */
void pid_shrink(void);
/*
 * task_at(), process_at(): find a task or process by its number.
 * Context: [tree_lock].
 * Return: the object, without taking a reference; or NULL.
 */
struct task *task_at(int tid);
struct process *process_at(int pid);
/* Return: the linked task with the lowest number >= tid, for /proc; or NULL. */
struct task *task_next(int tid);
void task_put(struct task *t);
/*
 * Rename t, and copy its name whole.  A reader that copies it without
 * tree_lock, as traces and messages do, may get a mixture of two names.
 * text: n bytes, of which TASK_COMM - 1 are used.
 * Context: tree_lock not held.
 */
void task_set_comm(struct task *t, const char *text, size_t n);
void task_get_comm(const struct task *t, char name[TASK_COMM]);
static inline void task_get(struct task *t)
{
	ref_get(&t->refs);
}
static inline void process_get(struct process *p)
{
	ref_get(&p->refs);
}
/*
 * Has p ended, waited for or not?  Once it is reaped, its leader may be freed.
 * Context: [tree_lock].
 */
static inline bool process_ended(const struct process *p)
{
	return p->zombie || p->reaped;
}
/*
 * Copy the limits that s enforces from p to s.
 * Context: [tree_lock].
 */
void limits_to_space(const struct process *p, struct vm_space *s);
/*
 * Add up the user and system time of all threads, in ns.  Context: [tree_lock].
 */
void process_times(struct process *p, u64 *utime, u64 *stime);
void process_put(struct process *p);

void tasks_init(void);

/* ---- creation and end of tasks ------------------------------------------- */

struct clone_args {
	u64 flags;			/* CLONE_ bits without the signal */
	int exit_signal;
	int tid;			/* requested number, 0: any */
	uaddr_t stack;			/* the child's stack; 0: the parent's */
	uaddr_t tls;
	uaddr_t parent_tid, child_tid, pidfd;
	const int *tids;		/* count, then one tid per namespace */
};

/*
 * Create a task as clone(2) does.
 * Return: the child's number; or -errno, with everything undone.
 */
long task_clone(const struct clone_args *args);
/*
 * task_exit() ends the calling thread, process_exit() the whole process.  code:
 * wait status (exit << 8 | sig).
 */
void task_exit(int code) __noreturn;
void process_exit(int code) __noreturn;
/*
 * Create a kernel thread (row D12), which runs after task_start().
 * Return: the task with one reference; NULL: no memory.
 */
struct task *kthread_create(void (*fn)(void *), void *arg, const char *name);
void task_start(struct task *t);
/* Turn the calling kernel thread into process 1. */
void task_become_init(void);
/*
 * For exec and exit: handle t's robust list and clear_child_tid, and let the
 * parent of a vfork continue.
 */
void task_release_space(struct task *t);
/* For exec: make the caller the only thread and the leader of its process. */
int task_kill_other_threads(void);

/* Maximum of RLIMIT_NOFILE for every process: /proc/sys/fs/nr_open. */
extern unsigned long nr_open;	/* read and written as one word without a
				   lock */

#endif
