/* SPDX-License-Identifier: MIT */
/*
 * Signals on the way to user mode (lecture rows B6 and B8 of docs/coverage.md):
 * default actions, frames for handlers, the end of interrupted system calls,
 * and the return from a handler.
 *
 *   kernel                            user stack
 *
 *   trap frame of the program  ---->  | the program's own      |
 *     pc, sp, registers        push   +------------------------+
 *         |                           | siginfo                |
 *         |  signal_deliver()         | registers, FPU state   |
 *         v                           | mask, alternate stack  |
 *   trap frame of the handler         +------------------------+
 *     pc = handler            sp ---->
 *     return address = the vDSO's sigreturn
 *         |
 *         v
 *   the handler runs, and returns to sigreturn, a system call:
 *   handler_return() reads all of that back, and the program goes on where it
 *   was interrupted.
 *
 * Invariant: what is read back is hostile.  The port takes no more of it than a
 * program could have set by itself.
 */
#include <kernel/events.h>
#include <kernel/ops/core_ops.h>
#include <kernel/futex/ops.h>
#include <kernel/ops/timer_ops.h>
#include <kernel/ops/tracer_ops.h>
#include <kernel/signal/internal.h>
#include <kernel/syscall/table.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <syscalls.h>

/* ---- system calls that a signal interrupted ------------------------------ */

/*
 * What becomes of a call that ended with a restart code (signal(7),
 * "Interruption of system calls"): made again by itself where no handler runs;
 * where one does, it depends on the code and SA_RESTART.  The program never
 * sees these codes. act: of the handler about to run, or NULL: none does.
 */
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

/*
 * A wait for a time cannot be made again with its old arguments: the task keeps
 * how to go on, until any handler has run (restart_syscall(2)).
 */
long sys_restart_syscall(void)
{
	long (*fn)(struct task *) = current->restart;

	current->restart = NULL;
	return fn ? fn(current) : -EINTR;
}

/* ---- the next signal ----------------------------------------------------- */

/* What a dump says of it stands in the process by then. */
static void die_of(const struct siginfo *info)
{
	spin_unlock(&current->sighand->lock);
	if (sig_bit(info->signo) & SIG_CORE && core_ops)
		core_ops->core_dump(info);
	process_exit(info->signo);
}

/*
 * Carry out default actions until a signal wants a handler.  Each of the calls
 * below may release the lock, so everything is looked at anew after it.
 * Context: [sighand->lock].
 * Return: its number with *info and *act; 0: nothing is left.
 */
static int next_signal(struct siginfo *info, struct sigaction *act)
{
	struct task *t = current;
	struct process *p = t->process;
	int signo;

	for (;;) {
		if (p->tell)
			job_report();
		if (p->stopped)
			job_park();
		signo = signal_dequeue(t->blocked, info);
		if (!signo)
			return 0;
		if (unlikely(t->trace.tracer) && signo != SIGKILL) {
			signo = tracer_ops->trace_signal(info);
			if (!signo)
				continue;
		}
		*act = *sighand_action(t->sighand, signo);
		event_note(EVENT_DELIVER, info, act, 0);
		if (act->handler == SIG_IGN)
			continue;
		if (act->handler != SIG_DFL) {
			if (act->flags & SA_RESETHAND)
				sighand_set(t->sighand, signo)->handler =
					SIG_DFL;
			return signo;
		}
		if (sig_bit(signo) & SIG_IGNORED_DEFAULT || p == init_process)
			continue;
		/* init of another space: what is pending came from outside */
		if (p->unkillable && !(sig_bit(signo) & SIGMASK_UNBLOCKABLE))
			continue;
		if (sig_bit(signo) & SIG_STOPS)
			job_stop(signo);
		else
			die_of(info);
	}
}

/* ---- handlers ------------------------------------------------------------ */

/* The stack grows down: sp just at its top is on it, at its base is not. */
bool altstack_contains(const struct sigaltstack *a, uaddr_t sp)
{
	/* it disarms itself: who is on it cannot be told */
	if (a->flags & SS_AUTODISARM)
		return false;
	return sp > a->sp && sp - a->sp <= a->size;
}

/*
 * Where the frame starts, and how far down it may go: below an alternate stack
 * nobody would know any more that the program is on it, and the next frame
 * would lie at its top again, over this one.
 */
static void frame_start(const struct trapframe *tf,
			const struct sigaction *act, struct signal_frame *f)
{
	const struct sigaltstack *a = &current->altstack;
	bool nested = altstack_contains(a, tf_sp(tf));

	f->sp = tf_sp(tf);
	f->floor = 0;
	if (!nested && !(act->flags & SA_ONSTACK && a->size))
		return;
	if (!nested)
		f->sp = a->sp + a->size;
	f->floor = a->sp;
}

/* mask: what the handler's return restores */
static int signal_push(struct trapframe *tf, const struct siginfo *info,
		       const struct sigaction *act, sigmask_t mask)
{
	struct task *t = current;
	struct signal_frame f = {
		.vdso = t->space->vdso,
		.action = act,
		.info = info,
		.mask = mask,
		.altstack = t->altstack,
	};
	int err;

	frame_start(tf, act, &f);
	if (!f.altstack.size)
		f.altstack.flags |= SS_DISABLE;
	err = arch_signal_push(tf, &f);
	if (!err && t->altstack.flags & SS_AUTODISARM)
		t->altstack = (struct sigaltstack){ .flags = SS_DISABLE };
	return err;
}

/* No frame could be written (or read back): the program is lost. */
static void frame_fault(int signo)
{
	struct siginfo info = { .signo = SIGSEGV, .code = SI_KERNEL };

	if (signo == SIGSEGV)
		signal_force_end(&info);	/* its handler has no frame */
	else
		signal_force(&info);
}

/* The mask while the handler runs; it is in force before the frame is made,
 * which saves a lock.  [sighand->lock] */
static void block_for(int signo, const struct sigaction *act)
{
	sigmask_t mask = current->blocked | act->mask;

	if (!(act->flags & SA_NODEFER))
		mask |= sig_bit(signo);
	signal_set_mask_locked(mask & ~SIGMASK_UNBLOCKABLE);
}

/* Return: the mask to restore once all is over. */
static sigmask_t outer_mask(sigmask_t blocked)
{
	struct task *t = current;

	if (likely(!(READ_ONCE(t->ast) & AST_RESTORE_MASK)))
		return blocked;
	__atomic_fetch_and(&t->ast, ~AST_RESTORE_MASK, __ATOMIC_RELAXED);
	return t->saved_mask;
}

/*
 * Row B8.  One handler at a time: if another signal is pending and not blocked
 * by now, the AST is still set, and the first handler's first instruction is
 * where the second one interrupts.  The frame is written without locks, as that
 * may fault and sleep.
 */
void signal_deliver(struct trapframe *tf)
{
	struct task *t = current;
	struct sigaction act;
	struct siginfo info;
	sigmask_t before;
	int signo;

	spin_lock(&t->sighand->lock);
	signo = next_signal(&info, &act);
	before = t->blocked;
	if (signo)
		block_for(signo, &act);
	else
		signal_recompute();
	spin_unlock(&t->sighand->lock);
	if (signo && info.code == SI_TIMER && timer_ops)
		timer_ops->timer_taken(&info);
	if (tf_is_syscall(tf))
		finish_syscall(tf, signo ? &act : NULL);
	else if (unlikely(signo && t->flags & TF_RSEQ))
		futex_ops->rseq_interrupted(tf);
	before = outer_mask(before);
	if (!signo) {
		signal_set_mask(before);
	} else if (signal_push(tf, &info, &act, before)) {
		signal_set_mask(before);
		frame_fault(signo);
	}
}

/* ---- and back ------------------------------------------------------------ */

/*
 * What the frame says is the program's to forge: the port takes user registers
 * of it only, and the mask has no unblockable signals (signal_set_mask()).
 */
static long handler_return(bool rt)
{
	struct task *t = current;
	struct trapframe *tf = current_trapframe(t->kstack);
	struct signal_frame f;

	t->restart = NULL;
	if (arch_signal_pop(tf, &f, rt)) {
		frame_fault(SIGSEGV);
		tf_end_syscall(tf);
		return 0;
	}
	signal_set_mask(f.mask);
	/* the short frame of a machine with two has no stack in it */
	if (rt && (f.altstack.sp != t->altstack.sp ||
		   f.altstack.size != t->altstack.size ||
		   f.altstack.flags != t->altstack.flags)) {
		struct uabi_altstack a = { f.altstack.sp, f.altstack.flags,
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
