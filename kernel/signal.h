/* SPDX-License-Identifier: MIT */
/*
 * Signals (rows B6, B8).  Pending signals hang on the task (thread-directed)
 * or the process (shared); dispositions are in struct sighand, which
 * CLONE_SIGHAND shares.  sighand->lock guards all signal state.
 */
#ifndef KERNEL_SIGNAL_H
#define KERNEL_SIGNAL_H

#include <kernel/lock.h>
#include <lt/atomic.h>
#include <lt/list.h>
#include <lt/types.h>
#include <uapi/signal.h>

struct trapframe;
struct task;
struct process;

/* What a handler learns; the port lays it out as the ABI's siginfo_t. */
struct siginfo {
	int signo;
	int code;		/* SI_USER, SEGV_MAPERR, ... */
	int err;		/* si_errno */
	int pid;		/* SI_USER, SIGCHLD, SI_QUEUE */
	unsigned uid;
	int status;		/* SIGCHLD */
	u64 utime, stime;	/* SIGCHLD, clock ticks */
	uaddr_t addr;		/* faults */
	uaddr_t value;		/* SI_QUEUE, SI_TIMER: sigval */
	int timer_id, overrun;	/* SI_TIMER */
	int band, fd;		/* SIGIO */
};

/* One queued signal. */
struct sigqueue {
	struct list link;
	struct siginfo info;
};

struct sigpending {
	sigmask_t mask;		/* [sighand->lock] */
	struct list queue;	/* [sighand->lock] struct sigqueue */
};

struct sigaction {
	uaddr_t handler;	/* SIG_DFL, SIG_IGN or code */
	unsigned long flags;	/* SA_ */
	uaddr_t restorer;	/* machines whose ABI has SA_RESTORER */
	sigmask_t mask;
};

struct sighand {
	ref_t refs;
	struct spinlock lock;		/* IPL_HIGH */
	struct sigaction action[NSIG];	/* [lock] index signo - 1 */
};

struct sigaltstack {
	uaddr_t sp;
	int flags;
	unsigned long size;
};

/* What arch_signal_push writes and arch_signal_pop reads back. */
struct signal_frame {
	uaddr_t sp;			/* push: where the stack starts */
	uaddr_t vdso;			/* push: where arch_vdso is mapped */
	const struct sigaction *action;	/* push */
	const struct siginfo *info;	/* push */
	sigmask_t mask;			/* to restore on return */
	struct sigaltstack altstack;	/* uc_stack */
};

#define sig_bit(signo) ((sigmask_t)1 << ((signo) - 1))
#define SIGMASK_UNBLOCKABLE (sig_bit(SIGKILL) | sig_bit(SIGSTOP))

/*
 * Queue a signal.  signal_send_task: thread-directed; _process: shared;
 * _group: every process of a group; _force: cannot be ignored or blocked
 * (faults; kills if it is).  No permission check.
 * => any context (locks: takes sighand->lock; _group takes tree_lock);
 *    0 or -EAGAIN/-ESRCH
 */
int signal_send_task(struct task *t, const struct siginfo *info);
int signal_send_process(struct process *p, const struct siginfo *info);
int signal_send_group(int pgid, const struct siginfo *info);
void signal_force(const struct siginfo *info);	/* to current */
/* Shorthand: SI_KERNEL. */
void signal_kernel(struct process *p, int signo);
int signal_kernel_group(int pgid, int signo);

/* Is a signal pending that current must act on? (wait loops) */
bool signal_pending(void);
bool signal_pending_fatal(void);

/* Deliver what is pending before user mode; handles system-call restart. */
void signal_deliver(struct trapframe *tf);

/* fork / clone / exec / exit. */
struct sighand *sighand_create(void);
struct sighand *sighand_clone(struct sighand *from);	/* a copy, or NULL */
void sighand_put(struct sighand *s);
void signal_exec(void);			/* handlers to SIG_DFL, altstack off */
void sigpending_init(struct sigpending *p);
void sigpending_flush(struct sigpending *p);

/* Set the mask of current; recomputes AST_SIGNAL.  => the old mask */
sigmask_t signal_set_mask(sigmask_t mask);
/* Would signo be ignored / blocked by current (tty background checks)? */
bool signal_ignored_or_blocked(int signo);

#endif
