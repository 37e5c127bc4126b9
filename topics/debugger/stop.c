/* SPDX-License-Identifier: MIT */
/*
 * The stops of a traced task (rows B6, D2).  It stops itself, at a signal, a
 * system call, an event or with its group, and sleeps in TASK_TRACED until its
 * tracer resumes it.  Whether a stop has ended depends on trace.stopped, not on
 * the task's state: a task that is woken otherwise goes back to sleep, unless
 * it must end (SIGKILL, AST_EXIT).
 */
#include "ptrace.h"
#include "regset.h"
#include <kernel/cred/cred.h>
#include <kernel/ops/tracer_ops.h>
#include <kernel/ops/tracer_ops.h>
#include <kernel/signal/pending.h>
#include <kernel/process/process.h>
#include <lt/init.h>

_Static_assert(TRACE_EXIT == PTRACE_EVENT_EXIT &&
	       TRACE_VFORK_DONE == PTRACE_EVENT_VFORK_DONE, "one number each");

/* ---- one stop ------------------------------------------------------------ */

/*
 * Enter a stop, with all data for the tracer.  The state is set under
 * sighand->lock together with trace.stopped, before the tracer is notified.  So
 * a tracer that resumes the task at once wakes it even if the task has not gone
 * to sleep yet.
 * Return: false: there is no tracer any more, or t must end.
 */
static bool stop_begin(struct task *t, int code, int why, struct siginfo *info,
		       unsigned long message)
{
	struct tracing *tr = &t->trace;
	int last = 0;
	bool stop;

	spin_lock(&tree_lock);
	spin_lock(&t->sighand->lock);
	stop = tr->tracer && !trace_must_end(t);
	if (stop) {
		tr->stopped = true;
		tr->reported = false;
		tr->code = code;
		tr->info = info;
		tr->message = message;
		if (why == CLD_STOPPED)
			last = job_stops_now(t);
		/* keep the flag if t must still stop with its group */
		if (!t->stop_due)
			tr->flags &= ~TRACE_TRAP_STOP;
		tr->flags &= ~(TRACE_TRAPPING | TRACE_LISTENING);
		wait_set_state(TASK_TRACED);
	}
	spin_unlock(&t->sighand->lock);
	if (stop)
		trace_tell(t, why, code & 0x7f);
	if (unlikely(last))
		job_tell_traced(last);
	spin_unlock(&tree_lock);
	return stop;
}

/*
 * Stop until the tracer resumes current.
 * Return: the signal that the tracer passes on, or 0; also 0 if there was no
 * stop.
 */
static int stop(int code, int why, struct siginfo *info, unsigned long message)
{
	struct task *t = current;
	struct sighand *h;
	int result;

	if (!stop_begin(t, code, why, info, message))
		return 0;
	rseq_moved(t);
	schedule();
	wait_set_running();
	h = t->sighand;
	spin_lock(&h->lock);
	/* other wake-ups: sleep again, as only the tracer ends a stop */
	while (t->trace.stopped && !trace_must_end(t)) {
		wait_set_state(TASK_TRACED);
		spin_unlock(&h->lock);
		schedule();
		wait_set_running();
		spin_lock(&h->lock);
	}
	result = t->trace.stopped ? 0 : t->trace.code;
	t->trace.stopped = false;
	t->trace.info = NULL;
	t->trace.code = 0;
	/* signals sent during the stop could not set this flag */
	if ((t->pending.mask | t->process->pending.mask) & ~t->blocked)
		task_set_ast(t, AST_SIGNAL);
	spin_unlock(&h->lock);
	return result;
}

/*
 * Stop for another reason than a signal.  To the tracer the stop looks like a
 * SIGTRAP from the task itself.
 */
static int stop_trap(int signo, int code, int why, unsigned long message)
{
	struct siginfo info = {
		.signo = signo, .code = code, .pid = current->vtid,
		.uid = uid_shown(current->cred->uid),
	};

	return stop(code, why, &info, message);
}

/* ---- signals and groups -------------------------------------------------- */

/* Make up the siginfo of another signal, which the tracer chose. */
static void stop_replace(struct siginfo *info, int signo)
{
	struct task *tracer;

	*info = (struct siginfo){ .signo = signo, .code = SI_USER };
	spin_lock(&tree_lock);
	tracer = current->trace.tracer;
	if (tracer) {
		info->pid = pid_shown(tracer->process->pid);
		info->uid = uid_shown(tracer->cred->uid);
	}
	spin_unlock(&tree_lock);
}

/* Make a step into a handler stop at the handler's first instruction. */
static void step_to_handler(struct task *t, int signo)
{
	if (!(t->trace.flags & TRACE_STEP) ||
	    sighand_action(t->sighand, signo)->handler <= SIG_IGN)
		return;
	arch_single_step(t, false);
	t->trace.flags |= TRACE_TRAP_HANDLER;
	task_set_ast(t, AST_TRACE);
}

/*
 * Stop at a signal.  The lock is released meanwhile, so the caller must check
 * everything again.  A signal that the tracer passes on but that is blocked
 * becomes pending.
 * Context: [sighand->lock].
 * Return: the signal to deliver, or 0.
 */
static int trace_signal(struct siginfo *info)
{
	struct task *t = current;
	struct sighand *h = t->sighand;
	int signo;

	/*
	 * a SIGCONT meanwhile must cancel a stop, whatever the tracer decides
	 */
	t->process->stop_dequeued = true;
	t->trace.at_signal = true;
	spin_unlock(&h->lock);
	signo = stop(info->signo, CLD_TRAPPED, info, 0);
	if (signo && signo != info->signo)
		stop_replace(info, signo);
	if (signo && t->blocked & sig_bit(signo)) {
		signal_send_task(t, info);
		signo = 0;
	}
	spin_lock(&h->lock);
	t->trace.at_signal = false;
	if (signo)
		step_to_handler(t, signo);
	return signo;
}

/*
 * Take the next trap that is due.
 * Context: [sighand->lock].
 * Return: a TRACE_TRAP_* flag, or 0.
 */
static unsigned next_trap(struct task *t, int *signo)
{
	struct process *p = t->process;
	unsigned traps = t->trace.flags & TRACE_TRAPS;

	t->trace.flags &= ~TRACE_TRAPS;
	*signo = p->stopped ? p->stop_signal : SIGTRAP;
	if (!t->trace.tracer)
		return 0;
	/*
	 * without SEIZE this is a group stop, and the group may have continued
	 */
	if (!(t->trace.flags & TRACE_SEIZED) && !p->stopped)
		traps &= TRACE_TRAP_HANDLER;
	if (traps & ~TRACE_TRAP_HANDLER) {
		t->trace.flags |= traps & TRACE_TRAP_HANDLER;
		return TRACE_TRAP_STOP;
	}
	return traps;
}

/*
 * Serve AST_TRACE: make the stops that are due for other reasons than signals,
 * one by one, on the way to user mode.
 */
static void trace_trap(void)
{
	struct task *t = current;
	bool seized;
	unsigned trap;
	int signo;

	__atomic_fetch_and(&t->ast, ~AST_TRACE, __ATOMIC_SEQ_CST);
	for (;;) {
		spin_lock(&t->sighand->lock);
		seized = t->trace.flags & TRACE_SEIZED;
		trap = next_trap(t, &signo);
		spin_unlock(&t->sighand->lock);
		if (!trap)
			break;
		if (trap == TRACE_TRAP_HANDLER)
			stop_trap(SIGTRAP, SIGTRAP, CLD_TRAPPED, 0);
		else if (seized)
			stop_trap(signo, signo | PTRACE_EVENT_STOP << 8,
				  CLD_STOPPED, 0);
		else
			stop(signo, CLD_STOPPED, NULL, 0);
		if (signal_pending_fatal())
			break;
	}
}

/* Make t reach trace_trap(), wherever it sleeps.  Context: [sighand->lock]. */
void trace_set_trap(struct task *t, unsigned trap)
{
	struct tracing *tr = &t->trace;

	spin_must_hold(&t->sighand->lock);
	tr->flags |= trap;
	task_set_ast(t, AST_TRACE);
	if (tr->stopped && tr->flags & TRACE_LISTENING) {
		/* trace_trap() determines what to report next */
		tr->flags &= ~TRACE_LISTENING;
		tr->stopped = false;
		tr->code = 0;
		task_wake(t, 1 << TASK_TRACED);
	} else {
		task_wake(t, WAKE_SIGNAL | 1 << TASK_STOPPED);
	}
}

static void group_stop(struct task *t)
{
	trace_set_trap(t, TRACE_TRAP_STOP);
}

static void group_cont(struct task *t)
{
	if (t->trace.flags & TRACE_SEIZED)
		trace_set_trap(t, TRACE_TRAP_NOTIFY);
}

/* ---- events -------------------------------------------------------------- */

/*
 * Return the event of a clone: vfork by CLONE_VFORK, else by its exit signal
 * (ptrace(2)); 0: none is wanted.
 */
unsigned trace_clone_event(const struct clone_args *a)
{
	unsigned event;

	if (a->flags & CLONE_UNTRACED)
		return 0;
	if (a->flags & CLONE_VFORK)
		event = PTRACE_EVENT_VFORK;
	else if (a->exit_signal != SIGCHLD)
		event = PTRACE_EVENT_CLONE;
	else
		event = PTRACE_EVENT_FORK;
	return current->trace.options & PTRACE_O_EVENT(event) ? event : 0;
}

/* Translate a task's number into the tracer's PID namespace. */
static unsigned long trace_nr_for_tracer(unsigned long nr)
{
	struct task *tracer;

	spin_lock(&tree_lock);
	tracer = current->trace.tracer;
	if (tracer)
		nr = (unsigned long)pid_in((int)nr, tracer->process->space);
	spin_unlock(&tree_lock);
	return nr;
}

/*
 * Make the exit stop.  AST_EXIT asked the task to end, which it does now, so
 * the flag is cleared during the stop.  If the flag is set again meanwhile, the
 * whole process ends or execs, which also ends the stop.
 */
static void stop_at_exit(unsigned long status)
{
	unsigned told = __atomic_fetch_and(&current->ast, ~AST_EXIT,
					   __ATOMIC_RELAXED) & AST_EXIT;

	stop_trap(SIGTRAP, SIGTRAP | PTRACE_EVENT_EXIT << 8, CLD_TRAPPED,
		  status);
	__atomic_fetch_or(&current->ast, told, __ATOMIC_RELAXED);
}

/* Stop for an event, if its option is set.  Context: no lock; may sleep. */
static void trace_event(unsigned event, unsigned long message)
{
	struct task *t = current;

	if (!(HINT(t->trace.options) & PTRACE_O_EVENT(event)))
		return;
	if (event == PTRACE_EVENT_EXIT) {
		stop_at_exit(message);
		return;
	}
	stop_trap(SIGTRAP, SIGTRAP | (int)event << 8, CLD_TRAPPED,
		  trace_nr_for_tracer(message));
	/* with system call stops on, the exit of this call is next */
	if (t->trace.flags & (TRACE_SYSCALL | TRACE_STEP))
		task_set_ast(t, AST_SYSCALL_EXIT);
}

/*
 * Stop after an exec.  Without PTRACE_O_TRACEEXEC, send a plain SIGTRAP instead
 * (ptrace(2)).  old: the number of the thread that called execve(2).
 */
static void trace_exec(int old)
{
	struct task *t = current;

	if (t->trace.options & PTRACE_O_EVENT(PTRACE_EVENT_EXEC)) {
		trace_event(PTRACE_EVENT_EXEC, (unsigned long)old);
	} else if (!(t->trace.flags & TRACE_SEIZED)) {
		struct siginfo info = {
			.signo = SIGTRAP, .code = SI_USER,
			.pid = t->process->vpid, .uid = t->cred->uid,
		};

		signal_send_task(t, &info);
	}
}

/* ---- system calls -------------------------------------------------------- */

/*
 * Stop at the entry or the exit of a system call.  TRACESYSGOOD sets bit 7 of
 * the SIGTRAP, to tell it from a real one.
 */
static void stop_syscall(unsigned long message)
{
	struct task *t = current;
	int code = SIGTRAP, signo;

	if (t->trace.options & PTRACE_O_TRACESYSGOOD)
		code |= 0x80;
	signo = stop_trap(SIGTRAP, code, CLD_TRAPPED, message);
	if (signo) {
		struct siginfo info = { .signo = signo, .code = SI_KERNEL };

		signal_send_task(t, &info);
	}
}

/*
 * Stop at the entry of a system call.  The tracer may change the number and
 * arguments.  Number -1 skips the call: its result is what the tracer stored,
 * or what it found.
 * Return: false: skip the call.
 */
static bool trace_syscall_entry(struct trapframe *tf)
{
	if (!(current->trace.flags & TRACE_SYSCALL))
		return true;
	tf_show_entry(tf);
	stop_syscall(PTRACE_EVENTMSG_SYSCALL_ENTRY);
	tf_leave_entry(tf);
	return !signal_pending_fatal() && (long)(int)tf_nr(tf) != -1;
}

static void trace_syscall_exit(struct trapframe *tf)
{
	struct task *t = current;

	__atomic_fetch_and(&t->ast, ~AST_SYSCALL_EXIT, __ATOMIC_RELAXED);
	if (t->trace.flags & TRACE_SYSCALL) {
		stop_syscall(PTRACE_EVENTMSG_SYSCALL_EXIT);
	} else if (t->trace.flags & TRACE_STEP) {
		/* the trap instruction itself was the step */
		struct siginfo info = {
			.signo = SIGTRAP, .code = TRAP_BRKPT,
			.addr = tf_pc(tf),
		};

		arch_single_step(t, false);
		signal_force(&info);
	}
}

static const struct tracer_ops ops = {
	.trace_clone_event = trace_clone_event,
	.trace_event = trace_event,
	.trace_exec = trace_exec,
	.trace_fork = trace_fork,
	.trace_signal = trace_signal,
	.trace_trap = trace_trap,
	.trace_syscall_exit = trace_syscall_exit,
	.trace_syscall_entry = trace_syscall_entry,
	.trace_group_stop = group_stop,
	.trace_group_cont = group_cont,
	.trace_tell = trace_tell,
	.trace_unlink = trace_unlink,
	.trace_release_all = trace_release_all,
	.trace_allowed = trace_allowed,
};

static void tracer_init(void)
{
	tracer_ops = &ops;
}
INIT(fs, tracer_init);
