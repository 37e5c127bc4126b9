/* SPDX-License-Identifier: MIT */
/*
 * The records of a task and of a CPU, and which of them is the running one
 * (rows B9, B13, B14): what ports, locks, the scheduler and memory know.  What
 * stands behind a pointer belongs to the part of the kernel that hung it there.
 */
#ifndef KERNEL_CURRENT_H
#define KERNEL_CURRENT_H

#include <arch/task.h>
#include <kernel/lock/lock_debug.h>
#include <kernel/sched/policy/fair.h>
#include <kernel/sched/policy/rt.h>
#include <kernel/lock/spin.h>
#include <kernel/time/timer.h>
#include <lib/iocount.h>
#include <lt/arch.h>
#include <lt/atomic.h>
#include <lt/list.h>
#include <lt/signal.h>
#include <mm/stats.h>

enum task_state {
	TASK_RUNNING,		/* running or on the run queue */
	TASK_INTERRUPTIBLE,
	TASK_UNINTERRUPTIBLE,
	TASK_STOPPED,
	TASK_TRACED,
	TASK_ZOMBIE,
	TASK_DEAD,
	TASK_KILLABLE,		/* uninterruptible, but SIGKILL wakes it */
	TASK_PARKED,		/* a kernel thread told to wait */
};

/* Work to do before the task returns to user mode (row B1, AST), in turn. */
#define AST_MASTER	0x001	/* asmp: held on the CPU that serves traps */
#define AST_EXIT	0x002	/* the process is going away: kill this task */
#define AST_CHILD_TID	0x004	/* first run of a fork: store set_child_tid */
#define AST_SYSCALL_EXIT 0x008	/* traced: a stop at the end of its call */
#define AST_WORK	0x010	/* task_work_run() has something to do */
#define AST_RSEQ	0x020	/* rseq(2): its sequence, its CPU's number */
#define AST_RESCHED	0x040	/* a better task waits */
#define AST_TRACE	0x080	/* a traced task has a stop to make */
#define AST_SIGNAL	0x100	/* a signal may be deliverable */
#define AST_RESTORE_MASK 0x200	/* sigsuspend, ppoll: put saved_mask back */
#define AST_STARVED	0x400	/* a page was refused: oom_end_call() */

struct vm_space;
struct files;
struct fs_context;
struct cred;
struct tty;
struct inode;
struct dentry;

#define TASK_COMM 16

struct process;
struct kthread;
struct core;
struct file_endings;
struct task_work;

/*
 * What ptrace(2) keeps in the tracee (topics/debugger/ptrace.h).  [link]: under
 * tree_lock and sighand->lock to change, either to read.
 */
struct tracing {
	struct task *tracer;		/* [link] NULL: not traced */
	struct cred *cred;		/* [link] its own when it began */
	struct task *next;		/* [tree_lock] tracee of the same */
	unsigned flags;			/* [sighand->lock] TRACE_ */
	unsigned options;		/* [sighand->lock] PTRACE_O_ */
	bool stopped;			/* [sighand->lock] for the tracer */
	bool busy;			/* [sighand->lock] who is at work */
	bool reported;			/* [sighand->lock] by wait */
	bool at_signal;			/* own task: about to deliver one */
	int code;			/* [sighand->lock] of stop; to go on */
	unsigned long message;		/* [sighand->lock] GETEVENTMSG */
	struct siginfo *info;		/* [sighand->lock] or NULL: none */
};

struct task {
	struct arch_task arch;		/* must be first: the port's part */
	unsigned ast;			/* AST_ bits, atomic or-ed by anyone */
	/*
	 * Own CPU: the interrupt level, and what waits for its fall.  They are
	 * the task's, so that raising is right whatever moves the task between
	 * two instructions; above IPL_NONE nothing does (kernel/sched/preempt.h).
	 */
	u8 ipl;				/* enum ipl */
	u8 in_interrupt;		/* handler's level, or 0 */
	u8 irq_source;			/* of the noted one */
	bool preempted;			/* own task: in preempt_here() */
	bool no_faults;			/* own task: looks at memory only */
	u8 refused_order;		/* own task: of the last block, oom.c */
	u8 refused_times;		/* own task: this call, one by one */
	union {
		u16 ipl_pending;	/* nonzero: one waits for ipl to fall */
		struct {
			u8 resched;	/* IPL_SOFT: another should run */
			u8 irq_deferred; /* level of one noted, 0: none */
		};
	};
	/* [run queue], but its own task sets sleep, its reaper DEAD */
	enum task_state state;
	struct cpu *cpu;		/* [run queue] */
	void *kstack;			/* lowest address; const */
	struct vm_space *space;		/* own task; NULL: kernel thread */
	struct files *files;		/* own task */
	struct fs_context *fs;		/* own task: cwd, root, umask */
	struct cred *cred;		/* own task replaces; others read */
	struct process *process;	/* const; NULL: kernel thread */
	const struct rlimit *limits;	/* const: its process's, or NULL */
	struct kthread *kthread;	/* const; NULL: never was one */

	int tid;			/* const */
	int vtid;			/* const: as its own space has it */
	ref_t refs;			/* struct task itself */
	unsigned flags;			/* TF_ bits, own task; a word */
	char comm[TASK_COMM];		/* own task */
	unsigned nr_locks;		/* own task: sleeping locks it holds */

	struct fair_entity fair;	/* [run queue] */
	struct list run_link;		/* [run queue] waiting, in a list */
	bool queued;			/* [run queue] waiting in a queue */
	bool turn_over;			/* [run queue] it goes behind its equals */
	bool plain;			/* [run queue] fair, nice 0 */
	bool grouped;			/* [run queue] in a group: not plain */
	u8 policy;			/* [run queue] SCHED_ */
	u8 rt_priority;			/* [run queue] 1 to 100; 0: ordinary */
	u8 rt_own, rt_lent;		/* [run queue] it is the higher one */
	bool reset_on_fork;		/* [run queue] children are ordinary */
	struct list all_link;		/* [process tree] every task */
	struct list thread_link;	/* [process->threads] */
	int nice;			/* [run queue] */
	s64 turn_left;			/* [run queue] ns, its policy's: not fair */
	u64 rt_ran;			/* [run queue] since it slept, ns */
	u64 rt_due, rt_due_lent;	/* [run queue] at RT_DEADLINE, else 0 */
	ktime_t last_run;		/* [run queue] switched in at, charged
					   at; while it waits: since when */
	u64 waited;			/* ns, while it wanted a CPU, likewise */
	u64 turns;			/* times it was switched in, likewise */
	u64 runtime;			/* ns on a CPU, [run queue] */
	u64 utime, stime;		/* ns of it attributed: task_times() */
	u64 nvcsw, nivcsw;		/* own task */
	u64 minflt, majflt;		/* own task */
	unsigned long mended;		/* own task: where it faulted last */
	struct io_counts moved;		/* own task */
	bool counts_io;			/* [tree]; a word to read without it */
	/* Machine words: they are counted on the hottest paths. */
	unsigned long syscalls, interrupts, asts;	/* own task's CPU */
	unsigned long refused_call;	/* own task: by count of syscalls */
	unsigned long wakeups;		/* [run queue] */
	ktime_t started;		/* const */
	unsigned long allowed;		/* [run queue] CPUs it may run on now */
	unsigned long affinity;		/* [run queue] ... in user mode */

	struct timer sleep_timer;	/* own task: wait_sleep deadline */
	bool timed_out;			/* set by sleep_timer */
	uintptr_t wchan;		/* own task: pc where it sleeps, or 0 */

	sigmask_t blocked;		/* own task [sighand->lock to change] */
	sigmask_t saved_mask;		/* own task: AST_RESTORE_MASK */
	sigmask_t awaited;		/* [sighand->lock] by sigtimedwait */
	bool stop_due;			/* [sighand->lock] of nr_stopping */
	unsigned pinned;		/* own task: bytes its call waits with */
	struct sigpending pending;	/* [sighand->lock] to this task */
	struct sighand *sighand;	/* shared with CLONE_SIGHAND */
	struct sigaltstack altstack;	/* own task */
	/* Own task: how restart_syscall(2) goes on; NULL: EINTR. */
	long (*restart)(struct task *);
	u64 restart_data[4];

	struct tracing trace;
	struct task *tracees;		/* [tree_lock] by trace.next */
	/* Atomic word: where its calls go; a tracer exchanges it. */
	long (*const *syscall_table)(struct trapframe *tf);
	/* Own task: the calls of a program that is not Linux's; else NULL. */
	long (*const *calls)(struct trapframe *tf);

	uaddr_t set_child_tid;		/* own task: CLONE_CHILD_SETTID */
	uaddr_t clear_child_tid;	/* own task */
	struct file_endings *endings;	/* own task: under way; or NULL */
	struct task_work *works;	/* atomic: kernel/task/taskwork.c */
	struct completion *vfork_done;	/* [process tree] parent waits here */
	int exit_signal;		/* to the parent; const after fork */
	int exit_code;			/* wait status, set once in exit */
	int pdeath_signal;		/* own task: PR_SET_PDEATHSIG */
	unsigned personality;		/* own task */
	unsigned long timer_slack;	/* own task: ns, PR_SET_TIMERSLACK */
	unsigned long default_slack;	/* const: what its maker had */
	unsigned trace_syscall;		/* own task: last number, /proc */
#ifdef CHECK_LOCK
	struct held_locks held;		/* own task: sleeping ones */
#endif
#ifdef CHECK_RACE
	int peeks;			/* own task: PEEK()s it is in */
#endif
};

#define TF_KTHREAD	0x1
#define TF_EXITING	0x2		/* past the point of no return */
#define TF_FORKNOEXEC	0x4
#define TF_RSEQ		0x8		/* it has called rseq(2) */

#define RANK_IDLE	(-1)
#define RANK_ORDINARY	0		/* above: its real-time priority */

/* Runnable tasks of one CPU, the running one left out (kernel/sched/). */
struct run_queue {
	struct spinlock lock;		/* IPL_HIGH */
	int rank;			/* [lock] of the task that runs */
	unsigned nr;			/* [lock] ordinary tasks that wait */
	struct fair_queue fair;		/* [lock] those, if policy fair has them */
	struct list list;		/* [lock] a policy's that needs a list */
	struct rt_queue rt;		/* [lock] */
	struct rt_quota rt_quota;	/* [lock] */
	u64 due;			/* [lock] rank RT_DEADLINE: running's */
	unsigned long weight;		/* [lock] of its ordinary tasks, with
					 * the running one */
	unsigned crowd;			/* [lock] count that found one; 0: none */
	unsigned crowd_counts;		/* [lock] number of the last count */
	s64 crowd_at;			/* [lock] when that was, ns */
};

/* What a CPU translates by (mm/tables/asid.c).  [owner CPU, interrupts off] */
struct cpu_mmu {
	struct vm_space *space;		/* loaded; referenced; NULL: none */
	struct vm_space *wanted;	/* the running task's; NULL: any */
	unsigned asid_next;		/* identifiers from here are free */
	u64 generation;			/* of identifiers */
};

/* Per-CPU state. */
struct cpu {
	unsigned id;			/* const: index in cpus[] */
	unsigned long hw_id;		/* const: what the machine calls it */
	bool online;			/* it runs; never taken back */
	void *irq_stack;		/* const once set; NULL: none yet */
	struct task *idle;		/* const after init */
	struct task *running;		/* = arch_current() */
	struct task *push;		/* [rq->lock] must run elsewhere */
	struct cpu_mmu mmu;
	struct task *fpu_owner;		/* owner CPU: the port's */
	void *emergency;		/* const: the port's last stack */
	void (*call_fn)(void *);	/* owner CPU: what it asks of others */
	void *call_arg;
	unsigned long call_pending;	/* atomic: CPUs that have yet to */
	unsigned long call_from;	/* atomic: CPUs that ask this one */
	struct trapframe *ipi_frame;	/* owner CPU: what an IPI interrupted */
	ktime_t hw_deadline;		/* owner CPU: clock chip is set to */
	ktime_t slice_at;		/* owner CPU: next sched_tick */
	struct timer *timer_running;	/* [timer lock] set; its fn runs here */
	u64 switches, interrupts, asts;	/* owner CPU */
	u64 preemptions;		/* owner CPU: switches in the kernel */
	/*
	 * [rq->lock] System calls of its tasks, as counted by them, without
	 * the running one's: that count is taken off when it is switched in.
	 */
	unsigned long syscalls;
	unsigned long wakeups;		/* owner CPU */
	u64 other_faults, deferred;	/* owner CPU */
	unsigned long timer_irqs;	/* owner CPU */
	/* Owner CPU: interrupts by others, those that asked for no call. */
	unsigned long ipis, kicks;
	unsigned long answered, tlb_answered;	/* owner CPU: calls */
	unsigned long calls;		/* owner CPU: it asked of others */
	unsigned long steals;		/* owner CPU */
	struct vm_stats vm;		/* owner CPU */
	u64 idle_ns, system_ns;		/* [rq->lock] since it started */
	ktime_t started;		/* const */
	struct run_queue rq;		/* last, as it is large */
};

extern struct cpu cpus[MAX_CPUS];
extern unsigned nr_cpus;		/* running ones */

static inline struct task *current_task(void)
{
	return arch_current();
}
#define current current_task()

/*
 * The CPU that the caller runs on.
 * Context: where the task cannot move: kernel/sched/preempt.h has the rule.
 */
static inline struct cpu *cpu_self(void)
{
#ifdef CHECK_LOCK
	lock_debug_cpu();
#endif
	return current->cpu;
}

/* All running CPUs: a shift that is right for as many as a word has bits. */
static inline unsigned long smp_mask(void)
{
	return (2ul << (nr_cpus - 1)) - 1;
}

/* If t runs on another CPU, make that look at t's ASTs. */
void task_kick(struct task *t);
/* Or ASTs into t->ast, from any context. */
static inline void task_set_ast(struct task *t, unsigned bits)
{
	__atomic_fetch_or(&t->ast, bits, __ATOMIC_SEQ_CST);
	if (nr_cpus > 1 && t != current)
		task_kick(t);
}
static inline bool task_traced(const struct task *t)
{
	return READ_ONCE(t->trace.tracer) != NULL;
}
/* Is a signal pending that current must act on? (wait loops) */
static inline bool signal_pending(void)
{
	return READ_ONCE(current->ast) & (AST_SIGNAL | AST_EXIT | AST_TRACE);
}
/* ... that ends it? */
bool signal_pending_fatal(void);

/* t loses its CPU, or comes to another one: rseq(2).  Context: any. */
static inline void rseq_moved(struct task *t)
{
	if (unlikely(t->flags & TF_RSEQ))
		__atomic_fetch_or(&t->ast, AST_RSEQ, __ATOMIC_RELAXED);
}

#endif
