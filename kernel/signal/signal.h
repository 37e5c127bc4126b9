/* SPDX-License-Identifier: MIT */
/*
 * Signals (rows B6, B8).  Pending signals are queued at the task
 * (thread-directed) or the process (shared).  Dispositions are in struct
 * sighand, which CLONE_SIGHAND shares.  sighand->lock protects all signal
 * state.
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
	int top;			/* [lock] greatest signal ever set */
	struct sigaction action[NSIG];	/* [lock] index signo - 1, up to top */
};

#define SI_TICK		(NSEC_PER_SEC / 100)	/* unit of si_utime, si_stime */

/*
 * Queue a signal.  signal_send_task: to a thread; _process: to a process;
 * _group: to every process of a group; _force: a fault's signal to current,
 * which ends the process if it is ignored or blocked.  No permission check.
 * The list of a process's threads is walked under its sighand->lock, so it
 * changes only under both that lock and tree_lock.  A task keeps its sighand as
 * long as it is on that list.
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
/* The same, but end the process even if there is a handler. */
void signal_force_end(const struct siginfo *info);
/*
 * Send a signal on behalf of current, which needs the permission of kill(2);
 * signal 0 only checks it.  Signals to zombies have no effect.
 * Context: [tree_lock].
 * Return: 0, -EPERM, -ESRCH.
 */
int signal_user_task(struct task *t, const struct siginfo *info);
int signal_user_process(struct process *p, const struct siginfo *info);
int signal_user_group(int pgid, const struct siginfo *info);
/*
 * Send info to pid in any form that kill(2) takes.  A signal to current itself
 * (raise(3), the most frequent case) needs neither permission nor look-up.  The
 * tid of a thread stands for its process.
 */
int signal_send_pid(int pid, const struct siginfo *info);
/* Send info to thread tid of process tgid; tgid 0: any process. */
int signal_send_tid(int tgid, int tid, const struct siginfo *info);
/*
 * Send a signal, using the sender's own entry *more for info if one is needed;
 * *more becomes NULL then.  For senders that must not fail.  t: the receiver;
 * NULL: the process p.
 * Context: [tree_lock].
 */
int signal_send_entry(struct process *p, struct task *t,
		      const struct siginfo *info, struct sigqueue **more);
struct sigqueue *sigqueue_alloc(void);		/* NULL: no memory */
void sigqueue_free(struct sigqueue *q);		/* q may be NULL */
/* Send signo with the code SI_KERNEL.  Context of _locked: [tree_lock]. */
void signal_kernel(struct process *p, int signo);
void signal_kernel_locked(struct process *p, int signo);
int signal_kernel_group(int pgid, int signo);

/* Deliver a pending signal before user mode, and restart system calls. */
void signal_deliver(struct trapframe *tf);

/* Boot: create the slab caches. */
void signals_init(void);

/* ---- fork, clone, exec and exit ------------------------------------------ */

struct sighand *sighand_create(void);
struct sighand *sighand_clone(struct sighand *from);	/* a copy, or NULL */
void sighand_put(struct sighand *s);
extern const struct sigaction sighand_default;

/* Return: the action of signo; without s->lock only a hint. */
static inline const struct sigaction *sighand_action(const struct sighand *s,
						     int signo)
{
	int top = __atomic_load_n(&s->top, __ATOMIC_ACQUIRE);

	return signo <= top ? &s->action[signo - 1] : &sighand_default;
}

void sighand_raise(struct sighand *s, int signo);

/* Return: the action of signo, for changing it.  Context: [s->lock]. */
static inline struct sigaction *sighand_set(struct sighand *s, int signo)
{
	if (unlikely(signo > s->top))
		sighand_raise(s, signo);
	return &s->action[signo - 1];
}

/*
 * Reset handlers to SIG_DFL; ignored signals stay ignored, except `defaults`.
 * Context: [s->lock], or no other task has access to s.
 */
void sighand_reset(struct sighand *s, sigmask_t defaults);
/*
 * exec: copy shared dispositions for signal_exec(); NULL: no copy is needed.
 * Return: 0 or -ENOMEM.
 */
int signal_exec_prepare(struct sighand **copy);
/* exec: reset handlers and the alternate stack.  Takes over copy. */
void signal_exec(struct sighand *copy);
/*
 * current exits: other threads take the shared signals it was chosen for, and a
 * stop of its process no longer waits for it.
 * Context: current has TF_EXITING; takes tree_lock and sighand->lock.
 */
void signal_exit_thread(void);
/*
 * Make the new thread t of a stopped process stop as well.
 * Context: [sighand->lock].
 */
void job_join(struct task *t);
void sigpending_init(struct sigpending *p);
void sigpending_flush(struct sigpending *p);

/* Set the mask of current; recomputes AST_SIGNAL.  Return: the old mask. */
sigmask_t signal_set_mask(sigmask_t mask);
/*
 * A mask for one call (ppoll, pselect): signal_mask_swap() sets it, and
 * signal_mask_back() restores the old one, at once or, after an interruption,
 * when the handler returns.
 */
void signal_mask_swap(sigmask_t mask);
void signal_mask_back(bool interrupted);
/*
 * Job control (row D2).  True if no member of the group has a parent in another
 * group of its session.  leaving: a process that does not count, or NULL.
 * Context: [tree_lock].
 */
bool pgrp_orphaned(int pgid, const struct process *leaving);
/* True if session sid has a process group pgid.  Context: [tree_lock]. */
bool group_in_session(int pgid, int sid);
/* True if current ignores or blocks signo (for background use of a tty). */
bool signal_ignored_or_blocked(int signo);

#endif
