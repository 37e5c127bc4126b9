/* SPDX-License-Identifier: MIT */
/*
 * Job control (rows B14, D2): stopping and continuing whole processes, and
 * reporting this to the parent.  The first thread that dequeues a stop signal
 * stops the process: every other thread gets an AST and parks before it reaches
 * user mode again.  The last thread to park tells the parent, so no thread of a
 * process runs any more when its parent learns of the stop.  A stop signal and
 * SIGCONT cancel each other when they are sent.
 */
#include <kernel/cred/cred.h>
#include <kernel/ops/tracer_ops.h>
#include <kernel/signal/internal.h>

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
	/* an incomplete stop is reported as CLD_STOPPED with signal 0 */
	p->tell = p->nr_stopping ? CLD_STOPPED : CLD_CONTINUED;
	p->stopped = false;
	p->nr_stopping = p->stop_code = 0;
	p->continued = true;
	list_for_each(t, &p->threads, thread_link) {
		t->stop_due = false;
		if (unlikely(task_traced(t)))
			tracer_ops->trace_group_cont(t);
		task_set_ast(t, AST_SIGNAL);
		task_wake(t, 1 << TASK_STOPPED);
	}
}

/*
 * Send SIGCHLD to the parent, unless it has set SA_NOCLDSTOP, and wake the
 * parent's threads that wait for children.
 * Context: [tree_lock].
 */
static void signal_tell_parent(struct process *p, int code, int status)
{
	struct process *parent = p->parent;
	const struct sigaction *a;
	u64 u, s;
	struct siginfo info = {
		.signo = SIGCHLD, .code = code, .status = status,
		.uid = p->leader->cred->uid,
	};

	spin_must_hold(&tree_lock);
	if (!parent)
		return;
	info.pid = pid_in(p->pid, parent->space);
	task_times(p->leader, &u, &s);
	info.utime = u / SI_TICK;
	info.stime = s / SI_TICK;
	a = sighand_action(parent->leader->sighand, SIGCHLD);
	if (a->handler != SIG_IGN && !(a->flags & SA_NOCLDSTOP))
		signal_send_process_locked(parent, &info);
	wake_up(&parent->wait_child);
}

void job_tell_stopped(int signo)
{
	spin_lock(&tree_lock);
	signal_tell_parent(current->process, CLD_STOPPED, signo);
	spin_unlock(&tree_lock);
}

/*
 * Tell the parent of a stop, unless the parent is the tracer, which is told in
 * any case.
 */
void job_tell_traced(int signo)
{
	struct process *p = current->process;
	struct task *tracer = current->trace.tracer;

	if (!tracer || tracer->process != p->parent)
		signal_tell_parent(p, CLD_STOPPED, signo);
}

void job_report(void)
{
	struct process *p = current->process;
	struct sighand *h = current->sighand;
	int code = p->tell;

	p->tell = 0;
	spin_unlock(&h->lock);
	spin_lock(&tree_lock);
	signal_tell_parent(p, code, code == CLD_CONTINUED ? SIGCONT : 0);
	spin_unlock(&tree_lock);
	spin_lock(&h->lock);
}

/*
 * Count t among the threads that still have to stop with p.
 * Context: [sighand->lock].
 */
static void job_expect_stop(struct process *p, struct task *t)
{
	if (t->stop_due || HINT(t->flags) & TF_EXITING)
		return;
	t->stop_due = true;
	p->nr_stopping++;
}

int job_stops_now(struct task *t)
{
	struct process *p = t->process;

	/* a killed process exits, so it never stops completely */
	if (!t->stop_due || p->killed)
		return 0;
	t->stop_due = false;
	if (--p->nr_stopping)
		return 0;
	p->stop_code = p->stop_signal;
	return p->stop_code;
}

void job_join(struct task *t)
{
	job_expect_stop(t->process, t);
	task_set_ast(t, AST_SIGNAL);
}

/*
 * Sleep as long as the process is stopped.  p->stopped is read after the state
 * was set and the lock released, so a SIGCONT before the read is seen, and a
 * later one finds the state and wakes current.  When the parent is told, all
 * threads are in state TASK_STOPPED: the last thread finds that it is the last
 * and sets its state in one critical section.
 * Context: [sighand->lock], released meanwhile.
 */
static void job_park_here(void)
{
	struct process *p = current->process;
	struct sighand *h = current->sighand;
	int signo;

	spin_must_hold(&current->sighand->lock);
	while (p->stopped && !current->trace.tracer) {
		rseq_moved(current);
		signo = job_stops_now(current);
		wait_set_state(TASK_STOPPED);
		spin_unlock(&h->lock);
		if (signo)
			job_tell_stopped(signo);
		if (!signal_pending_fatal() && HINT(p->stopped))
			schedule();
		wait_set_running();
		spin_lock(&h->lock);
		if (signal_pending_fatal())
			return;
	}
}

/* Park current.  A tracee stops in a ptrace stop, which its tracer can see. */
void job_park(void)
{
	if (unlikely(current->trace.tracer)) {
		if (current->stop_due)
			tracer_ops->trace_group_stop(current);
		return;
	}
	job_park_here();
}

/* Make t stop with its process, traced or not.  Context: [sighand->lock]. */
static void job_stop_thread(struct task *t)
{
	if (unlikely(t->trace.tracer)) {
		tracer_ops->trace_group_stop(t);
	} else if (t != current) {
		task_set_ast(t, AST_SIGNAL);
		task_wake(t, WAKE_SIGNAL);
	}
}

/*
 * Stop all threads of p.  If p is stopped already, current is a tracee that its
 * tracer has continued, and only current stops again.
 * Context: [sighand->lock], released meanwhile.
 */
static void job_stop_group(struct process *p, int signo)
{
	struct task *t;

	if (p->stopped) {
		job_stop_thread(current);
		return;
	}
	p->stopped = true;
	p->stop_code = 0;
	p->stop_signal = signo;
	p->continued = false;
	p->tell = 0;
	list_for_each(t, &p->threads, thread_link) {
		job_expect_stop(p, t);
		job_stop_thread(t);
	}
	job_park_here();
}

/*
 * Perform the default action of a stop signal.  POSIX: stop signals of the
 * terminal (not SIGSTOP) do not stop an orphaned process group, which no shell
 * could continue.  That test takes tree_lock, so sighand->lock is released
 * meanwhile.  If a SIGCONT comes in between, it clears stop_dequeued, and the
 * process does not stop.
 * Context: [sighand->lock].
 */
void job_stop(int signo)
{
	struct process *p = current->process;
	struct sighand *h = current->sighand;

	spin_must_hold(&current->sighand->lock);
	/*
	 * not for a tracee: stop_dequeued was set before its signal-delivery
	 * stop, and a SIGCONT may have cleared it since
	 */
	if (!current->trace.tracer)
		p->stop_dequeued = true;
	if (signo != SIGSTOP) {
		bool orphan;

		spin_unlock(&h->lock);
		spin_lock(&tree_lock);
		orphan = group_orphaned(p->pgid);
		spin_unlock(&tree_lock);
		spin_lock(&h->lock);
		if (orphan)
			return;
	}
	/* a SIGCONT or the process's exit came in between */
	if (!p->stop_dequeued || p->exiting || signal_pending_fatal())
		return;
	job_stop_group(p, signo);
}
