/* SPDX-License-Identifier: MIT */
/*
 * Signals that are sent and wait: queueing, choosing and taking them.
 */
#ifndef KERNEL_SIGNAL_PENDING_H
#define KERNEL_SIGNAL_PENDING_H

#include <kernel/task/task.h>

#define SIG_STOPS (sig_bit(SIGSTOP) | sig_bit(SIGTSTP) | sig_bit(SIGTTIN) | \
	sig_bit(SIGTTOU))
/* Default action: nothing.  SIGCONT has done its work when it is sent. */
#define SIG_IGNORED_DEFAULT (sig_bit(SIGCONT) | sig_bit(SIGCHLD) | \
	sig_bit(SIGWINCH) | sig_bit(SIGURG))
/* Default action: the end, with a core file. */
#define SIG_CORE (sig_bit(SIGQUIT) | sig_bit(SIGILL) | sig_bit(SIGTRAP) | \
	sig_bit(SIGABRT) | sig_bit(SIGBUS) | sig_bit(SIGFPE) | \
	sig_bit(SIGSEGV) | sig_bit(SIGSYS) | sig_bit(SIGXCPU) | \
	sig_bit(SIGXFSZ))
/* Raised by the instruction itself: taken before all others. */
#define SIG_SYNCHRONOUS (sig_bit(SIGSEGV) | sig_bit(SIGBUS) | \
	sig_bit(SIGILL) | sig_bit(SIGTRAP) | sig_bit(SIGFPE) | \
	sig_bit(SIGSYS))
#define WAKE_KILL (WAKE_SIGNAL | 1 << TASK_STOPPED | 1 << TASK_TRACED | \
	1 << TASK_KILLABLE)

/*
 * The task states out of which a deadly signal wakes t now.  Not of a stop
 * while its tracer reads its registers, which then looks again.
 */
static inline unsigned kill_states(const struct task *t)
{
	return t->trace.busy ? WAKE_KILL & ~(1u << TASK_TRACED) : WAKE_KILL;
}

/* Drop the signals of mask from p. */
void sigpending_drop(struct sigpending *p, sigmask_t mask);
/* ... from the process of t and all its threads. */
void process_drop(struct process *p, sigmask_t mask);
/* Take the next signal outside mask.  Return: its number with *info, or 0. */
int signal_dequeue(sigmask_t mask, struct siginfo *info);
/* Set or clear AST_SIGNAL of current. */
void signal_recompute(void);
/* Set current's mask. */
void signal_set_mask_locked(sigmask_t mask);
/*
 * Is the disposition of signo, mask aside, to do nothing?  Init has no default
 * action but that: nobody ends it by a signal it has no handler for (kill(2));
 * a fault of its own ends in signal_force().
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
 * A thread stops, or ends, in a process that stops.
 * Return: the signal, if it was the last one that was waited for, as the parent
 * is to be told; or 0.
 */
int job_stops_now(struct task *t);

/* ... or by this, if it is traced.  Context: [tree_lock]. */
void job_tell_traced(int signo);

/* User structures, in machine words.  Context: no lock. */
struct uabi_altstack {
	unsigned long sp;
	int flags;
	unsigned long size;
};
int altstack_set(const struct uabi_altstack *to, uaddr_t sp);
bool altstack_contains(const struct sigaltstack *a, uaddr_t sp);

/* A sigset_t argument of the rt_ calls.  Return: 0, -EINVAL (size), -EFAULT. */
int sigset_get(sigmask_t *mask, uaddr_t from, unsigned long size);

/* sigsuspend with a mask in kernel memory. */
long signal_suspend(sigmask_t mask);

/* Change or read an action; what was, if old is not NULL. */
int action_change(int signo, const struct sigaction *act,
		  struct sigaction *old);

/* how: SIG_BLOCK...  Return: 0 or -EINVAL. */
int mask_change(int how, sigmask_t set);

#endif
