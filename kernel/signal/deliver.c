/* SPDX-License-Identifier: MIT */
/*
 * Signals at the door to user mode (rows B6, B8): default actions, frames for
 * handlers, the end of interrupted system calls, and the return from a
 * handler.
 */
#include <arch/elf.h>
#include <kernel/signal/internal.h>
#include <kernel/syscall/syscalls.h>
#include <lib/mem.h>
#include <mm/uaccess.h>
#include <mm/vm.h>

/* ---- system calls that a signal interrupted ------------------------------ */

/* act: of the handler about to run, or NULL: none does. */
static void finish_syscall(struct trapframe *tf, const struct sigaction *act)
{
	switch (-(long)tf_result(tf)) {
	case ERESTART_BLOCK:
		if (act)
			break;
		tf_restart(tf);
		tf_set_nr(tf, syscall_nr_restart);
		return;
	case ERESTARTNOHAND:
		if (act)
			break;
		tf_restart(tf);
		return;
	case ERESTARTSYS:
		if (act && !(act->flags & SA_RESTART))
			break;
		/* fall through */
	case ERESTARTNOINTR:
		tf_restart(tf);
		return;
	default:
		tf_end_syscall(tf);
		return;
	}
	tf_set_result(tf, -EINTR);
	tf_end_syscall(tf);
}

long sys_restart_syscall(void)
{
	long (*fn)(struct task *) = current->restart;

	current->restart = NULL;
	return fn ? fn(current) : -EINTR;
}

/* ---- the next signal ----------------------------------------------------- */

static void die(int signo)
{
	spin_unlock(&current->sighand->lock);
	process_exit(signo | (sig_bit(signo) & SIG_CORES ? 0x80 : 0));
}

/*
 * Carry out default actions until a signal wants a handler.
 * => its number with *info and *act, or 0: nothing is left
 */
static int next_signal(struct siginfo *info, struct sigaction *act)
{
	struct task *t = current;
	struct process *p = t->process;
	int signo;

	for (;;) {
		if (p->tell_continued)
			job_report_continued();
		if (p->stopped)
			job_park();
		signo = signal_dequeue(t->blocked, info);
		if (!signo)
			return 0;
		*act = t->sighand->action[signo - 1];
		if (act->handler == SIG_IGN)
			continue;
		if (act->handler != SIG_DFL) {
			if (act->flags & SA_RESETHAND)
				t->sighand->action[signo - 1].handler =
					SIG_DFL;
			return signo;
		}
		if (sig_bit(signo) & SIG_IGNORED_DEFAULT || p == init_process)
			continue;
		if (sig_bit(signo) & SIG_STOPS)
			job_stop(signo);
		else
			die(signo);
	}
}

/* ---- handlers ------------------------------------------------------------ */

bool altstack_contains(const struct sigaltstack *a, uaddr_t sp)
{
	/* it disarms itself: who is on it cannot be told */
	if (a->flags & SS_AUTODISARM)
		return false;
	return sp > a->sp && sp - a->sp <= a->size;
}

/* Where the frame starts.  => -EFAULT: the alternate stack would overflow */
static int frame_start(const struct trapframe *tf,
		       const struct sigaction *act, uaddr_t *sp)
{
	const struct sigaltstack *a = &current->altstack;

	*sp = tf_sp(tf);
	if (altstack_contains(a, *sp))
		return altstack_contains(a, *sp - ARCH_MINSIGSTKSZ) ? 0 :
			-EFAULT;
	if (act->flags & SA_ONSTACK && a->size)
		*sp = a->sp + a->size;
	return 0;
}

static int push(struct trapframe *tf, const struct siginfo *info,
		const struct sigaction *act)
{
	struct task *t = current;
	struct signal_frame f = {
		.vdso = t->space->vdso,
		.action = act,
		.info = info,
		.mask = t->ast & AST_RESTORE_MASK ? t->saved_mask : t->blocked,
		.altstack = t->altstack,
	};
	int err;

	err = frame_start(tf, act, &f.sp);
	if (!f.altstack.size)
		f.altstack.flags = SS_DISABLE;
	if (!err)
		err = arch_signal_push(tf, &f);
	if (!err && t->altstack.flags & SS_AUTODISARM)
		t->altstack = (struct sigaltstack){ .flags = SS_DISABLE };
	return err;
}

/* No frame could be written (or read back): the program is lost. */
static void frame_fault(int signo)
{
	struct siginfo info = { .signo = SIGSEGV, .code = SI_KERNEL };

	if (signo == SIGSEGV) {
		spin_lock(&current->sighand->lock);
		current->sighand->action[SIGSEGV - 1].handler = SIG_DFL;
		spin_unlock(&current->sighand->lock);
	}
	signal_force(&info);
}

static void handle(struct trapframe *tf, int signo,
		   const struct siginfo *info, const struct sigaction *act)
{
	struct task *t = current;
	sigmask_t mask = t->blocked | act->mask;

	if (push(tf, info, act)) {
		frame_fault(signo);
		return;
	}
	__atomic_fetch_and(&t->ast, ~AST_RESTORE_MASK, __ATOMIC_RELAXED);
	if (!(act->flags & SA_NODEFER))
		mask |= sig_bit(signo);
	spin_lock(&t->sighand->lock);
	signal_set_mask_locked(mask & ~SIGMASK_UNBLOCKABLE);
	spin_unlock(&t->sighand->lock);
}

void signal_deliver(struct trapframe *tf)
{
	struct task *t = current;
	struct sigaction act;
	struct siginfo info;
	int signo;

	spin_lock(&t->sighand->lock);
	signo = next_signal(&info, &act);
	if (!signo)
		signal_recompute();
	spin_unlock(&t->sighand->lock);
	if (tf_is_syscall(tf))
		finish_syscall(tf, signo ? &act : NULL);
	if (signo) {
		handle(tf, signo, &info, &act);
	} else if (t->ast & AST_RESTORE_MASK) {
		__atomic_fetch_and(&t->ast, ~AST_RESTORE_MASK,
				   __ATOMIC_RELAXED);
		signal_set_mask(t->saved_mask);
	}
}

/* ---- and back ------------------------------------------------------------ */

static long handler_return(bool rt)
{
	struct task *t = current;
	struct trapframe *tf = current_trapframe(t->kstack);
	struct uabi_altstack a;
	struct signal_frame f;

	memset(&f, 0, sizeof(f));
	f.altstack.flags = -1;
	t->restart = NULL;
	if (arch_signal_pop(tf, &f, rt)) {
		frame_fault(SIGSEGV);
		tf_end_syscall(tf);
		return 0;
	}
	signal_set_mask(f.mask);
	/* the short frame of a machine with two has no stack in it */
	if (rt) {
		a = (struct uabi_altstack){ f.altstack.sp, f.altstack.flags,
			f.altstack.size };
		altstack_set(&a, tf_sp(tf));
	}
	return tf_result(tf);
}

long sys_rt_sigreturn(void)
{
	return handler_return(true);
}

long sys_sigreturn(void)
{
	return handler_return(false);
}
