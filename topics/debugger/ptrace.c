/* SPDX-License-Identifier: MIT */
/*
 * ptrace(2), the tracer's side (rows B6, B7): attach, inspect, change and
 * resume.  A request about a stopped tracee first freezes it, so that neither a
 * signal nor another CPU can run it meanwhile.  Only the thread that is the
 * tracer may make requests.
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
 * Freeze t.  Setting trace.busy keeps even SIGKILL from waking t, so that t
 * does not run while its registers are read.  trace_thaw() makes up for a
 * wake-up that was held back.  A tracer is a single thread: other threads of
 * its process may not make requests (ptrace(2)).
 */
static bool freeze_locked(struct task *t)
{
	struct tracing *tr = &t->trace;
	bool ok;

	if (tr->tracer != current)
		return false;
	spin_lock(&t->sighand->lock);
	ok = tr->stopped && READ_ONCE(t->state) == TASK_TRACED &&
		!(tr->flags & TRACE_LISTENING) && !trace_must_end(t);
	if (ok)
		tr->busy = true;
	spin_unlock(&t->sighand->lock);
	return ok;
}

/*
 * Wait until t has been switched away from and its registers are saved.  A
 * stopped task announces its stop while it still runs, and then needs only a
 * few more instructions.  So checking every 20 us is enough.
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
	/* a SIGKILL sent meanwhile did not wake t */
	if (t->trace.tracer && trace_must_end(t))
		task_wake(t, 1 << TASK_TRACED);
	spin_unlock(&t->sighand->lock);
}

/* ---- letting go on; t is frozen ------------------------------------------ */

/*
 * Let t go on with signal signo.  Clearing trace.stopped ends the stop; the
 * wake-up only makes stop() check trace.stopped.
 */
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
 * Handle CONT, SYSCALL and SINGLESTEP.  For SYSCALL, t gets another system call
 * table, so that untraced tasks need no check.
 * Return: 0: t runs; or -EIO.
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

/* Resume t untraced; changes made by the tracer remain. */
static int ptrace_detach(struct task *t, unsigned long signo)
{
	if (signo > NSIG)
		return -EIO;
	arch_single_step(t, false);
	spin_lock(&tree_lock);
	spin_lock(&t->sighand->lock);
	t->trace.busy = false;
	/* trace_unlink() resumes t with this signal, if it stopped at one */
	t->trace.code = (int)signo;
	t->trace.reported = false;
	spin_unlock(&t->sighand->lock);
	trace_unlink(t);
	spin_unlock(&tree_lock);
	return 0;
}

/* Serve LISTEN: t stays stopped with its group, but reports changes. */
static int listen(struct task *t)
{
	struct tracing *tr = &t->trace;
	int err = -EIO;

	spin_lock(&t->sighand->lock);
	if (tr->flags & TRACE_SEIZED && tr->code >> 8 == PTRACE_EVENT_STOP) {
		err = 0;
		tr->flags |= TRACE_LISTENING;
		tr->reported = true;	/* wait(2) does not report this stop */
		if (tr->flags & TRACE_TRAP_NOTIFY)
			trace_set_trap(t, TRACE_TRAP_NOTIFY);
	}
	spin_unlock(&t->sighand->lock);
	return err;
}

/* Set the PTRACE_O_* options of t. */
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
 * True if the tracer may not access t's memory.  exec or prctl(2) may have
 * closed the memory since the attach.  So each access is checked, with the
 * rights that the tracer had at the attach.
 */
static bool memory_is_closed(const struct task *t)
{
	return READ_ONCE(t->space->dumpable) != DUMP_USER &&
		!cred_has(t->trace.cred, READ_ONCE(t->space->owner),
			  CAP_SYS_PTRACE);
}

/*
 * Read a word of the tracer's size.  The raw system call stores the word at
 * `to`; only the C library returns it as the result (ptrace(2), "C
 * library/kernel differences").
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
 * Write a word.  Debuggers set breakpoints this way: a page of the program's
 * text becomes a private copy.
 */
static int ptrace_poke(struct task *t, uaddr_t at, unsigned long word)
{
	unsigned n = trace_word(current);

	if (memory_is_closed(t) || vm_copy_to(t->space, at, &word, n) != n)
		return -EIO;
	return 0;
}

/* ---- the bond ------------------------------------------------------------ */

/*
 * Return the thread of the parent that created current, else its leader.
 * Context: [tree_lock].
 */
static struct task *parent_thread(void)
{
	struct process *p = current->process, *parent = p->parent;
	struct task *t = parent ? task_at(p->creator_tid) : NULL;

	if (!parent)
		return NULL;
	return t && t->process == parent ? t : parent->leader;
}

/* Serve PTRACE_TRACEME, which a child calls before its exec. */
static int trace_me(void)
{
	struct task *t;
	int err = -EPERM;

	spin_lock(&tree_lock);
	t = parent_thread();
	/* kernel threads trace nothing */
	if (!current->trace.tracer && t && t->process && trace_scope < 3) {
		err = 0;
		/* an exiting thread would never release its tracee */
		if (!(HINT(t->flags) & TF_EXITING))
			trace_link(current, t, current->cred, 0, 0);
	}
	spin_unlock(&tree_lock);
	return err;
}

/*
 * Start tracing t.  If its group is stopped already, t reports that stop at
 * once.
 * Context: [tree_lock].
 */
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
 * True while t moves from its group's stop, in which it was attached, to a stop
 * for its tracer.  It must not be seen running between the two.
 */
static bool ptrace_is_trapping(struct task *t)
{
	bool yes;

	spin_lock(&tree_lock);
	yes = t->trace.flags & TRACE_TRAPPING &&
		!(HINT(t->flags) & TF_EXITING) && !trace_must_end(t);
	spin_unlock(&tree_lock);
	return yes;
}

/* True while a set-id exec is under way. */
static bool ptrace_in_setid_exec(struct process *p)
{
	return READ_ONCE(p->exec_setid);
}

/*
 * Attach to t once.
 * Return: 0; -EAGAIN: a set-id exec is under way, so t's credentials are not
 * known yet; -EPERM.
 */
static int try_attach(struct task *t, bool seize, unsigned options)
{
	int err = -EPERM;

	spin_lock(&tree_lock);
	if (ptrace_in_setid_exec(t->process))
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

/* Attach to t.  ATTACH stops t with a SIGSTOP; SEIZE leaves it running. */
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
					     !ptrace_in_setid_exec(t->process)))
			return -ERESTARTNOINTR;
	if (!err)
		wait_event_killable(&current->process->wait_child,
				    !ptrace_is_trapping(t));
	return err;
}

/* Handle INTERRUPT and KILL, which do not need a stopped tracee. */
static int ptrace_running_request(struct task *t, long request)
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

/* Handle requests that leave t frozen. */
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

/*
 * Handle requests that need a stopped tracee.
 * Return: -ESRCH: t is not stopped.
 */
static int ptrace_stopped_request(struct task *t, long request, uaddr_t addr,
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
 * Make a request of ptrace(2).  The reference to t only keeps the structure
 * valid.  Each request checks under the locks if t is still the caller's
 * tracee.
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
		err = ptrace_running_request(t, request);
		break;
	default:
		err = ptrace_stopped_request(t, request, addr, data);
	}
	task_put(t);
	return err;
}
