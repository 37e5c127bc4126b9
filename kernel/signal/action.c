/* SPDX-License-Identifier: MIT */
/*
 * Actions of signals, signal masks and the alternate stack (row B8), with the
 * system calls that set them, and the effect of exec on them.
 */
#include <arch/uabi.h>
#include <kernel/signal/internal.h>
#include <lib/mem.h>
#include <mm/uaccess.h>
#include <syscalls.h>

#define SA_EXPOSE_TAGBITS 0x00000800
#define SA_KNOWN (SA_NOCLDSTOP | SA_NOCLDWAIT | SA_SIGINFO | SA_ONSTACK | \
	SA_RESTART | SA_NODEFER | SA_RESETHAND | SA_EXPOSE_TAGBITS | \
	(ARCH_SA_RESTORER ? SA_RESTORER : 0))
/* A port whose frames are larger has a larger one in <arch/uabi.h>. */
#ifndef MINSIGSTKSZ
#define MINSIGSTKSZ	2048
#endif

/* ---- exec ---------------------------------------------------------------- */

/* Do the part of signal_exec() that may fail. */
int signal_exec_prepare(struct sighand **copy)
{
	*copy = NULL;
	if (ref_read(&current->sighand->refs) == 1)
		return 0;
	/*
	 * exec ends the other threads, but not other processes that share the
	 * sighand; their handlers must stay
	 */
	*copy = sighand_clone(current->sighand);
	return *copy ? 0 : -ENOMEM;
}

/*
 * execve(2): handlers, which are addresses in the old program, become SIG_DFL;
 * ignored signals stay ignored.  A sighand that is shared with another process
 * (CLONE_SIGHAND) must not change, so current gets the copy instead.
 */
void signal_exec(struct sighand *copy)
{
	struct task *t = current;
	struct sighand *old = t->sighand;

	if (copy && ref_read(&old->refs) > 1) {
		/* a sender of signals holds tree_lock or sighand->lock */
		spin_lock(&tree_lock);
		spin_lock(&old->lock);
		t->sighand = copy;
		spin_unlock(&old->lock);
		spin_unlock(&tree_lock);
		copy = old;
	}
	spin_lock(&t->sighand->lock);
	sighand_reset(t->sighand, 0);
	/* the timers are gone, and so are their signals, as on Linux */
	sigpending_drop_timers(&t->pending);
	sigpending_drop_timers(&t->process->pending);
	spin_unlock(&t->sighand->lock);
	t->altstack = (struct sigaltstack){ .flags = SS_DISABLE };
	t->restart = NULL;
	if (copy)
		sighand_put(copy);
}

/* ---- sigaction ----------------------------------------------------------- */

/*
 * Discard pending instances of signo, which is being ignored from now on
 * (POSIX).
 * Context: [sighand->lock].
 */
static __noinline void drop_ignored(int signo)
{
	struct process *p = current->process;

	if (signal_ignored(current, signo) && !p->unkillable)
		process_drop(p, sig_bit(signo));
}

int action_change(int signo, const struct sigaction *act,
		  struct sigaction *old)
{
	struct sighand *s = current->sighand;
	struct sigaction *a;

	if (signo < 1 || signo > NSIG ||
	    (act && (signo == SIGKILL || signo == SIGSTOP)))
		return -EINVAL;
	a = &s->action[signo - 1];
	spin_lock(&s->lock);
	if (unlikely(signo > s->top))
		sighand_raise(s, signo);
	if (old)
		*old = *a;
	if (act) {
		*a = *act;
		a->flags &= SA_KNOWN;
		a->mask &= ~SIGMASK_UNBLOCKABLE;
		if (act->handler <= SIG_IGN)
			drop_ignored(signo);
	}
	spin_unlock(&s->lock);
	return 0;
}

_Static_assert(sizeof(struct sigaction) == (2 + ARCH_SA_RESTORER) *
	       sizeof(long) + sizeof(sigmask_t), "programs have it likewise");

long sys_rt_sigaction(int sig, uaddr_t act, uaddr_t old, unsigned long size)
{
	struct sigaction new, was;
	int err;

	if (size != sizeof(sigmask_t))
		return -EINVAL;
	if (act && get_user(&new, act))
		return -EFAULT;
	err = action_change(sig, act ? &new : NULL, old ? &was : NULL);
	return err || !old ? err : put_user(was, old);
}

/* ---- masks --------------------------------------------------------------- */

/*
 * Read a mask.  The size distinguishes the kernel's mask from the C library's
 * larger one.
 */
int sigset_get(sigmask_t *mask, uaddr_t from, unsigned long size)
{
	if (size != sizeof(*mask))
		return -EINVAL;
	return get_user(mask, from);
}

int mask_change(int how, sigmask_t set)
{
	sigmask_t mask = current->blocked;

	switch (how) {
	case SIG_BLOCK:
		mask |= set;
		break;
	case SIG_UNBLOCK:
		mask &= ~set;
		break;
	case SIG_SETMASK:
		mask = set;
		break;
	default:
		return -EINVAL;
	}
	signal_set_mask(mask);
	return 0;
}

long sys_rt_sigprocmask(int how, uaddr_t set, uaddr_t old, unsigned long size)
{
	sigmask_t was = current->blocked, mask;
	int err;

	if (size != sizeof(mask))
		return -EINVAL;
	if (set) {
		if (get_user(&mask, set))
			return -EFAULT;
		err = mask_change(how, mask);
		if (err)
			return err;
	}
	return old ? put_user(was, old) : 0;
}

/*
 * Save the current mask and set another mask for one call (ppoll, pselect,
 * sigsuspend).
 */
void signal_mask_swap(sigmask_t mask)
{
	current->saved_mask = current->blocked;
	signal_set_mask(mask);
}

/*
 * Restore the mask after one call.  interrupted: the handler must run under the
 * call's mask, and signal_outer_mask() puts the old mask into the handler's
 * frame.
 */
void signal_mask_back(bool interrupted)
{
	if (interrupted)
		task_set_ast(current, AST_RESTORE_MASK);
	else
		signal_set_mask(current->saved_mask);
}

long sys_rt_sigpending(uaddr_t set, unsigned long size)
{
	sigmask_t m;

	if (size > sizeof(m))
		return -EINVAL;
	m = PEEK(current->pending.mask | current->process->pending.mask) &
		current->blocked;
	return copy_to_user(set, &m, size);
}

/* ---- the alternate stack ------------------------------------------------- */

/*
 * Set the alternate stack (sigaltstack(2)).  EPERM while the program runs on
 * the current alternate stack.
 */
int altstack_set(const struct uabi_altstack *to, uaddr_t sp)
{
	struct sigaltstack *a = &current->altstack;
	int mode = to->flags & ~(int)SS_AUTODISARM;

	if (altstack_contains(a, sp))
		return -EPERM;
	if (mode != SS_DISABLE && mode != SS_ONSTACK && mode != 0)
		return -EINVAL;
	if (mode == SS_DISABLE) {
		*a = (struct sigaltstack){ .flags = to->flags };
		return 0;
	}
	if (to->size < MINSIGSTKSZ)
		return -ENOMEM;
	a->sp = to->sp;
	a->size = to->size;
	a->flags = to->flags & (int)SS_AUTODISARM;
	return 0;
}

long sys_sigaltstack(uaddr_t ss, uaddr_t old)
{
	const struct sigaltstack *a = &current->altstack;
	uaddr_t sp = tf_sp(current_trapframe(current->kstack));
	struct uabi_altstack new, was;
	int err;

	memset(&was, 0, sizeof(was));
	was.sp = a->sp;
	was.size = a->size;
	was.flags = (!a->size ? SS_DISABLE :
		     altstack_contains(a, sp) ? SS_ONSTACK : 0) |
		(a->flags & (int)SS_AUTODISARM);
	if (ss) {
		if (get_user(&new, ss))
			return -EFAULT;
		err = altstack_set(&new, sp);
		if (err)
			return err;
	}
	return old ? put_user(was, old) : 0;
}
