/* SPDX-License-Identifier: MIT */
/*
 * Job control (rows B14, D2): stopping and continuing whole processes, and
 * telling the parent.  The first thread to dequeue a stop signal stops the
 * process; every other one gets an AST and parks before it reaches user mode
 * again.  A stop signal and SIGCONT cancel each other when they are sent.
 */
#include <kernel/cred.h>
#include <kernel/signal/internal.h>
#include <kernel/task/ptrace.h>
#include <kernel/task/rseq.h>

void job_signal_sent(struct process *p, int signo)
{
	struct task *t;

	if (signo != SIGCONT) {
		process_drop(p, sig_bit(SIGCONT));
		return;
	}
	process_drop(p, SIG_STOPS);
	p->stop_dequeued = false;
	if (!p->stopped)
		return;
	p->stopped = false;
	p->stop_code = 0;
	p->continued = p->tell_continued = true;
	list_for_each(t, &p->threads, thread_link) {
		if (unlikely(t->trace.flags & TRACE_SEIZED))
			trace_set_trap(t, TRACE_TRAP_NOTIFY);
		task_set_ast(t, AST_SIGNAL);
		task_wake(t, 1 << TASK_STOPPED);
	}
}

static bool traced_by(const struct task *t, const struct process *p)
{
	return t->trace.tracer && t->trace.tracer->process == p;
}

/*
 * SIGCHLD to the parent, and whoever waits there; not if it said SA_NOCLDSTOP.
 * => no sighand lock: tree_lock comes before it
 */
static void tell_parent(int code, int status)
{
	struct process *p = current->process, *parent;
	const struct sigaction *a;
	struct siginfo info = {
		.signo = SIGCHLD, .code = code, .status = status,
		.pid = p->pid, .uid = current->cred->uid,
	};

	spin_lock(&tree_lock);
	parent = p->parent;
	/* a parent that traces us learns of it as our tracer */
	if (parent && !traced_by(current, parent)) {
		a = &parent->leader->sighand->action[SIGCHLD - 1];
		if (a->handler != SIG_IGN && !(a->flags & SA_NOCLDSTOP))
			signal_send_process(parent, &info);
		wake_up(&parent->wait_child);
	}
	spin_unlock(&tree_lock);
}

void job_report_continued(void)
{
	struct sighand *h = current->sighand;

	current->process->tell_continued = false;
	spin_unlock(&h->lock);
	tell_parent(CLD_CONTINUED, SIGCONT);
	spin_lock(&h->lock);
}

/*
 * Sleep as long as the group is stopped. p->stopped is looked at after the
 * state is set and the lock free: a SIGCONT before that set us running, one
 * after finds the state.  A parent that is told (signo: of what, or 0) finds it
 * too, as the stop and the state come in one hold of the lock.
 * => [sighand->lock], let go meanwhile
 */
static void park(int signo)
{
	struct process *p = current->process;
	struct sighand *h = current->sighand;

	while (p->stopped && !current->trace.tracer) {
		rseq_moved(current);
		wait_set_state(TASK_STOPPED);
		spin_unlock(&h->lock);
		if (signo)
			tell_parent(CLD_STOPPED, signo);
		signo = 0;
		if (!signal_pending_fatal() && READ_ONCE(p->stopped))
			schedule();
		wait_set_running();
		spin_lock(&h->lock);
		if (signal_pending_fatal())
			return;
	}
}

void job_park(void)
{
	park(0);
}

/* [sighand->lock] Have t stop with the group, in the way of its kind. */
static void stop_thread(struct task *t)
{
	if (unlikely(t->trace.tracer)) {
		trace_set_trap(t, TRACE_TRAP_STOP);
	} else if (t != current) {
		task_set_ast(t, AST_SIGNAL);
		task_wake(t, WAKE_SIGNAL);
	}
}

/*
 * A tracee that goes on while its group is stopped may be stopped again: it
 * alone tells that.
 */
static void stop_group(struct process *p, int signo)
{
	struct task *t;

	if (p->stopped) {
		stop_thread(current);
		return;
	}
	p->stopped = true;
	p->stop_code = p->stop_signal = signo;
	p->continued = p->tell_continued = false;
	list_for_each(t, &p->threads, thread_link)
		stop_thread(t);
	if (likely(!current->trace.tracer)) {
		park(signo);
		return;
	}
	spin_unlock(&current->sighand->lock);
	tell_parent(CLD_STOPPED, signo);
	spin_lock(&current->sighand->lock);
}

/*
 * A stop signal's default action.  POSIX: one from the terminal (not SIGSTOP)
 * does nothing to an orphaned group, which nobody could continue.  Looking
 * takes tree_lock, so the other lock is let go, and a SIGCONT in between wins:
 * stop_dequeued says whether there was one.  => [sighand->lock]
 */
void job_stop(int signo)
{
	struct process *p = current->process;
	struct sighand *h = current->sighand;

	/* a tracee's may have come to nothing while it was told */
	if (!current->trace.tracer)
		p->stop_dequeued = true;
	if (signo != SIGSTOP) {
		bool orphan;

		spin_unlock(&h->lock);
		spin_lock(&tree_lock);
		orphan = pgrp_orphaned(p->pgid, NULL);
		spin_unlock(&tree_lock);
		spin_lock(&h->lock);
		if (orphan)
			return;
	}
	/* a SIGCONT or the end came in between */
	if (!p->stop_dequeued || p->exiting || signal_pending_fatal())
		return;
	stop_group(p, signo);
}

/*
 * POSIX, "orphaned process group": no member has a parent outside the group but
 * in its session.  => [tree_lock]
 */
bool pgrp_orphaned(int pgid, const struct process *leaving)
{
	struct process *p;

	list_for_each(p, &all_processes, all_link) {
		const struct process *up = p->parent;

		if (p->pgid != pgid || p == leaving || p->zombie)
			continue;
		if (up && up != init_process && up->pgid != pgid &&
		    up->sid == p->sid)
			return false;
	}
	return true;
}
