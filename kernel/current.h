/* SPDX-License-Identifier: MIT */
/*
 * struct task and struct cpu, and access to the running task and its CPU (rows
 * B9, B13, B14).  Ports, locks, the scheduler and memory management use this
 * header.  An object to which a field points belongs to the subsystem that set
 * the field.
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
	TASK_PARKED,		/* a kernel thread that waits because it was
				   told to */
};

/* ASTs: work to do before the return to user mode (row B1), in this order. */
#define AST_MASTER	0x001	/* asmp: the task is kept on the CPU for
				   traps */
#define AST_EXIT	0x002	/* the process exits: kill this task */
#define AST_CHILD_TID	0x004	/* first run after fork: store set_child_tid */
#define AST_SYSCALL_EXIT 0x008	/* traced: stop at the end of the call */
#define AST_WORK	0x010	/* task_work_run() has work to do */
#define AST_RSEQ	0x020	/* rseq(2): abort the sequence, store the CPU
				   number */
#define AST_RESCHED	0x040	/* a better task is runnable */
#define AST_TRACE	0x080	/* a traced task has to stop */
#define AST_SIGNAL	0x100	/* a signal may be deliverable */
#define AST_RESTORE_MASK 0x200	/* sigsuspend, ppoll: restore saved_mask */
#define AST_STARVED	0x400	/* an allocation failed: call oom_end_call() */

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
 * State of ptrace(2) in the tracee (topics/debugger/ptrace.h).  [link] means: a
 * change needs both tree_lock and sighand->lock, a read either of them.
 */
struct tracing {
	struct task *tracer;		/* [link] NULL: not traced */
	struct cred *cred;		/* [link] tracer's cred at attach */
	struct task *next;		/* [tree_lock] tracer's next tracee */
	unsigned flags;			/* [sighand->lock] TRACE_ */
	unsigned options;		/* [sighand->lock] PTRACE_O_ */
	bool stopped;			/* [sighand->lock] in a ptrace stop */
	bool busy;			/* [sighand->lock] the tracer uses the
					   task */
	bool reported;			/* [sighand->lock] wait() told of it */
	bool at_signal;			/* own task: in a signal-delivery
					   stop */
	int code;			/* [sighand->lock] why it stopped; then
					   the signal to resume with */
	unsigned long message;		/* [sighand->lock] for GETEVENTMSG */
	struct siginfo *info;		/* [sighand->lock] of stop, or NULL */
};

struct task {
	struct arch_task arch;		/* must be first: the port's part */
	unsigned ast;			/* AST_ bits; atomic, set by any task */
	/*
	 * The interrupt level, and work deferred until the level falls;
	 * accessed only on the task's own CPU.  The fields belong to the task,
	 * not to the CPU, so raising the level is correct even if the task
	 * moves to another CPU between two instructions.  Above IPL_NONE a
	 * task does not move (kernel/sched/preempt.h).
	 */
	u8 ipl;				/* enum ipl */
	u8 in_interrupt;		/* level of the handler, or 0 */
	u8 irq_source;			/* source of the deferred interrupt */
	bool preempted;			/* own task: in preempt_here() */
	bool no_faults;			/* own task: faults are not handled */
	u8 refused_order;		/* own task: size of the refused block,
					   as an order (see oom.c) */
	u8 refused_times;		/* own task: how often one call
					   failed */
	union {
		u16 ipl_pending;	/* nonzero: deferred work */
		struct {
			u8 resched;	/* IPL_SOFT: reschedule requested */
			u8 irq_deferred; /* deferred interrupt's level, or 0 */
		};
	};
	/*
	 * [run queue].  But the task itself sets sleep states, and its reaper
	 * sets DEAD.
	 */
	enum task_state state;
	struct cpu *cpu;		/* [run queue] */
	void *kstack;			/* lowest address; const */
	struct vm_space *space;		/* own task; NULL: kernel thread */
	struct files *files;		/* own task */
	struct fs_context *fs;		/* own task: cwd, root, umask */
	struct cred *cred;		/* own task replaces; others read */
	struct process *process;	/* const; NULL: kernel thread */
	const struct rlimit *limits;	/* const: its process's, or NULL */
	struct kthread *kthread;	/* const; NULL: never a kernel thread */

	int tid;			/* const */
	int vtid;			/* const: tid in own PID namespace */
	ref_t refs;			/* references to struct task */
	unsigned flags;			/* TF_ bits; one word, set by own
					   task */
	char comm[TASK_COMM];		/* [tree] to change: name, padded with
					   zeros; see task_get_comm() */
	unsigned nr_locks;		/* own task: sleeping locks it holds */

	struct fair_entity fair;	/* [run queue] */
	struct list run_link;		/* [run queue] in a policy's list */
	bool queued;			/* [run queue] waiting in a queue */
	bool turn_over;			/* [run queue] goes behind its equals */
	bool plain;			/* [run queue] fair, nice 0, no group */
	bool grouped;			/* [run queue] in a group: not plain */
	u8 policy;			/* [run queue] SCHED_ */
	u8 rt_priority;			/* [run queue] 1 to 100; 0: ordinary */
	u8 rt_own, rt_lent;		/* [run queue] own, lent rt_priority */
	bool reset_on_fork;		/* [run queue] children are ordinary */
	struct list all_link;		/* [process tree] list of all tasks */
	struct list thread_link;	/* [process->threads] */
	int nice;			/* [run queue] */
	s64 turn_left;			/* [run queue] ns left of its quantum */
	u64 rt_ran;			/* [run queue] ns run since last
					   sleep */
	u64 rt_due, rt_due_lent;	/* [run queue] deadline, 0: none */
	ktime_t last_run;		/* [run queue] last switch-in or charge;
					   while waiting: start of the wait */
	u64 waited;			/* [run queue] ns it waited for a CPU */
	u64 turns;			/* [run queue] number of switch-ins */
	u64 runtime;			/* [run queue] ns on a CPU */
	u64 utime, stime;		/* parts of runtime, see task_times() */
	u64 nvcsw, nivcsw;		/* own task */
	u64 minflt, majflt;		/* own task */
	unsigned long mended;		/* own task: address of the last
					   resolved page fault */
	struct io_counts moved;		/* own task: I/O counts */
	/*
	 * Machine words, because the most frequent paths increment these
	 * counters.
	 */
	unsigned long syscalls, interrupts, asts;	/* own task's CPU */
	unsigned long refused_call;	/* own task: `syscalls` when memory was
					   last refused */
	unsigned long wakeups;		/* [run queue] */
	ktime_t started;		/* const */
	unsigned long allowed;		/* [run queue] CPUs it may run on now */
	unsigned long affinity;		/* [run queue] CPUs for user mode */

	struct timer sleep_timer;	/* own task: wait_sleep deadline */
	bool timed_out;			/* set by sleep_timer */
	uintptr_t wchan;		/* own task: pc where it sleeps, or 0 */

	sigmask_t blocked;		/* own task; [sighand->lock] to write */
	sigmask_t saved_mask;		/* own task: for AST_RESTORE_MASK */
	sigmask_t awaited;		/* [sighand->lock] for sigtimedwait */
	bool stop_due;			/* [sighand->lock] is counted in
					   process->nr_stopping */
	unsigned pinned;		/* own task: bytes of memory that its
					   call keeps while it waits */
	struct sigpending pending;	/* [sighand->lock] for this task */
	struct sighand *sighand;	/* shared with CLONE_SIGHAND */
	struct sigaltstack altstack;	/* own task */
	/* Own task: the function that restart_syscall(2) calls; NULL: EINTR. */
	long (*restart)(struct task *);
	u64 restart_data[4];

	struct tracing trace;
	struct task *tracees;		/* [tree_lock] list by trace.next */
	/*
	 * The task's table of system calls: an atomic word, which a tracer
	 * replaces.
	 */
	long (*const *syscall_table)(struct trapframe *tf);
	/*
	 * Own task: table of the calls of a program that is not Linux's; else
	 * NULL.
	 */
	long (*const *calls)(struct trapframe *tf);

	uaddr_t set_child_tid;		/* own task: CLONE_CHILD_SETTID */
	uaddr_t clear_child_tid;	/* own task */
	struct file_endings *endings;	/* own task: file closes in progress */
	struct task_work *works;	/* atomic: kernel/task/taskwork.c */
	struct completion *vfork_done;	/* [process tree] parent waits here */
	int exit_signal;		/* to the parent; const after fork */
	int exit_code;			/* wait status, set once in exit */
	int pdeath_signal;		/* own task: PR_SET_PDEATHSIG */
	unsigned personality;		/* own task */
	unsigned long timer_slack;	/* own task: ns, PR_SET_TIMERSLACK */
	unsigned long default_slack;	/* const: timer_slack of the creator */
	unsigned trace_syscall;		/* own task: number of its last call,
					   for /proc */
#ifdef CHECK_LOCK
	struct held_locks held;		/* own task: sleeping locks it holds */
#endif
#ifdef CHECK_RACE
	int peeks;			/* own task: nesting of PEEK() */
#endif
};

#define TF_KTHREAD	0x1
#define TF_EXITING	0x2		/* past the point of no return */
#define TF_FORKNOEXEC	0x4
#define TF_RSEQ		0x8		/* the task has called rseq(2) */

#define RANK_IDLE	(-1)
#define RANK_ORDINARY	0		/* above 0: a real-time priority */

/* Runnable tasks of one CPU, except for the running task (kernel/sched/). */
struct run_queue {
	struct spinlock lock;		/* IPL_HIGH */
	int rank;			/* [lock] rank of the running task */
	unsigned nr;			/* [lock] ordinary tasks that wait */
	struct fair_queue fair;		/* [lock] tasks of policy fair */
	struct list list;		/* [lock] for policies with a list */
	struct rt_queue rt;		/* [lock] */
	struct rt_quota rt_quota;	/* [lock] */
	u64 due;			/* [lock] running task's deadline, if
					 * its rank is RT_DEADLINE */
	unsigned long weight;		/* [lock] sum of the weights of its
					   ordinary tasks, including the running
					   task */
	unsigned crowd;			/* [lock] crowd_counts if there is a
					   crowd, else 0 */
	unsigned crowd_counts;		/* [lock] serial number of the last
					   count */
	s64 crowd_at;			/* [lock] time of the last count, ns */
};

/* MMU state of a CPU (mm/tables/asid.c).  [owner CPU, interrupts off] */
struct cpu_mmu {
	struct vm_space *space;		/* loaded, referenced; NULL: none */
	struct vm_space *wanted;	/* running task's space; NULL: any */
	unsigned asid_next;		/* the first ASID that is free */
	u64 generation;			/* generation of the ASIDs */
};

/* Per-CPU state. */
struct cpu {
	unsigned id;			/* const: index in cpus[] */
	unsigned long hw_id;		/* const: APIC id or hart id */
	bool online;			/* the CPU runs; never cleared */
	void *irq_stack;		/* const once set; NULL: none yet */
	struct task *idle;		/* const after init */
	struct task *running;		/* = arch_current() */
	struct task *push;		/* [rq->lock] task to move elsewhere */
	struct cpu_mmu mmu;
	struct task *fpu_owner;		/* owner CPU: used by the port */
	void *emergency;		/* const: the port's emergency stack */
	void (*call_fn)(void *);	/* owner CPU: function for other CPUs */
	void *call_arg;
	unsigned long call_pending;	/* atomic: CPUs yet to run call_fn */
	unsigned long call_from;	/* atomic: CPUs that call this one */
	struct trapframe *ipi_frame;	/* owner CPU: what an IPI interrupted */
	ktime_t hw_deadline;		/* owner CPU: setting of its timer */
	ktime_t slice_at;		/* owner CPU: next sched_tick */
	struct timer *timer_running;	/* [timer lock] timer whose fn runs
					   here */
	u64 switches, interrupts, asts;	/* owner CPU */
	u64 preemptions;		/* owner CPU: switches in the kernel */
	unsigned long syscalls;		/* owner CPU */
	unsigned long wakeups;		/* owner CPU */
	u64 other_faults, deferred;	/* owner CPU */
	unsigned long timer_irqs;	/* owner CPU */
	/*
	 * Owner CPU: the number of IPIs received, and of those that brought no
	 * call.
	 */
	unsigned long ipis, kicks;
	unsigned long answered, tlb_answered;	/* owner CPU: answered calls */
	unsigned long calls;		/* owner CPU: calls made to other
					   CPUs */
	unsigned long steals;		/* owner CPU */
	struct vm_stats vm;		/* owner CPU */
	u64 idle_ns, system_ns;		/* [rq->lock] since the CPU started */
	ktime_t started;		/* const */
	struct run_queue rq;		/* last member, as it is large */
};

extern struct cpu cpus[MAX_CPUS];
extern unsigned nr_cpus;		/* number of running CPUs */

static inline struct task *current_task(void)
{
	return arch_current();
}
#define current current_task()

/*
 * Return: the CPU on which the caller runs.
 * Context: the task cannot move (see kernel/sched/preempt.h).
 */
static inline struct cpu *cpu_self(void)
{
#ifdef CHECK_LOCK
	lock_debug_cpu();
#endif
	return current->cpu;
}

/*
 * Return: the mask of all running CPUs.  The shift is correct even if there is
 * a CPU for every bit of the word.
 */
static inline unsigned long smp_mask(void)
{
	return (2ul << (nr_cpus - 1)) - 1;
}

/* If t runs on another CPU, make that CPU check t's ASTs. */
void task_kick(struct task *t);
/*
 * Set bits in t->ast, before looking where t runs; a CPU that switches to t
 * stores that it does before it looks at t->ast.
 * Context: any.
 */
static inline void task_set_ast(struct task *t, unsigned bits)
{
	__atomic_fetch_or(&t->ast, bits, __ATOMIC_SEQ_CST);
	if (nr_cpus > 1 && t != current) {
		mb_after_atomic();
		task_kick(t);
	}
}
static inline bool task_traced(const struct task *t)
{
	return READ_ONCE(t->trace.tracer) != NULL;
}
/* True if current has a pending signal to act on (for wait loops). */
static inline bool signal_pending(void)
{
	return READ_ONCE(current->ast) & (AST_SIGNAL | AST_EXIT | AST_TRACE);
}
/* True if a pending signal is going to kill current. */
bool signal_pending_fatal(void);

/* Note for rseq(2) that t was preempted or moved.  Context: any. */
static inline void rseq_moved(struct task *t)
{
	if (unlikely(t->flags & TF_RSEQ))
		__atomic_fetch_or(&t->ast, AST_RSEQ, __ATOMIC_RELAXED);
}

#endif
