/* SPDX-License-Identifier: MIT */
/* Pending signals: dropping and dequeuing them, and sets of signals. */
#ifndef KERNEL_SIGNAL_PENDING_H
#define KERNEL_SIGNAL_PENDING_H

#include <kernel/task/task.h>

#define SIG_STOPS (sig_bit(SIGSTOP) | sig_bit(SIGTSTP) | sig_bit(SIGTTIN) | \
	sig_bit(SIGTTOU))
/*
 * Signals with the default action "ignore".  SIGCONT takes effect when it is
 * sent.
 */
#define SIG_IGNORED_DEFAULT (sig_bit(SIGCONT) | sig_bit(SIGCHLD) | \
	sig_bit(SIGWINCH) | sig_bit(SIGURG))
/* Signals with the default action "end the process with a core file". */
#define SIG_CORE (sig_bit(SIGQUIT) | sig_bit(SIGILL) | sig_bit(SIGTRAP) | \
	sig_bit(SIGABRT) | sig_bit(SIGBUS) | sig_bit(SIGFPE) | \
	sig_bit(SIGSEGV) | sig_bit(SIGSYS) | sig_bit(SIGXCPU) | \
	sig_bit(SIGXFSZ))
/*
 * Signals caused by an instruction of the program; they are dequeued before
 * other signals.
 */
#define SIG_SYNCHRONOUS (sig_bit(SIGSEGV) | sig_bit(SIGBUS) | \
	sig_bit(SIGILL) | sig_bit(SIGTRAP) | sig_bit(SIGFPE) | \
	sig_bit(SIGSYS))
#define WAKE_KILL (WAKE_SIGNAL | 1 << TASK_STOPPED | 1 << TASK_TRACED | \
	1 << TASK_KILLABLE)

/*
 * Return: the task states from which a fatal signal wakes t now.  The signal
 * does not end a ptrace stop while the tracer accesses t; the tracer checks for
 * it afterwards.
 */
static inline unsigned kill_states(const struct task *t)
{
	return t->trace.busy ? WAKE_KILL & ~(1u << TASK_TRACED) : WAKE_KILL;
}

/* Drop the signals of mask from p. */
void sigpending_drop(struct sigpending *p, sigmask_t mask);
/* Drop the signals of timers from p.  Context: [sighand->lock]. */
void sigpending_drop_timers(struct sigpending *p);
/* Drop the signals of mask from p and all its threads. */
void process_drop(struct process *p, sigmask_t mask);
/*
 * Dequeue the next signal that is not in mask.  Return: its number, with *info
 * filled, or 0.
 */
int signal_dequeue(sigmask_t mask, struct siginfo *info);
/* Set or clear AST_SIGNAL of current, depending on its pending signals. */
void signal_recompute(void);
/* Set current's mask.  Context: [sighand->lock]. */
void signal_set_mask_locked(sigmask_t mask);
/*
 * True if t ignores signo, whether or not it is blocked.  Init ignores all
 * signals without a handler, so that nobody can kill it (kill(2));
 * signal_force() handles faults of init itself.
 */
static inline bool signal_ignored(const struct task *t, int signo)
{
	uaddr_t handler = sighand_action(t->sighand, signo)->handler;

	if (handler == SIG_IGN)
		return true;
	return handler == SIG_DFL &&
		(sig_bit(signo) & SIG_IGNORED_DEFAULT ||
		 t->process->unkillable);
}

/*
 * Note that t stops, or exits, in a process that stops.
 * Context: [sighand->lock].
 * Return: the stop signal if t was the last thread to stop, and then the caller
 * must tell the parent; else 0.
 */
int job_stops_now(struct task *t);

/* Tell the parent of a stop if current is traced.  Context: [tree_lock]. */
void job_tell_traced(int signo);

/* Structures of user memory, in machine words.  Context: no lock. */
struct uabi_altstack {
	unsigned long sp;
	int flags;
	unsigned long size;
};
int altstack_set(const struct uabi_altstack *to, uaddr_t sp);
bool altstack_contains(const struct sigaltstack *a, uaddr_t sp);

/* Read a sigset_t of an rt_ call.  Return: 0, -EINVAL (bad size) or -EFAULT. */
int sigset_get(sigmask_t *mask, uaddr_t from, unsigned long size);

/* Serve sigsuspend(2) with a mask in kernel memory. */
long signal_suspend(sigmask_t mask);

/* Set an action if act is not NULL; store the old one if old is not NULL. */
int action_change(int signo, const struct sigaction *act,
		  struct sigaction *old);

/*
 * Change current's mask.  how: SIG_BLOCK, SIG_UNBLOCK or SIG_SETMASK.  Return:
 * 0 or -EINVAL.
 */
int mask_change(int how, sigmask_t set);

#endif
