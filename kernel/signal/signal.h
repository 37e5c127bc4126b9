/* SPDX-License-Identifier: MIT */
/*
 * Signals (rows B6, B8).  Pending signals hang on the task (thread-directed)
 * or the process (shared); dispositions are in struct sighand, which
 * CLONE_SIGHAND shares.  sighand->lock guards all signal state.
 */
#ifndef KERNEL_SIGNAL_SIGNAL_H
#define KERNEL_SIGNAL_SIGNAL_H

#include <kernel/lock/lock.h>
#include <lt/atomic.h>
#include <lt/list.h>
#include <lt/signal.h>
#include <lt/types.h>

struct trapframe;
struct task;
struct process;

struct sighand {
	struct spinlock lock;		/* IPL_HIGH */
	ref_t refs;
	int top;			/* [lock] no later signal was ever set */
	struct sigaction action[NSIG];	/* [lock] index signo - 1, up to top */
};

#define SI_TICK		(NSEC_PER_SEC / 100)	/* of si_utime, si_stime */

/*
 * Queue a signal.  signal_send_task: thread-directed; _process: shared;
 * _group: every process of a group; _force: cannot be ignored or blocked
 * (faults; kills if it is).  No permission check.
 * The list of a process's threads is walked under its sighand lock, so it
 * changes under both that and tree_lock; a task keeps its sighand as long as
 * it is on that list.
 * Context: any; takes tree_lock, which _locked expects to be held, and
 * sighand->lock.
 * Return: 0 or -EAGAIN (queue full), -ESRCH (no such group).
 */
int signal_send_task(struct task *t, const struct siginfo *info);
int signal_send_task_locked(struct task *t, const struct siginfo *info);
int signal_send_process(struct process *p, const struct siginfo *info);
int signal_send_process_locked(struct process *p, const struct siginfo *info);
int signal_send_group(int pgid, const struct siginfo *info);
void signal_force(const struct siginfo *info);	/* to current */
/* The same, and its handler cannot run. */
void signal_force_end(const struct siginfo *info);
/*
 * The same on behalf of the caller, who needs the permission of kill(2); signal
 * 0 only asks for it.  Zombies take signals without effect.
 * Context: [tree_lock].
 * Return: 0, -EPERM, -ESRCH.
 */
int signal_user_task(struct task *t, const struct siginfo *info);
int signal_user_process(struct process *p, const struct siginfo *info);
int signal_user_group(int pgid, const struct siginfo *info);
/*
 * Any form of kill's pid, info ready.  To oneself needs neither right nor
 * look-up, and raise(3) is the commonest.  A thread's number means its process.
 */
int signal_send_pid(int pid, const struct siginfo *info);
/* tgid 0: any */
int signal_send_tid(int tgid, int tid, const struct siginfo *info);
/*
 * [tree_lock] A sender that must not fail brings room for info with it: *more
 * becomes NULL where that was needed.  t NULL: to all of p.
 */
int signal_send_entry(struct process *p, struct task *t,
		      const struct siginfo *info, struct sigqueue **more);
struct sigqueue *sigqueue_alloc(void);		/* NULL: no memory */
void sigqueue_free(struct sigqueue *q);		/* NULL: nothing */
/* Shorthand: SI_KERNEL. */
void signal_kernel(struct process *p, int signo);
void signal_kernel_locked(struct process *p, int signo);	/* [tree_lock] */
int signal_kernel_group(int pgid, int signo);

/* Deliver what is pending before user mode; handles system-call restart. */
void signal_deliver(struct trapframe *tf);

/* Boot: the caches. */
void signals_init(void);

/* fork / clone / exec / exit. */
struct sighand *sighand_create(void);
struct sighand *sighand_clone(struct sighand *from);	/* a copy, or NULL */
void sighand_put(struct sighand *s);
extern const struct sigaction sighand_default;

/* What a signal does.  Without [s->lock] a hint. */
static inline const struct sigaction *sighand_action(const struct sighand *s,
						     int signo)
{
	int top = __atomic_load_n(&s->top, __ATOMIC_ACQUIRE);

	return signo <= top ? &s->action[signo - 1] : &sighand_default;
}

void sighand_raise(struct sighand *s, int signo);

/* The same, to be changed.  Context: [s->lock]. */
static inline struct sigaction *sighand_set(struct sighand *s, int signo)
{
	if (unlikely(signo > s->top))
		sighand_raise(s, signo);
	return &s->action[signo - 1];
}

/*
 * Handlers go; what is ignored stays so, but for `defaults`.
 * Context: [s->lock], or nobody else knows it.
 */
void sighand_reset(struct sighand *s, sigmask_t defaults);
/*
 * exec: a copy of shared handlers, ready for signal_exec; NULL: not needed.
 * Return: 0, -ENOMEM.
 */
int signal_exec_prepare(struct sighand **copy);
/* Handlers to SIG_DFL, altstack off.  Takes over copy. */
void signal_exec(struct sighand *copy);
/*
 * A thread that ends hands what it was chosen for to another one, and a stop of
 * its process goes on without it.
 * Context: current has TF_EXITING; takes tree_lock and sighand->lock.
 */
void signal_exit_thread(void);
/*
 * A new thread of a stopped process stops as well.
 * Context: [sighand->lock].
 */
void job_join(struct task *t);
void sigpending_init(struct sigpending *p);
void sigpending_flush(struct sigpending *p);

/* Set the mask of current; recomputes AST_SIGNAL.  Return: the old mask. */
sigmask_t signal_set_mask(sigmask_t mask);
/*
 * A mask for the time of one call (ppoll, pselect): signal_mask_swap sets it;
 * signal_mask_back restores the old one, at once or, after an interruption,
 * when the handler returns.
 */
void signal_mask_swap(sigmask_t mask);
void signal_mask_back(bool interrupted);
/*
 * Job control (row D2).  Does no member of the group have a parent in another
 * group of its session?  leaving: a process not to be counted, or NULL.
 * Context: [tree_lock].
 */
bool pgrp_orphaned(int pgid, const struct process *leaving);
/* Is there such a process group in the session?  Context: [tree_lock]. */
bool group_in_session(int pgid, int sid);
/* Would signo be ignored / blocked by current (tty background checks)? */
bool signal_ignored_or_blocked(int signo);

#endif
