/* SPDX-License-Identifier: MIT */
/*
 * Delivery of signals on the way to user mode (lecture rows B6 and B8 of
 * docs/coverage.md): default actions, stack frames for handlers, the end of
 * interrupted system calls, and the return from a handler.
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
 *   handler_return() reads all of that back, and the program continues where it
 *   was interrupted.
 *
 * Invariant: the frame that is read back may be forged.  The port uses only
 * values from it that a program could have set by itself.
 */
#include <kernel/events.h>
#include <kernel/ops/core_ops.h>
#include <kernel/futex/ops.h>
#include <kernel/ops/timer_ops.h>
#include <kernel/ops/tracer_ops.h>
#include <kernel/signal/internal.h>
#include <kernel/syscall/table.h>
#include <mm/uaccess.h>
#include <mm/untagged.h>
#include <mm/vm.h>
#include <syscalls.h>

/* ---- system calls that a signal interrupted ------------------------------ */

/*
 * Finish a call that ended with a restart code (signal(7), "Interruption of
 * system calls").  If no handler runs, the call is restarted.  If a handler
 * runs, the code and SA_RESTART decide.  The program never sees these codes.
 * act: the action whose handler is about to run; NULL: no handler runs.
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
 * A wait with a relative timeout cannot be restarted with its old arguments.
 * So the task stores a function that continues the wait.  When a handler has
 * run, the function is dropped (restart_syscall(2)).
 */
long sys_restart_syscall(void)
{
	long (*fn)(struct task *) = current->restart;

	current->restart = NULL;
	return fn ? fn(current) : -EINTR;
}

/* ---- the next signal ----------------------------------------------------- */

/*
 * End the process by a signal, and write a core file if that is the signal's
 * default action.
 * Context: [sighand->lock], released.
 */
static void signal_die_of(const struct siginfo *info)
{
	spin_unlock(&current->sighand->lock);
	if (sig_bit(info->signo) & SIG_CORE && core_ops)
		core_ops->core_dump(info);
	process_exit(info->signo);
}

/*
 * Tell the timer that its signal was dequeued, whether or not the signal is
 * ignored.
 * Context: [sighand->lock], released meanwhile.
 */
static void signal_tell_timer(struct siginfo *info)
{
	struct sighand *h = current->sighand;

	if (!timer_ops)
		return;
	spin_unlock(&h->lock);
	timer_ops->timer_taken(info);
	spin_lock(&h->lock);
}

/*
 * Make the stops that are due for a tracer, before the next signal: one that
 * attached to a stopped task is told of that stop, and then of its SIGSTOP.
 * Context: [sighand->lock], released meanwhile.
 */
static void signal_stop_first(void)
{
	struct sighand *h = current->sighand;

	spin_unlock(&h->lock);
	tracer_ops->trace_trap();
	spin_lock(&h->lock);
}

/*
 * Dequeue signals and perform their default actions until one has a handler.
 * Each function called here may release the lock, so the loop reads all state
 * again.
 * Context: [sighand->lock].
 * Return: the signal with a handler, with *info and *act; 0: no signals left.
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
		if (unlikely(READ_ONCE(t->ast) & AST_TRACE) &&
		    !signal_pending_fatal()) {
			signal_stop_first();
			continue;
		}
		signo = signal_dequeue(t->blocked, info);
		if (!signo)
			return 0;
		if (info->code == SI_TIMER)
			signal_tell_timer(info);
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
		/*
		 * p is the init of a PID namespace: its pending signals come
		 * from outside the namespace
		 */
		if (p->unkillable && !(sig_bit(signo) & SIGMASK_UNBLOCKABLE))
			continue;
		if (sig_bit(signo) & SIG_STOPS)
			job_stop(signo);
		else
			signal_die_of(info);
	}
}

/* ---- handlers ------------------------------------------------------------ */

/*
 * True if sp is on the stack a.  The stack grows down, so sp may equal the top,
 * but not the base.
 */
bool altstack_contains(const struct sigaltstack *a, uaddr_t sp)
{
	/*
	 * a stack with this flag is unset before a handler runs on it, so sp
	 * cannot be on it here
	 */
	if (a->flags & SS_AUTODISARM)
		return false;
	return sp > a->sp && sp - a->sp <= a->size;
}

/*
 * Compute where the frame starts, and its lower limit.  A frame below the
 * alternate stack would hide that the program runs on that stack, and the next
 * frame would start at the stack's top again and overwrite this frame.
 */
static void signal_frame_start(const struct trapframe *tf,
			       const struct sigaction *act,
			       struct signal_frame *f)
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

/*
 * Write a frame for the handler.  mask: the mask to restore when the handler
 * returns.
 */
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

	signal_frame_start(tf, act, &f);
	if (!f.altstack.size)
		f.altstack.flags |= SS_DISABLE;
	err = arch_signal_push(tf, &f);
	if (!err && t->altstack.flags & SS_AUTODISARM)
		t->altstack = (struct sigaltstack){ .flags = SS_DISABLE };
	return err;
}

void signal_frame_fault(bool ends)
{
	struct siginfo info = { .signo = SIGSEGV, .code = SI_KERNEL };

	if (ends)
		signal_force_end(&info);
	else
		signal_force(&info);
}

/*
 * Set the mask for the handler.  Setting the mask before the frame is written
 * saves taking the lock again.
 * Context: [sighand->lock].
 */
static void signal_block_for(int signo, const struct sigaction *act)
{
	sigmask_t mask = current->blocked | act->mask;

	if (!(act->flags & SA_NODEFER))
		mask |= sig_bit(signo);
	signal_set_mask_locked(mask & ~SIGMASK_UNBLOCKABLE);
}

/* Return: the mask to restore when the handler returns. */
static sigmask_t signal_outer_mask(sigmask_t blocked)
{
	struct task *t = current;

	if (likely(!(READ_ONCE(t->ast) & AST_RESTORE_MASK)))
		return blocked;
	__atomic_fetch_and(&t->ast, ~AST_RESTORE_MASK, __ATOMIC_RELAXED);
	return t->saved_mask;
}

/*
 * Deliver signals (row B8).  Each call sets up one handler.  If another signal
 * is pending and not blocked, AST_SIGNAL stays set, and the second handler
 * interrupts the first handler at its first instruction.  The frame is written
 * without locks, because the write may fault and sleep.
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
		signal_block_for(signo, &act);
	else
		signal_recompute();
	spin_unlock(&t->sighand->lock);
	if (tf_is_syscall(tf))
		finish_syscall(tf, signo ? &act : NULL);
	else if (unlikely(signo && t->flags & TF_RSEQ))
		futex_ops->rseq_interrupted(tf, signo == SIGSEGV);
	before = signal_outer_mask(before);
	if (!signo) {
		signal_set_mask(before);
	} else if (signal_push(tf, &info, &act, before)) {
		signal_set_mask(before);
		signal_frame_fault(signo == SIGSEGV);
	}
}

/* ---- return from a handler ----------------------------------------------- */

#ifdef ARCH_BAD_FRAME
/* As Linux tells mapped from unmapped: by any VMA that ends above. */
static int code_of_address(uaddr_t at)
{
	struct vm_space *s = current->space;
	int code;

	rw_read_lock(&s->lock);
	code = vm_find(s, vm_untagged(at)) ? SEGV_ACCERR : SEGV_MAPERR;
	rw_read_unlock(&s->lock);
	return code;
}

static void signal_bad_frame(struct trapframe *tf)
{
	uaddr_t at = ARCH_BAD_FRAME(tf);
	struct siginfo info = { .signo = SIGSEGV, .code = code_of_address(at),
				.addr = at };

	signal_force(&info);
}
#else
static void signal_bad_frame(struct trapframe *tf __unused)
{
	signal_frame_fault(false);
}
#endif

/*
 * Restore the interrupted state from the frame, which the program may have
 * forged: the port takes only user registers from it, and signal_set_mask()
 * removes unblockable signals from the mask.
 */
static long handler_return(bool rt)
{
	struct task *t = current;
	struct trapframe *tf = current_trapframe(t->kstack);
	struct signal_frame f;

	t->restart = NULL;
	if (arch_signal_pop(tf, &f, rt)) {
		signal_bad_frame(tf);
		tf_end_syscall(tf);
		return 0;
	}
	signal_set_mask(f.mask);
	/* the short frame (sigreturn) does not contain the altstack */
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
