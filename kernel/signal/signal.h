/* SPDX-License-Identifier: MIT */
/*
 * Signals (rows B6, B8).  Pending signals are queued at the task
 * (thread-directed) or the process (shared).  The actions of signals are in
 * struct sighand, which CLONE_SIGHAND shares.  sighand->lock protects all
 * signal state.
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
 * Queue a signal:
 * signal_send_task(): to a thread.
 * signal_send_process(): to a process.
 * signal_force(): to current for a fault.  The process ends if it ignores or
 * blocks the signal.
 * There is no permission check.  The list of a process's threads is walked
 * under sighand->lock, and changes only under both that lock and tree_lock.  A
 * task keeps its sighand as long as it is on that list.
 * Context: any; takes tree_lock, which functions with the suffix _locked expect
 * to be held, and sighand->lock.
 * Return: 0 or -EAGAIN (queue full), -ESRCH (no process).
 */
int signal_send_task(struct task *t, const struct siginfo *info);
/*
 * Send current a signal for what its call did (SIGPIPE, SIGXFSZ).  As on Linux
 * it looks as if the program had sent it to itself.
 * Context: any; takes sighand->lock.
 */
void signal_self(int signo);
int signal_send_task_locked(struct task *t, const struct siginfo *info);
int signal_send_process(struct process *p, const struct siginfo *info);
int signal_send_process_locked(struct process *p, const struct siginfo *info);
void signal_force(const struct siginfo *info);	/* sends to current */
/*
 * Do what signal_force() does, but end the process even if there is a handler.
 */
void signal_force_end(const struct siginfo *info);
/*
 * Send a signal on behalf of current, which needs the permission of kill(2);
 * signal 0 only checks the permission.  Signals to zombies have no effect.
 * Context: [tree_lock].
 * Return: 0, -EPERM, -ESRCH.
 */
int signal_user_task(struct task *t, const struct siginfo *info);
int signal_user_process(struct process *p, const struct siginfo *info);
/* The same for a group of any size.  Context: no lock. */
int signal_user_group(int pgid, const struct siginfo *info);
/*
 * Send info to pid, which may have any form that kill(2) takes.  A signal to
 * current itself (raise(3), the most frequent case) needs neither permission
 * nor look-up.  The tid of a thread stands for the thread's process.
 */
int signal_send_pid(int pid, const struct siginfo *info);
/* Send info to thread tid of process tgid; tgid 0: any process. */
int signal_send_tid(int tgid, int tid, const struct siginfo *info);
/*
 * Send a signal for a sender that must not fail.  If an entry for info is
 * needed, use the sender's own entry *more and set *more to NULL.  t: the
 * receiver; NULL: the process p.
 * Context: [tree_lock].
 */
int signal_send_entry(struct process *p, struct task *t,
		      const struct siginfo *info, struct sigqueue **more);
struct sigqueue *sigqueue_alloc(void);		/* NULL: no memory */
void sigqueue_free(struct sigqueue *q);		/* q may be NULL */
/*
 * Send signo with the code SI_KERNEL.  Context of signal_kernel_locked():
 * [tree_lock]; of signal_kernel_group(): any without tree_lock, which a large
 * group takes now and then.
 */
void signal_kernel(struct process *p, int signo);
void signal_kernel_locked(struct process *p, int signo);
void signal_kernel_group(int pgid, int signo);

/*
 * Deliver a pending signal before the return to user mode, and restart system
 * calls.
 */
void signal_deliver(struct trapframe *tf);

/* Create the slab caches, at boot. */
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
 * Reset handlers to SIG_DFL; ignored signals stay ignored, except those in
 * `defaults`.
 * Context: [s->lock], or no other task has access to s.
 */
void sighand_reset(struct sighand *s, sigmask_t defaults);
/*
 * For exec: copy a shared sighand for signal_exec(); *copy is NULL if no copy
 * is needed.
 * Return: 0 or -ENOMEM.
 */
int signal_exec_prepare(struct sighand **copy);
/* For exec: reset handlers and the alternate stack.  Takes over copy. */
void signal_exec(struct sighand *copy);
/*
 * Force a SIGSEGV on current: a handler's frame cannot be written or read back,
 * or its restartable sequence cannot be left.  ends: its own handler could not
 * be entered, either, so the process ends.
 * Context: no lock.
 */
void signal_frame_fault(bool ends);
/*
 * Have all threads of p except `but` end on their way to user mode, and wake
 * them as SIGKILL does.
 * Context: [tree_lock], [p's sighand->lock].
 */
void signal_end_threads(struct process *p, const struct task *but);
/*
 * Prepare the exit of current: other threads take the shared signals for which
 * current was chosen, and a stop of its process no longer waits for current.
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

/* Set the mask of current, and recompute AST_SIGNAL.  Return: the old mask. */
sigmask_t signal_set_mask(sigmask_t mask);
/*
 * Use a mask for one call (ppoll, pselect): signal_mask_swap() sets the mask;
 * signal_mask_back() restores the old mask, either at once or, after an
 * interruption, when the handler returns.
 */
void signal_mask_swap(sigmask_t mask);
void signal_mask_back(bool interrupted);
/* True if current ignores or blocks signo (for background use of a tty). */
bool signal_ignored_or_blocked(int signo);

#endif
