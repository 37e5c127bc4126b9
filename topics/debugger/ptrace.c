/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2), the tracer's side (rows B6, B7): attach, look, change, let go on.
 * A request about a stopped tracee first freezes it, so that neither a signal
 * nor another CPU moves it meanwhile; only its tracer's own thread may ask.
 */
#include "data.h"
#include "ptrace.h"
#include "regset.h"
#include <kernel/cred/cred.h>
#include <kernel/sched/tasks.h>
#include <kernel/signal/pending.h>
#include <kernel/syscall/table.h>
#include <kernel/process/process.h>
#include <mm/uaccess.h>
#include <mm/vm.h>
#include <syscalls.h>

/* ---- freezing ------------------------------------------------------------ */

/*
 * busy: from now on not even SIGKILL wakes it (kill_states()), so that
 * its registers are not read while it runs; trace_thaw() makes up for that.  A
 * tracer is a thread: another one of its process may not ask (ptrace(2)).
 */
static bool freeze_locked(struct task *t)
{
	struct tracing *tr = &t->trace;
	bool ok;

	if (tr->tracer != current)
		return false;
	spin_lock(&t->sighand->lock);
	ok = tr->stopped && READ_ONCE(t->state) == TASK_TRACED &&
		!(tr->flags & TRACE_LISTENING) && !trace_has_no_time(t);
	if (ok)
		tr->busy = true;
	spin_unlock(&t->sighand->lock);
	return ok;
}

/*
 * The switch away from t is over: its registers are saved.  A stopped task
 * announces itself while it still runs; it takes some instructions only, so
 * looking again each 20 us is enough.
 */
void task_wait_off(struct task *t)
{
	for (;;) {
		struct cpu *c = sched_lock_task(t);
		bool on = c->running == t || t->queued;

		spin_unlock(&c->rq.lock);
		if (!on)
			return;
		wait_nap(20000);
	}
}

/* Return: 0: t is stopped, off every CPU, and stays so; -ESRCH. */
static int trace_freeze(struct task *t)
{
	bool ok;

	spin_lock(&tree_lock);
	ok = freeze_locked(t);
	spin_unlock(&tree_lock);
	if (ok)
		task_wait_off(t);
	return ok ? 0 : -ESRCH;
}

static void trace_thaw(struct task *t)
{
	spin_lock(&t->sighand->lock);
	t->trace.busy = false;
	/* who wanted to kill it left it asleep */
	if (t->trace.tracer && trace_has_no_time(t))
		task_wake(t, 1 << TASK_TRACED);
	spin_unlock(&t->sighand->lock);
}

/* ---- letting go on; t is frozen ------------------------------------------ */

/* The stop is over by trace.stopped, the wake-up only tells: stop() looks. */
static void ptrace_let_go(struct task *t, int signo)
{
	struct tracing *tr = &t->trace;

	spin_lock(&t->sighand->lock);
	tr->code = signo;
	tr->stopped = tr->busy = false;
	tr->reported = false;
	task_wake(t, 1 << TASK_TRACED);
	spin_unlock(&t->sighand->lock);
}

/*
 * CONT, SYSCALL, SINGLESTEP.  Another table of system calls stands in while
 * each is to be told: nobody else pays for the question.  Return: 0: t runs;
 * or -EIO.
 */
static int resume(struct task *t, long request, unsigned long signo)
{
	unsigned how = 0;

	if (signo > NSIG)
		return -EIO;
	if (request == PTRACE_SINGLESTEP) {
		if (!arch_single_step(t, true))
			return -EIO;
		how = TRACE_STEP;
	} else {
		arch_single_step(t, false);
	}
	if (request == PTRACE_SYSCALL)
		how = TRACE_SYSCALL;
	spin_lock(&tree_lock);
	spin_lock(&t->sighand->lock);
	t->trace.flags &= ~(TRACE_SYSCALL | TRACE_STEP);
	t->trace.flags |= how;
	syscall_table_of(t, how);
	spin_unlock(&t->sighand->lock);
	spin_unlock(&tree_lock);
	ptrace_let_go(t, (int)signo);
	return 0;
}

/* It goes on as if it had never been traced, but for what it was changed to. */
static int ptrace_detach(struct task *t, unsigned long signo)
{
	if (signo > NSIG)
		return -EIO;
	arch_single_step(t, false);
	spin_lock(&tree_lock);
	spin_lock(&t->sighand->lock);
	t->trace.busy = false;
	/* trace_unlink() lets it go on with this, if it stopped at a signal */
	t->trace.code = (int)signo;
	t->trace.reported = false;
	spin_unlock(&t->sighand->lock);
	trace_unlink(t);
	spin_unlock(&tree_lock);
	return 0;
}

/* Stay stopped as the group is, but tell of changes. */
static int listen(struct task *t)
{
	struct tracing *tr = &t->trace;
	int err = -EIO;

	spin_lock(&t->sighand->lock);
	if (tr->flags & TRACE_SEIZED && tr->code >> 8 == PTRACE_EVENT_STOP) {
		err = 0;
		tr->flags |= TRACE_LISTENING;
		tr->reported = true;	/* nobody waits for this stop */
		if (tr->flags & TRACE_TRAP_NOTIFY)
			trace_set_trap(t, TRACE_TRAP_NOTIFY);
	}
	spin_unlock(&t->sighand->lock);
	return err;
}

/* PTRACE_O_: which events it stops at. */
static int set_options(struct task *t, unsigned long options)
{
	if (options & ~(unsigned long)TRACE_OPTIONS)
		return -EINVAL;
	spin_lock(&t->sighand->lock);
	t->trace.options = (unsigned)options;
	spin_unlock(&t->sighand->lock);
	return 0;
}

/* ---- memory -------------------------------------------------------------- */

/*
 * A tracee may have become one whose memory is closed, by exec or by prctl(2),
 * since it was attached to: each access asks, by the rights of then.
 */
static bool memory_is_closed(const struct task *t)
{
	return READ_ONCE(t->space->dumpable) != DUMP_USER &&
		!cred_has(t->trace.cred, READ_ONCE(t->space->owner),
			  CAP_SYS_PTRACE);
}

/*
 * A word is one of the tracer's.  The raw call stores it; that it is the result
 * is the C library's doing (ptrace(2), "C library/kernel differences").
 */
static int ptrace_peek(struct task *t, uaddr_t at, uaddr_t to)
{
	unsigned n = trace_word(current);
	unsigned long word;

	if (memory_is_closed(t) ||
	    vm_copy_from(t->space, &word, at, n) != n)
		return -EIO;
	return copy_to_user(to, &word, n);
}

/*
 * How breakpoints are set: a page of the program's text becomes a private copy.
 */
static int ptrace_poke(struct task *t, uaddr_t at, unsigned long word)
{
	unsigned n = trace_word(current);

	if (memory_is_closed(t) || vm_copy_to(t->space, at, &word, n) != n)
		return -EIO;
	return 0;
}

/* ---- the bond ------------------------------------------------------------ */

/* The parent, to which current is a child of one thread. [tree_lock] */
static struct task *parent_thread(void)
{
	struct process *p = current->process, *parent = p->parent;
	struct task *t = parent ? task_at(p->creator_tid) : NULL;

	if (!parent)
		return NULL;
	return t && t->process == parent ? t : parent->leader;
}

/* PTRACE_TRACEME, said by a child before its exec. */
static int trace_me(void)
{
	struct task *t;
	int err = -EPERM;

	spin_lock(&tree_lock);
	t = parent_thread();
	/* a thread of the kernel's traces nobody */
	if (!current->trace.tracer && t && t->process && trace_scope < 3) {
		err = 0;
		/* one that ends would not let it go any more */
		if (!(HINT(t->flags) & TF_EXITING))
			trace_link(current, t, current->cred, 0, 0);
	}
	spin_unlock(&tree_lock);
	return err;
}

/* [tree_lock] The group may be stopped already: that stop is told at once. */
static void ptrace_begin(struct task *t, bool seize)
{
	static const struct siginfo stop = {
		.signo = SIGSTOP, .code = SI_KERNEL
	};

	if (!seize)
		signal_send_task_locked(t, &stop);
	spin_lock(&t->sighand->lock);
	if (t->process->stopped && READ_ONCE(t->state) == TASK_STOPPED) {
		t->trace.flags |= TRACE_TRAPPING;
		trace_set_trap(t, TRACE_TRAP_STOP);
	}
	spin_unlock(&t->sighand->lock);
}

/*
 * Attached while its group was stopped, it has still to go from that stop to
 * one for its tracer: between the two it must not be seen running.
 */
static bool trapping(struct task *t)
{
	bool yes;

	spin_lock(&tree_lock);
	yes = t->trace.flags & TRACE_TRAPPING &&
		!(HINT(t->flags) & TF_EXITING) && !trace_has_no_time(t);
	spin_unlock(&tree_lock);
	return yes;
}

/* A set-id exec is between its decision and its end. */
static bool becoming_other(struct process *p)
{
	return READ_ONCE(p->exec_setid);
}

/*
 * Return: 0; -EAGAIN: a set-id exec is under way, whose rights are not known
 * yet; -EPERM.
 */
static int try_attach(struct task *t, bool seize, unsigned options)
{
	int err = -EPERM;

	spin_lock(&tree_lock);
	if (becoming_other(t->process))
		err = -EAGAIN;
	else if (!t->trace.tracer && !(HINT(t->flags) & TF_EXITING) &&
		 t->state != TASK_ZOMBIE &&
		 task_may_access_locked(t, true, true)) {
		trace_link(t, current, current->cred,
			   seize ? TRACE_SEIZED : 0, options);
		ptrace_begin(t, seize);
		err = 0;
	}
	spin_unlock(&tree_lock);
	return err;
}

/* ATTACH stops it by a SIGSTOP, SEIZE leaves it running. */
static int ptrace_attach(struct task *t, bool seize, uaddr_t addr,
			 unsigned long options)
{
	int err;

	if (seize && (addr || options & ~(unsigned long)TRACE_OPTIONS))
		return -EIO;
	if (!t->process || t->process == current->process)
		return -EPERM;
	while ((err = try_attach(t, seize, seize ? (unsigned)options : 0)) ==
	       -EAGAIN)
		if (wait_event_interruptible(&t->process->wait_exit,
					     !becoming_other(t->process)))
			return -ERESTARTNOINTR;
	if (!err)
		wait_event_killable(&current->process->wait_child,
				    !trapping(t));
	return err;
}

/* INTERRUPT and KILL do not ask for a stopped tracee. */
static int unstopped(struct task *t, long request)
{
	static const struct siginfo kill = {
		.signo = SIGKILL, .code = SI_KERNEL
	};
	int err = -ESRCH;

	spin_lock(&tree_lock);
	if (t->trace.tracer != current)
		goto out;
	err = 0;
	if (request == PTRACE_KILL) {
		signal_send_task_locked(t, &kill);
	} else if (!(t->trace.flags & TRACE_SEIZED)) {
		err = -EIO;
	} else {
		spin_lock(&t->sighand->lock);
		trace_set_trap(t, TRACE_TRAP_STOP);
		spin_unlock(&t->sighand->lock);
	}
out:
	spin_unlock(&tree_lock);
	return err;
}

/* ---- the call ------------------------------------------------------------ */

/* t is frozen and stays so. */
static int ptrace_look(struct task *t, long request, uaddr_t addr,
		       unsigned long data)
{
	switch (request) {
	case PTRACE_PEEKTEXT:
	case PTRACE_PEEKDATA:
		return ptrace_peek(t, addr, data);
	case PTRACE_POKETEXT:
	case PTRACE_POKEDATA:
		return ptrace_poke(t, addr, data);
	case PTRACE_SETOPTIONS:
		return set_options(t, data);
	case PTRACE_LISTEN:
		return listen(t);
	}
	return trace_data(t, request, addr, data);
}

/* Requests that need the tracee in a stop: ESRCH otherwise. */
static int stopped(struct task *t, long request, uaddr_t addr,
		   unsigned long data)
{
	int err = trace_freeze(t);

	if (err)
		return err;
	switch (request) {
	case PTRACE_CONT:
	case PTRACE_SYSCALL:
	case PTRACE_SINGLESTEP:
		err = resume(t, request, data);
		break;
	case PTRACE_DETACH:
		err = ptrace_detach(t, data);
		break;
	default:
		err = ptrace_look(t, request, addr, data);
		trace_thaw(t);
		return err;
	}
	if (err)
		trace_thaw(t);
	return err;
}

/*
 * The reference keeps the structure; whether it still is our tracee is looked
 * at under the locks, by each request.
 */
long sys_ptrace(long request, long pid, unsigned long addr, unsigned long data)
{
	struct task *t;
	long err;

	if (request == PTRACE_TRACEME)
		return trace_me();
	spin_lock(&tree_lock);
	t = pid == (int)pid ? task_find((int)pid) : NULL;
	if (t)
		task_get(t);
	spin_unlock(&tree_lock);
	if (!t)
		return -ESRCH;
	switch (request) {
	case PTRACE_ATTACH:
	case PTRACE_SEIZE:
		err = ptrace_attach(t, request == PTRACE_SEIZE, addr, data);
		break;
	case PTRACE_INTERRUPT:
	case PTRACE_KILL:
		err = unstopped(t, request);
		break;
	default:
		err = stopped(t, request, addr, data);
	}
	task_put(t);
	return err;
}
