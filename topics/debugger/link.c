/* SPDX-License-Identifier: MIT */
/*
 * Who traces whom (rows B6, B16, D10): the bond between two tasks, made by
 * ATTACH, SEIZE, TRACEME or clone, and its end when either task ends.
 * Invariant: trace.tracer and the tracer's list change together, under
 * tree_lock and the tracee's sighand lock, so either lock is enough to read
 * them.
 */
#include "ptrace.h"
#include <fs/vfs.h>
#include <kernel/cred/cred.h>
#include <kernel/signal/pending.h>
#include <kernel/syscall/table.h>
#include <kernel/process/process.h>
#include <lt/bug.h>

/* ---- permission ---------------------------------------------------------- */

/*
 * kernel.yama.ptrace_scope: 0 classic rules; 1 only ancestors, and processes
 * named by PR_SET_PTRACER; 2 only CAP_SYS_PTRACE; 3 nobody, irrevocably.
 */
unsigned trace_scope;

/* True if p is `from` or descends from it.  Context: [tree_lock]. */
static bool descends(const struct process *p, const struct process *from)
{
	spin_must_hold(&tree_lock);
	for (; p; p = p->parent)
		if (p == from)
			return true;
	return false;
}

/*
 * Apply the Yama rule of Linux, with the current scope.
 * Context: [tree_lock].
 */
bool trace_allowed(const struct task *t)
{
	int named = t->process->ptracer;
	const struct process *p;

	switch (READ_ONCE(trace_scope)) {
	case 0:
		return true;
	case 1:
		break;
	case 2:
		return capable_in(t->cred->space, CAP_SYS_PTRACE);
	default:
		return false;
	}
	if (named == -1 || capable_in(t->cred->space, CAP_SYS_PTRACE) ||
	    descends(t->process, current->process))
		return true;
	p = named ? process_at(named) : NULL;
	return p && descends(current->process, p);
}

/* ---- the bond; [tree_lock] ----------------------------------------------- */

/*
 * Make tracer trace t.  Neither task holds a reference to the other: when
 * either ends, it ends the tracing.
 */
void trace_link(struct task *t, struct task *tracer, struct cred *cred,
		unsigned flags, unsigned options)
{
	struct tracing *tr = &t->trace;

	spin_must_hold(&tree_lock);
	spin_lock(&t->sighand->lock);
	ASSERT(!tr->tracer);
	tr->tracer = tracer;
	tr->cred = cred;
	cred_get(cred);
	tr->flags = flags;
	tr->options = options;
	tr->stopped = tr->busy = false;
	tr->next = tracer->tracees;
	tracer->tracees = t;
	tracer->process->nr_tracees++;
	spin_unlock(&t->sighand->lock);
}

/* Make a task that is no longer traced follow its group, stopped or not. */
static void set_free(struct task *t)
{
	struct tracing *tr = &t->trace;

	lock_debug_holds(&t->sighand->lock, "sighand");
	if (t->process->stopped)
		task_set_ast(t, AST_SIGNAL);
	if (!tr->stopped)
		return;
	/* drop a reported signal: only the tracer could pass it on */
	if (tr->reported || !tr->at_signal)
		tr->code = 0;
	tr->stopped = false;
	task_wake(t, 1 << TASK_TRACED);
}

void trace_unlink(struct task *t)
{
	struct tracing *tr = &t->trace;
	struct cred *cred = tr->cred;
	struct task **at;

	spin_must_hold(&tree_lock);
	spin_lock(&t->sighand->lock);
	for (at = &tr->tracer->tracees; *at != t; at = &(*at)->trace.next)
		ASSERT(*at);
	*at = tr->next;
	tr->tracer->process->nr_tracees--;
	tr->tracer = NULL;
	tr->cred = NULL;
	tr->flags = tr->options = 0;
	syscall_table_of(t, false);
	if (!(HINT(t->flags) & TF_EXITING))
		set_free(t);
	spin_unlock(&t->sighand->lock);
	cred_put(cred);
}

/*
 * Send SIGCHLD, and wake waiting threads of the tracer: a tracee's stop is
 * reported like a child's.
 * Context: [tree_lock].
 */
void trace_tell(struct task *t, int code, int status)
{
	struct process *to = t->trace.tracer->process;
	const struct sigaction *a =
		sighand_action(to->leader->sighand, SIGCHLD);
	bool stop = code == CLD_TRAPPED || code == CLD_STOPPED;
	struct siginfo info = {
		.signo = SIGCHLD, .code = code,
		.pid = pid_in(t->tid, to->space),
		.uid = t->cred->uid, .status = status,
	};

	spin_must_hold(&tree_lock);
	if (a->handler != SIG_IGN && !(stop && a->flags & SA_NOCLDSTOP))
		signal_send_process_locked(to, &info);
	wake_up(&to->wait_child);
}

/*
 * If CLONE_PTRACE or an option like PTRACE_O_TRACEFORK asks for it, trace the
 * child, which then begins with a stop.  Even before the child has run, it may
 * receive signals as a thread of its group.  On Linux the SIGSTOP has no
 * siginfo, so it is only set pending.
 */
void trace_fork(struct task *child, const struct clone_args *a)
{
	struct tracing *mine = &current->trace;
	bool seized = mine->flags & TRACE_SEIZED;

	if (!mine->tracer ||
	    !(a->flags & CLONE_PTRACE || trace_clone_event(a)))
		return;
	trace_link(child, mine->tracer, mine->cred,
		   mine->flags & TRACE_SEIZED, mine->options);
	spin_lock(&child->sighand->lock);
	if (seized) {
		child->trace.flags |= TRACE_TRAP_STOP;
		task_set_ast(child, AST_TRACE);
	} else {
		child->pending.mask |= sig_bit(SIGSTOP);
		task_set_ast(child, AST_SIGNAL);
	}
	spin_unlock(&child->sighand->lock);
}

/* ---- the end of a tracer; [tree_lock] ------------------------------------ */

/* Release a zombie that was kept for its tracer, or leave it to its parent. */
static void release_corpse(struct task *t, struct process *tracer,
			   struct list *reaped)
{
	struct process *p = t->process;

	if (t != p->leader) {
		thread_reap(t, reaped);
		task_put(t);
		return;
	}
	trace_unlink(t);
	if (p->zombie)
		zombie_untraced(p, p->parent == tracer, reaped);
}

/*
 * End the tracing of all tracees.  They outlive their tracer and are resumed,
 * unless PTRACE_O_EXITKILL is set.
 */
void trace_release_all(struct task *tracer, struct list *reaped)
{
	struct task *t;

	while ((t = tracer->tracees) != NULL) {
		if (t->trace.options & PTRACE_O_EXITKILL &&
		    !(HINT(t->flags) & TF_EXITING)) {
			struct siginfo info = {
				.signo = SIGKILL, .code = SI_KERNEL
			};

			signal_send_process_locked(t->process, &info);
		}
		if (t->state == TASK_ZOMBIE) {
			release_corpse(t, tracer->process, reaped);
		} else {
			trace_unlink(t);
		}
	}
}
